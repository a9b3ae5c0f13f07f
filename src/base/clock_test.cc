#include "base/clock.h"

#include <gtest/gtest.h>

namespace wsfs {
namespace {

TEST(FakeClockTest, MovesBothTimesOnlyWhenToldTo) {
  FakeClock clock;
  const auto now = clock.Now();
  const auto wall = clock.Wall();
  EXPECT_EQ(clock.Now(), now);

  clock.Advance(Milliseconds(1500));

  EXPECT_EQ(clock.Now() - now, Milliseconds(1500));
  EXPECT_EQ(clock.Wall() - wall, 1'500'000'000);
}

}  // namespace
}  // namespace wsfs
