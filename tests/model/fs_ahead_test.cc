#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fs_world.h"

namespace wsfs {
namespace {

constexpr int kFolders = 40;

// Some steps ahead of who walks a tree: what is asked, and what is not.
class FsAheadTest : public FsTest {
 protected:
  static std::string Folder(int number) {
    return fmt::format("d{:02}", number);
  }
  void PutTree(int files_each = 0) {
    for (int number = 0; number < kFolders; ++number) {
      const std::string folder = Folder(number);
      world.workspace().MakeFolder(FsWorld::Remote(folder));
      world.workspace().MakeFolder(FsWorld::Remote(folder + "/deep"));
      for (int file = 0; file < files_each; ++file)
        PutFile(fmt::format("{}/f{:02}", folder, file), "text");
    }
  }
  void PutFile(const std::string& name, std::string_view text) {
    world.workspace().PutFile(FsWorld::Remote(name), text);
  }
  void SetUp() override { world.ForgetCalls(); }
  int Listings() const { return world.ReadsOf("list"); }
  bool WasDownloaded(const std::string& name) {
    return std::ranges::any_of(
        world.workspace().Calls(), [&](const ServiceCall& call) {
          return call.method == "export" && call.path == FsWorld::Remote(name);
        });
  }
  int Downloads() const { return world.ReadsOf("export"); }
};

TEST_F(FsAheadTest, WhoOpensAFolderInAFolderIsTakenToGoOn) {
  PutTree();
  ASSERT_TRUE(world.Names("").ok());
  ASSERT_TRUE(world.Names(Folder(0)).ok());
  world.RunDue();
  const int begun = Listings();
  EXPECT_GE(begun, 2 + 8);
  world.ForgetCalls();
  for (int number = 1; number < 8; ++number)
    ASSERT_TRUE(world.Names(Folder(number)).ok());
  EXPECT_EQ(Listings(), 0);
  for (int number = 0; number < kFolders; ++number) {
    ASSERT_TRUE(world.Names(Folder(number)).ok());
    ASSERT_TRUE(world.Names(Folder(number) + "/deep").ok());
    world.RunDue();
  }
  // Each once, whoever asked for it.
  EXPECT_EQ(begun + Listings(), 1 + 2 * kFolders);
}

TEST_F(FsAheadTest, OneFolderIsNoWalk) {
  PutTree();
  ASSERT_TRUE(world.Names("").ok());
  world.RunDue();
  EXPECT_EQ(Listings(), 1);
}

TEST_F(FsAheadTest, NothingMoreIsAskedForWhoHasLeft) {
  PutTree();
  ASSERT_TRUE(world.Names("").ok());
  ASSERT_TRUE(world.Names(Folder(0)).ok());
  world.clock().Advance(Milliseconds{3'500});
  world.RunDue();
  EXPECT_EQ(Listings(), 2 + 8);
}

TEST_F(FsAheadTest, WhatCannotBeListedIsNotAskedForAgain) {
  PutTree();
  ASSERT_TRUE(world.Names("").ok());
  ASSERT_TRUE(world.Names(Folder(0)).ok());
  world.workspace().Fail("list", Errc::kUnavailable, -1);
  world.ForgetCalls();
  world.RunDue();
  EXPECT_LE(Listings(), 128);
  const int asked = Listings();
  world.Pass(Milliseconds{2'000});
  EXPECT_EQ(Listings(), asked);
}

TEST_F(FsAheadTest, TheSecondSmallFileBringsThoseBehindIt) {
  for (int file = 0; file < 20; ++file)
    PutFile(fmt::format("f{:02}", file), "text");
  PutFile("f05", std::string(300'000, 'x'));  // Read as it arrives.
  ASSERT_TRUE(world.ReadAll("f00").ok());
  EXPECT_EQ(Downloads(), 1);
  ASSERT_TRUE(world.ReadAll("f01").ok());
  EXPECT_EQ(Downloads(), 2 + 8);
  world.ForgetCalls();
  for (int file = 2; file < 10; ++file) {
    if (file != 5) {
      ASSERT_EQ(*world.ReadAll(fmt::format("f{:02}", file)), "text");
    }
  }
  EXPECT_EQ(Downloads(), 9);  // The rest, and none twice.
}

TEST_F(FsAheadTest, ReadingGoesOnInTheNextFolder) {
  PutTree(/*files_each=*/3);
  ASSERT_TRUE(world.Names("").ok());
  for (int number = 0; number < kFolders; ++number) {
    const std::string folder = Folder(number);
    ASSERT_TRUE(world.Names(folder).ok());
    world.RunDue();
    for (int file = 0; file < 3; ++file) {
      const std::string name = fmt::format("{}/f{:02}", folder, file);
      const bool here = WasDownloaded(name);
      ASSERT_EQ(*world.ReadAll(name), "text");
      EXPECT_TRUE(here || number < 2) << name;
    }
  }
}

TEST_F(FsAheadTest, WhoReadsOneFolderReadsNoOther) {
  PutTree(/*files_each=*/3);
  ASSERT_TRUE(world.Names("").ok());
  for (int number = 0; number < 3; ++number)
    ASSERT_TRUE(world.Names(Folder(number)).ok());
  world.RunDue();
  for (int round = 0; round < 2; ++round) {
    for (int file = 0; file < 3; ++file)
      ASSERT_TRUE(world.ReadAll(fmt::format("d01/f{:02}", file)).ok());
    ASSERT_TRUE(world.Names(Folder(0)).ok());
  }
  EXPECT_EQ(Downloads(), 3);
}

TEST_F(FsAheadTest, WhatIsHereCostsNothing) {
  PutTree(/*files_each=*/2);
  const auto walk = [&] {
    ASSERT_TRUE(world.Names("").ok());
    for (int number = 0; number < kFolders; ++number) {
      ASSERT_TRUE(world.Names(Folder(number)).ok());
      ASSERT_TRUE(world.ReadAll(Folder(number) + "/f00").ok());
      ASSERT_TRUE(world.ReadAll(Folder(number) + "/f01").ok());
      ASSERT_TRUE(world.Names(Folder(number) + "/deep").ok());
    }
  };
  walk();
  world.RunDue();
  world.ForgetCalls();
  walk();
  world.RunDue();
  EXPECT_EQ(world.workspace().TotalCalls(), 0);
}

}  // namespace
}  // namespace wsfs
