#include "fs_world.h"

namespace wsfs {
namespace {

using Calls = std::vector<std::string>;

class FsOpenTest : public FsTest {
 protected:
  FsOpenTest() { world.workspace().PutFile(FsWorld::Remote("a.txt"), "first"); }
  bool KeepsCache(std::string_view path, MountId mount = FsWorld::kMount) {
    const NodeId node = *world.Find(path);
    WSFS_EXPECT_OK(world.fs().Lookup(mount, *world.Find(""), path, Caller(),
                                     world.Patience()));
    const auto opened =
        world.fs().Open(mount, node, {}, FsWorld::As(1), world.Patience());
    if (!opened.ok()) return false;
    world.fs().Release(mount, opened->handle);
    return opened->keep_cache;
  }
  void ForeignEdit(std::string_view text) {
    world.Pass(Milliseconds{60'000});
    world.workspace().PutFile(FsWorld::Remote("a.txt"), text);
    WSFS_EXPECT_OK(world.Names(""));  // a used folder is listed again
    world.Pass(Milliseconds{1'000});
  }
};

TEST_F(FsOpenTest, OpeningFetchesBeforeTheFirstRead) {
  const NodeId node = *world.Find("a.txt");
  const auto cold = world.fs().Open(FsWorld::kMount, node, {}, FsWorld::As(1),
                                    Waiting::Never());
  ASSERT_FALSE(cold.ok());
  EXPECT_EQ(cold.error().code(), Errc::kWouldBlock);
  const auto opened = world.Open("a.txt", {});
  WSFS_ASSERT_OK(opened);
  std::array<std::byte, 16> bytes{};
  const auto read = world.fs().Read(*opened, 0, bytes, Waiting::Never());
  WSFS_ASSERT_OK(read);
  EXPECT_EQ(*read, 5U);
}

TEST_F(FsOpenTest, ReadingAgainMakesNoCall) {
  EXPECT_EQ(*world.ReadAll("a.txt"), "first");
  world.ForgetCalls();
  EXPECT_EQ(*world.ReadAll("a.txt"), "first");
  EXPECT_EQ(world.workspace().TotalCalls(), 0);
}

TEST_F(FsOpenTest, PagesAreKeptWhileTheContentIs) {
  EXPECT_FALSE(KeepsCache("a.txt"));
  EXPECT_TRUE(KeepsCache("a.txt"));
  WSFS_ASSERT_OK(world.Save("a.txt", "ours"));
  EXPECT_TRUE(KeepsCache("a.txt"));  // this kernel wrote it itself
  world.Settle();
  EXPECT_TRUE(KeepsCache("a.txt"));
  ForeignEdit("theirs");
  EXPECT_FALSE(KeepsCache("a.txt"));
  EXPECT_TRUE(KeepsCache("a.txt"));
}

TEST_F(FsOpenTest, AnotherMountDropsPagesThatWereWrittenHere) {
  constexpr MountId kOther = 2;
  EXPECT_FALSE(KeepsCache("a.txt", kOther));
  EXPECT_TRUE(KeepsCache("a.txt", kOther));
  WSFS_ASSERT_OK(world.Save("a.txt", "by the first"));
  EXPECT_FALSE(KeepsCache("a.txt", kOther));
}

TEST_F(FsOpenTest, AnOpenFileKeepsItsContentUntilItIsOpenedAnew) {
  const auto old_reader = world.Open("a.txt", {});
  WSFS_ASSERT_OK(old_reader);
  ForeignEdit("theirs");
  EXPECT_EQ(*world.ReadHandle(*old_reader), "first");
  EXPECT_EQ(*world.ReadAll("a.txt"), "theirs");
  world.Release(*old_reader);
}

TEST_F(FsOpenTest, AllHandlesSeeAWriteAtOnce) {
  const auto reader = world.Open("a.txt", {});
  const auto writer = world.Open("a.txt", {.read = true, .write = true});
  WSFS_ASSERT_OK(reader);
  WSFS_ASSERT_OK(writer);
  WSFS_ASSERT_OK(world.Write(*writer, 5, "+1"));
  EXPECT_EQ(*world.ReadHandle(*reader), "first+1");
  EXPECT_EQ(world.StatOf("a.txt")->size_bytes, 7U);
  WSFS_ASSERT_OK(world.Close(*writer));
  EXPECT_EQ(*world.ReadHandle(*reader), "first+1");
  world.Release(*reader);
}

TEST_F(FsOpenTest, AForeignEditUnderAWriterIsAConflictNotALoss) {
  const auto writer = world.Open("a.txt", {.read = true, .write = true});
  WSFS_ASSERT_OK(writer);
  WSFS_ASSERT_OK(world.Write(*writer, 0, "mine!"));
  ForeignEdit("theirs");
  EXPECT_EQ(*world.ReadHandle(*writer), "mine!");
  WSFS_ASSERT_OK(world.Close(*writer));
  world.Settle();
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("a.txt")), "theirs");
  EXPECT_EQ(*world.ReadAll("a.txt"), "theirs");
  const auto names = *world.Names("");
  ASSERT_EQ(names.size(), 2U);
  EXPECT_EQ(*world.ReadAll(names[0]), "mine!");
}

TEST_F(FsOpenTest, ADroppedCacheIsFetchedAgain) {
  EXPECT_EQ(*world.ReadAll("a.txt"), "first");
  WSFS_ASSERT_OK(world.ledger().store().DropCache());
  EXPECT_EQ(*world.ReadAll("a.txt"), "first");
}

TEST_F(FsOpenTest, FoldersAreNotOpenedAsFiles) {
  WSFS_ASSERT_OK(world.MakeDirectory("d"));
  WSFS_EXPECT_ERROR(Errc::kIsADirectory, world.Open("d", {}));
}

TEST_F(FsOpenTest, HolesAndRangesAreCopied) {
  const auto from = world.Open("a.txt", {});
  const auto to = world.CreateNew("copy.txt");
  WSFS_ASSERT_OK(from);
  WSFS_ASSERT_OK(to);
  const auto copied = world.fs().CopyRange(FsWorld::kMount, *from, 1, *to, 3,
                                           100, world.Patience());
  WSFS_ASSERT_OK(copied);
  EXPECT_EQ(*copied, 4U);
  WSFS_ASSERT_OK(world.Close(*to));
  EXPECT_EQ(*world.ReadAll("copy.txt"), std::string("\0\0\0irst", 7));
  world.Release(*from);
}

TEST_F(FsOpenTest, AllocatingExtendsWithZeros) {
  const auto handle = world.Open("a.txt", {.read = true, .write = true});
  WSFS_ASSERT_OK(handle);
  WSFS_EXPECT_OK(
      world.fs().Allocate(FsWorld::kMount, *handle, 0, 0, 8, world.Patience()));
  EXPECT_EQ(*world.ReadHandle(*handle), std::string("first\0\0\0", 8));
}

// The RELEASE of who wrote comes when it likes, also between the halves of an
// open that found the draft.
TEST_F(FsOpenTest, AHandleKeepsItsBytesWhoeverClosesMeanwhile) {
  const auto writer = world.OpenToWrite("new.txt");
  WSFS_ASSERT_OK(writer);
  WSFS_EXPECT_OK(world.Write(*writer, 0, "ours"));
  WSFS_EXPECT_OK(world.Flush(*writer));
  world.DuringNextOpen([&] { world.Release(*writer); });
  const auto reader = world.Open("new.txt", {});
  WSFS_ASSERT_OK(reader);

  WSFS_EXPECT_OK(world.Save("other.txt", "theirs"));
  WSFS_EXPECT_OK(world.Rename("other.txt", "new.txt"));

  const auto read = world.ReadHandle(*reader);
  WSFS_ASSERT_OK(read);
  EXPECT_EQ(*read, "ours");
  world.Release(*reader);
}

// What a reader looked for is replaced while it looks: it is here all the same.
TEST_F(FsOpenTest, BytesThatWereNeverSentNeedNoService) {
  WSFS_ASSERT_OK(world.Save("new.txt", "ours"));
  world.ForgetCalls();
  const auto hydration =
      world.syncer().Hydrate(*world.Find("new.txt"), CallClass::kSomeoneWaits);
  WSFS_ASSERT_OK(hydration);
  WSFS_EXPECT_OK((*hydration)->WaitDone(world.Patience()));
  std::array<std::byte, 4> bytes{};
  const auto read = (*hydration)->ReadAt(0, bytes, world.Patience());
  WSFS_ASSERT_OK(read);
  EXPECT_EQ(*read, 4U);
  EXPECT_EQ(world.ReadsOf("export"), 0);
}

TEST_F(FsOpenTest, AnUnreachableServiceSaysSoAtOpen) {
  WSFS_ASSERT_OK(world.Find("a.txt"));
  world.workspace().Fail("export", Errc::kUnreachable, -1);
  const auto opened = world.Open("a.txt", {});
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().code(), Errc::kNotFound);
  EXPECT_NE(opened.error().code(), Errc::kWouldBlock);
}

// lessons.md §2.1, 10 and §2.3: nothing stays behind for what is over.
TEST_F(FsOpenTest, WritingWithoutReadAheadNeedsNoDownload) {
  world.ForgetCalls();
  WSFS_ASSERT_OK(world.Save("a.txt", "whole"));
  EXPECT_EQ(world.ReadsOf("export"), 0);
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{"import a.txt"});
}

}  // namespace
}  // namespace wsfs
