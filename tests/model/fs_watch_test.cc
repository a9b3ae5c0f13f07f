#include <gmock/gmock.h>

#include "fs_world.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;

constexpr Milliseconds kOneInterval{3'000};
constexpr Milliseconds kLongAgo{20 * 60'000};

// design.md §6: what others do shows up in folders that are in use.
class FsWatchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PutFile("a.txt", "one");
    world.workspace().MakeFolder(FsWorld::Remote("d"));
    ASSERT_THAT(*world.Names(""), ElementsAre("a.txt", "d"));
    ASSERT_EQ(*world.ReadAll("a.txt"), "one");
    world.Pass(Milliseconds{15'000});
    ASSERT_TRUE(world.StatOf("a.txt").ok());
    world.ForgetCalls();
  }
  void PutFile(std::string_view name, std::string_view text) {
    world.workspace().PutFile(FsWorld::Remote(name), text);
  }
  int Listings() const {
    return world.ReadsOf("list") + world.ReadsOf("list-files");
  }

  FsWorld world{FsWorld::Options{.polls_per_second = 2}};
};

TEST_F(FsWatchTest, AColleaguesEditShowsUp) {
  PutFile("a.txt", "longer");
  world.Pass(kOneInterval);
  EXPECT_EQ(world.StatOf("a.txt")->size_bytes, 6U);
  EXPECT_EQ(*world.ReadAll("a.txt"), "longer");
}

TEST_F(FsWatchTest, SoDoNewRenamedAndRemovedFiles) {
  EXPECT_EQ(world.Find("new.txt").error().code(), Errc::kNotFound);
  PutFile("new.txt", "n");
  world.Pass(kOneInterval);
  EXPECT_TRUE(world.Find("new.txt").ok());
  world.workspace().Move(FsWorld::Remote("new.txt"),
                         FsWorld::Remote("other.txt"));
  world.workspace().Remove(FsWorld::Remote("a.txt"));
  world.Pass(kOneInterval);
  EXPECT_FALSE(world.Find("new.txt").ok());
  EXPECT_TRUE(world.Find("other.txt").ok());
  EXPECT_FALSE(world.Find("a.txt").ok());
}

TEST_F(FsWatchTest, OurOwnChangesAreNoNews) {
  WSFS_ASSERT_OK(world.Save("a.txt", "ours"));
  WSFS_ASSERT_OK(world.Save("b.txt", "ours"));
  world.Pass(Milliseconds{60'000});
  EXPECT_EQ(*world.ReadAll("a.txt"), "ours");
  EXPECT_EQ(world.Notices(), "");
  EXPECT_EQ(world.Writes().size(), 2U);
}

TEST_F(FsWatchTest, NothingIsAskedWhenNothingIsUsed) {
  world.Pass(kLongAgo);
  world.ForgetCalls();
  world.Pass(kLongAgo);
  EXPECT_EQ(world.workspace().TotalCalls(), 0);
}

TEST_F(FsWatchTest, WhoComesBackOpensWhatIsThereNow) {
  world.Pass(kLongAgo);
  PutFile("a.txt", "while away");
  world.ForgetCalls();
  EXPECT_EQ(*world.ReadAll("a.txt"), "while away");
  EXPECT_EQ(Listings(), 1);
  PutFile("d/new.txt", "n");
  EXPECT_THAT(*world.Names("d"), ElementsAre("new.txt"));
}

TEST_F(FsWatchTest, WhoComesToAFolderFindsWhatCameSinceItWasListed) {
  WSFS_ASSERT_OK(world.Run([&](const Waiting& waiting) {
    return world.syncer().LoadDirectory(*world.Find("d"), false, waiting);
  }));
  PutFile("d/new.txt", "n");
  world.clock().Advance(Milliseconds{1});
  EXPECT_EQ(world.ReadAll("d/new.txt").value_or("none"), "n");
  world.ForgetCalls();
  EXPECT_EQ(world.Find("d/none.txt").error().code(), Errc::kNotFound);
  EXPECT_EQ(world.workspace().TotalCalls(), 0);
}

TEST_F(FsWatchTest, WhoComesBackToAServiceThatIsAwayReadsWhatIsKnown) {
  world.Pass(kLongAgo);
  world.workspace().Fail("", Errc::kUnreachable, -1);
  EXPECT_EQ(*world.ReadAll("a.txt"), "one");
  EXPECT_THAT(*world.Names(""), ElementsAre("a.txt", "d"));
}

TEST_F(FsWatchTest, AnOutageDelaysNewsAndLosesNone) {
  world.workspace().Fail("", Errc::kUnreachable, -1);
  PutFile("a.txt", "meanwhile");
  world.Pass(Milliseconds{20'000});
  world.workspace().ClearFaults();
  world.Pass(Milliseconds{40'000});
  EXPECT_EQ(world.StatOf("a.txt")->size_bytes, 9U);
}

TEST_F(FsWatchTest, AClockThatIsSetMakesNoDifference) {
  for (const Milliseconds by : {Milliseconds{-86'400'000}, kLongAgo * 1'000}) {
    world.SetClock(by);
    PutFile("a.txt", std::to_string(by.count()));
    ASSERT_TRUE(world.StatOf("a.txt").ok());
    world.Pass(kOneInterval);
    EXPECT_EQ(*world.ReadAll("a.txt"), std::to_string(by.count()));
  }
}

}  // namespace
}  // namespace wsfs
