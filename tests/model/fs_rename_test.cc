#include "fs_world.h"

namespace wsfs {
namespace {

using Calls = std::vector<std::string>;

class FsRenameTest : public FsTest {
 protected:
  FsRenameTest() {
    auto& service = world.workspace();
    for (const std::string_view name : {"a.txt", "b.txt"})
      service.PutFile(FsWorld::Remote(name), name);
    service.MakeFolder(FsWorld::Remote("d"));
    service.PutFile(FsWorld::Remote("d/x.txt"), "x");
    service.MakeFolder(FsWorld::Remote("e"));
    EXPECT_EQ(*world.ReadAll("a.txt"), "a.txt");
    EXPECT_EQ(*world.ReadAll("b.txt"), "b.txt");
    world.ForgetCalls();
  }
};

TEST_F(FsRenameTest, AFileMovesWithItsNode) {
  const NodeId node = *world.Find("a.txt");
  WSFS_ASSERT_OK(world.Rename("a.txt", "c.txt"));
  EXPECT_EQ(*world.Find("c.txt"), node);
  WSFS_EXPECT_ERROR(Errc::kNotFound, world.Find("a.txt"));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"rename a.txt > c.txt"});
}

TEST_F(FsRenameTest, OverAnotherFileIsOnePutThere) {
  WSFS_ASSERT_OK(world.Rename("a.txt", "b.txt"));
  EXPECT_EQ(*world.ReadAll("b.txt"), "a.txt");
  world.Settle();
  EXPECT_EQ(world.Writes(), (Calls{"import b.txt", "delete a.txt"}));
}

TEST_F(FsRenameTest, NoReplaceKeepsTheTarget) {
  WSFS_EXPECT_ERROR(Errc::kAlreadyExists,
                    world.Rename("a.txt", "b.txt", RenameMode::kNoReplace));
  WSFS_EXPECT_OK(world.Rename("a.txt", "c.txt", RenameMode::kNoReplace));
}

// lessons.md §2.1, 11.
TEST_F(FsRenameTest, ExchangeKeepsBoth) {
  WSFS_ASSERT_OK(world.Rename("a.txt", "b.txt", RenameMode::kExchange));
  EXPECT_EQ(*world.ReadAll("a.txt"), "b.txt");
  EXPECT_EQ(*world.ReadAll("b.txt"), "a.txt");
  world.Settle();
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("a.txt")), "b.txt");
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("b.txt")), "a.txt");
  EXPECT_EQ(world.Writes().size(), 2U);
  WSFS_EXPECT_ERROR(Errc::kNotFound,
                    world.Rename("a.txt", "no", RenameMode::kExchange));
  WSFS_EXPECT_ERROR(Errc::kInvalidArgument,
                    world.Rename("a.txt", "d", RenameMode::kExchange));
}

TEST_F(FsRenameTest, TwoFoldersAreExchanged) {
  WSFS_ASSERT_OK(world.Rename("d", "e", RenameMode::kExchange));
  EXPECT_EQ(*world.ReadAll("e/x.txt"), "x");
  world.Settle();
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("e/x.txt")), "x");
  EXPECT_FALSE(world.workspace().Has(FsWorld::Remote("d/x.txt")));
}

TEST_F(FsRenameTest, AFolderDoesNotGoIntoItself) {
  WSFS_ASSERT_OK(world.MakeDirectory("d/sub"));
  WSFS_EXPECT_ERROR(Errc::kInvalidArgument, world.Rename("d", "d/sub/d"));
  WSFS_EXPECT_ERROR(Errc::kInvalidArgument,
                    world.Rename("d", "d/sub", RenameMode::kExchange));
}

TEST_F(FsRenameTest, KindsAreNotReplacedByOthers) {
  WSFS_EXPECT_ERROR(Errc::kIsADirectory, world.Rename("a.txt", "d"));
  WSFS_EXPECT_ERROR(Errc::kNotADirectory, world.Rename("d", "a.txt"));
  WSFS_EXPECT_ERROR(Errc::kNotEmpty, world.Rename("e", "d"));
  WSFS_EXPECT_OK(world.Rename("d", "e"));
  EXPECT_EQ(*world.ReadAll("e/x.txt"), "x");
}

TEST_F(FsRenameTest, ToItselfIsNothing) {
  WSFS_EXPECT_OK(world.Rename("a.txt", "a.txt"));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{});
}

