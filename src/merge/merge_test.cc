#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_random.h"
#include "merge/text_merge.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;

std::string Concatenated(const Pieces& pieces) {
  std::string text;
  for (const Piece piece : pieces) text += piece;
  return text;
}

std::string Notebook(const std::vector<std::string>& cells) {
  std::string text = "# Databricks notebook source\n";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text += "\n\n# COMMAND ----------\n\n";
    text += cells[i];
  }
  return text + "\n";
}

TEST(MergeLines, TakesDisjointEditsOfBothSides) {
  EXPECT_EQ(MergeLines({.base = "a\nb\nc\nd\ne\n",
                        .ours = "A\nb\nc\nd\ne\n",
                        .theirs = "a\nb\nc\nd\nE\nf\n"}),
            "A\nb\nc\nd\nE\nf\n");
}

TEST(MergeLines, CountsTheSameEditOnce) {
  EXPECT_EQ(MergeLines({.base = "a\nb\nc\n",
                        .ours = "a\nnew\nb\nc\nmine\n",
                        .theirs = "a\nnew\nb\nc\n"}),
            "a\nnew\nb\nc\nmine\n");
}

TEST(MergeLines, KeepsBothWhereTheSameLineChanged) {
  EXPECT_EQ(
      MergeLines({.base = "a\nb\n", .ours = "a\nB\n", .theirs = "a\nbb\n"}),
      std::nullopt);
}

TEST(MergeLines, KeepsBothWhereNeighboursChanged) {
  EXPECT_EQ(
      MergeLines({.base = "a\nb\n", .ours = "A\nb\n", .theirs = "a\nB\n"}),
      std::nullopt);
}

TEST(MergeLines, KeepsBothWhereBothInsertAtOnePlace) {
  EXPECT_EQ(
      MergeLines({.base = "a\n", .ours = "a\nmine\n", .theirs = "a\nyours\n"}),
      std::nullopt);
}

TEST(MergeLines, ADeletionMeetsAnEditOfTheSameLine) {
  EXPECT_EQ(MergeLines(
                {.base = "a\nb\nc\n", .ours = "a\nc\n", .theirs = "a\nB\nc\n"}),
            std::nullopt);
}

TEST(MergeLines, LeavesWhatIsNoTextAlone) {
  const std::string bytes("a\0b\n1\n2\n", 8);
  EXPECT_EQ(MergeLines({.base = bytes, .ours = bytes, .theirs = bytes}),
            std::nullopt);
}

TEST(MergeLines, KeepsLineEndsAsTheyAre) {
  EXPECT_EQ(MergeLines({.base = "a\r\nb\r\nc",
                        .ours = "x\r\nb\r\nc",
                        .theirs = "a\r\nb\r\nc\nd"}),
            "x\r\nb\r\nc\nd");
}

TEST(MergeLines, BoundsItsWork) {
  std::string ours;
  std::string theirs;
  for (int i = 0; i < 3'000; ++i) {
    ours += "ours " + std::to_string(i) + "\n";
    theirs += "theirs " + std::to_string(i) + "\n";
  }
  EXPECT_EQ(MergeLines({.base = "", .ours = ours, .theirs = theirs}),
            std::nullopt);
}

TEST(MergeCells, TakesEditsOfNeighbouringCells) {
  EXPECT_EQ(MergeCells({.base = Notebook({"one", "two", "three"}),
                        .ours = Notebook({"one", "two\nmine", "three"}),
                        .theirs = Notebook({"one", "two", "yours"})},
                       Language::kPython),
            Notebook({"one", "two\nmine", "yours"}));
}

TEST(MergeCells, KeepsBothWhereOneCellChangedTwice) {
  EXPECT_EQ(MergeCells({.base = Notebook({"one", "a\nb\nc\nd"}),
                        .ours = Notebook({"one", "A\nb\nc\nd"}),
                        .theirs = Notebook({"one", "a\nb\nc\nD"})},
                       Language::kPython),
            std::nullopt);
}

TEST(MergeCells, ANewCellBehindTheLastLeavesThatAlone) {
  EXPECT_EQ(MergeCells({.base = Notebook({"one", "two"}),
                        .ours = Notebook({"one", "two", "new"}),
                        .theirs = Notebook({"one", "TWO"})},
                       Language::kPython),
            Notebook({"one", "TWO", "new"}));
}

TEST(MergeCells, ADeletedCellMeetsItsEdit) {
  EXPECT_EQ(MergeCells({.base = Notebook({"one", "two", "three"}),
                        .ours = Notebook({"one", "three"}),
                        .theirs = Notebook({"one", "TWO", "three"})},
                       Language::kPython),
            std::nullopt);
}

TEST(MergeCells, KnowsTheSeparatorOfEachLanguage) {
  EXPECT_THAT(CellsOf("a\n\n-- COMMAND ----------\n\nb", Language::kSql),
              ElementsAre("a", "\n\n-- COMMAND ----------\n\nb"));
  EXPECT_THAT(CellsOf("a\n// COMMAND ----------\nb", Language::kScala),
              ElementsAre("a", "\n// COMMAND ----------\nb"));
  EXPECT_THAT(CellsOf("a\n# COMMAND ----------\nb", Language::kSql),
              ElementsAre("a\n# COMMAND ----------\nb"));
}

