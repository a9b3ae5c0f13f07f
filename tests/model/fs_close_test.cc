#include "fs_world.h"

namespace wsfs {
namespace {

using Calls = std::vector<std::string>;

// When a generation closes (design.md §2, *Closed*), by the requests that the
// kernel was seen to send (fuse.md §2).
class FsCloseTest : public FsTest {
 protected:
  FsCloseTest() {
    world.workspace().PutFile(FsWorld::Remote("old.txt"), "before");
  }
  std::string AtService(std::string_view path) {
    return world.workspace().Read(FsWorld::Remote(path));
  }
};

// lessons.md §1.1: the shell's dup2 + close sends a FLUSH before the first
// WRITE; an upload there would publish an empty file.
TEST_F(FsCloseTest, EchoIntoAnOldFileIsOneUploadAndNeverAnEmptyOne) {
  const auto handle = world.OpenToWrite("old.txt");
  WSFS_ASSERT_OK(handle);
  world.ForgetCalls();
  WSFS_ASSERT_OK(world.Flush(*handle));
  world.Pass(Milliseconds{5'000});
  EXPECT_EQ(world.Writes(), Calls{});
  WSFS_ASSERT_OK(world.Write(*handle, 0, "after"));
  WSFS_ASSERT_OK(world.Flush(*handle));
  world.Release(*handle);
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import old.txt"});
  EXPECT_EQ(AtService("old.txt"), "after");
}

TEST_F(FsCloseTest, EchoIntoANewFileIsOneCreate) {
  const auto handle = world.OpenToWrite("new.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Flush(*handle));
  WSFS_ASSERT_OK(world.Write(*handle, 0, "hello\n"));
  WSFS_ASSERT_OK(world.Flush(*handle));
  world.Release(*handle);
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import new.txt"});
  EXPECT_EQ(AtService("new.txt"), "hello\n");
}

// `(echo a; sleep 1; echo b) > f`: FLUSHes by children, one save.
TEST_F(FsCloseTest, AFlushByAChildClosesNothing) {
  const auto handle = world.OpenToWrite("old.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Flush(*handle));
  WSFS_ASSERT_OK(world.Write(*handle, 0, "a\n"));
  WSFS_ASSERT_OK(world.Flush(*handle, FsWorld::kChild));
  world.Pass(Milliseconds{15'000});
  EXPECT_EQ(world.Writes(), Calls{});
  WSFS_ASSERT_OK(world.Write(*handle, 2, "b\n"));
  WSFS_ASSERT_OK(world.Flush(*handle, FsWorld::kChild));
  WSFS_ASSERT_OK(world.Close(*handle));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import old.txt"});
  EXPECT_EQ(AtService("old.txt"), "a\nb\n");
}

TEST_F(FsCloseTest, TheLastReleaseClosesWhatAChildWrote) {
  const auto handle = world.OpenToWrite("old.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Flush(*handle));
  WSFS_ASSERT_OK(world.Write(*handle, 0, "by the child"));
  WSFS_ASSERT_OK(world.Flush(*handle, FsWorld::kChild));
  world.Release(*handle);
  world.Settle();
  EXPECT_EQ(AtService("old.txt"), "by the child");
}

TEST_F(FsCloseTest, AppendingByTheShellKeepsWhatWasThere) {
  const auto handle =
      world.Open("old.txt", {.read = false, .write = true, .append = true});
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Flush(*handle));
  WSFS_ASSERT_OK(world.Write(*handle, 0, "+more"));  // a stale offset
  WSFS_ASSERT_OK(world.Close(*handle));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import old.txt"});
  EXPECT_EQ(AtService("old.txt"), "before+more");
}

TEST_F(FsCloseTest, TwoAppendersDoNotOverwriteEachOther) {
  const OpenFlags append{.read = false, .write = true, .append = true};
  const auto one = world.Open("old.txt", append);
  const auto two = world.Open("old.txt", append);
  WSFS_ASSERT_OK(one);
  WSFS_ASSERT_OK(two);
  WSFS_ASSERT_OK(world.Write(*one, 6, "1"));
  WSFS_ASSERT_OK(world.Write(*two, 6, "2"));
  WSFS_ASSERT_OK(world.Write(*one, 7, "3"));
  WSFS_ASSERT_OK(world.Close(*one));
  WSFS_ASSERT_OK(world.Close(*two));
  EXPECT_EQ(*world.ReadAll("old.txt"), "before123");
}

TEST_F(FsCloseTest, AFileThatIsNeverClosedCausesNoCall) {
  const auto handle = world.OpenToWrite("new.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, "half"));
  world.ForgetCalls();
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{});
  EXPECT_EQ(*world.ReadAll("new.txt"), "half");
}

TEST_F(FsCloseTest, UnchangedBytesAreNotSent) {
  EXPECT_EQ(*world.ReadAll("old.txt"), "before");  // as every editor does
  WSFS_ASSERT_OK(world.Save("old.txt", "before"));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{});
}

TEST_F(FsCloseTest, TenSavesAreOneUpload) {
  for (int i = 0; i < 10; ++i) {
    WSFS_ASSERT_OK(world.Save("old.txt", "version " + std::to_string(i)));
  }
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import old.txt"});
  EXPECT_EQ(AtService("old.txt"), "version 9");
}

TEST_F(FsCloseTest, TruncatingOnlyTheOpenGenerationKeepsTheSealedOne) {
  WSFS_ASSERT_OK(world.Save("old.txt", "sealed"));
  const auto handle = world.OpenToWrite("old.txt");
  WSFS_ASSERT_OK(handle);
  EXPECT_EQ(world.StatOf("old.txt")->size_bytes, 0U);
  world.Crash();
  EXPECT_EQ(*world.ReadAll("old.txt"), "sealed");
  world.Settle();
  EXPECT_EQ(AtService("old.txt"), "sealed");
}

TEST_F(FsCloseTest, AnEditorKilledBeforeItsFirstCloseLeavesTheOldContent) {
  WSFS_ASSERT_OK(world.Unlink("old.txt"));
  const auto handle = world.CreateNew("old.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, "half"));
  world.Crash();
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{});
  EXPECT_EQ(*world.ReadAll("old.txt"), "before");
}

TEST_F(FsCloseTest, FsyncedBytesSurviveACrashAndGoOutThen) {
  const auto handle = world.OpenToWrite("old.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, "synced"));
  WSFS_ASSERT_OK(world.Fsync(*handle));
  WSFS_ASSERT_OK(world.Write(*handle, 6, " and lost"));
  world.Crash();
  EXPECT_EQ(*world.ReadAll("old.txt"), "synced");
  world.Settle();
  EXPECT_EQ(AtService("old.txt"), "synced");
}

TEST_F(FsCloseTest, FsyncSendsNothingBeforeTheClose) {
  const auto handle = world.OpenToWrite("old.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, "one"));
  WSFS_ASSERT_OK(world.Fsync(*handle));
  world.Pass(Milliseconds{20'000});
  EXPECT_EQ(world.Writes(), Calls{});
  WSFS_ASSERT_OK(world.Write(*handle, 3, " two"));
  WSFS_ASSERT_OK(world.Fsync(*handle));
  WSFS_ASSERT_OK(world.Close(*handle));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import old.txt"});
  EXPECT_EQ(AtService("old.txt"), "one two");
}

TEST_F(FsCloseTest, AnEmptyNewFileIsClosedByItsRelease) {
  const auto handle = world.CreateNew("empty.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Close(*handle));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import empty.txt"});
  EXPECT_EQ(AtService("empty.txt"), "");
}

TEST_F(FsCloseTest, AWriteAfterTheReleaseIsClosedWhenItHasBeenQuiet) {
  const auto handle = world.OpenToWrite("old.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, "mapped"));
  WSFS_ASSERT_OK(world.Close(*handle));
  world.Settle();
  world.ForgetCalls();
  WSFS_ASSERT_OK(world.Write(*handle, 0, "MAP"));
  world.Pass(Milliseconds{1'500});
  EXPECT_EQ(world.Writes(), Calls{});
  world.Pass(Milliseconds{2'000});
  EXPECT_EQ(world.Writes(), Calls{"import old.txt"});
  EXPECT_EQ(AtService("old.txt"), "MAPped");
}

TEST_F(FsCloseTest, TruncatingByPathIsClosedWhenItHasBeenQuiet) {
  AttributeChange change;
  change.size_bytes = 3;
  WSFS_ASSERT_OK(world.SetAttributes("old.txt", change));
  EXPECT_EQ(*world.ReadAll("old.txt"), "bef");
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import old.txt"});
  EXPECT_EQ(AtService("old.txt"), "bef");
}

TEST_F(FsCloseTest, CreateAndDeleteCauseNoCall) {
  WSFS_ASSERT_OK(world.Save("x.txt", "x"));
  WSFS_ASSERT_OK(world.Unlink("x.txt"));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{});
}

// lessons.md §2.1, 10.
TEST_F(FsCloseTest, AnUnlinkedOpenFileNeverComesBack) {
  const auto handle = world.Open("old.txt", {.read = true, .write = true});
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Unlink("old.txt"));
  WSFS_ASSERT_OK(world.Write(*handle, 6, " and after"));
  EXPECT_EQ(*world.ReadHandle(*handle), "before and after");
  WSFS_ASSERT_OK(world.Close(*handle));
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"delete old.txt"});
  WSFS_EXPECT_ERROR(Errc::kNotFound, world.Find("old.txt"));
}

TEST_F(FsCloseTest, AReaderKeepsTheBytesOfAFileThatIsUnlinked) {
  const auto handle = world.Open("old.txt", {});
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Unlink("old.txt"));
  world.Settle();
  EXPECT_EQ(*world.ReadHandle(*handle), "before");
  world.Release(*handle);
}

// lessons.md §2.1, 2: a reader does not keep a writer's bytes back.
// The kernel sends the RELEASE of the writer after close(2) has returned: a
// reader may have come in between, while the open generation was there.
TEST_F(FsCloseTest, AReaderThatCameBeforeTheReleaseKeepsItsBytes) {
  const auto writer = world.CreateNew("new.txt").value();
  WSFS_ASSERT_OK(world.Write(writer, 0, "first"));
  WSFS_ASSERT_OK(world.Flush(writer));
  const auto reader = world.Open("new.txt", {.read = true}).value();
  world.Release(writer);
  WSFS_ASSERT_OK(world.Save("other.txt", "second"));

  WSFS_ASSERT_OK(world.Rename("other.txt", "new.txt"));

  EXPECT_EQ(world.ReadHandle(reader).value(), "first");
  world.Release(reader);
  EXPECT_EQ(world.ReadAll("new.txt").value(), "second");
}

TEST_F(FsCloseTest, AnOpenReaderDoesNotDelayTheUpload) {
  const auto reader = world.Open("old.txt", {});
  WSFS_ASSERT_OK(reader);
  WSFS_ASSERT_OK(world.Save("old.txt", "after"));
  world.RunDue();
  EXPECT_EQ(world.Writes(), Calls{"import old.txt"});
  EXPECT_EQ(*world.ReadHandle(*reader), "after");
  world.Release(*reader);
}

// lessons.md §2.1, 5.
TEST_F(FsCloseTest, ClosedBytesSurviveAKilledDaemon) {
  WSFS_ASSERT_OK(world.Save("old.txt", "after"));
  WSFS_ASSERT_OK(world.Save("new.txt", "new"));
  world.Crash();
  EXPECT_EQ(*world.ReadAll("old.txt"), "after");
  EXPECT_EQ(*world.ReadAll("new.txt"), "new");
  world.Settle();
  EXPECT_EQ(AtService("old.txt"), "after");
  EXPECT_EQ(AtService("new.txt"), "new");
}

// A put goes out at the FLUSH; the RELEASE may be much later.
TEST_F(FsCloseTest, AnEmptyFileTurnsIntoANotebookBeforeItsLastRelease) {
  WSFS_ASSERT_OK(world.Save("later.py", ""));
  world.Settle();
  world.ForgetCalls();
  const auto handle = world.OpenToWrite("later.py");
  WSFS_ASSERT_OK(handle);
  WSFS_EXPECT_OK(world.Write(*handle, 0, "# Databricks notebook source\n1\n"));
  WSFS_EXPECT_OK(world.Flush(*handle));
  world.Settle();
  world.Release(*handle);
  world.Settle();
  EXPECT_EQ(world.Writes(), (Calls{"delete later.py", "import later"}));
}

}  // namespace
}  // namespace wsfs
