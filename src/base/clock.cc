#include "base/clock.h"

#include <atomic>

namespace wsfs {
namespace {

class MachineClock final : public Clock {
 public:
  SteadyTime Now() const override { return std::chrono::steady_clock::now(); }
  WallNanos Wall() const override {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

/// 2026-01-01T00:00:00Z: where every FakeClock begins.
constexpr WallNanos kFakeEpoch = 1'767'225'600'000'000'000;

}  // namespace

Clock& RealClock() {
  static MachineClock clock;
  return clock;
}

std::int64_t FakeClock::Load() const {
  return std::atomic_ref(elapsed_ns_).load();
}

SteadyTime FakeClock::Now() const {
  return SteadyTime(std::chrono::nanoseconds(Load()) + std::chrono::hours(1));
}

WallNanos FakeClock::Wall() const {
  return kFakeEpoch + Load();
}

void FakeClock::Advance(Milliseconds by) {
  std::atomic_ref(elapsed_ns_).fetch_add(std::chrono::nanoseconds(by).count());
}

}  // namespace wsfs
