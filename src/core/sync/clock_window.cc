#include "core/sync/clock_window.h"

#include <algorithm>

namespace wsfs {
namespace {

/// The error of both clocks' milliseconds.
constexpr std::int64_t kSlackMs = 5;
/// A `Date` header counts whole seconds, and may be cut or rounded.
constexpr std::int64_t kDateErrorMs = 1'000;

}  // namespace

bool ClockWindow::MayBeOurs(ServiceMillis modified_at,
                            const Intent::Acked& acked) const {
  const MutexLock lock(mutex_);
  if (!range_ || modified_at == 0) return false;
  return modified_at >= acked.sent_ms + range_->low - kSlackMs &&
         modified_at <= acked.answered_ms + range_->high + kSlackMs;
}

void ClockWindow::Learn(ServiceMillis modified_at, const Intent::Acked& acked) {
  if (modified_at == 0) return;
  const Range seen{.low = modified_at - acked.answered_ms,
                   .high = modified_at - acked.sent_ms};
  const MutexLock lock(mutex_);
  own_put_ = true;
  if (!range_ || seen.low > range_->high || seen.high < range_->low) {
    range_ = seen;  // A clock was set: begin again.
    return;
  }
  range_->low = std::max(range_->low, seen.low);
  range_->high = std::min(range_->high, seen.high);
}

bool ClockWindow::knows_own_put() const {
  const MutexLock lock(mutex_);
  return own_put_;
}

void ClockWindow::LearnDate(const CallTimes& times) {
  if (!times.service_date_ms) return;
  const MutexLock lock(mutex_);
  if (range_) return;
  range_ =
      Range{.low = *times.service_date_ms - kDateErrorMs - times.answered_ms,
            .high = *times.service_date_ms + kDateErrorMs - times.sent_ms};
}

}  // namespace wsfs
