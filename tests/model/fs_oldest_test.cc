// While others progress, no change waits longer than a minute (design.md §3).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fs_world.h"

namespace wsfs {
namespace {

class FsOldestTest : public FsTest {
 protected:
  static constexpr PlanMillis kOldest = 60'000;

  static constexpr int kStepsAMinute = 120;

  /// What of the log that is written all the time has arrived.
  int LineAtService() {
    const std::string text = world.workspace().Read(FsWorld::Remote("log.txt"));
    return text.empty() ? 0 : std::stoi(text.substr(sizeof("line")));
  }
  PlanMillis OldestAge() {
    const SyncStatus status = world.syncer().Status();
    if (status.pending_count == 0) return 0;
    return world.ledger().Now() - status.oldest_pending;
  }
};

TEST_F(FsOldestTest, NothingWaitsAMinuteInARestlessFolder) {
  WSFS_ASSERT_OK(world.Save("x", "moves all the time"));
  WSFS_ASSERT_OK(world.Save("log.txt", ""));
  world.Settle();
  // Not answered at first, as long as the others are.
  world.workspace().Fail("import", Errc::kUnavailable, 4,
                         MemoryWorkspace::Side::kBefore,
                         FsWorld::Remote("slow.txt"));
  WSFS_ASSERT_OK(world.Save("slow.txt", "slow"));
  for (int step = 0; step < 360; ++step) {
    WSFS_ASSERT_OK(world.Save("log.txt", fmt::format("line {}\n", step)));
    WSFS_ASSERT_OK(world.Save(fmt::format("new{}.txt", step % 50), "of many"));
    if (step % 2 == 0) {
      WSFS_ASSERT_OK(world.Rename("x", "y"));
    } else {
      WSFS_ASSERT_OK(world.Rename("y", "x"));
    }
    world.Pass(Milliseconds{500});
    ASSERT_LE(OldestAge(), kOldest) << world.DescribePlan();
    ASSERT_LE(step - LineAtService(), kStepsAMinute);
  }
  world.Settle();
  EXPECT_EQ(world.syncer().Status().pending_count, 0U);
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("slow.txt")), "slow");
}

}  // namespace
}  // namespace wsfs
