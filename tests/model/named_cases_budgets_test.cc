// The call budgets of design.md §11, counted at the service.

#include <gtest/gtest.h>

#include "named_cases_world.h"

namespace wsfs {
namespace {

Waiting Long(World& world) {
  return Waiting::Until(world.clock().Now() + Milliseconds(60'000));
}

void Prepare(World& world) {
  world.SeedTree();
  world.LoadAll();
  world.HydrateAll();
  world.Advance(60'000);
}

TEST(Budgets, ASaveOfAKnownObjectIsThreeCallsWithAnEarlyCheck) {
  World world;
  Prepare(world);
  const int before = world.wire().count();

  world.Open("a.txt");
  world.syncer().CheckAhead(world.Find("a.txt")->id);
  world.Write("a.txt");
  world.Close("a.txt");
  ASSERT_TRUE(world.Drain());

  EXPECT_EQ(world.wire().count() - before, 3);
  EXPECT_EQ(world.wire().Writes(), "put a.txt");
}

void AddFiles(World& world, int count) {
  world.service().MakeFolder(world.Remote("e"));
  for (int i = 0; i < count; ++i)
    world.TheyPut("e/" + std::to_string(i) + ".txt", "@r1\n");
}

void UnlinkFiles(World& world, int count) {
  for (int i = 0; i < count; ++i)
    ASSERT_TRUE(world.Unlink("e/" + std::to_string(i) + ".txt"));
}

TEST(Budgets, DeletesInOneFolderAreCheckedByOneList) {
  World world;
  AddFiles(world, 5);
  Prepare(world);
  const int before = world.wire().count();
  UnlinkFiles(world, 5);
  ASSERT_TRUE(world.Drain());
  EXPECT_EQ(world.wire().count() - before, 1 + 5);
  EXPECT_EQ(world.wire().trail().front(), "list e");
  EXPECT_EQ(world.Differences(), "");
}

TEST(Budgets, TwoDeletesAreCheckedByThemselves) {
  World world;
  AddFiles(world, 5);
  Prepare(world);
  const int before = world.wire().count();
  UnlinkFiles(world, 2);
  ASSERT_TRUE(world.Drain());
  EXPECT_EQ(world.wire().count() - before, 2 + 2);
  EXPECT_EQ(world.wire().trail().front(), "check e/0.txt");
}

TEST(Budgets, AForeignEditIsSeenByTheListBeforeDeletes) {
  World world;
  AddFiles(world, 5);
  Prepare(world);
  UnlinkFiles(world, 5);
  world.TheyPut("e/3.txt", "@f1\n");
  world.TheyRemove("e/4.txt");
  ASSERT_TRUE(world.Drain());
  EXPECT_EQ(world.wire().Writes(),
            "delete e/0.txt, delete e/1.txt, delete e/2.txt");
  EXPECT_NE(world.Find("e/3.txt"), nullptr);
  EXPECT_EQ(world.Differences(), "");
}

/// A check is believed for 2 s: many deletes take longer than one list.
TEST(Budgets, AnOldListIsAskedAgain) {
  World world;
  AddFiles(world, 5);
  Prepare(world);
  world.wire().after = [&](const WireCall& call) {
    if (call.op == "delete") world.Advance(1'500);
  };
  const int before = world.wire().count();
  UnlinkFiles(world, 5);
  ASSERT_TRUE(world.Drain());
  world.wire().after = nullptr;
  // list, 0, 1; list, 2, 3; the last one is alone.
  EXPECT_EQ(world.wire().count() - before, 2 + 5 + 1);
}

TEST(Budgets, ANewFileIsTwoCalls) {
  World world;
  Prepare(world);
  const int before = world.wire().count();
  world.Save("x.txt");
  ASSERT_TRUE(world.Drain());
  EXPECT_EQ(world.wire().count() - before, 2);
}

TEST(Budgets, UnchangedBytesAndShortLivesAreNoCalls) {
  World world;
  Prepare(world);
  const int before = world.wire().count();
  world.SaveSame("a.txt");
  world.Save("x.txt");
  world.Unlink("x.txt");
  world.Advance(60'000);
  ASSERT_TRUE(world.Drain());
  EXPECT_EQ(world.wire().count() - before, 0);
}

/// Lists the folders w, d, e and d/f.
int CallsToListAll(World& world) {
  const int before = world.wire().count();
  for (const char* path : {"", "d", "e", "d/f"}) {
    const NodeId id = path[0] == '\0' ? world.root() : world.Find(path)->id;
    EXPECT_TRUE(world.syncer().LoadDirectory(id, true, Long(world)).ok());
  }
  return world.wire().count() - before;
}

TEST(Budgets, ListingFoldersWithSizesCostsOneProbeForAll) {
  World world;
  world.SeedTree();
  // The listings of "/", "/Shared", w, d, e and d/f, and one probe.
  const int before = world.wire().count();
  world.LoadAll();
  EXPECT_EQ(world.wire().count() - before, 7);
  EXPECT_EQ(CallsToListAll(world), 4);
  EXPECT_TRUE(world.Find("d/f/c.txt")->known_size.has_value());
}

TEST(Budgets, WhereSizesAreRefusedNobodyAsksTwice) {
  World world;
  world.service().Set("list-files", "refused");
  world.SeedTree();
  const int before = world.wire().count();
  world.LoadAll();
  EXPECT_EQ(world.wire().count() - before, 7);
  EXPECT_EQ(CallsToListAll(world), 4);
}

TEST(Budgets, ACapabilityThatIsRefusedIsRememberedAndTheMoveIsDoneByCopy) {
  World world("absent");
  Prepare(world);
  world.Rename("a.txt", "z.txt");
  ASSERT_TRUE(world.Drain());
  EXPECT_EQ(world.wire().Writes(),
            "move a.txt>z.txt!, create z.txt, delete a.txt");
}

TEST(Budgets, ReadingAFileIsOneCallOnceInItsLife) {
  World world;
  world.SeedTree();
  world.LoadAll();
  const NodeId id = world.Find("a.txt")->id;
  const int before = world.wire().count();
  for (int i = 0; i < 3; ++i) {
    const auto hydration = world.syncer().Hydrate(id, CallClass::kSomeoneWaits);
    ASSERT_TRUE(hydration.ok());
    ASSERT_TRUE((*hydration)->WaitDone(Long(world)).ok());
    std::string text(4, '\0');
    const auto got =
        (*hydration)
            ->ReadAt(0, std::as_writable_bytes(std::span(text)), Long(world));
    ASSERT_TRUE(got.ok());
    EXPECT_EQ(text, "@r1\n");
  }
  EXPECT_EQ(world.wire().count() - before, 1);
}

TEST(Budgets, WhatTheServiceRefusesIsKeptShownAndTriedAgainOnADrain) {
  World world;
  Prepare(world);
  world.service().Fail("import", Errc::kPermissionDenied, -1);
  world.Save("a.txt");
  world.Drain(5'000);

  const SyncStatus status = world.syncer().Status();
  EXPECT_EQ(status.refused_count, 1U);
  ASSERT_EQ(status.pending.size(), 1U);
  EXPECT_EQ(status.pending[0].state, PendingItem::State::kRefused);

  world.service().ClearFaults();
  const Result<SyncStatus> drained = world.syncer().Drain(Long(world));
  ASSERT_TRUE(drained.ok());
  EXPECT_EQ(drained->pending_count, 0U);
  EXPECT_EQ(world.Differences(), "");
}

}  // namespace
}  // namespace wsfs
