#include "fs_world.h"

namespace wsfs {
namespace {

using Calls = std::vector<std::string>;

constexpr std::string_view kBefore = "# Databricks notebook source\nprint(1)\n";
constexpr std::string_view kAfter = "# Databricks notebook source\nprint(2)\n";

// Recorded saves (tools-and-editors.md §2.1), replayed request by request on
// an existing notebook: whatever the editor does, one import of the same
// object follows.
class FsEditorsTest : public FsTest {
 protected:
  FsEditorsTest() {
    world.workspace().PutNotebook(FsWorld::Remote("nb"), Language::kPython,
                                  kBefore);
    world.workspace().PutFile(FsWorld::Remote("cold.txt"), "cold");
    id_ = world.workspace().IdOf(FsWorld::Remote("nb"));
    EXPECT_EQ(*world.ReadAll("nb.py"), kBefore);  // the editor opened it
    world.ForgetCalls();
  }
  void ExpectOneSave() {
    world.Settle();
    EXPECT_EQ(world.Writes(), Calls{"import nb"});
    EXPECT_EQ(world.workspace().Read(FsWorld::Remote("nb")), kAfter);
    EXPECT_EQ(world.workspace().IdOf(FsWorld::Remote("nb")), id_);
    EXPECT_EQ(*world.ReadAll("nb.py"), kAfter);
  }
  void Chmod(std::string_view path, std::uint32_t mode) {
    AttributeChange change;
    change.mode = mode;
    WSFS_EXPECT_OK(world.SetAttributes(path, change));
  }
  // A temporary file: created, written, synced, closed.
  void WriteNew(std::string_view path) {
    const auto handle = world.CreateNew(path);
    WSFS_ASSERT_OK(handle);
    WSFS_EXPECT_OK(world.Write(*handle, 0, kAfter));
    WSFS_EXPECT_OK(world.Fsync(*handle));
    WSFS_EXPECT_OK(world.Close(*handle));
  }

