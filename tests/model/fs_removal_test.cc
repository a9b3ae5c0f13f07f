// `rm -rf` of a tree, as it arrives: each name by itself, from below.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "fs_world.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FsRemovalTest : public FsTest {
 protected:
  static constexpr int kFolders = 10;
  static constexpr int kFilesEach = 100;

  FsRemovalTest() {
    MemoryWorkspace& service = world.workspace();
    service.MakeFolder(FsWorld::Remote("tree"));
    for (int folder = 0; folder < kFolders; ++folder) {
      service.MakeFolder(FsWorld::Remote(FolderOf(folder)));
      for (int file = 0; file < kFilesEach; ++file)
        service.PutFile(FsWorld::Remote(FileOf(folder, file)), "x");
    }
    EXPECT_TRUE(world.Names("").ok());
    EXPECT_TRUE(world.Names("tree").ok());
    for (int folder = 0; folder < kFolders; ++folder)
      EXPECT_TRUE(world.Names(FolderOf(folder)).ok());
    world.Pass(Milliseconds{15'000});
    world.ForgetCalls();
  }

  static std::string FolderOf(int folder) {
    return fmt::format("tree/d{}", folder);
  }
  static std::string FileOf(int folder, int file) {
    return fmt::format("tree/d{}/f{}.txt", folder, file);
  }

  void RemoveAll() {
    for (int folder = 0; folder < kFolders; ++folder) {
      for (int file = 0; file < kFilesEach; ++file)
        WSFS_ASSERT_OK(world.Unlink(FileOf(folder, file)));
      WSFS_ASSERT_OK(world.RemoveDirectory(FolderOf(folder)));
    }
    WSFS_ASSERT_OK(world.RemoveDirectory("tree"));
  }
};

TEST_F(FsRemovalTest, ATreeIsOneListAFolderAndOneDelete) {
  RemoveAll();
  world.Settle();
  EXPECT_FALSE(world.workspace().Has(FsWorld::Remote("tree")));
  EXPECT_THAT(world.Writes(), ElementsAre("delete tree"));
  EXPECT_EQ(world.ReadsOf("list"), kFolders + 1);
  EXPECT_EQ(world.workspace().TotalCalls(), kFolders + 2);
}

TEST_F(FsRemovalTest, WhatSomebodyAddedStaysAndIsSaid) {
  world.workspace().PutFile(FsWorld::Remote("tree/d3/theirs.txt"), "theirs");
  RemoveAll();
  world.Settle();
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("tree/d3/theirs.txt")),
            "theirs");
  EXPECT_THAT(*world.Names("tree"), ElementsAre("d3"));
  EXPECT_THAT(*world.Names("tree/d3"), ElementsAre("theirs.txt"));
  for (const int folder : {0, 3, 9})
    EXPECT_FALSE(world.workspace().Has(FsWorld::Remote(FileOf(folder, 0))));
  EXPECT_THAT(world.syncer().Status().pending, IsEmpty());
  EXPECT_THAT(world.Notices(),
              HasSubstr("tree/d3 was deleted here, and stays"));
}

}  // namespace
}  // namespace wsfs
