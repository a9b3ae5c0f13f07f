#include <limits>

#include "fs_world.h"

namespace wsfs {
namespace {

using Calls = std::vector<std::string>;

class FsAttributesTest : public FsTest {
 protected:
  FsAttributesTest() {
    world.workspace().PutFile(FsWorld::Remote("a.txt"), "12345");
  }
  Attributes Of(std::string_view path) {
    return world.StatOf(path)->attributes;
  }
};

TEST_F(FsAttributesTest, AnUnknownSizeIsLearnedOnceAndIsExact) {
  const auto looked = world.fs().Lookup(FsWorld::kMount, *world.Find(""),
                                        "a.txt", Caller(), world.Patience());
  WSFS_ASSERT_OK(looked);
  EXPECT_EQ(world.StatOf("a.txt")->size_bytes, 5U);
  EXPECT_TRUE(world.StatOf("a.txt")->size_known);
  world.ForgetCalls();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(world.StatOf("a.txt")->size_bytes, 5U);
  }
  EXPECT_EQ(world.workspace().TotalCalls(), 0);
}

// R1, lessons.md §1.1: what a program saw after its save stays.
TEST_F(FsAttributesTest, TimesAndNumberAreFrozenAfterASave) {
  const auto handle = world.OpenToWrite("a.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, "saved"));
  world.clock().Advance(Milliseconds{700});
  const Stat before = *world.StatOf("a.txt");
  WSFS_ASSERT_OK(world.Close(*handle));
  world.Settle();
  const Stat after = *world.StatOf("a.txt");
  EXPECT_EQ(after.id, before.id);
  EXPECT_EQ(after.attributes.mtime, before.attributes.mtime);
  EXPECT_EQ(after.attributes.ctime, before.attributes.ctime);
  EXPECT_EQ(after.size_bytes, 5U);
}

TEST_F(FsAttributesTest, TimesOnlyAscend) {
  const WallNanos first = Of("a.txt").mtime;
  WSFS_ASSERT_OK(world.Save("a.txt", "x"));
  const WallNanos second = Of("a.txt").mtime;
  WSFS_ASSERT_OK(world.Save("a.txt", "y"));  // the clock has not moved
  EXPECT_GT(second, first);
  EXPECT_GT(Of("a.txt").mtime, second);
}

TEST_F(FsAttributesTest, ModeAndTimesAreKept) {
  AttributeChange change;
  change.mode = 0755;
  change.mtime = 1'600'000'000'111'222'333;
  change.atime = 1'500'000'000'000'000'001;
  WSFS_ASSERT_OK(world.SetAttributes("a.txt", change));
  world.Settle();
  world.Crash();
  EXPECT_EQ(Of("a.txt").mode, 0755U);
  EXPECT_EQ(Of("a.txt").mtime, *change.mtime);
  EXPECT_EQ(Of("a.txt").atime, *change.atime);
  EXPECT_EQ(world.Writes(), Calls{});
}

TEST_F(FsAttributesTest, ATimeSetBeforeTheCloseHolds) {
  const auto handle = world.OpenToWrite("a.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, "copied"));
  AttributeChange change;
  change.mtime = 1'600'000'000'111'222'333;
  WSFS_ASSERT_OK(world.SetAttributes("a.txt", change));
  EXPECT_EQ(Of("a.txt").mtime, *change.mtime);
  WSFS_ASSERT_OK(world.Close(*handle));
  EXPECT_EQ(Of("a.txt").mtime, *change.mtime);
}

TEST_F(FsAttributesTest, TheOwnerStaysWhoMounts) {
  AttributeChange change;
  change.uid = 1000;
  change.gid = 1000;
  WSFS_EXPECT_OK(world.SetAttributes("a.txt", change));
  change.uid = 7;
  WSFS_EXPECT_ERROR(Errc::kProtected, world.SetAttributes("a.txt", change));
}

TEST_F(FsAttributesTest, TheServicesLimitFailsAtOnce) {
  const auto handle = world.OpenToWrite("a.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_EXPECT_ERROR(Errc::kTooLarge, world.Write(*handle, kMaxFileBytes, "x"));
  WSFS_EXPECT_ERROR(Errc::kTooLarge,
                    world.Truncate("a.txt", *handle, kMaxFileBytes + 1));
  const auto allocated = world.fs().Allocate(
      FsWorld::kMount, *handle, 0, 0, kMaxFileBytes + 1, world.Patience());
  ASSERT_FALSE(allocated.ok());
  EXPECT_EQ(allocated.error().code(), Errc::kTooLarge);
  WSFS_EXPECT_OK(world.Write(*handle, kMaxFileBytes - 1, "x"));
  EXPECT_EQ(world.StatOf("a.txt")->size_bytes, kMaxFileBytes);
}

// lessons.md §2.1, 6.
TEST_F(FsAttributesTest, AHugeLocalFileIsSparse) {
  const auto handle = world.CreateNew("huge.bin~");
  WSFS_ASSERT_OK(handle);
  constexpr std::uint64_t kHuge = 1ULL << 42U;
  WSFS_ASSERT_OK(world.Truncate("huge.bin~", *handle, kHuge));
  WSFS_ASSERT_OK(world.Write(*handle, 1ULL << 40U, "far"));
  EXPECT_EQ(world.StatOf("huge.bin~")->size_bytes, kHuge);
}

TEST_F(FsAttributesTest, ASourceNotebookOverTheLimitFailsAtCloseAndIsKept) {
  const auto handle = world.CreateNew("big.py");
  WSFS_ASSERT_OK(handle);
  const std::string text = "# Databricks notebook source\n" +
                           std::string(kMaxSourceNotebookBytes, '#');
  WSFS_ASSERT_OK(world.Write(*handle, 0, text));
  WSFS_EXPECT_ERROR(Errc::kTooLarge, world.Flush(*handle));
  world.Release(*handle);
  world.Settle();
  EXPECT_FALSE(world.workspace().Has(FsWorld::Remote("big")));
  EXPECT_EQ(*world.Xattr("big.py", "user.wsfs.state"), "refused");
  EXPECT_EQ(world.StatOf("big.py")->size_bytes, text.size());
}

std::string TooLargeNotebook() {
  return "# Databricks notebook source\n" +
         std::string(kMaxSourceNotebookBytes, '#');
}

TEST_F(FsAttributesTest, ASourceNotebookOverTheLimitIsNeverSent) {
  const auto handle = world.CreateNew("big.py");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, TooLargeNotebook()));
  WSFS_EXPECT_ERROR(Errc::kTooLarge, world.Flush(*handle));
  world.Release(*handle);
  world.ForgetCalls();

  world.Settle();
  const auto drained = world.syncer().Drain(world.Patience());

  WSFS_ASSERT_OK(drained);
  EXPECT_EQ(world.workspace().TotalCalls(), 0);
  ASSERT_EQ(drained->pending.size(), 1U);
  EXPECT_EQ(drained->pending[0].state, PendingItem::State::kRefused);
  EXPECT_EQ(drained->pending[0].error,
            "a source notebook may have at most 10 MiB");
}

TEST_F(FsAttributesTest, AKnownNotebookThatGrowsOverTheLimitIsNotSent) {
  WSFS_ASSERT_OK(world.Save("n.py", "# Databricks notebook source\nx"));
  world.Settle();
  const auto handle = world.OpenToWrite("n.py");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, TooLargeNotebook()));
  WSFS_EXPECT_ERROR(Errc::kTooLarge, world.Flush(*handle));
  world.Release(*handle);
  world.ForgetCalls();
  world.Settle();
  EXPECT_EQ(world.workspace().CountOf("import"), 0);

