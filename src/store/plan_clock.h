#pragma once

#include "base/clock.h"
#include "store/rows.h"

namespace wsfs {

/// Gives PlanMillis: they never go back, neither when the machine's clock is
/// set (they follow the steady clock within a run) nor over a restart (they
/// begin at the wall clock or at the last stored time, whichever is later).
/// Value type; thread-safe to read.
class PlanClock {
 public:
  PlanClock(const Clock& clock, PlanMillis last_stored);
  PlanMillis Now() const;

 private:
  const Clock* clock_;
  SteadyTime start_;
  PlanMillis base_;
};

}  // namespace wsfs
