#include "http/retry.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "base/sync.h"

namespace wsfs {
namespace {

/// An hour: longer waits are not for us to sit through, and this keeps the
/// arithmetic far from overflow.
constexpr std::int64_t kMaxRetryAfterSeconds = 3600;

struct Bell {
  Mutex mutex;
  CondVar rung;
  bool cancelled GUARDED_BY(mutex) = false;
};

class WaitingPause final : public Pause {
 public:
  bool Until(SteadyTime until,
             const std::shared_ptr<CancelToken>& cancel) override {
    Bell bell;
    CancelToken::Handle handle = 0;
    if (cancel != nullptr) {
      handle = cancel->OnCancel([&bell] {
        const MutexLock lock(bell.mutex);
        bell.cancelled = true;
        bell.rung.NotifyAll();
      });
    }
    bool cancelled = false;
    {
      const MutexLock lock(bell.mutex);
      while (!bell.cancelled && bell.rung.WaitUntil(bell.mutex, until)) {
      }
      cancelled = bell.cancelled;
    }
    if (cancel != nullptr) cancel->Forget(handle);
    return !cancelled;
  }
};

}  // namespace

std::optional<Milliseconds> ParseRetryAfter(std::string_view text) {
  std::int64_t seconds = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, seconds);
  if (error != std::errc() || stop != end || seconds < 0) return std::nullopt;
  return std::chrono::seconds(std::min(seconds, kMaxRetryAfterSeconds));
}

std::optional<SteadyTime> NextAttempt(const RetryPolicy& policy,
                                      const FailedAttempt& failed,
                                      SteadyTime now, SteadyTime deadline,
                                      double chance) {
  const int doublings = std::clamp(failed.number - 1, 0, 16);
  const Milliseconds step =
      std::min(policy.cap, policy.first * (std::int64_t{1} << doublings));
  const auto jitter = std::chrono::duration_cast<Milliseconds>(
      std::chrono::duration<double, std::milli>(step) * (0.5 * chance));
  Milliseconds delay = step - jitter;
  // Chance is added to what the service asked for, never taken from it.
  if (failed.retry_after) delay = std::max(delay, *failed.retry_after + jitter);
  const SteadyTime next = now + delay;
  if (next >= deadline) return std::nullopt;
  return next;
}

Pause& RealPause() {
  static WaitingPause pause;
  return pause;
}

}  // namespace wsfs
