#pragma once

#include <optional>

#include "base/clock.h"

namespace wsfs {

/// A token bucket: `per_second` requests on average, up to one second's worth
/// (at least one) at once. `per_second` 0 limits nothing.
///
/// Pure: time is passed in. One thread at a time.
class RateLimit {
 public:
  explicit RateLimit(double per_second) : per_second_(per_second) {}

  /// Takes a token; or says when there will be one.
  std::optional<SteadyTime> Take(SteadyTime now);

 private:
  double per_second_;
  std::optional<SteadyTime> last_;
  double tokens_ = 0;
};

}  // namespace wsfs