/// Random edits of random texts: what each property needs.
TEST(MergeMarked, ShowsWhatMeetsAndTakesTheRest) {
  const auto marked = MergeMarked({.base = "1\n2\n3\n4\n5\n6\n7\n",
                                   .ours = "a\n2\n3\n4\n5\nmine\n7",
                                   .theirs = "1\n2\n3\nb\n5\nyours\n7\n"});
  ASSERT_TRUE(marked.has_value());
  EXPECT_EQ(marked->meets, 1U);
  EXPECT_EQ(marked->text,
            "a\n2\n3\nb\n5\n<<<<<<< mine\nmine\n7\n=======\nyours\n7\n"
            ">>>>>>> theirs\n");
}

TEST(MergeMarked, WithoutMarksIsTheMerge) {
  const Versions versions{.base = "1\n2\n3\n4\n5\n",
                          .ours = "a\n2\n3\n4\n5\n",
                          .theirs = "1\n2\n3\n4\nb\n"};
  const auto marked = MergeMarked(versions);
  ASSERT_TRUE(marked.has_value());
  EXPECT_EQ(marked->meets, 0U);
  EXPECT_EQ(marked->text, MergeLines(versions));
  EXPECT_FALSE(
      MergeMarked({.base = "", .ours = std::string_view("\0", 1), .theirs = ""})
          .has_value());
}

class RandomMerge : public RandomTest {
 protected:
  RandomMerge() : RandomTest(20'261'122U) {}
  std::vector<std::string> RandomLines() {
    std::vector<std::string> lines(Below(12));
    for (std::string& line : lines)
      line = std::string(1, "abcd"[Below(4)]) + "\n";
    return lines;
  }
  /// Changes lines of [begin, end) only.
  std::vector<std::string> Edited(std::vector<std::string> lines,
                                  std::size_t begin, std::size_t end) {
    for (std::size_t i = 0; i < 3 && begin < end; ++i) {
      const std::size_t at = begin + Below(end - begin);
      lines[at] = std::string(1, "abcd"[Below(4)]) + "\n";
    }
    return lines;
  }
  static std::string Text(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += line;
    return text;
  }
};

TEST_F(RandomMerge, EditsTurnTheBaseIntoTheOther) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 1'000; ++i) {
    const std::string base = Text(RandomLines());
    const std::string now = Text(RandomLines());
    // One side alone: the merge is that side.
    ASSERT_EQ(MergeLines({.base = base, .ours = now, .theirs = base}), now);
    ASSERT_EQ(MergeLines({.base = base, .ours = base, .theirs = now}), now);
    ASSERT_EQ(MergeLines({.base = base, .ours = now, .theirs = now}), now);
    ASSERT_EQ(Concatenated(LinesOf(now)), now);
    ASSERT_EQ(Concatenated(CellsOf(now, Language::kPython)), now);
  }
}

TEST_F(RandomMerge, IsTheSameFromBothSides) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 1'000; ++i) {
    const auto lines = RandomLines();
    const std::string base = Text(lines);
    const std::string ours = Text(Edited(lines, 0, lines.size()));
    const std::string theirs = Text(Edited(lines, 0, lines.size()));
    ASSERT_EQ(MergeLines({.base = base, .ours = ours, .theirs = theirs}),
              MergeLines({.base = base, .ours = theirs, .theirs = ours}));
  }
}

TEST_F(RandomMerge, IsMarkedOnlyWhereItCannotMerge) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 500; ++i) {
    const auto lines = RandomLines();
    const std::string base = Text(lines);
    const std::string ours = Text(Edited(lines, 0, lines.size()));
    const std::string theirs = Text(Edited(lines, 0, lines.size()));
    const Versions versions{.base = base, .ours = ours, .theirs = theirs};
    const auto clean = MergeLines(versions);
    const auto marked = MergeMarked(versions);
    ASSERT_TRUE(marked.has_value());
    ASSERT_EQ(clean.has_value(), marked->meets == 0);
    ASSERT_EQ(clean.value_or(marked->text), marked->text);
  }
}

// Distinct lines, so that the search cannot pair a line with a twin.
TEST_F(RandomMerge, LosesNoEditOfDisjointHalves) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 500; ++i) {
    std::vector<std::string> lines;
    for (int n = 0; n < 20; ++n) lines.push_back(std::to_string(n) + "\n");
    auto ours = lines;
    auto theirs = lines;
    ours[Below(9)] = "x\n";
    auto both = ours;
    const std::size_t at = 11 + Below(9);
    theirs[at] = both[at] = "y\n";
    ASSERT_EQ(
        MergeLines(
            {.base = Text(lines), .ours = Text(ours), .theirs = Text(theirs)}),
        Text(both));
  }
}

}  // namespace
}  // namespace wsfs
