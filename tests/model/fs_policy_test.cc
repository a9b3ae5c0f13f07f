#include <gmock/gmock.h>

#include "fs_world.h"

namespace wsfs {
namespace {

using Calls = std::vector<std::string>;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// design.md §3, write policy: what a call waits for. Time stands still unless
// it is told to pass, so what is at the service was waited for.
class FsPolicyTest : public FsTest {
 protected:
  void Policy(WritePolicy writes, FsyncPolicy fsync = FsyncPolicy::kLocal) {
    world.fs().SetPolicy(FsWorld::kMount, {.writes = writes, .fsync = fsync});
  }
  std::string AtService(std::string_view name) {
    return world.workspace().Read(FsWorld::Remote(name));
  }
  void PutAndRead(std::string_view name) {
    world.workspace().PutFile(FsWorld::Remote(name), "old");
    ASSERT_EQ(*world.ReadAll(name), "old");
    world.ForgetCalls();
  }
};

TEST_F(FsPolicyTest, BackLeavesAllForLater) {
  PutAndRead("a.txt");
  Policy(WritePolicy::kBack);
  WSFS_ASSERT_OK(world.Save("a.txt", "mine"));
  WSFS_ASSERT_OK(world.MakeDirectory("d"));
  EXPECT_THAT(world.Writes(), IsEmpty());
}

TEST_F(FsPolicyTest, AutoWaitsForAnExistingFileOnly) {
  PutAndRead("a.txt");
  Policy(WritePolicy::kAuto);
  WSFS_ASSERT_OK(world.Save("a.txt", "mine"));
  EXPECT_EQ(AtService("a.txt"), "mine");
  WSFS_ASSERT_OK(world.Save("new.txt", "new"));
  WSFS_ASSERT_OK(world.MakeDirectory("d"));
  EXPECT_THAT(world.Writes(), ElementsAre("import a.txt"));
}

TEST_F(FsPolicyTest, AutoWaitsForFourSavesInTenSeconds) {
  Policy(WritePolicy::kAuto);
  for (const char* name : {"1", "2", "3", "4", "5"})
    world.workspace().PutFile(FsWorld::Remote(name), "old");
  for (const char* name : {"1", "2", "3", "4", "5"})
    ASSERT_TRUE(world.ReadAll(name).ok());
  for (const char* name : {"1", "2", "3", "4", "5"})
    WSFS_ASSERT_OK(world.Save(name, "mine"));
  EXPECT_EQ(AtService("4"), "mine");
  EXPECT_EQ(AtService("5"), "old");
  world.Pass(Milliseconds{11'000});
  EXPECT_EQ(AtService("5"), "mine");
  WSFS_ASSERT_OK(world.Save("5", "again"));
  EXPECT_EQ(AtService("5"), "again");
}

TEST_F(FsPolicyTest, AutoDoesNotWaitForAServiceThatIsAway) {
  PutAndRead("a.txt");
  Policy(WritePolicy::kAuto);
  world.workspace().Fail("", Errc::kUnreachable, -1);
  WSFS_ASSERT_OK(world.Save("a.txt", "mine"));
  WSFS_ASSERT_OK(world.Save("a.txt", "mine, later"));
  EXPECT_EQ(*world.ReadAll("a.txt"), "mine, later");
  world.workspace().ClearFaults();
  world.Settle();
  EXPECT_EQ(AtService("a.txt"), "mine, later");
}

TEST_F(FsPolicyTest, ARefusalReachesTheClose) {
  PutAndRead("a.txt");
  Policy(WritePolicy::kAuto);
  world.workspace().Fail("import", Errc::kPermissionDenied, -1);
  const auto saved = world.Save("a.txt", "mine");
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code(), Errc::kPermissionDenied);
  EXPECT_EQ(*world.ReadAll("a.txt"), "mine");
  EXPECT_EQ(*world.Xattr("a.txt", "user.wsfs.state"), "refused");
  EXPECT_EQ(*world.Xattr("a.txt", "user.wsfs.error"), saved.error().message());
  // An old no says nothing of a new save.
  world.workspace().ClearFaults();
  WSFS_ASSERT_OK(world.Save("a.txt", "again"));
  EXPECT_EQ(AtService("a.txt"), "again");
  EXPECT_FALSE(world.Xattr("a.txt", "user.wsfs.error").ok());
}

TEST_F(FsPolicyTest, ThroughWaitsForEachChange) {
  Policy(WritePolicy::kThrough);
  WSFS_ASSERT_OK(world.MakeDirectory("d"));
  WSFS_ASSERT_OK(world.Save("d/a.txt", "a"));
  EXPECT_EQ(AtService("d/a.txt"), "a");
  const ObjectId id = world.workspace().IdOf(FsWorld::Remote("d/a.txt"));
  WSFS_ASSERT_OK(world.Rename("d/a.txt", "b.txt"));
  EXPECT_EQ(world.workspace().IdOf(FsWorld::Remote("b.txt")), id);
  WSFS_ASSERT_OK(world.RemoveDirectory("d"));
  WSFS_ASSERT_OK(world.Unlink("b.txt"));
  EXPECT_THAT(world.Writes(), ElementsAre("mkdirs d", "import d/a.txt",
                                          "rename d/a.txt > b.txt", "delete d",
                                          "delete b.txt"));
}

// The close has its answer, and the object is not known yet. The rename is of
// the object: the answer to the close says nothing of it.
TEST_F(FsPolicyTest, ThroughRenamesWhatWasTakenAndIsNotYetKnown) {
  Policy(WritePolicy::kThrough);
  world.workspace().Fail("get-status", Errc::kUnavailable, -1);
  WSFS_ASSERT_OK(world.Save("a.txt", "a"));
  const ObjectId id = world.workspace().IdOf(FsWorld::Remote("a.txt"));
  const auto renamed = world.Rename("a.txt", "b.txt");
  ASSERT_FALSE(renamed.ok());
  EXPECT_EQ(renamed.error().code(), Errc::kTimeout);
  world.workspace().ClearFaults();
  world.clock().Advance(Milliseconds{10'000});
  WSFS_ASSERT_OK(world.Rename("b.txt", "c.txt"));
  EXPECT_EQ(world.workspace().IdOf(FsWorld::Remote("c.txt")), id);
}

TEST_F(FsPolicyTest, ThroughRemovesWhatWasTakenAndIsNotYetKnown) {
  Policy(WritePolicy::kThrough);
  world.workspace().Fail("get-status", Errc::kUnavailable, -1);
  WSFS_ASSERT_OK(world.Save("a.txt", "a"));
  WSFS_ASSERT_OK(world.Save("b.txt", "b"));
  const auto removed = world.Unlink("a.txt");
  ASSERT_FALSE(removed.ok());
  EXPECT_EQ(removed.error().code(), Errc::kTimeout);
  world.workspace().ClearFaults();
  world.clock().Advance(Milliseconds{10'000});
  WSFS_ASSERT_OK(world.Unlink("b.txt"));
  EXPECT_FALSE(world.workspace().Has(FsWorld::Remote("b.txt")));
  world.Settle();
  EXPECT_THAT(world.AtService(), IsEmpty());
}

TEST_F(FsPolicyTest, ThroughDoesNotTakeABackupNameForADelete) {
  PutAndRead("a.txt");
  Policy(WritePolicy::kThrough);
  const ObjectId id = world.workspace().IdOf(FsWorld::Remote("a.txt"));
  WSFS_ASSERT_OK(world.Rename("a.txt", "a.txt~"));
  WSFS_ASSERT_OK(world.Save("a.txt", "mine"));
  WSFS_ASSERT_OK(world.Unlink("a.txt~"));
  EXPECT_THAT(world.Writes(), ElementsAre("import a.txt"));
  EXPECT_EQ(world.workspace().IdOf(FsWorld::Remote("a.txt")), id);
}

TEST_F(FsPolicyTest, ThroughTellsThatNothingIsKnownYet) {
  Policy(WritePolicy::kThrough);
  world.workspace().Fail("mkdirs", Errc::kUnavailable, -1);
  const auto made = world.MakeDirectory("d");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), Errc::kTimeout);
  EXPECT_TRUE(world.StatOf("d").ok());  // it is kept, and goes on
  world.workspace().ClearFaults();
  world.Settle();
  EXPECT_THAT(world.Writes(), testing::Contains("mkdirs d"));
}

TEST_F(FsPolicyTest, FsyncRemoteIsAtTheService) {
  Policy(WritePolicy::kBack, FsyncPolicy::kRemote);
  WSFS_ASSERT_OK(world.MakeDirectory("d"));
  const HandleId handle = *world.CreateNew("d/a.txt");
  WSFS_ASSERT_OK(world.Write(handle, 0, "one"));
  WSFS_ASSERT_OK(world.Fsync(handle));
  EXPECT_EQ(AtService("d/a.txt"), "one");
  WSFS_ASSERT_OK(world.Write(handle, 0, "two"));
  WSFS_ASSERT_OK(world.Fsync(handle));
  EXPECT_EQ(AtService("d/a.txt"), "two");
  WSFS_ASSERT_OK(world.Close(handle));
}

TEST_F(FsPolicyTest, APathHasItsOwn) {
  Policy(WritePolicy::kBack);
  WSFS_ASSERT_OK(world.MakeDirectory("d"));
  const NodeId folder = *world.Find("d");
  WSFS_ASSERT_OK(world.fs().SetXattr(FsWorld::kMount, folder,
                                     "user.wsfs.writes", "through",
                                     Filesystem::XattrMode::kAny));
  WSFS_ASSERT_OK(world.Save("d/a.txt", "a"));
  EXPECT_EQ(AtService("d/a.txt"), "a");
  world.Crash();  // it is kept
  EXPECT_EQ(*world.Xattr("d/a.txt", "user.wsfs.writes"), "through");
}

}  // namespace
}  // namespace wsfs
