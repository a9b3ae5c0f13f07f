#pragma once

#include <chrono>
#include <cstdint>

namespace wsfs {

using Milliseconds = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Nanoseconds since the Unix epoch by this machine's clock.
using WallNanos = std::int64_t;

/// The seam to time: one real, one that tests set by hand.
///
/// Thread-safe. Settle times, back-off and listing ages are measured with
/// `Now()`, which never goes back; what the user sees (`mtime`) and what is
/// compared with the service's clock comes from `Wall()`.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime Now() const = 0;
  virtual WallNanos Wall() const = 0;
};

/// The machine's clock.
Clock& RealClock();

/// A clock that moves only when it is told to.
class FakeClock final : public Clock {
 public:
  SteadyTime Now() const override;
  WallNanos Wall() const override;
  void Advance(Milliseconds by);

 private:
  // Nanoseconds since start; read and written from any thread.
  std::int64_t Load() const;
  mutable std::int64_t elapsed_ns_ = 0;
};

}  // namespace wsfs
