// A syncer with its own threads: from Start to Stop, and on from there.

#include "core/sync/syncer.h"

#include <future>
#include <vector>

#include <gtest/gtest.h>

#include "core/sync/syncer_fixture.h"

namespace wsfs {
namespace {

using std::chrono::seconds;
using Side = MemoryWorkspace::Side;

/// Long before any deadline of a call.
constexpr seconds kPromptly{8};

TEST_F(SyncerTest, WhatIsSavedGoesOutByItself) {
  syncer_->Start();
  ASSERT_TRUE(Save("a.txt", "ours").ok());

  ASSERT_TRUE(WaitUntilExecuted("import", 1));
  EXPECT_EQ(Remote("a.txt"), "ours");
}

TEST_F(SyncerTest, ANewFolderGoesOutByItselfOnceItHasSettled) {
  syncer_->Start();
  ASSERT_TRUE(
      fs_->MakeDirectory(kMount, home_, "new", 0755, kPerson, Patience()).ok());

  ASSERT_TRUE(WaitUntilExecuted("mkdirs", 1));
  EXPECT_TRUE(HasRemote("new"));
}

TEST_F(SyncerTest, WhatWasSavedBeforeTheStartGoesOutToo) {
  ASSERT_TRUE(Save("a.txt", "ours").ok());
  syncer_->Start();

  ASSERT_TRUE(WaitUntilExecuted("import", 1));
  EXPECT_EQ(Remote("a.txt"), "ours");
}

TEST_F(SyncerTest, NothingGoesOutAfterStop) {
  syncer_->Start();
  const auto handle = OpenToWrite("a.txt");
  ASSERT_TRUE(handle.ok());
  syncer_->Stop();
  const int calls = workspace_.TotalCalls();

  ASSERT_TRUE(WriteAndClose(*handle, "ours").ok());
  const auto drained = syncer_->Drain(Patience());
  syncer_->Stop();  // a second one does nothing

  ASSERT_TRUE(drained.ok());
  EXPECT_EQ(drained->pending_count, 1U);
  EXPECT_EQ(workspace_.TotalCalls(), calls);
  EXPECT_EQ(Remote("a.txt"), "theirs");
}

TEST_F(SyncerTest, StopEndsTheWaitForAListing) {
  syncer_->Start();
  workspace_.Hold("list");
  auto listing = std::async(std::launch::async, [this] {
    return syncer_->LoadDirectory(home_, /*renew=*/true, Patience());
  });
  ASSERT_TRUE(workspace_.WaitUntilHeld(1));
  const SteadyTime before = RealClock().Now();

  syncer_->Stop();

  EXPECT_FALSE(listing.get().ok());
  EXPECT_LT(RealClock().Now() - before, kPromptly);
}

TEST_F(SyncerTest, StopEndsTheWaitForADownload) {
  syncer_->Start();
  workspace_.Hold("export");
  const auto file = Find("a.txt");
  ASSERT_TRUE(file.ok());
  const auto hydration = syncer_->Hydrate(*file, CallClass::kSomeoneWaits);
  ASSERT_TRUE(hydration.ok());
  ASSERT_TRUE(workspace_.WaitUntilHeld(1));
  const SteadyTime before = RealClock().Now();

  syncer_->Stop();

  EXPECT_FALSE((*hydration)->WaitDone(Patience()).ok());
  EXPECT_LT(RealClock().Now() - before, kPromptly);
}

/// A change whose call stalls, and where: before the service did it, or after.
struct Stalled {
  const char* name;
  std::string method;
  Side side;
  std::function<Result<void>(Filesystem& fs, NodeId home)> change;
};

void PrintTo(const Stalled& stalled, std::ostream* out) {
  *out << stalled.name;
}

class StopDuringACallTest : public SyncerTest,
                            public ::testing::WithParamInterface<Stalled> {
 protected:
  void Change() {
    const auto& change = GetParam().change;
    const Result<void> done =
        change ? change(*fs_, home_) : Save("a.txt", "ours");
    ASSERT_TRUE(done.ok()) << done.error().message();
  }
  /// New names, moves and deletes wait until their folder is quiet: a drain
  /// that nobody waits for to its end has them go at once.
  void BeginToSend() {
    const auto cancel = std::make_shared<CancelToken>();
    auto drain = std::async(std::launch::async, [&] {
      return syncer_->Drain(Within(seconds(30), cancel));
    });
    ASSERT_TRUE(workspace_.WaitUntilHeld(1));
    cancel->Cancel();
    EXPECT_TRUE(drain.get().ok());
  }
};

TEST_P(StopDuringACallTest, TheNextStartFindsOutAndDoesItOnce) {
  syncer_->Start();
  workspace_.Hold(GetParam().method, GetParam().side);
  Change();
  BeginToSend();
  const SteadyTime before = RealClock().Now();

  syncer_->Stop();

  EXPECT_LT(RealClock().Now() - before, kPromptly);
  EXPECT_EQ(OpenIntents(), 1);
  Close();
  workspace_.LetGo(GetParam().method);
  Open();
  EXPECT_EQ(OpenIntents(), 1);
  syncer_->Start();
  const auto drained = syncer_->Drain(Patience());

  ASSERT_TRUE(drained.ok()) << drained.error().message();
  EXPECT_EQ(drained->pending_count, 0U);
  EXPECT_EQ(drained->conflict_count, 0U);
  EXPECT_EQ(OpenIntents(), 0);
  EXPECT_EQ(Executed(GetParam().method), 1);
}

Result<void> MakeNew(Filesystem& fs, NodeId home) {
  const Caller person{.uid = 1000, .gid = 1000, .process = 1};
  const Waiting patience = Waiting::Until(RealClock().Now() + seconds(30));
  WSFS_TRY(const auto made,
           fs.Create(1, home, "new.txt", 0644, {.read = false, .write = true},
                     /*exclusive=*/true, person, patience));
  const std::string_view text = "ours";
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  WSFS_TRY(const std::size_t written,
           fs.Write(1, made.second.handle, 0, bytes, patience));
  (void)written;
  auto closed = fs.Flush(1, made.second.handle, person, patience);
  fs.Release(1, made.second.handle);
  return closed;
}

Result<void> MakeFolder(Filesystem& fs, NodeId home) {
  WSFS_TRY(const Stat made,
           fs.MakeDirectory(1, home, "new", 0755, {.uid = 1000, .gid = 1000},
                            Waiting::Until(RealClock().Now() + seconds(30))));
  (void)made;
  return {};
}

Result<void> Remove(Filesystem& fs, NodeId home) {
  return fs.Unlink(1, home, "a.txt",
                   Waiting::Until(RealClock().Now() + seconds(30)));
}

Result<void> Rename(Filesystem& fs, NodeId home) {
  return fs.Rename(1, home, "a.txt", home, "c.txt", RenameMode::kNoReplace,
                   Waiting::Until(RealClock().Now() + seconds(30)));
}

// A folder may still come for 10 s and a move for 30 s, before they are tried
// again: those two are only tried where they were executed.
INSTANTIATE_TEST_SUITE_P(
    Calls, StopDuringACallTest,
    ::testing::Values(
        Stalled{"PutNotExecuted", "import", Side::kBefore, nullptr},
        Stalled{"PutExecuted", "import", Side::kAfter, nullptr},
        Stalled{"CreateNotExecuted", "import", Side::kBefore, MakeNew},
        Stalled{"CreateExecuted", "import", Side::kAfter, MakeNew},
        Stalled{"MkdirExecuted", "mkdirs", Side::kAfter, MakeFolder},
        Stalled{"DeleteNotExecuted", "delete", Side::kBefore, Remove},
        Stalled{"DeleteExecuted", "delete", Side::kAfter, Remove},
        Stalled{"MoveExecuted", "rename", Side::kAfter, Rename}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace wsfs
