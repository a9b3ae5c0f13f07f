// The cache may drop what the service holds, and a power cut takes what was
// not synced: nothing that is only there may be lost by it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "named_cases_world.h"

namespace wsfs {
namespace {

using ::testing::IsEmpty;
using ::testing::Not;

class CacheLosses : public ::testing::Test {
 protected:
  CacheLosses() {
    world_.SeedTree();
    world_.LoadAll();
    world_.HydrateAll();
    world_.Advance(60'000);
  }

  /// Notices what somebody else did, works it off, and loses the cache.
  void SettleAndEvict() {
    world_.Poll();
    EXPECT_TRUE(world_.Drain());
    world_.EvictAll();
  }

  /// The next such call gets no answer, and is executed by RunLate().
  void SendTheNextLate(const std::string& op) {
    world_.wire().fate = [this, op](const WireCall& call) {
      if (call.op != op) return ScriptedWorkspace::Fate::kServed;
      world_.wire().fate = nullptr;
      return ScriptedWorkspace::Fate::kLate;
    };
  }

  World world_;
};

TEST_F(CacheLosses, ALateDeleteOfOursDoesNotTakeWhatWasSavedSince) {
  world_.Unlink("a.txt");
  SendTheNextLate("delete");
  EXPECT_TRUE(world_.Drain());
  world_.Save("a.txt");
  EXPECT_TRUE(world_.Drain());
  const std::string saved = world_.Read("a.txt");
  world_.EvictAll();
  EXPECT_TRUE(world_.wire().RunLate());
  SettleAndEvict();

  EXPECT_EQ(world_.Read("a.txt"), saved);
  EXPECT_THAT(saved, Not(IsEmpty()));

  // Once the answer cannot be an old one: it was ours, and is made good.
  world_.Advance(20'000);
  SettleAndEvict();
  EXPECT_EQ(world_.Met(Window::kLateCall), 1);
  EXPECT_EQ(world_.service().Read(world_.Remote("a.txt")), saved);
}

TEST_F(CacheLosses, ALatePutOfOursDoesNotBringBackWhatWasSavedBefore) {
  world_.Save("a.txt");
  SendTheNextLate("put");
  EXPECT_TRUE(world_.Drain());
  world_.Save("a.txt");
  EXPECT_TRUE(world_.Drain());
  const std::string saved = world_.Read("a.txt");
  world_.EvictAll();
  world_.Advance(20'000);
  EXPECT_TRUE(world_.wire().RunLate());
  SettleAndEvict();

  EXPECT_EQ(world_.Read("a.txt"), saved);
  EXPECT_EQ(TokenOf(world_.service().Read(world_.Remote("a.txt"))), "@t2");
  EXPECT_EQ(world_.Met(Window::kLateCall), 1);
}

// The late put hits the object under its old name, and is noticed under the
// new one.
TEST_F(CacheLosses, ALatePutOfOursIsKnownByTheNameItsObjectHasNow) {
  world_.Save("a.txt");
  SendTheNextLate("put");
  EXPECT_TRUE(world_.Drain());
  world_.Save("a.txt");
  EXPECT_TRUE(world_.Drain());
  EXPECT_TRUE(world_.wire().RunLate());
  world_.Rename("a.txt", "c.txt");
  EXPECT_TRUE(world_.Drain());
  world_.Advance(20'000);
  SettleAndEvict();

  EXPECT_EQ(world_.Read("c.txt"), "@t2\n");
  EXPECT_EQ(TokenOf(world_.service().Read(world_.Remote("c.txt"))), "@t2");
}

// Exchanged and not sent yet: what stands at a name is that object's next
// content, and its bytes are those of the other object, in the cache.
TEST_F(CacheLosses, AConflictCopyHasBytesOfItsOwn) {
  world_.Rename("a.txt", "b.txt", /*exchange=*/true);
  world_.TheyPut("b.txt", "@f1\n");
  SettleAndEvict();

  EXPECT_EQ(world_.ConflictCopies(), 1);
  EXPECT_EQ(world_.Read("a.txt"), "@r2\n");
  EXPECT_EQ(world_.Read("b.txt"), "@f1\n");
  EXPECT_THAT(world_.Everywhere(), ::testing::Contains("@r1"));
}

TEST_F(CacheLosses, AConflictCopyIsFetchedWhenTheCacheHasDroppedIt) {
  world_.Rename("a.txt", "b.txt", /*exchange=*/true);
  world_.TheyPut("b.txt", "@f1\n");
  world_.EvictAll();
  SettleAndEvict();

  EXPECT_EQ(world_.ConflictCopies(), 1);
  EXPECT_THAT(world_.Everywhere(), ::testing::Contains("@r1"));
}

TEST_F(CacheLosses, WhatSomebodyDeletesIsInTheTrash) {
  world_.TheyRemove("a.txt");
  SettleAndEvict();

  EXPECT_EQ(world_.Read("a.txt"), "(no file)");
  EXPECT_THAT(world_.Everywhere(), ::testing::Contains("@r1"));
}

TEST_F(CacheLosses, WhatAPowerCutTookIsFetchedAgain) {
  world_.SyncDisk();
  world_.EvictAll();
  world_.LosePower(1);
  world_.LoadAll();

  const Node* const node = world_.Find("a.txt");
  EXPECT_FALSE(node->content);
  EXPECT_EQ(node->known_size, 4U);
  EXPECT_EQ(world_.Read("a.txt"), "@r1\n");
}

TEST_F(CacheLosses, ACopyOutlivesTheEditOfWhatItLeft) {
  world_.KnowNoRename();
  world_.Rename("a.txt", "c.txt");
  world_.TheyPut("a.txt", "@f1\n");
  SettleAndEvict();

  EXPECT_EQ(world_.Read("c.txt"), "@r1\n");
  EXPECT_EQ(world_.Read("a.txt"), "@f1\n");
}

// What a rule put off while somebody was writing is done at the next start,
// though nobody closes the file any more.
TEST(DeathOfAWriter, LeavesNoNameWithoutBytes) {
  World world("absent");
  world.SeedTree();
  world.LoadAll();
  world.KnowNoRename();
  world.Advance(60'000);
  ASSERT_TRUE(world.Open("a.txt"));
  ASSERT_TRUE(world.Rename("a.txt", "c.txt"));
  world.TheyRemove("a.txt");
  world.Poll();
  ASSERT_NE(world.Find("c.txt"), nullptr);

  world.Crash();
  world.LoadAll();

  EXPECT_EQ(world.Find("c.txt"), nullptr);
  EXPECT_TRUE(world.Drain());
  EXPECT_EQ(world.Differences(), "");
}

}  // namespace
}  // namespace wsfs
