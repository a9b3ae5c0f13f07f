#include "base/rate_limit.h"

#include <algorithm>
#include <chrono>

namespace wsfs {

std::optional<SteadyTime> RateLimit::Take(SteadyTime now) {
  if (per_second_ <= 0) return std::nullopt;
  const double full = std::max(1.0, per_second_);
  if (!last_) tokens_ = full;
  const std::chrono::duration<double> passed = now - last_.value_or(now);
  tokens_ = std::min(full, tokens_ + passed.count() * per_second_);
  last_ = now;
  if (tokens_ >= 1) {
    tokens_ -= 1;
    return std::nullopt;
  }
  // A nanosecond more than exact, so that rounding cannot fall short.
  const std::chrono::duration<double> missing((1 - tokens_) / per_second_);
  return now + std::chrono::duration_cast<SteadyTime::duration>(missing) +
         std::chrono::nanoseconds(1);
}

}  // namespace wsfs
