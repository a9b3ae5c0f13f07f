#include "fs_world.h"

namespace wsfs {
namespace {

using Calls = std::vector<std::string>;

// planner.md §8, design.md §2: both sides changed.
class FsMergeTest : public FsTest {
 protected:
  static std::string Path() { return FsWorld::Remote("f.txt"); }
  static std::string Lines(std::string_view first, std::string_view last) {
    return std::string(first) + "\nb\nc\nd\n" + std::string(last) + "\n";
  }
  /// Read here, so that what both sides start from is known.
  void Begin(std::string_view text) {
    world.workspace().PutFile(Path(), text);
    ASSERT_EQ(*world.ReadAll("f.txt"), text);
    id_ = world.workspace().IdOf(Path());
  }
  /// Somebody saves between our open and our close.
  void Meanwhile(std::string_view ours, std::string_view theirs) {
    world.Pass(Milliseconds{15'000});
    world.workspace().PutFile(Path(), theirs);
    WSFS_ASSERT_OK(world.Save("f.txt", ours));
    world.Settle();
  }
  void ExpectMerged(std::string_view text) {
    EXPECT_EQ(*world.ReadAll("f.txt"), text);
    EXPECT_EQ(world.workspace().Read(Path()), text);
    EXPECT_EQ(world.workspace().IdOf(Path()), id_);
    EXPECT_EQ(world.Names("")->size(), 1U);
  }

  ObjectId id_ = 0;
};

TEST_F(FsMergeTest, DisjointEditsOfATextAreBothKept) {
  Begin(Lines("a", "e"));
  Meanwhile(Lines("ours", "e"), Lines("a", "theirs"));
  ExpectMerged(Lines("ours", "theirs"));
}

TEST_F(FsMergeTest, ASaveByRenameMergesToo) {
  Begin(Lines("a", "e"));
  world.Pass(Milliseconds{15'000});
  world.workspace().PutFile(Path(), Lines("a", "theirs"));
  WSFS_ASSERT_OK(world.Save("f.tmp", Lines("ours", "e")));
  WSFS_ASSERT_OK(world.Rename("f.tmp", "f.txt"));
  world.Settle();
  ExpectMerged(Lines("ours", "theirs"));
}

TEST_F(FsMergeTest, EditsOfTheSameLineMakeAConflictCopy) {
  Begin(Lines("a", "e"));
  Meanwhile(Lines("ours", "e"), Lines("theirs", "e"));
  EXPECT_EQ(*world.ReadAll("f.txt"), Lines("theirs", "e"));
  const auto names = *world.Names("");
  ASSERT_EQ(names.size(), 2U);
  for (const std::string& name : names) {
    if (name != "f.txt") {
      EXPECT_EQ(*world.ReadAll(name), Lines("ours", "e"));
    }
  }
}

TEST_F(FsMergeTest, ASecondSaveMergesWithWhatWasSentBefore) {
  Begin(Lines("a", "e"));
  WSFS_ASSERT_OK(world.Save("f.txt", Lines("one", "e")));
  world.Settle();
  // Listed now, so that what comes is not found before our save.
  WSFS_EXPECT_OK(world.Names(""));
  Meanwhile(Lines("two", "e"), Lines("one", "theirs"));
  ExpectMerged(Lines("two", "theirs"));
}

TEST_F(FsMergeTest, TheAncestorSurvivesACrash) {
  Begin(Lines("a", "e"));
  world.Pass(Milliseconds{15'000});
  world.workspace().PutFile(Path(), Lines("a", "theirs"));
  WSFS_ASSERT_OK(world.Save("f.txt", Lines("ours", "e")));
  world.Crash();
  world.Settle();
  ExpectMerged(Lines("ours", "theirs"));
}

TEST(FsMergeNever, BothAreKeptWhereThatIsAskedFor) {
  FsWorld world(/*merge=*/false);
  const std::string path = FsWorld::Remote("f.txt");
  world.workspace().PutFile(path, "a\nb\nc\n");
  ASSERT_EQ(*world.ReadAll("f.txt"), "a\nb\nc\n");
  world.Pass(Milliseconds{15'000});
  world.workspace().PutFile(path, "a\nb\ntheirs\n");
  WSFS_ASSERT_OK(world.Save("f.txt", "ours\nb\nc\n"));
  world.Settle();
  EXPECT_EQ(*world.ReadAll("f.txt"), "a\nb\ntheirs\n");
  EXPECT_EQ(world.Names("")->size(), 2U);
}

TEST_F(FsMergeTest, TheSameEditOnBothSidesIsNone) {
  Begin(Lines("a", "e"));
  world.ForgetCalls();
  Meanwhile(Lines("same", "e"), Lines("same", "e"));
  ExpectMerged(Lines("same", "e"));
  EXPECT_EQ(world.Writes(), Calls{});
}

TEST_F(FsMergeTest, NobodyKnowsTheAncestorOfWhatWasNeverRead) {
  world.workspace().PutFile(Path(), Lines("a", "e"));
  WSFS_ASSERT_OK(world.Names(""));
  Meanwhile(Lines("ours", "e"), Lines("a", "theirs"));
  EXPECT_EQ(world.Names("")->size(), 2U);
}

TEST_F(FsMergeTest, ANotebookMergesByCell) {
  const auto notebook = [](std::string_view one, std::string_view two) {
    return "# Databricks notebook source\n" + std::string(one) +
           "\n\n# COMMAND ----------\n\n" + std::string(two) + "\n";
  };
  const std::string path = FsWorld::Remote("nb");
  world.workspace().PutNotebook(path, Language::kPython, notebook("1", "2"));
  ASSERT_EQ(*world.ReadAll("nb.py"), notebook("1", "2"));
  world.Pass(Milliseconds{15'000});
  world.workspace().PutNotebook(path, Language::kPython, notebook("1", "22"));
  WSFS_ASSERT_OK(world.Save("nb.py", notebook("11", "2")));
  world.Settle();
  EXPECT_EQ(*world.ReadAll("nb.py"), notebook("11", "22"));
  EXPECT_EQ(world.workspace().Read(path), notebook("11", "22"));
}

}  // namespace
}  // namespace wsfs
