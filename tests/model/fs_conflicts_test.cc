#include <gmock/gmock.h>

#include "core/conflicts.h"
#include "fs_world.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// `wsfs conflicts`, `wsfs resolve` (design.md §3).
class FsConflictsTest : public FsTest {
 protected:
  static std::string Shown(std::string_view name) {
    return FsWorld::Remote(name);
  }
  Conflicts conflicts() { return {world.ledger(), world.syncer()}; }
  Result<Resolution> Resolve(std::string_view path, Side side) {
    return conflicts().Resolve(path, side, world.Patience());
  }
  /// Both sides edit f.txt; the copy's path.
  std::string Conflict(std::string_view ours, std::string_view theirs) {
    world.workspace().PutFile(Shown("f.txt"), "1\n2\n3\n4\n5\n");
    EXPECT_TRUE(world.ReadAll("f.txt").ok());
    world.Pass(Milliseconds{15'000});
    world.workspace().PutFile(Shown("f.txt"), theirs);
    EXPECT_TRUE(world.Save("f.txt", ours).ok());
    world.Settle();
    const auto all = conflicts().All();
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? "" : all.front().copy;
  }
  std::string AtService() { return world.workspace().Read(Shown("f.txt")); }
};

TEST_F(FsConflictsTest, KnowsTheFileItsCopyAndTheirAncestor) {
  const std::string copy = Conflict("ours\n", "theirs\n");
  for (const std::string& path : {Shown("f.txt"), copy}) {
    const auto found = conflicts().Find(path);
    WSFS_ASSERT_OK(found);
    EXPECT_EQ(found->path, Shown("f.txt"));
    EXPECT_EQ(found->copy, copy);
    EXPECT_TRUE(found->mergeable);
  }
  world.Crash();
  EXPECT_TRUE(conflicts().Find(copy)->mergeable);
}

TEST_F(FsConflictsTest, MineGoesToTheSameObject) {
  Conflict("ours\n", "theirs\n");
  const ObjectId id = world.workspace().IdOf(Shown("f.txt"));
  WSFS_ASSERT_OK(Resolve(Shown("f.txt"), Side::kMine));
  EXPECT_EQ(*world.ReadAll("f.txt"), "ours\n");
  world.Settle();
  EXPECT_EQ(AtService(), "ours\n");
  EXPECT_EQ(world.workspace().IdOf(Shown("f.txt")), id);
  EXPECT_THAT(*world.Names(""), ElementsAre("f.txt"));
  EXPECT_THAT(conflicts().All(), IsEmpty());
}

TEST_F(FsConflictsTest, TheirsLeavesTheCopyToTheTrash) {
  const std::string copy = Conflict("ours\n", "theirs\n");
  world.ForgetCalls();
  WSFS_ASSERT_OK(Resolve(copy, Side::kTheirs));
  world.Settle();
  EXPECT_EQ(*world.ReadAll("f.txt"), "theirs\n");
  EXPECT_THAT(*world.Names(""), ElementsAre("f.txt"));
  EXPECT_THAT(world.Writes(), IsEmpty());
  const auto trash = world.ledger().store().Trash();
  WSFS_ASSERT_OK(trash);
  ASSERT_THAT(*trash, SizeIs(1));
  EXPECT_EQ(trash->front().path, copy);
}

TEST_F(FsConflictsTest, TheTrashOutlivesWhatComesAfter) {
  Conflict("ours\n", "theirs\n");
  ASSERT_TRUE(world.ReadAll("f.txt").ok());
  WSFS_ASSERT_OK(Resolve(Shown("f.txt"), Side::kMine));
  world.Settle();
  WSFS_ASSERT_OK(world.Save("f.txt", "and more\n"));
  world.Settle();
  world.Crash();
  const auto trash = world.ledger().store().Trash();
  WSFS_ASSERT_OK(trash);
  ASSERT_THAT(*trash, SizeIs(1));
  EXPECT_TRUE(
      world.ledger().store().contents().Open(trash->front().content).ok());
}

TEST_F(FsConflictsTest, MarksOfAMergeStayHere) {
  const std::string copy =
      Conflict("ours\n2\n3\n4\n5\n", "theirs\n2\n3\n4\nend\n");
  world.ForgetCalls();
  const auto merged = Resolve(Shown("f.txt"), Side::kMerge);
  WSFS_ASSERT_OK(merged);
  EXPECT_TRUE(merged->open);
  EXPECT_THAT(merged->said, HasSubstr("1 place"));
  world.Settle();
  const std::string name = copy.substr(copy.rfind('/') + 1);
  EXPECT_EQ(*world.ReadAll(name),
            "<<<<<<< mine\nours\n=======\ntheirs\n>>>>>>> theirs\n"
            "2\n3\n4\nend\n");
  EXPECT_THAT(world.Writes(), IsEmpty());
  EXPECT_THAT(conflicts().All(), SizeIs(1));
}

TEST_F(FsConflictsTest, AMergeThatMeetsNowhereIsSent) {
  const std::string copy =
      Conflict("ours\n2\n3\n4\n5\n", "theirs\n2\n3\n4\n5\n");
  WSFS_ASSERT_OK(
      world.Save(copy.substr(copy.rfind('/') + 1), "1\n2\n3\n4\nours\n"));
  const auto merged = Resolve(copy, Side::kMerge);
  WSFS_ASSERT_OK(merged);
  EXPECT_FALSE(merged->open);
  world.Settle();
  EXPECT_EQ(AtService(), "theirs\n2\n3\n4\nours\n");
  EXPECT_THAT(*world.Names(""), ElementsAre("f.txt"));
}

TEST_F(FsConflictsTest, MineOfWhatIsGoneIsANewFile) {
  Conflict("ours\n", "theirs\n");
  WSFS_ASSERT_OK(world.Unlink("f.txt"));
  world.Settle();
  WSFS_ASSERT_OK(Resolve(Shown("f.txt"), Side::kMine));
  world.Settle();
  EXPECT_EQ(AtService(), "ours\n");
  EXPECT_THAT(conflicts().All(), IsEmpty());
}

// A store of form 2 had no column for it.
TEST_F(FsConflictsTest, ACopyOfAnEarlierStoreIsLeftToThePerson) {
  const std::string copy = Conflict("ours\n", "theirs\n");
  WSFS_ASSERT_OK(world.ledger().Transact([](Catalogue& catalogue) {
    for (const NodeId id : catalogue.AllNodes())
      if (catalogue.node(id).conflict_copy)
        catalogue.EditNode(id).conflict_of.clear();
    return Result<void>();
  }));
  ASSERT_THAT(conflicts().All(), SizeIs(1));
  EXPECT_EQ(conflicts().All().front().path, copy);
  for (const Side side : {Side::kMine, Side::kTheirs, Side::kMerge})
    EXPECT_EQ(Resolve(copy, side).error().code(), Errc::kUnsupported);
  EXPECT_EQ(*world.ReadAll(copy.substr(copy.rfind('/') + 1)), "ours\n");
  EXPECT_EQ(*world.ReadAll("f.txt"), "theirs\n");
}

TEST_F(FsConflictsTest, ARenamedCopyIsDecided) {
  const std::string copy = Conflict("ours\n", "theirs\n");
  WSFS_ASSERT_OK(world.Rename(copy.substr(copy.rfind('/') + 1), "mine.txt"));
  EXPECT_THAT(conflicts().All(), IsEmpty());
  EXPECT_EQ(Resolve(Shown("f.txt"), Side::kMine).error().code(),
            Errc::kNotFound);
}

TEST_F(FsConflictsTest, ARefusedFileIsTriedAgainOrGivenUp) {
  world.workspace().PutFile(Shown("f.txt"), "theirs");
  ASSERT_TRUE(world.ReadAll("f.txt").ok());
  world.workspace().Fail("import", Errc::kPermissionDenied, -1);
  WSFS_ASSERT_OK(world.Save("f.txt", "ours"));
  world.Pass(Milliseconds{5'000});
  ASSERT_EQ(*world.Xattr("f.txt", "user.wsfs.state"), "refused");

  WSFS_ASSERT_OK(Resolve(Shown("f.txt"), Side::kMine));
  world.Pass(Milliseconds{5'000});
  EXPECT_EQ(*world.Xattr("f.txt", "user.wsfs.state"), "refused");
  WSFS_ASSERT_OK(Resolve(Shown("f.txt"), Side::kTheirs));
  EXPECT_EQ(*world.ReadAll("f.txt"), "theirs");
  world.ForgetCalls();
  world.workspace().ClearFaults();
  world.Settle();
  EXPECT_THAT(world.Writes(), IsEmpty());
  EXPECT_EQ(*world.Xattr("f.txt", "user.wsfs.state"), "clean");
}

}  // namespace
}  // namespace wsfs
