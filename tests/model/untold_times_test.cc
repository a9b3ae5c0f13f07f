// A service that tells no time of notebooks: only bytes say whose they are.

#include <gtest/gtest.h>

#include "named_cases_world.h"

namespace wsfs {
namespace {

using Fate = ScriptedWorkspace::Fate;

class UntoldTimes : public testing::Test {
 protected:
  UntoldTimes() {
    world_.service().Set("notebook-times", "no");
    world_.SeedTree();
    world_.LoadAll();
    world_.HydrateAll();
    world_.Advance(60'000);
  }
  /// The first put does not arrive, and nobody hears of it.
  void LoseOnePut() {
    world_.wire().fate = [this](const WireCall& call) {
      if (call.op != "put" || lost_) return Fate::kServed;
      lost_ = true;
      return Fate::kLostBefore;
    };
  }

  World world_;
  bool lost_ = false;
};

TEST_F(UntoldTimes, ADeletedNotebookStaysDeletedWhenItsLastSaveWasLost) {
  LoseOnePut();
  world_.Save("n.py");
  world_.syncer().RunReady();
  ASSERT_TRUE(lost_);
  EXPECT_TRUE(world_.Unlink("n.py"));
  ASSERT_TRUE(world_.Drain());

  EXPECT_EQ(world_.Find("n.py"), nullptr);
  EXPECT_FALSE(world_.service().Has(world_.Remote("n")));
  EXPECT_EQ(world_.Differences(), "");
}

TEST_F(UntoldTimes, ALostSaveIsSentAgain) {
  LoseOnePut();
  world_.Save("n.py");
  ASSERT_TRUE(world_.Drain());

  EXPECT_TRUE(lost_);
  EXPECT_EQ(world_.Differences(), "");
  EXPECT_EQ(world_.ConflictCopies(), 0);
  EXPECT_EQ(world_.wire().Writes(), "put n!, put n");
}

TEST_F(UntoldTimes, WhatSomebodySavedMeanwhileIsShownAgain) {
  LoseOnePut();
  world_.Save("n.py");
  world_.syncer().RunReady();
  world_.TheyPutNotebook("n", "@f1");
  EXPECT_TRUE(world_.Unlink("n.py"));
  ASSERT_TRUE(world_.Drain());

  EXPECT_NE(world_.Find("n.py"), nullptr);
  world_.HydrateAll();
  EXPECT_EQ(world_.Differences(), "");
}

}  // namespace
}  // namespace wsfs
