#include "store/plan_clock.h"

#include <algorithm>
#include <chrono>

namespace wsfs {

PlanClock::PlanClock(const Clock& clock, PlanMillis last_stored)
    : clock_(&clock),
      start_(clock.Now()),
      base_(std::max(clock.Wall() / 1'000'000, last_stored + 1)) {}

PlanMillis PlanClock::Now() const {
  return base_ + std::chrono::duration_cast<std::chrono::milliseconds>(
                     clock_->Now() - start_)
                     .count();
}

}  // namespace wsfs
