#pragma once

#include <cstdint>
#include <optional>

#include "api/workspace.h"
#include "base/sync.h"
#include "store/rows.h"

namespace wsfs {

/// Where the service's clock stands against ours: [low, high], in ms, is what
/// "service minus ours" can be. First from a `Date` header, to a second; then
/// narrowed by every own put (planner.md §6.6).
///
/// Thread-safe.
class ClockWindow {
 public:
  /// Could a change stamped `modified_at` be the one we made between `sent`
  /// and `answered`? Never while nothing is known of the service's clock.
  bool MayBeOurs(ServiceMillis modified_at, const Intent::Acked& acked) const
      EXCLUDES(mutex_);
  /// This stamp is known to be our own put's.
  void Learn(ServiceMillis modified_at, const Intent::Acked& acked)
      EXCLUDES(mutex_);
  /// Before, it is as wide as a `Date` leaves it.
  bool knows_own_put() const EXCLUDES(mutex_);
  /// Any answer with a `Date`; only the first one counts.
  void LearnDate(const CallTimes& times) EXCLUDES(mutex_);

 private:
  struct Range {
    std::int64_t low = 0;
    std::int64_t high = 0;
  };
  mutable Mutex mutex_;
  std::optional<Range> range_ GUARDED_BY(mutex_);
  bool own_put_ GUARDED_BY(mutex_) = false;
};

}  // namespace wsfs
