#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite.h"
#include "store_workload.h"

namespace wsfs {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

/// Says a content in a few characters.
std::string Short(const std::string& bytes) {
  if (bytes.size() < 60) return bytes;
  return bytes.substr(0, 3) + "... (" + std::to_string(bytes.size()) + ")";
}

std::size_t CountSteps() {
  FaultFs disk;
  StoreWorkload workload(disk, /*tolerant=*/false);
  workload.Run();
  EXPECT_EQ(workload.failures(), 0);
  return disk.steps();
}

/// What a power failure leaves of the unsynced differs by WSFS_SEED=n.
std::uint64_t SeedFromOutside() {
  const char* const seed = std::getenv("WSFS_SEED");
  return seed == nullptr ? 0 : std::strtoull(seed, nullptr, 10);
}

/// Every name holds one of the values `may_hold` gives for it.
template <typename MayHold>
void ExpectFiles(const TestStore& opened, const History& history,
                 MayHold may_hold) {
  for (const std::string& name : history.Names()) {
    const std::string held = opened.ReadNode(name);
    const std::set<std::string> allowed = may_hold(name);
    if (allowed.contains(held)) continue;
    std::string text;
    for (const std::string& one : allowed) text += " " + Short(one);
    ADD_FAILURE() << name << " holds " << Short(held) << ", not one of" << text;
  }
  for (const NodeId id : opened.catalogue->AllNodes()) {
    const Node& node = opened.catalogue->node(id);
    if (id == kRootNode) continue;
    EXPECT_THAT(history.Names(), Contains(node.name));
  }
  opened.catalogue->CheckInvariants();
}

void ExpectWorks(const TestStore& opened) {
  const NodeId id = opened.AddFile("afterwards");
  EXPECT_TRUE(opened.Save(id, "works").ok());
  EXPECT_TRUE(opened.store->Barrier().ok());
  EXPECT_EQ(opened.ReadNode("afterwards"), "works");
}

TEST(StoreCrash, AKillAtAnyStepLosesNothingThatReturned) {
  const std::size_t steps = CountSteps();
  ASSERT_GT(steps, 200U);
  for (std::size_t step = 1; step <= steps + 1; ++step) {
    SCOPED_TRACE("killed at step " + std::to_string(step));
    FaultFs disk;
    disk.StopAt(step);
    StoreWorkload workload(disk, /*tolerant=*/false);
    workload.Run();
    const History& history = workload.history();

    disk.KillProcess();

    const auto opened = TestStore::Open(TestStore::OptionsFor(disk));
    ASSERT_TRUE(opened.ok()) << opened.error().message();
    ExpectFiles(*opened, history, [&](const std::string& name) {
      History late = history;
      late.hard = history.returned;
      return late.MayHold(name);
    });
    ExpectWorks(*opened);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(StoreCrash, APowerFailureAtAnyStepKeepsWhatWasSyncedAndMixesNothing) {
  const std::size_t steps = CountSteps();
  for (std::size_t step = 1; step <= steps + 1; ++step) {
    for (std::uint64_t seed = 0; seed < 2; ++seed) {
      SCOPED_TRACE("power failed at step " + std::to_string(step) + ", seed " +
                   std::to_string(seed));
      FaultFs disk;
      disk.StopAt(step);
      StoreWorkload workload(disk, /*tolerant=*/false);
      workload.Run();
      const History& history = workload.history();

      seed == 0 ? disk.LosePower()
                : disk.LosePower(step * 16 + seed + SeedFromOutside());

      const auto options = TestStore::OptionsFor(disk, "boot-2");
      auto opened = TestStore::Open(options);
      ASSERT_TRUE(opened.ok()) << opened.error().message();
      ExpectFiles(*opened, history, [&](const std::string& name) {
        auto allowed = history.MayHold(name);
        // What was clean is the service's; it may be fetched again.
        allowed.insert("(the content is no longer in the cache)");
        return allowed;
      });
      // And the same at the next start.
      const std::string before = opened->ReadNode("big");
      ExpectWorks(*opened);
      disk.Stop();
      opened->store.reset();
      disk.KillProcess();
      const auto again = TestStore::Open(options);
      ASSERT_TRUE(again.ok()) << again.error().message();
      EXPECT_EQ(again->ReadNode("big"), before);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(StoreCrash, AnErrorAtAnyStepFailsThatCallOnly) {
  const std::size_t steps = CountSteps();
  for (const Errc code : {Errc::kNoSpace, Errc::kIo}) {
    for (std::size_t step = 1; step <= steps; ++step) {
      SCOPED_TRACE("failed at step " + std::to_string(step));
      FaultFs disk;
      disk.FailAt(step, code);
      StoreWorkload workload(disk, /*tolerant=*/true);
      workload.Run();
      const History& history = workload.history();

      disk.KillProcess();

      const auto opened = TestStore::Open(TestStore::OptionsFor(disk));
      ASSERT_TRUE(opened.ok()) << opened.error().message();
      ExpectFiles(*opened, history, [&](const std::string& name) {
        History late = history;
        late.hard = history.returned;
        return late.MayHold(name);
      });
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(StoreCrash, AFullDiskKeepsWhatWasThereAndGoesOnWithRoom) {
  FaultFs disk;
  auto opened = TestStore::Open(TestStore::OptionsFor(disk)).value();
  const NodeId file = opened.AddFile("f");
  ASSERT_TRUE(opened.Save(file, "before").ok());
  disk.SetCapacity(400'000);

  const auto full = opened.Save(file, std::string(900'000, 'x'));
  EXPECT_EQ(full.error().code(), Errc::kNoSpace);
  EXPECT_EQ(opened.ReadNode("f"), "before");

  disk.SetCapacity(40'000'000);
  EXPECT_TRUE(opened.Save(file, std::string(900'000, 'x')).ok());
}

// The words a person reads after the machine lost power.
TEST(StoreCrash, ALostSaveIsListedAndWhatIsLeftOfItKept) {
  FaultFs disk;
  const std::string first(100'000, '1');
  const std::string second(100'000, '2');
  {
    auto opened = TestStore::Open(TestStore::OptionsFor(disk)).value();
    const NodeId file = opened.AddFile("f");
    ASSERT_TRUE(opened.Save(file, first).ok());
    ASSERT_TRUE(opened.store->Barrier().ok());
    const Content bad = opened.Save(file, second).value();
    // The row and the name reach the platter, the bytes are damaged on it.
    ASSERT_TRUE(disk.SyncDirectory("/home/store/sealed").ok());
    disk.FlipBit("/home/store/sealed/" + std::to_string(bad.body), 7);
    disk.Stop();
  }
  disk.KillProcess();

  const auto opened =
      TestStore::Open(TestStore::OptionsFor(disk, "boot-2")).value();

  EXPECT_EQ(opened.ReadNode("f"), first);
  EXPECT_EQ(opened.catalogue->Child(kRootNode, "f")->gen, 1);
  const auto trash = opened.store->Trash().value();
  ASSERT_EQ(trash.size(), 1U);
  EXPECT_EQ(trash[0].path, "/f");
  EXPECT_EQ(opened.Read(trash[0].content).value().size(), second.size());
  const auto notices = opened.store->RecentNotices(9).value();
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0].path, "/f");
}

// Over a megabyte nothing but the background's sync vouches for the bytes of a
// close: without a hash they are not believed, even when all of them are there.
TEST(StoreCrash, ALargeSaveThatWasNotSyncedIsTheOldSelfAfterAPowerFailure) {
  FaultFs disk;
  const std::string first(kDigestAtOnceBytes + 1, '1');
  const std::string second(kDigestAtOnceBytes + 1, '2');
  {
    auto opened = TestStore::Open(TestStore::OptionsFor(disk)).value();
    for (const char* name : {"closed", "synced"})
      ASSERT_TRUE(opened.Save(opened.AddFile(name), first).ok());
    ASSERT_TRUE(opened.store->Barrier().ok());
    const auto id = [&](const char* name) {
      return opened.catalogue->Child(kRootNode, name)->id;
    };
    ASSERT_TRUE(opened.Save(id("synced"), second).ok());
    ASSERT_TRUE(opened.store->Barrier().ok());
    ASSERT_FALSE(opened.Save(id("closed"), second).value().digest);
    // By chance all of it reached the platter.
    disk.Stop();
  }
  disk.KillProcess();

  const auto opened =
      TestStore::Open(TestStore::OptionsFor(disk, "boot-2")).value();

  EXPECT_TRUE(opened.ReadNode("closed") == first);
  EXPECT_TRUE(opened.ReadNode("synced") == second);
  const auto trash = opened.store->Trash().value();
  ASSERT_EQ(trash.size(), 1U);
  EXPECT_EQ(trash[0].path, "/closed");
  EXPECT_TRUE(opened.Read(trash[0].content).value() == second);
  EXPECT_EQ(opened.store->RecentNotices(9).value().size(), 1U);
}

// The kernel lived on, and with it every byte that was written.
TEST(StoreCrash, ALargeSaveThatWasNotSyncedSurvivesAKill) {
  FaultFs disk;
  const std::string saved(kDigestAtOnceBytes + 1, '2');
  {
    auto opened = TestStore::Open(TestStore::OptionsFor(disk)).value();
    ASSERT_TRUE(opened.Save(opened.AddFile("f"), saved).ok());
    disk.Stop();
  }
  disk.KillProcess();

  const auto opened = TestStore::Open(TestStore::OptionsFor(disk)).value();

  EXPECT_TRUE(opened.ReadNode("f") == saved);
}

// Gold master: a catalogue as version 1 wrote it must load for ever.
TEST(StoreCompat, Version1Loads) {
  FaultFs disk;
  ASSERT_TRUE(disk.MakeDirectories("/home/store").ok());
  {
    std::ifstream file(std::string(WSFS_TEST_DATA) + "/catalogue_v1.sql");
    ASSERT_TRUE(file.good());
    std::stringstream sql;
    sql << file.rdbuf();
    SqliteVfs vfs(disk);
    const auto database =
        Database::Open(vfs, "/home/store/catalogue.db", Database::Use::kMake)
            .value();
    const auto made = database->Execute(sql.str());
    ASSERT_TRUE(made.ok()) << made.error().message();
  }

  const auto opened = TestStore::Open(TestStore::OptionsFor(disk)).value();

  EXPECT_EQ(opened.ReadNode("note.txt"), "hello");
  const Node* node = opened.catalogue->Child(kRootNode, "note.txt");
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->gen, 3);
  EXPECT_EQ(node->attributes.mtime, 1'700'000'000'000'000'001);
  EXPECT_EQ(node->xattrs.at("user.k"), "v");
  ASSERT_TRUE(node->intent);
  EXPECT_EQ(node->intent->op, IntentOp::kCreate);
  EXPECT_EQ(node->intent->dst, "/note.txt");
  const Object* object = opened.catalogue->NodeOf(5) == nullptr
                             ? nullptr
                             : opened.catalogue->FindObject(5);
  ASSERT_NE(object, nullptr);
  EXPECT_EQ(object->view, "nb.py");
  EXPECT_EQ(object->version.id, 9'007'199'254'740'993);
  ASSERT_NE(object->newer(), nullptr);
  EXPECT_EQ(object->newer()->version.modified_at, 1'700'000'000'009);
  EXPECT_EQ(opened.catalogue->sides().recent.at({"/gone", 7}), 100);
  EXPECT_FALSE(opened.catalogue->capabilities().rename);
  EXPECT_GE(opened.catalogue->next_id(), 5000U);
  opened.catalogue->CheckInvariants();
}

}  // namespace
}  // namespace wsfs
