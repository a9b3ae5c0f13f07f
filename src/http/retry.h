#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/cancel.h"
#include "base/clock.h"

namespace wsfs {

/// How long to wait between attempts: doubling from `first` to `cap`, of which
/// up to half is left to chance, so that many clients do not come back at
/// once. Never less than the service asked for.
struct RetryPolicy {
  Milliseconds first{200};
  Milliseconds cap{8000};
};

/// What one failed attempt told.
struct FailedAttempt {
  int number = 1;  ///< 1 for the first.
  std::optional<Milliseconds> retry_after;
};

/// `Retry-After` in whole seconds, as the platform sends it; nullopt for
/// anything else. (databricks-api.md §2.5)
std::optional<Milliseconds> ParseRetryAfter(std::string_view text);

/// When to try again; nullopt when that would be at the deadline or later,
/// so that nobody waits for nothing. `chance` is in [0, 1).
std::optional<SteadyTime> NextAttempt(const RetryPolicy& policy,
                                      const FailedAttempt& failed,
                                      SteadyTime now, SteadyTime deadline,
                                      double chance);

/// Waits for `until`: the seam to waiting, so that tests need not.
/// Thread-safe. False when cancelled meanwhile.
class Pause {
 public:
  virtual ~Pause() = default;
  virtual bool Until(SteadyTime until,
                     const std::shared_ptr<CancelToken>& cancel) = 0;
};

/// Waits for real.
Pause& RealPause();

}  // namespace wsfs
