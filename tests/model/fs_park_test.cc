#include <gmock/gmock.h>

#include "fs_world.h"

namespace wsfs {
namespace {

// docs/decisions/0013: what is below a parked folder is known first.
class FsParkTest : public FsTest {
 protected:
  bool AtService(std::string_view path) {
    return world.workspace().Has(FsWorld::Remote(path));
  }
};

TEST_F(FsParkTest, ASwapWaitsForTheAnswerOfAMkdirBelow) {
  for (const char* folder : {"b", "d"})
    world.workspace().MakeFolder(FsWorld::Remote(folder));
  ASSERT_THAT(*world.Names(""), testing::ElementsAre("b", "d"));
  ASSERT_THAT(*world.Names("b"), testing::IsEmpty());
  ASSERT_THAT(*world.Names("d"), testing::IsEmpty());

  // The call is not executed, and nobody says so.
  world.workspace().Fail("mkdirs", Errc::kTimeout);
  WSFS_ASSERT_OK(world.MakeDirectory("b/a"));
  world.Pass(Milliseconds{3'000});
  WSFS_ASSERT_OK(world.Rename("b", "d", RenameMode::kExchange));
  WSFS_ASSERT_OK(world.MakeDirectory("b/a"));
  world.Settle();
  EXPECT_TRUE(AtService("b/a"));
  EXPECT_TRUE(AtService("d/a"));
  WSFS_ASSERT_OK(world.Save("b/a/1.txt", "1"));
  WSFS_ASSERT_OK(world.Save("d/a/2.txt", "2"));
  world.Settle();

  EXPECT_TRUE(AtService("b/a/1.txt"));
  EXPECT_TRUE(AtService("d/a/2.txt"));
  EXPECT_THAT(world.syncer().Status().pending, testing::IsEmpty());
}

TEST_F(FsParkTest, AMoveIntoAFolderWaitsForTheAnswerOfThatFoldersMove) {
  for (const char* folder : {"p", "q"})
    world.workspace().MakeFolder(FsWorld::Remote(folder));
  ASSERT_THAT(*world.Names(""), testing::ElementsAre("p", "q"));
  ASSERT_THAT(*world.Names("p"), testing::IsEmpty());
  ASSERT_THAT(*world.Names("q"), testing::IsEmpty());
  world.Settle();

  // Executed, or not: nobody says so, for as long as anyone asks.
  WSFS_ASSERT_OK(world.Rename("q", "r"));
  world.workspace().Fail("rename", Errc::kTimeout);
  world.Pass(Milliseconds{3'000});
  WSFS_ASSERT_OK(world.Rename("p", "r/p"));
  world.ForgetCalls();
  world.Pass(Milliseconds{10'000});
  EXPECT_LE(world.ReadsOf("get-status"), 12) << world.DescribePlan();
  world.Settle();

  EXPECT_TRUE(AtService("r/p"));
  EXPECT_FALSE(AtService("p"));
  EXPECT_FALSE(AtService("q"));
  EXPECT_THAT(world.syncer().Status().pending, testing::IsEmpty());
}

}  // namespace
}  // namespace wsfs
