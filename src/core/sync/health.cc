#include "core/sync/health.h"

#include <algorithm>
#include <utility>

namespace wsfs {
namespace {

/// A small call that is answered at all is answered sooner.
constexpr Milliseconds kPatience{2'000};
/// One that takes so long is as good as none: its deadline is further away.
constexpr Milliseconds kSilence{10'000};

Health HealthAfter(Errc code) {
  switch (code) {
    case Errc::kUnreachable:
    case Errc::kTimeout:
    case Errc::kOutcomeUnknown:
    case Errc::kUnauthenticated: return Health::kOffline;
    case Errc::kThrottled:
    case Errc::kUnavailable: return Health::kDegraded;
    default: return Health::kOnline;  // It answered.
  }
}

}  // namespace

std::string_view ToString(Health health) {
  switch (health) {
    case Health::kOnline: return "online";
    case Health::kDegraded: return "degraded";
    case Health::kOffline: return "offline";
  }
  std::unreachable();
}

ServiceHealth::ServiceHealth(Clock& clock) : clock_(clock) {
  state_.since = clock.Wall();
}

ServiceHealth::Ticket ServiceHealth::Begin(CallKind kind) {
  const MutexLock lock(mutex_);
  const Ticket ticket = next_++;
  if (kind == CallKind::kSmall) small_calls_.emplace(ticket, clock_.Now());
  return ticket;
}

void ServiceHealth::End(Ticket ticket, const std::optional<Error>& error) {
  const MutexLock lock(mutex_);
  small_calls_.erase(ticket);
  last_answer_ = clock_.Now();
  if (!error) return Become(Health::kOnline, "");
  // Of who did not wait for the answer, and of this machine's disk.
  if (error->code() == Errc::kCancelled || error->code() == Errc::kIo) return;
  const Health health = HealthAfter(error->code());
  Become(health, health == Health::kOnline ? "" : error->message());
}

void ServiceHealth::Become(Health health, const std::string& why) {
  if (state_.health != health) state_.since = clock_.Wall();
  state_.health = health;
  state_.why = why;
}

HealthState ServiceHealth::Now() const {
  const MutexLock lock(mutex_);
  if (state_.health == Health::kOffline || small_calls_.empty()) return state_;
  // Tickets are in the order of time: the first waits longest.
  const SteadyTime began = small_calls_.begin()->second;
  const auto waited = clock_.Now() - std::max(began, last_answer_);
  if (waited < kPatience) return state_;
  const Health health =
      waited < kSilence ? Health::kDegraded : Health::kOffline;
  const auto ago =
      std::chrono::duration_cast<std::chrono::nanoseconds>(waited).count();
  return {.health = health,
          .since = state_.health == health ? state_.since : clock_.Wall() - ago,
          .why = "the service does not answer"};
}

}  // namespace wsfs