  ObjectId id_ = 0;
};

TEST_F(FsEditorsTest, VsCodeWritesInPlace) {
  const auto handle = world.OpenToWrite("nb.py");
  WSFS_ASSERT_OK(handle);
  WSFS_EXPECT_OK(world.Write(*handle, 0, kAfter));
  WSFS_EXPECT_OK(world.Fsync(*handle));
  WSFS_EXPECT_OK(world.Close(*handle));
  ExpectOneSave();
}

TEST_F(FsEditorsTest, VimMovesTheOldFileToABackup) {
  const auto swap = world.CreateNew(".nb.py.swp");
  WSFS_ASSERT_OK(swap);
  WSFS_EXPECT_OK(world.Write(*swap, 0, std::string(4096, 's')));
  const auto probe = world.CreateNew("4913");
  WSFS_ASSERT_OK(probe);
  WSFS_EXPECT_OK(world.Close(*probe));
  WSFS_EXPECT_OK(world.Unlink("4913"));
  WSFS_EXPECT_ERROR(Errc::kNotFound, world.Unlink("nb.py~"));
  WSFS_EXPECT_OK(world.Rename("nb.py", "nb.py~"));
  const auto handle = world.OpenToWrite("nb.py");
  WSFS_ASSERT_OK(handle);
  WSFS_EXPECT_OK(world.Truncate("nb.py", *handle, 0));
  WSFS_EXPECT_OK(world.Write(*handle, 0, kAfter));
  WSFS_EXPECT_OK(world.Fsync(*handle));
  Chmod("nb.py", 0644);
  WSFS_EXPECT_OK(world.Close(*handle));
  WSFS_EXPECT_OK(world.Unlink("nb.py~"));
  WSFS_EXPECT_OK(world.Close(*swap));
  WSFS_EXPECT_OK(world.Unlink(".nb.py.swp"));
  ExpectOneSave();
}

TEST_F(FsEditorsTest, ASlowVimKeepsTheObject) {
  WSFS_EXPECT_OK(world.Rename("nb.py", "nb.py~"));
  world.Pass(Milliseconds{30'000});
  EXPECT_EQ(world.Writes(), Calls{});
  WSFS_EXPECT_OK(world.Save("nb.py", kAfter));
  WSFS_EXPECT_OK(world.Unlink("nb.py~"));
  ExpectOneSave();
}

TEST_F(FsEditorsTest, JetBrainsWritesASafeCopy) {
  WriteNew("nb.py___jb_tmp___");
  WSFS_EXPECT_OK(world.Rename("nb.py", "nb.py___jb_old___"));
  WSFS_EXPECT_OK(world.Rename("nb.py___jb_tmp___", "nb.py"));
  WSFS_EXPECT_OK(world.Unlink("nb.py___jb_old___"));
  ExpectOneSave();
}

TEST_F(FsEditorsTest, SedRenamesAFileOfNoKnownName) {
  WriteNew("sed1euKhc");
  Chmod("sed1euKhc", 0644);
  WSFS_EXPECT_OK(world.Rename("sed1euKhc", "nb.py"));
  ExpectOneSave();
}

TEST_F(FsEditorsTest, GeditRenamesItsStream) {
  WriteNew(".goutputstream-X1Y2Z3");
  WSFS_EXPECT_OK(world.Rename(".goutputstream-X1Y2Z3", "nb.py"));
  ExpectOneSave();
}

TEST_F(FsEditorsTest, RsyncSetsTimesAndRenames) {
  WriteNew(".nb.py.Ab12Cd");
  AttributeChange times;
  times.mtime = 1'700'000'000'123'456'789;
  WSFS_EXPECT_OK(world.SetAttributes(".nb.py.Ab12Cd", times));
  WSFS_EXPECT_OK(world.Rename(".nb.py.Ab12Cd", "nb.py"));
  EXPECT_EQ(world.StatOf("nb.py")->attributes.mtime, *times.mtime);
  ExpectOneSave();
  EXPECT_EQ(world.StatOf("nb.py")->attributes.mtime, *times.mtime);
}

TEST_F(FsEditorsTest, EmacsLocksByALinkAndSavesInPlace) {
  WSFS_EXPECT_OK(world.Symlink(".#nb.py", "ada@desk.4242:1700000000"));
  WriteNew("#nb.py#");
  WSFS_EXPECT_OK(world.Rename("nb.py", "nb.py~"));
  WSFS_EXPECT_OK(world.Save("nb.py", kAfter));
  WSFS_EXPECT_OK(world.Unlink("#nb.py#"));
  WSFS_EXPECT_OK(world.Unlink(".#nb.py"));
  world.Pass(Milliseconds{10'000});
  EXPECT_EQ(world.Writes(), Calls{"import nb"});
  EXPECT_EQ(*world.ReadAll("nb.py~"), kBefore);  // emacs keeps it
  ExpectOneSave();
}

TEST_F(FsEditorsTest, UnlinkAndCreateKeepsTheObject) {
  WSFS_EXPECT_OK(world.Unlink("nb.py"));
  WSFS_EXPECT_OK(world.Save("nb.py", kAfter));
  ExpectOneSave();
}

// The shell: OPEN(O_TRUNC), FLUSH, WRITE, FLUSH, RELEASE.
TEST_F(FsEditorsTest, AShellRedirectsIntoIt) {
  const auto handle = world.OpenToWrite("nb.py");
  WSFS_ASSERT_OK(handle);
  WSFS_EXPECT_OK(world.Flush(*handle));
  WSFS_EXPECT_OK(world.Write(*handle, 0, kAfter));
  WSFS_EXPECT_OK(world.Close(*handle));
  ExpectOneSave();
}

// Jupyter: a copy beside, then in place, then the copy goes.
TEST_F(FsEditorsTest, JupyterKeepsACopyMeanwhile) {
  WSFS_EXPECT_OK(world.Save(".~nb.py", kBefore));
  WSFS_EXPECT_OK(world.Save("nb.py", kAfter));
  WSFS_EXPECT_OK(world.Unlink(".~nb.py"));
  ExpectOneSave();
}

// Nobody read it before: the backup's bytes are fetched, not lost.
TEST_F(FsEditorsTest, ABackupOfANeverReadFileHasItsBytes) {
  WSFS_EXPECT_OK(world.Rename("cold.txt", "cold.txt~"));
  EXPECT_EQ(*world.ReadAll("cold.txt~"), "cold");
  EXPECT_EQ(*world.Xattr("cold.txt~", "user.wsfs.place"), "local");
}

TEST_F(FsEditorsTest, NothingOfGitReachesTheService) {
  WSFS_EXPECT_OK(world.MakeDirectory(".git"));
  WSFS_EXPECT_OK(world.MakeDirectory(".git/objects"));
  WSFS_EXPECT_OK(world.Save(".git/objects/ab", "blob"));
  WSFS_EXPECT_OK(world.Save(".git/index.lock", "index"));
  WSFS_EXPECT_OK(world.Rename(".git/index.lock", ".git/index"));
  WSFS_EXPECT_OK(world.Symlink(".git/link", "index"));
  world.Settle();
  EXPECT_EQ(world.workspace().TotalCalls(), 0);
  EXPECT_EQ(*world.ReadAll(".git/index"), "index");
}

}  // namespace
}  // namespace wsfs
