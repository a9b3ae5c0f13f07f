#include <algorithm>

#include "fs_world.h"

namespace wsfs {
namespace {

using Names = std::vector<std::string>;

class FsNamesTest : public FsTest {
 protected:
  FsNamesTest() {
    world.workspace().PutFile(FsWorld::Remote("a.txt"), "aaa");
    world.workspace().PutNotebook(FsWorld::Remote("nb"), Language::kPython,
                                  "# Databricks notebook source\n1");
    world.workspace().MakeFolder(FsWorld::Remote("d"));
    world.workspace().PutFile(FsWorld::Remote("d/x.txt"), "x");
  }
  // Of the home folder, without the first try that only says "would block".
  Result<Stat> LookUpNow(std::string_view name) {
    return world.fs().Lookup(FsWorld::kMount, *world.Find(""), name, Caller(),
                             Waiting::Never());
  }
};

TEST_F(FsNamesTest, AFolderThatIsNotListedWouldBlock) {
  const auto found = LookUpNow("a.txt");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code(), Errc::kWouldBlock);
}

TEST_F(FsNamesTest, ACompleteListingAnswersEveryMissingName) {
  WSFS_ASSERT_OK(world.Find("a.txt"));
  world.ForgetCalls();
  for (int i = 0; i < 100; ++i) {
    const auto found = LookUpNow("missing" + std::to_string(i));
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code(), Errc::kNotFound);
  }
  EXPECT_EQ(world.workspace().TotalCalls(), 0);
}

// lessons.md §2.1, 9: an outage is never a missing file.
TEST_F(FsNamesTest, AnOutageIsNotAMissingName) {
  world.workspace().Fail("list", Errc::kUnreachable, -1);
  world.workspace().Fail("list-files", Errc::kUnreachable, -1);
  const auto found = world.Find("d/x.txt");
  ASSERT_FALSE(found.ok());
  EXPECT_NE(found.error().code(), Errc::kNotFound);
  world.workspace().ClearFaults();
  WSFS_EXPECT_OK(world.Find("d/x.txt"));
}

TEST_F(FsNamesTest, ShowsNotebooksUnderTheirExtension) {
  EXPECT_EQ(*world.Names(""), (Names{"a.txt", "d", "nb.py"}));
}

TEST_F(FsNamesTest, ANotebookIsFoundWithoutItsExtension) {
  const auto alias = world.Find("nb");
  WSFS_ASSERT_OK(alias);
  EXPECT_EQ(*alias, *world.Find("nb.py"));
  EXPECT_TRUE(LookUpNow("nb")->alias);
  EXPECT_FALSE(LookUpNow("nb.py")->alias);
}

TEST_F(FsNamesTest, NothingIsMadeOrRemovedUnderANotebooksAlias) {
  WSFS_EXPECT_ERROR(Errc::kAlreadyExists, world.CreateNew("nb"));
  WSFS_EXPECT_ERROR(Errc::kAlreadyExists, world.MakeDirectory("nb"));
  WSFS_EXPECT_ERROR(Errc::kProtected, world.Unlink("nb"));
  WSFS_EXPECT_ERROR(Errc::kProtected, world.Rename("nb", "other"));
  WSFS_EXPECT_ERROR(Errc::kAlreadyExists, world.Rename("a.txt", "nb"));
}

TEST_F(FsNamesTest, TheParkedNameIsNotForUse) {
  WSFS_EXPECT_ERROR(Errc::kInvalidArgument, world.CreateNew(".wsfs-move-7"));
  WSFS_EXPECT_ERROR(Errc::kInvalidArgument,
                    world.MakeDirectory(".wsfs-move-7"));
  WSFS_EXPECT_ERROR(Errc::kInvalidArgument,
                    world.Rename("a.txt", ".wsfs-move-7"));
}

TEST_F(FsNamesTest, NamesMayHave255Bytes) {
  const std::string fits(255, 'n');
  WSFS_EXPECT_OK(world.Save(fits, "x"));
  EXPECT_EQ(*world.ReadAll(fits), "x");
  WSFS_EXPECT_ERROR(Errc::kNameTooLong, world.CreateNew(fits + "n"));
  WSFS_EXPECT_ERROR(Errc::kNameTooLong, world.Find(fits + "n"));
  WSFS_EXPECT_ERROR(Errc::kNameTooLong, world.Rename("a.txt", fits + "n"));
}

TEST_F(FsNamesTest, ExclusiveCreateSeesWhatIsThere) {
  WSFS_EXPECT_ERROR(Errc::kAlreadyExists, world.CreateNew("a.txt"));
  WSFS_EXPECT_ERROR(Errc::kAlreadyExists, world.MakeDirectory("d"));
}

TEST_F(FsNamesTest, CreateOpensWhatSomebodyMadeMeanwhile) {
  const auto made = world.Run([&](const Waiting& waiting) {
    return world.fs().Create(FsWorld::kMount, *world.Find(""), "a.txt", 0644,
                             {.read = true, .write = true}, false,
                             FsWorld::As(FsWorld::kEditor), waiting);
  });
  WSFS_ASSERT_OK(made);
  EXPECT_EQ(made->first.id, *world.Find("a.txt"));
  EXPECT_EQ(*world.ReadHandle(made->second.handle), "aaa");
}

TEST_F(FsNamesTest, UnlinkAndRmdirKeepToTheirKinds) {
  WSFS_EXPECT_ERROR(Errc::kIsADirectory, world.Unlink("d"));
  WSFS_EXPECT_ERROR(Errc::kNotADirectory, world.RemoveDirectory("a.txt"));
  WSFS_EXPECT_ERROR(Errc::kNotFound, world.Unlink("none"));
  WSFS_EXPECT_ERROR(Errc::kNotFound, world.RemoveDirectory("none"));
}

