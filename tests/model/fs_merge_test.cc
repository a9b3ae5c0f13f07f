#include <nlohmann/json.hpp>

#include "core/conflicts.h"
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
  FsWorld world({.merge = false});
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

// A notebook stored as JSON; the service gives it back in other bytes.
class FsIpynbMergeTest : public FsTest {
 protected:
  using Json = nlohmann::json;
  using Sources = std::vector<std::string>;

  static std::string Path() { return FsWorld::Remote("nb"); }
  static std::string Shown() { return FsWorld::Remote("nb.ipynb"); }
  static Json Cell(const std::string& source, const std::string& output = "") {
    Json outputs = Json::array();
    if (!output.empty())
      outputs.push_back({{"output_type", "stream"}, {"text", {output}}});
    return {{"cell_type", "code"},
            {"execution_count", nullptr},
            {"metadata", Json::object()},
            {"outputs", outputs},
            {"source", {source}}};
  }
  static std::string Notebook(const std::vector<Json>& cells) {
    return Json({{"cells", cells},
                 {"metadata", Json::object()},
                 {"nbformat", 4},
                 {"nbformat_minor", 4}})
        .dump(2);
  }
  static Json CellsOf(const std::string& text) {
    return Json::parse(text)["cells"];
  }
  static Sources SourcesOf(const std::string& text) {
    Sources sources;
    for (const Json& cell : CellsOf(text)) {
      sources.emplace_back();
      for (const Json& line : cell["source"]) sources.back() += line;
    }
    return sources;
  }
  /// Both sides edit what was made here.
  void Edit(const std::string& base, const std::string& ours,
            const std::string& theirs) {
    WSFS_ASSERT_OK(world.Save("nb.ipynb", base));
    world.Settle();
    ASSERT_NE(AtService(), base);
    // Listed now, so that what comes is not found before our save.
    WSFS_ASSERT_OK(world.Names(""));
    world.workspace().PutIpynb(Path(), theirs);
    WSFS_ASSERT_OK(world.Save("nb.ipynb", ours));
    world.Settle();
  }
  std::string Here() { return *world.ReadAll("nb.ipynb"); }
  std::string AtService() { return world.workspace().Read(Path()); }
  Conflicts conflicts() { return {world.ledger(), world.syncer()}; }
};

TEST_F(FsIpynbMergeTest, EditsOfOtherCellsBecomeOneNotebook) {
  const auto three = [](const std::string& one, const Json& last) {
    return Notebook({Cell(one), Cell("2"), last});
  };
  Edit(three("1", Cell("3")), three("ours", Cell("3")),
       three("1", Cell("3", "theirs ran")));
  EXPECT_EQ(CellsOf(Here()), CellsOf(three("ours", Cell("3", "theirs ran"))));
  EXPECT_EQ(SourcesOf(AtService()), (Sources{"ours", "2", "3"}));
  EXPECT_EQ(world.Names("")->size(), 1U);
  world.ForgetCalls();
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{});
  // What the service made of it is no edit of theirs: we go on from there.
  WSFS_EXPECT_OK(world.Names(""));
  world.workspace().PutIpynb(
      Path(), Notebook({Cell("ours"), Cell("2"), Cell("3"), Cell("new")}));
  WSFS_ASSERT_OK(
      world.Save("nb.ipynb", three("again", Cell("3", "theirs ran"))));
  world.Settle();
  EXPECT_EQ(SourcesOf(Here()), (Sources{"again", "2", "3", "new"}));
  EXPECT_EQ(SourcesOf(AtService()), SourcesOf(Here()));
}

TEST_F(FsIpynbMergeTest, OutputsOfOursThatGiveWayAreInTheTrash) {
  const std::string ours = Notebook({Cell("1", "mine"), Cell("two")});
  Edit(Notebook({Cell("1"), Cell("2")}), ours,
       Notebook({Cell("1", "theirs"), Cell("2")}));
  EXPECT_EQ(CellsOf(Here()), Json::array({Cell("1", "theirs"), Cell("two")}));
  const auto trash = world.ledger().store().Trash();
  WSFS_ASSERT_OK(trash);
  ASSERT_EQ(trash->size(), 1U);
  EXPECT_EQ(trash->front().path, Shown());
  EXPECT_EQ(trash->front().content.size_bytes, ours.size());
  EXPECT_TRUE(
      world.ledger().store().contents().Open(trash->front().content).ok());
}

TEST_F(FsIpynbMergeTest, EditsOfOneCellMakeAConflictCopy) {
  const std::string ours = Notebook({Cell("mine"), Cell("2")});
  Edit(Notebook({Cell("1"), Cell("2")}), ours,
       Notebook({Cell("yours"), Cell("2")}));
  EXPECT_EQ(SourcesOf(Here()), (Sources{"yours", "2"}));
  const auto all = conflicts().All();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(*world.ReadAll(all.front().copy.substr(Shown().rfind('/') + 1)),
            ours);
}

TEST_F(FsIpynbMergeTest, ResolveMarksOnlyTheCellThatMeets) {
  Edit(Notebook({Cell("1"), Cell("2"), Cell("3")}),
       Notebook({Cell("mine"), Cell("2"), Cell("ours")}),
       Notebook({Cell("yours"), Cell("two"), Cell("3")}));
  const auto all = conflicts().All();
  ASSERT_EQ(all.size(), 1U);
  world.ForgetCalls();
  const auto merged =
      conflicts().Resolve(Shown(), Side::kMerge, world.Patience());
  WSFS_ASSERT_OK(merged);
  EXPECT_TRUE(merged->open);
  world.Settle();
  EXPECT_EQ(world.Writes(), Calls{});
  const std::string copy = all.front().copy.substr(Shown().rfind('/') + 1);
  EXPECT_EQ(SourcesOf(*world.ReadAll(copy)),
            (Sources{"<<<<<<< mine\nmine\n=======\nyours\n>>>>>>> theirs",
                     "two", "ours"}));
  // The person decides, and says so.
  const std::string decided =
      Notebook({Cell("both"), Cell("two"), Cell("ours")});
  WSFS_ASSERT_OK(world.Save(copy, decided));
  WSFS_ASSERT_OK(conflicts().Resolve(Shown(), Side::kMine, world.Patience()));
  world.Settle();
  EXPECT_EQ(Here(), decided);
  EXPECT_EQ(SourcesOf(AtService()), (Sources{"both", "two", "ours"}));
}

TEST_F(FsIpynbMergeTest, AFileOfThatNameIsNeverMarkedBetweenItsLines) {
  const std::string path = FsWorld::Remote("broken.ipynb");
  world.workspace().PutFile(path, "{\n1\n2\n3\n");
  ASSERT_TRUE(world.ReadAll("broken.ipynb").ok());
  world.Pass(Milliseconds{15'000});
  world.workspace().PutFile(path, "{\n1\n2\ntheirs\n");
  WSFS_ASSERT_OK(world.Save("broken.ipynb", "{\nours\n2\n3\n"));
  world.Settle();
  EXPECT_EQ(conflicts().All().size(), 1U);
  WSFS_EXPECT_ERROR(Errc::kUnsupported,
                    conflicts().Resolve(path, Side::kMerge, world.Patience()));
}

}  // namespace
}  // namespace wsfs
