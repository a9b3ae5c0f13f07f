#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/error.h"
#include "base/sync.h"

namespace wsfs {

/// How the service answers, as far as the calls show it.
enum class Health : std::uint8_t {
  kOnline,
  kDegraded,  ///< It asks for patience, or answers nothing for 2 s.
  kOffline,   ///< It cannot be reached, or does not answer.
};
std::string_view ToString(Health health);

/// Since when it is so, and the sentence why. Value type.
struct HealthState {
  Health health = Health::kOnline;
  WallNanos since = 0;
  std::string why;  ///< "" when online.
};

/// Notes every call to the service, when it begins and how it ends, and
/// derives how the service is. Nothing is asked for it.
///
/// Thread-safe; a leaf lock.
class ServiceHealth {
 public:
  explicit ServiceHealth(Clock& clock);

  /// A call begins. Of a transfer, silence says nothing: it may be long.
  enum class CallKind : std::uint8_t { kSmall, kTransfer };
  using Ticket = std::uint64_t;
  Ticket Begin(CallKind kind) EXCLUDES(mutex_);
  /// It was answered (none), or failed.
  void End(Ticket ticket, const std::optional<Error>& error) EXCLUDES(mutex_);

  HealthState Now() const EXCLUDES(mutex_);

 private:
  void Become(Health health, const std::string& why) REQUIRES(mutex_);

  Clock& clock_;
  mutable Mutex mutex_;
  Ticket next_ GUARDED_BY(mutex_) = 1;
  std::map<Ticket, SteadyTime> small_calls_ GUARDED_BY(mutex_);
  SteadyTime last_answer_ GUARDED_BY(mutex_);
  HealthState state_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
