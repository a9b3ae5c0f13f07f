// A rename is confirmed until this workspace was seen to keep (object_id,
// modified_at) over one (planner.md §1.6).

#include <functional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "named_cases_world.h"

namespace wsfs {
namespace {

class RenameTest : public testing::Test {
 protected:
  void Begin() {
    world_.SeedTree();
    world_.LoadAll();
    world_.HydrateAll();
    world_.Advance(60'000);
  }
  void RenamesGive(std::string_view id, std::string_view time) {
    world_.service().Set("id-after-rename", id);
    world_.service().Set("modified-at-after-rename", time);
  }
  /// Renames, works until all is done, and gives the number of calls.
  int CallsOfRename(const std::string& from, const std::string& to) {
    const int before = world_.wire().count();
    EXPECT_TRUE(world_.Rename(from, to));
    EXPECT_TRUE(world_.Drain());
    return world_.wire().count() - before;
  }
  /// What the catalogue holds of the object is what the service has.
  void ExpectAgreed(const std::string& path) {
    const ObjectId id = world_.service().IdOf(world_.Remote(path));
    ASSERT_NE(world_.Find(path), nullptr);
    const NodeId node = world_.Find(path)->id;
    world_.ledger().Read([&](const Catalogue& catalogue) {
      const Object* const object =
          catalogue.FindObject(catalogue.node(node).bind);
      ASSERT_NE(object, nullptr);
      EXPECT_EQ(object->version.id, id);
      EXPECT_EQ(object->gen, catalogue.node(node).gen);
    });
  }
  World world_;
};

TEST_F(RenameTest, TheFirstIsConfirmedAndLaterOnesAreNot) {
  Begin();
  EXPECT_EQ(CallsOfRename("a.txt", "z.txt"), 3);
  EXPECT_EQ(world_.wire().trail().back(), "check z.txt");
  EXPECT_EQ(CallsOfRename("z.txt", "y.txt"), 2);
  EXPECT_EQ(CallsOfRename("d", "g"), 2);
}

TEST_F(RenameTest, WhatWasSeenOutlivesARestart) {
  Begin();
  EXPECT_EQ(CallsOfRename("a.txt", "z.txt"), 3);
  world_.Crash();
  world_.LoadAll();
  EXPECT_EQ(CallsOfRename("b.txt", "y.txt"), 2);
}

TEST_F(RenameTest, AFolderTellsNothingOfFiles) {
  Begin();
  EXPECT_EQ(CallsOfRename("d", "g"), 3);
  EXPECT_EQ(CallsOfRename("a.txt", "z.txt"), 3);
  EXPECT_EQ(CallsOfRename("g", "d"), 2);
}

TEST_F(RenameTest, ANewIdIsTaken) {
  RenamesGive("new", "keep");
  Begin();
  EXPECT_EQ(CallsOfRename("a.txt", "z.txt"), 3);
  ExpectAgreed("z.txt");
  EXPECT_EQ(CallsOfRename("z.txt", "y.txt"), 3) << "it is never kept";
  const int before = world_.wire().count();
  world_.Poll();
  world_.Save("y.txt");
  ASSERT_TRUE(world_.Drain());
  EXPECT_EQ(world_.wire().trail().back(), "check y.txt");
  EXPECT_GT(world_.wire().count(), before);
  EXPECT_EQ(world_.ConflictCopies(), 0);
  EXPECT_EQ(world_.Differences(), "");
}

TEST_F(RenameTest, ANewTimeIsTaken) {
  RenamesGive("keep", "bump");
  Begin();
  EXPECT_EQ(CallsOfRename("a.txt", "z.txt"), 3);
  ExpectAgreed("z.txt");
  const std::string before = world_.wire().Writes();
  world_.Save("z.txt");
  ASSERT_TRUE(world_.Drain());
  EXPECT_EQ(world_.wire().Writes(), before + ", put z.txt");
  EXPECT_EQ(world_.ConflictCopies(), 0);
  EXPECT_EQ(world_.Differences(), "");
}

TEST_F(RenameTest, AFolderWithANewIdKeepsWhatIsInIt) {
  RenamesGive("new", "bump");
  Begin();
  EXPECT_EQ(CallsOfRename("d", "g"), 3);
  ExpectAgreed("g");
  ExpectAgreed("g/a.txt");
  EXPECT_EQ(world_.Differences(), "");
}

TEST_F(RenameTest, AForeignEditBeforeTheConfirmationIsShown) {
  RenamesGive("new", "bump");
  Begin();
  bool done = false;
  world_.wire().before = [&](const WireCall& call) {
    if (done || call.op != "check" || !world_.wire().Writes().contains("move"))
      return;
    done = true;
    world_.Advance(30'000);
    world_.TheyPut("z.txt", "@f1\n");
  };
  CallsOfRename("a.txt", "z.txt");
  EXPECT_TRUE(done);
  world_.HydrateAll();
  EXPECT_EQ(world_.Differences(), "");
  EXPECT_EQ(world_.ConflictCopies(), 0);
}

TEST_F(RenameTest, ALostAnswerIsFoundUnderTheNewId) {
  RenamesGive("new", "keep");
  Begin();
  world_.wire().fate = [](const WireCall& call) {
    return call.op == "move" ? ScriptedWorkspace::Fate::kLostAfter
                             : ScriptedWorkspace::Fate::kServed;
  };
  CallsOfRename("a.txt", "z.txt");
  ExpectAgreed("z.txt");
  EXPECT_EQ(world_.wire().Writes(), "move a.txt>z.txt");
}

class LostRenameTest
    : public RenameTest,
      public testing::WithParamInterface<std::pair<const char*, const char*>> {
 protected:
  /// The answer of the rename is lost; `meanwhile` happens before anybody
  /// looks for it.
  void LoseAnswer(std::function<void()> meanwhile = [] {}) {
    RenamesGive(GetParam().first, GetParam().second);
    Begin();
    bool looked = false;
    world_.wire().fate = [](const WireCall& call) {
      return call.op == "move" ? ScriptedWorkspace::Fate::kLostAfter
                               : ScriptedWorkspace::Fate::kServed;
    };
    world_.wire().before = [&, meanwhile](const WireCall& call) {
      if (looked || call.op != "check" || world_.wire().Writes().empty())
        return;
      looked = true;
      meanwhile();
    };
    CallsOfRename("a.txt", "z.txt");
    EXPECT_TRUE(looked);
    world_.wire().before = nullptr;
    world_.HydrateAll();
  }
};

TEST_P(LostRenameTest, IsFoundAtItsTarget) {
  LoseAnswer();
  EXPECT_NE(world_.Find("z.txt"), nullptr);
  EXPECT_EQ(world_.Differences(), "");
  EXPECT_EQ(world_.wire().Writes(), "move a.txt>z.txt");
  ExpectAgreed("z.txt");
}

TEST_P(LostRenameTest, DoesNotMakeAConflictOfASave) {
  LoseAnswer([this] { world_.Save("z.txt"); });
  EXPECT_EQ(world_.Differences(), "");
  EXPECT_EQ(world_.ConflictCopies(), 0);
  EXPECT_EQ(world_.wire().Writes(), "move a.txt>z.txt, put z.txt");
}

TEST_P(LostRenameTest, ShowsWhatSomebodyWroteThereSince) {
  LoseAnswer([this] {
    world_.Advance(30'000);
    world_.TheyPut("z.txt", "@f1\n");
  });
  EXPECT_EQ(world_.Differences(), "");
  EXPECT_EQ(world_.ConflictCopies(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    Versions, LostRenameTest,
    testing::Values(std::pair("keep", "keep"), std::pair("new", "keep"),
                    std::pair("keep", "bump"), std::pair("new", "bump")),
    [](const auto& of) {
      return std::string(of.param.first) + "_" + of.param.second;
    });

TEST_F(RenameTest, AKillBeforeTheConfirmationIsMadeGood) {
  RenamesGive("new", "bump");
  Begin();
  world_.wire().after = [&](const WireCall& call) {
    if (call.op == "check" && call.path.ends_with("z.txt") &&
        world_.wire().Writes() == "move a.txt>z.txt")
      world_.KillNow();
  };
  EXPECT_TRUE(world_.Rename("a.txt", "z.txt"));
  for (int i = 0; i < 20; ++i) {
    world_.Advance(250);
    world_.syncer().RunReady();
  }
  world_.wire().after = nullptr;
  world_.Crash();
  world_.LoadAll();
  ASSERT_TRUE(world_.Drain());
  ExpectAgreed("z.txt");
  EXPECT_EQ(world_.wire().Writes(), "move a.txt>z.txt");
}

}  // namespace
}  // namespace wsfs