  WSFS_ASSERT_OK(world.Save("n.py", "# Databricks notebook source\ny"));
  world.Pass(Milliseconds{3'000});
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("n")),
            "# Databricks notebook source\ny");
}

TEST_F(FsAttributesTest, ASmallerSaveOfARefusedNewNotebookGoesOut) {
  const auto handle = world.CreateNew("big.py");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, TooLargeNotebook()));
  WSFS_EXPECT_ERROR(Errc::kTooLarge, world.Flush(*handle));
  world.Release(*handle);
  world.Pass(Milliseconds{5'000});

  WSFS_ASSERT_OK(world.Save("big.py", "# Databricks notebook source\ny"));
  world.Pass(Milliseconds{5'000});
  EXPECT_TRUE(world.workspace().Has(FsWorld::Remote("big")));
}

TEST_F(FsAttributesTest, ACloseAfterAnFsyncSaysThatItIsTooLarge) {
  const auto handle = world.CreateNew("big.py");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, TooLargeNotebook()));
  WSFS_EXPECT_OK(world.Fsync(*handle));
  WSFS_EXPECT_ERROR(Errc::kTooLarge, world.Flush(*handle));
  world.Release(*handle);
  world.Settle();
  EXPECT_EQ(*world.Xattr("big.py", "user.wsfs.state"), "refused");
  EXPECT_EQ(world.workspace().CountOf("import"), 0);
}

TEST_F(FsAttributesTest, AFolderChangesWithItsEntries) {
  WSFS_ASSERT_OK(world.MakeDirectory("d"));
  const WallNanos made = Of("d").mtime;
  world.clock().Advance(Milliseconds{10});
  WSFS_ASSERT_OK(world.Save("d/x", "x"));
  const WallNanos filled = Of("d").mtime;
  EXPECT_GT(filled, made);
  world.clock().Advance(Milliseconds{10});
  WSFS_ASSERT_OK(world.Save("d/x", "y"));
  EXPECT_EQ(Of("d").mtime, filled);
  WSFS_ASSERT_OK(world.Unlink("d/x"));
  EXPECT_GT(Of("d").mtime, filled);
}

TEST_F(FsAttributesTest, TellsPlaceStateAndObject) {
  WSFS_ASSERT_OK(world.Find("a.txt"));
  EXPECT_EQ(*world.Xattr("a.txt", "user.wsfs.place"), "remote");
  EXPECT_EQ(*world.Xattr("a.txt", "user.wsfs.state"), "clean");
  EXPECT_EQ(*world.Xattr("a.txt", "user.wsfs.object_id"),
            std::to_string(world.workspace().IdOf(FsWorld::Remote("a.txt"))));
  WSFS_EXPECT_ERROR(Errc::kNoAttribute,
                    world.Xattr("a.txt", "user.wsfs.error"));
  WSFS_ASSERT_OK(world.Save("a.txt", "new"));
  EXPECT_EQ(*world.Xattr("a.txt", "user.wsfs.state"), "pending");
  world.Settle();
  EXPECT_EQ(*world.Xattr("a.txt", "user.wsfs.state"), "clean");
}

TEST_F(FsAttributesTest, KeepsUserAttributesAndRefusesTheRest) {
  const NodeId node = *world.Find("a.txt");
  const auto set = [&](std::string_view name, std::string_view value,
                       Filesystem::XattrMode mode) {
    return world.fs().SetXattr(FsWorld::kMount, node, name, value, mode);
  };
  using Mode = Filesystem::XattrMode;
  WSFS_EXPECT_OK(set("user.colour", "red", Mode::kAny));
  EXPECT_EQ(*world.Xattr("a.txt", "user.colour"), "red");
  EXPECT_EQ(world.fs().ListXattrs(node)->size(), 1U);
  WSFS_EXPECT_ERROR(Errc::kAlreadyExists,
                    set("user.colour", "blue", Mode::kCreate));
  WSFS_EXPECT_ERROR(Errc::kNoAttribute, set("user.x", "1", Mode::kReplace));
  WSFS_EXPECT_ERROR(Errc::kProtected,
                    set("user.wsfs.place", "local", Mode::kAny));
  WSFS_EXPECT_ERROR(Errc::kUnsupported,
                    set("system.posix_acl_access", "x", Mode::kAny));
  WSFS_EXPECT_ERROR(Errc::kNoSpace,
                    set("user.big", std::string(65'536, 'x'), Mode::kAny));
  WSFS_EXPECT_ERROR(Errc::kNoAttribute,
                    world.Xattr("a.txt", "system.posix_acl_access"));
  WSFS_EXPECT_ERROR(Errc::kNoAttribute,
                    world.Xattr("a.txt", "security.capability"));
  WSFS_EXPECT_OK(world.fs().RemoveXattr(FsWorld::kMount, node, "user.colour"));
  WSFS_EXPECT_ERROR(Errc::kNoAttribute, world.Xattr("a.txt", "user.colour"));
}

TEST_F(FsAttributesTest, TheVolumeHasRoom) {
  const auto volume = world.fs().StatVolume();
  WSFS_ASSERT_OK(volume);
  EXPECT_GT(volume->total_bytes, 0U);
  EXPECT_GT(volume->free_bytes, 0U);
}

}  // namespace
}  // namespace wsfs