TEST_F(FsRenameTest, AnUnlistedFolderMovesAsOneRow) {
  WSFS_ASSERT_OK(world.Rename("d", "g"));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"rename d > g"});
  EXPECT_EQ(*world.ReadAll("g/x.txt"), "x");
}

TEST_F(FsRenameTest, FoldersDoNotChangePlaces) {
  WSFS_EXPECT_ERROR(Errc::kCrossesPlaces, world.Rename("d", "node_modules"));
  WSFS_ASSERT_OK(world.MakeDirectory(".git"));
  WSFS_EXPECT_ERROR(Errc::kCrossesPlaces, world.Rename("d", ".git/d"));
  WSFS_EXPECT_ERROR(Errc::kCrossesPlaces, world.Rename(".git", "git"));
}

TEST_F(FsRenameTest, WithoutRenameAnUnlistedFolderCannotMove) {
  WSFS_ASSERT_OK(world.ledger().Transact([](Catalogue& catalogue) {
    catalogue.EditCapabilities().rename = false;
    return Result<void>();
  }));
  WSFS_EXPECT_ERROR(Errc::kCrossesPlaces, world.Rename("d", "g"));
  EXPECT_EQ(*world.ReadAll("d/x.txt"), "x");  // lists it
  WSFS_EXPECT_OK(world.Rename("d", "g"));
  EXPECT_EQ(*world.ReadAll("g/x.txt"), "x");
  world.Settle();
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("g/x.txt")), "x");
  EXPECT_FALSE(world.workspace().Has(FsWorld::Remote("d")));
}

TEST_F(FsRenameTest, AFileThatLeavesTheServiceNeedsItsBytesFirst) {
  world.workspace().Fail("export", Errc::kUnreachable, -1);
  WSFS_ASSERT_OK(world.Find("d/x.txt"));
  const auto moved = world.Rename("d/x.txt", "d/x.txt~");
  ASSERT_FALSE(moved.ok());
  EXPECT_NE(moved.error().code(), Errc::kNotFound);
  world.workspace().ClearFaults();
  WSFS_EXPECT_OK(world.Find("d/x.txt"));
  WSFS_EXPECT_OK(world.Rename("d/x.txt", "d/x.txt~"));
  EXPECT_EQ(*world.ReadAll("d/x.txt~"), "x");
}

// The cache may drop a clean content at any time; a backup is all there is.
TEST_F(FsRenameTest, ABackupOutlivesTheCacheAndTheObject) {
  WSFS_ASSERT_OK(world.Rename("a.txt", "a.txt~"));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"delete a.txt"});
  WSFS_ASSERT_OK(world.ledger().store().DropCache());
  EXPECT_EQ(*world.ReadAll("a.txt~"), "a.txt");
  world.Crash();
  EXPECT_EQ(*world.ReadAll("a.txt~"), "a.txt");
}

TEST_F(FsRenameTest, ATemporaryNameBecomesARemoteFile) {
  WSFS_ASSERT_OK(world.Save("new.txt~", "text"));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{});
  WSFS_ASSERT_OK(world.Rename("new.txt~", "new.txt"));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import new.txt"});
}

TEST_F(FsRenameTest, OverAnOpenFileKeepsItsReader) {
  const auto reader = world.Open("b.txt", {});
  WSFS_ASSERT_OK(reader);
  WSFS_ASSERT_OK(world.Rename("a.txt", "b.txt"));
  EXPECT_EQ(*world.ReadHandle(*reader), "b.txt");
  EXPECT_EQ(*world.ReadAll("b.txt"), "a.txt");
  world.Release(*reader);
}

TEST_F(FsRenameTest, TouchesTheTimesOfBothFolders) {
  const WallNanos d = world.StatOf("d")->attributes.mtime;
  const WallNanos e = world.StatOf("e")->attributes.mtime;
  const WallNanos file = world.StatOf("d/x.txt")->attributes.mtime;
  world.Pass(Milliseconds{1'000});
  WSFS_ASSERT_OK(world.Rename("d/x.txt", "e/x.txt"));
  EXPECT_GT(world.StatOf("d")->attributes.mtime, d);
  EXPECT_GT(world.StatOf("e")->attributes.mtime, e);
  EXPECT_EQ(world.StatOf("e/x.txt")->attributes.mtime, file);
}

}  // namespace
}  // namespace wsfs
