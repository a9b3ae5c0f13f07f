// Puts that were long on their way are read back (design.md §2, Checked).

#include <gtest/gtest.h>

#include "named_cases_world.h"

namespace wsfs {
namespace {

constexpr std::int64_t kSlowMs = 1'500;

class ReadBackTest : public testing::Test {
 protected:
  ReadBackTest() {
    world_.SeedTree();
    world_.LoadAll();
    world_.HydrateAll();
    // The clock window is narrow: a first put was confirmed.
    world_.Save("b.txt");
    EXPECT_TRUE(world_.Drain());
    world_.Advance(60'000);
    calls_before_ = world_.wire().count();
  }

  /// The answers of puts take so long; `meanwhile` is run in between.
  void SlowPuts(std::int64_t ms, std::function<void()> meanwhile = {}) {
    world_.wire().after = [this, ms, meanwhile](const WireCall& call) {
      if (call.op != "put") return;
      world_.Advance(ms / 2);
      if (meanwhile) meanwhile();
      world_.Advance(ms / 2);
    };
  }
  void NoMoreSlowPuts() { world_.wire().after = nullptr; }
  int Calls() { return world_.wire().count() - calls_before_; }
  /// Background work goes on for so long.
  void Pass(std::int64_t ms) {
    for (std::int64_t at = 0; at < ms; at += 500) {
      world_.Advance(500);
      world_.syncer().RunReady();
    }
  }

  World world_;
  int calls_before_ = 0;
};

TEST_F(ReadBackTest, AFastPutIsNotReadBack) {
  world_.Save("a.txt");
  ASSERT_TRUE(world_.Drain());
  Pass(15'000);
  EXPECT_EQ(Calls(), 3);
}

TEST_F(ReadBackTest, ASlowPutCostsOneExportMore) {
  SlowPuts(kSlowMs);
  world_.Save("a.txt");
  ASSERT_TRUE(world_.Drain());
  Pass(15'000);
  EXPECT_EQ(Calls(), 4);
  EXPECT_EQ(world_.wire().trail().back(), "export a.txt");
  EXPECT_EQ(world_.Differences(), "");
}

TEST_F(ReadBackTest, ALargePutIsNotReadBack) {
  SlowPuts(kSlowMs);
  ASSERT_TRUE(world_.Open("a.txt"));
  world_.WriteBytes("a.txt", "@t9\n" + std::string(1'048'576, 'x'));
  world_.Close("a.txt");
  ASSERT_TRUE(world_.Drain());
  Pass(15'000);
  EXPECT_EQ(Calls(), 3);
}

TEST_F(ReadBackTest, AForeignEditInsideASlowPutIsShown) {
  SlowPuts(kSlowMs, [this] { world_.TheyPut("a.txt", "@f1\n"); });
  world_.Save("a.txt");
  ASSERT_TRUE(world_.Drain());
  // It passed the clock test: for the moment it counts as ours.
  Pass(15'000);

  EXPECT_EQ(world_.service().Read(world_.Remote("a.txt")), "@f1\n");
  world_.HydrateAll();
  EXPECT_EQ(world_.Differences(), "");
  EXPECT_EQ(world_.ConflictCopies(), 0);
  EXPECT_EQ(world_.Met(Window::kPutToAnswer), 1);
}

TEST_F(ReadBackTest, AForeignEditInsideASlowPutIsNotReplacedByTheNextSave) {
  SlowPuts(kSlowMs, [this] { world_.TheyPut("a.txt", "@f1\n"); });
  world_.Save("a.txt");
  ASSERT_GT(world_.syncer().RunReady(), 0);
  NoMoreSlowPuts();
  world_.Save("a.txt");
  ASSERT_TRUE(world_.Drain());

  EXPECT_EQ(world_.service().Read(world_.Remote("a.txt")), "@f1\n");
  EXPECT_EQ(world_.ConflictCopies(), 1);
  EXPECT_EQ(world_.Differences(), "");
}

TEST_F(ReadBackTest, ASlowAnswerOfAnOldExportIsAskedAgain) {
  SlowPuts(kSlowMs);
  world_.wire().staleness = [] { return Milliseconds(10'000); };
  int exports = 0;
  world_.wire().fate = [&](const WireCall& call) {
    return call.op == "export" && ++exports == 1
               ? ScriptedWorkspace::Fate::kStale
               : ScriptedWorkspace::Fate::kServed;
  };
  world_.Save("a.txt");
  ASSERT_TRUE(world_.Drain());
  Pass(15'000);
  EXPECT_EQ(exports, 2);
  EXPECT_EQ(world_.ConflictCopies(), 0);
  EXPECT_EQ(world_.Differences(), "");
}

TEST_F(ReadBackTest, WhatIsAwayIsReadBackLater) {
  SlowPuts(kSlowMs, [this] { world_.TheyPut("a.txt", "@f1\n"); });
  world_.wire().fate = [](const WireCall& call) {
    return call.op == "export" ? ScriptedWorkspace::Fate::kNotServed
                               : ScriptedWorkspace::Fate::kServed;
  };
  world_.Save("a.txt");
  ASSERT_TRUE(world_.Drain());
  world_.wire().fate = nullptr;
  Pass(15'000);
  world_.HydrateAll();
  EXPECT_EQ(world_.Differences(), "");
}

/// Of the service's clock only a `Date` is known then.
TEST(FirstPut, IsReadBackWhenItsConfirmationComesLate) {
  for (const std::int64_t late_ms : {100, 500}) {
    World world;
    world.SeedTree();
    world.LoadAll();
    world.HydrateAll();
    world.Advance(60'000);
    int exports = 0;
    world.wire().before = [&](const WireCall& call) {
      if (call.op == "export") ++exports;
      if (call.op == "check") world.Advance(late_ms);
    };
    world.Save("a.txt");
    ASSERT_TRUE(world.Drain());
    EXPECT_EQ(exports, late_ms == 500 ? 1 : 0);
    world.Save("b.txt");
    ASSERT_TRUE(world.Drain());
    EXPECT_EQ(exports, late_ms == 500 ? 1 : 0) << "only the first one";
  }
}

}  // namespace
}  // namespace wsfs