TEST_F(FsNamesTest, RmdirListsFirstAndKeepsWhatIsThere) {
  WSFS_EXPECT_ERROR(Errc::kNotEmpty, world.RemoveDirectory("d"));
  WSFS_EXPECT_OK(world.Unlink("d/x.txt"));
  WSFS_EXPECT_OK(world.RemoveDirectory("d"));
  world.Settle();
  EXPECT_EQ(world.Writes(), Names{"delete d"});
}

TEST_F(FsNamesTest, RmdirTakesEditorsLeftoversAlong) {
  WSFS_ASSERT_OK(world.MakeDirectory("e"));
  WSFS_ASSERT_OK(world.Save("e/.x.swp", "rescue"));
  WSFS_ASSERT_OK(world.Symlink("e/.#x", "me@here.1"));
  WSFS_EXPECT_OK(world.RemoveDirectory("e"));
  WSFS_ASSERT_OK(world.MakeDirectory("e"));
  WSFS_ASSERT_OK(world.MakeDirectory("e/.git"));
  WSFS_EXPECT_ERROR(Errc::kNotEmpty, world.RemoveDirectory("e"));
}

TEST_F(FsNamesTest, ARemovedFolderIsEmptyAndTakesNothing) {
  WSFS_ASSERT_OK(world.MakeDirectory("e"));
  const NodeId node = *world.Find("e");
  WSFS_ASSERT_OK(world.RemoveDirectory("e"));
  EXPECT_EQ(world.fs().GetAttributes(node, Waiting::Never())->links, 0U);
  const auto made = world.fs().MakeDirectory(FsWorld::kMount, node, "x", 0755,
                                             FsWorld::As(1), Waiting::Never());
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), Errc::kNotFound);
  world.fs().Forget(FsWorld::kMount, node, 100);
  EXPECT_FALSE(world.fs().GetAttributes(node, Waiting::Never()).ok());
}

TEST_F(FsNamesTest, PathsWithPercentAndUnicodeComeThrough) {
  for (const std::string_view name :
       {"a b+c%20.txt", "f#g?h&i.txt", "žluťoučký.txt", "日本.py"}) {
    WSFS_EXPECT_OK(world.Save(name, "x"));
  }
  world.Settle();
  for (const std::string_view name :
       {"a b+c%20.txt", "f#g?h&i.txt", "žluťoučký.txt", "日本.py"}) {
    EXPECT_EQ(world.workspace().Read(FsWorld::Remote(name)), "x") << name;
  }
}

TEST_F(FsNamesTest, HardLinksAreRefusedAsProtected) {
  const auto linked =
      world.fs().Link(FsWorld::kMount, *world.Find("a.txt"), *world.Find(""),
                      "b.txt", world.Patience());
  ASSERT_FALSE(linked.ok());
  EXPECT_EQ(linked.error().code(), Errc::kProtected);
}

TEST_F(FsNamesTest, LinksAndPipesStayHere) {
  WSFS_ASSERT_OK(world.Symlink("link", "a.txt"));
  EXPECT_EQ(*world.fs().ReadLink(*world.Find("link")), "a.txt");
  EXPECT_EQ(world.StatOf("link")->size_bytes, 5U);
  EXPECT_EQ(*world.Xattr("link", "user.wsfs.place"), "local");
  world.Settle();
  EXPECT_EQ(world.Writes(), Names{});
}

TEST_F(FsNamesTest, ReadingAFolderIsStableWhileItChanges) {
  const auto handle = world.Run([&](const Waiting& waiting) {
    return world.fs().OpenDirectory(*world.Find(""), waiting);
  });
  WSFS_ASSERT_OK(handle);
  Names seen;
  std::uint64_t position = 0;
  const auto one = [&](std::uint64_t next, const DirectoryEntry& entry) {
    if (next != position + 1) return false;
    seen.push_back(entry.name);
    position = next;
    return false;  // one a request: the buffer is full at once
  };
  WSFS_ASSERT_OK(
      world.fs().ReadDirectory(FsWorld::kMount, handle->handle, 0, false, one));
  WSFS_ASSERT_OK(world.Save("0-new", "x"));
  WSFS_ASSERT_OK(world.Unlink("nb.py"));
  for (std::uint64_t before = 0; before != position;) {
    before = position;
    WSFS_ASSERT_OK(world.fs().ReadDirectory(FsWorld::kMount, handle->handle,
                                            position, false, one));
  }
  EXPECT_EQ(seen, (Names{"a.txt", "d", "nb.py"}));
  world.fs().ReleaseDirectory(handle->handle);
}

TEST_F(FsNamesTest, ReadingFromTheStartAgainLooksAnew) {
  const auto handle = world.Run([&](const Waiting& waiting) {
    return world.fs().OpenDirectory(*world.Find(""), waiting);
  });
  WSFS_ASSERT_OK(handle);
  const auto read = [&] {
    Names names;
    WSFS_EXPECT_OK(world.fs().ReadDirectory(
        FsWorld::kMount, handle->handle, 0, true,
        [&](std::uint64_t, const DirectoryEntry& entry) {
          names.push_back(entry.name);
          return true;
        }));
    return names;
  };
  EXPECT_EQ(read().size(), 3U);
  WSFS_ASSERT_OK(world.Save("b.txt", "x"));
  EXPECT_EQ(read().size(), 4U);
}

}  // namespace
}  // namespace wsfs
