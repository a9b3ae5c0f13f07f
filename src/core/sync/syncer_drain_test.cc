// Drain: whoever wants everything to be sent, or to hear what cannot be.

#include <atomic>
#include <future>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/thread.h"
#include "core/sync/syncer_fixture.h"

namespace wsfs {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;

/// Long before the drain's own deadline.
constexpr seconds kPromptly{15};

class SyncerDrainTest : public SyncerTest {
 protected:
  SyncerDrainTest() { syncer_->Start(); }

  SyncStatus Drain(const Waiting& waiting) {
    auto drained = syncer_->Drain(waiting);
    WSFS_CHECK(drained.ok());
    return *std::move(drained);
  }
  /// A drain that must end long before it has to.
  SyncStatus DrainPromptly() {
    const SteadyTime before = RealClock().Now();
    SyncStatus status = Drain(Within(seconds(60)));
    EXPECT_LT(RealClock().Now() - before, kPromptly);
    return status;
  }
};

TEST_F(SyncerDrainTest, WithNothingToDoEndsAtOnce) {
  const SyncStatus status = DrainPromptly();
  EXPECT_EQ(status.pending_count, 0U);
  EXPECT_TRUE(status.reachable());
}

TEST_F(SyncerDrainTest, DoesNotWaitUntilNewNamesHaveSettled) {
  const SteadyTime before = RealClock().Now();
  ASSERT_TRUE(Save("new.txt", "ours").ok());

  EXPECT_EQ(DrainPromptly().pending_count, 0U);

  EXPECT_LT(RealClock().Now() - before, Milliseconds(kSettleMs));
  EXPECT_EQ(Remote("new.txt"), "ours");
}

TEST_F(SyncerDrainTest, IsNotHeldByWhatTheServiceRefuses) {
  workspace_.Fail("import", Errc::kPermissionDenied, -1,
                  MemoryWorkspace::Side::kBefore, "/Shared/d/a.txt");
  ASSERT_TRUE(Save("a.txt", "refused").ok());
  ASSERT_TRUE(Save("b.txt", "ours").ok());

  const SyncStatus status = DrainPromptly();

  EXPECT_EQ(status.pending_count, 1U);
  EXPECT_EQ(status.refused_count, 1U);
  EXPECT_EQ(Remote("b.txt"), "ours");
  // What changed at the service may have been the permission.
  workspace_.ClearFaults();
  EXPECT_EQ(DrainPromptly().pending_count, 0U);
  EXPECT_EQ(Remote("a.txt"), "refused");
}

TEST_F(SyncerDrainTest, IsNotHeldByAServiceThatIsAway) {
  const auto handle = OpenToWrite("a.txt");
  ASSERT_TRUE(handle.ok());
  workspace_.Fail("", Errc::kUnreachable, -1);
  ASSERT_TRUE(WriteAndClose(*handle, "ours").ok());

  const SyncStatus status = DrainPromptly();

  EXPECT_EQ(status.pending_count, 1U);
  EXPECT_EQ(status.refused_count, 0U);
  EXPECT_FALSE(status.reachable());
  EXPECT_THAT(status.last_error, HasSubstr("a fault that was asked for"));
  workspace_.ClearFaults();
  EXPECT_EQ(DrainPromptly().pending_count, 0U);
}

TEST_F(SyncerDrainTest, EndsAtItsDeadlineAndLeavesTheCallToItself) {
  workspace_.Hold("import");
  ASSERT_TRUE(Save("a.txt", "ours").ok());
  ASSERT_TRUE(workspace_.WaitUntilHeld(1));
  const SteadyTime before = RealClock().Now();

  const SyncStatus status = Drain(Within(Milliseconds(300)));

  EXPECT_LT(RealClock().Now() - before, kPromptly);
  EXPECT_EQ(status.pending_count, 1U);
  ASSERT_EQ(status.pending.size(), 1U);
  EXPECT_EQ(status.pending[0].state, PendingItem::State::kSending);
  workspace_.LetGo("import");
  EXPECT_EQ(DrainPromptly().pending_count, 0U);
  EXPECT_EQ(Executed("import"), 1);
}

TEST_F(SyncerDrainTest, EndsWhenItIsCancelled) {
  workspace_.Hold("import");
  ASSERT_TRUE(Save("a.txt", "ours").ok());
  const auto cancel = std::make_shared<CancelToken>();
  const SteadyTime before = RealClock().Now();
  auto drain = std::async(std::launch::async,
                          [&] { return Drain(Within(seconds(60), cancel)); });
  ASSERT_TRUE(workspace_.WaitUntilHeld(1));

  cancel->Cancel();

  EXPECT_EQ(drain.get().pending_count, 1U);
  EXPECT_LT(RealClock().Now() - before, kPromptly);
}

TEST_F(SyncerDrainTest, EndsWithTheSyncer) {
  workspace_.Hold("import");
  ASSERT_TRUE(Save("a.txt", "ours").ok());
  ASSERT_TRUE(Save("b.txt", "ours").ok());
  auto drain = std::async(std::launch::async, [&] { return DrainPromptly(); });
  ASSERT_TRUE(workspace_.WaitUntilHeld(2));

  syncer_->Stop();
  const int calls = workspace_.TotalCalls();

  EXPECT_EQ(drain.get().pending_count, 2U);
  EXPECT_EQ(workspace_.TotalCalls(), calls);
}

TEST_F(SyncerDrainTest, OneThatEndsDoesNotSlowTheOthers) {
  workspace_.Hold("mkdirs");
  ASSERT_TRUE(
      fs_->MakeDirectory(kMount, home_, "new", 0755, kPerson, Patience()).ok());
  auto patient = std::async(std::launch::async,
                            [&] { return Drain(Within(seconds(60))); });
  ASSERT_TRUE(workspace_.WaitUntilHeld(1));
  const SyncStatus early = Drain(Within(Milliseconds(1)));
  EXPECT_EQ(early.pending_count, 1U);

  const SteadyTime before = RealClock().Now();
  ASSERT_TRUE(Save("new.txt", "ours").ok());
  ASSERT_TRUE(WaitUntilExecuted("import", 1));
  EXPECT_LT(RealClock().Now() - before, Milliseconds(kSettleMs));

  workspace_.LetGo("mkdirs");
  EXPECT_EQ(patient.get().pending_count, 0U);
}

TEST_F(SyncerDrainTest, ManyAtOnceWhileOthersSaveAndLook) {
  constexpr int kWriters = 3;
  constexpr int kSaves = 15;
  std::atomic<bool> done = false;
  constexpr int kDrains = 3;
  std::vector<Thread> onlookers;
  onlookers.reserve(kDrains + 1);
  for (int i = 0; i < kDrains; ++i)
    onlookers.emplace_back("drain", [&] {
      while (!done) EXPECT_TRUE(syncer_->Drain(Within(seconds(20))).ok());
    });
  onlookers.emplace_back("look", [&] {
    while (!done) {
      (void)syncer_->Status();
      EXPECT_TRUE(syncer_->LoadDirectory(home_, true, Patience()).ok());
    }
  });
  std::vector<Thread> writers;
  writers.reserve(kWriters);
  for (int i = 0; i < kWriters; ++i)
    writers.emplace_back("save", [&, i] {
      for (int save = 0; save < kSaves; ++save)
        EXPECT_TRUE(
            Save(fmt::format("{}.txt", i), fmt::format("{}", save)).ok());
    });
  writers.clear();
  done = true;
  onlookers.clear();

  const SyncStatus status = Drain(Within(seconds(60)));

  EXPECT_EQ(status.pending_count, 0U);
  EXPECT_EQ(status.conflict_count, 0U);
  for (int i = 0; i < kWriters; ++i)
    EXPECT_EQ(Remote(fmt::format("{}.txt", i)), fmt::format("{}", kSaves - 1));
}

}  // namespace
}  // namespace wsfs
