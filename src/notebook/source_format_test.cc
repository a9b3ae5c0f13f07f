#include "notebook/source_format.h"

#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/notebook_header.h"
#include "notebook/names.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> BytesOf(std::string_view text,
                                 Language language = Language::kPython) {
  std::vector<std::string> bytes;
  for (const SourceCell& cell : ParseSource(text, language).cells)
    bytes.emplace_back(cell.bytes);
  return bytes;
}

Cell Read(std::string_view bytes, Language language = Language::kPython) {
  return CellOfSource(bytes, language);
}

const std::string source_head = "# Databricks notebook source\n";

TEST(SourceFormat, PartsCellsAtSeparatorsWithBlankLinesAround) {
  EXPECT_THAT(BytesOf(source_head + "a\n\n# COMMAND ----------\n\nb\n"),
              ElementsAre("a", "b"));
}

TEST(SourceFormat, PartsCellsAtSeparatorsWithoutBlankLines) {
  EXPECT_THAT(BytesOf(source_head + "a\n# COMMAND ----------\nb"),
              ElementsAre("a", "b"));
}

TEST(SourceFormat, TakesAReturnBeforeALineEnd) {
  EXPECT_THAT(BytesOf("# Databricks notebook source\r\na\r\n\r\n"
                      "# COMMAND ----------\r\n\r\nb\r\n"),
              ElementsAre("a", "b"));
}

TEST(SourceFormat, KeepsBlankLinesThatAreACellsOwn) {
  EXPECT_THAT(
      BytesOf(source_head + "a\n\n\n\n# COMMAND ----------\n\n\n b\n\n"),
      ElementsAre("a\n\n", "\n b\n"));
}

TEST(SourceFormat, HasNoCellWithoutABody) {
  for (const std::string& text : {std::string(), source_head,
                                  std::string("# Databricks notebook source")})
    EXPECT_THAT(BytesOf(text), ElementsAre()) << text;
  EXPECT_THAT(BytesOf(source_head + "\n"), ElementsAre(""));
}

TEST(SourceFormat, HasASignForEachLanguage) {
  EXPECT_THAT(BytesOf("-- Databricks notebook source\na\n\n"
                      "-- COMMAND ----------\n\n# COMMAND ----------\n",
                      Language::kSql),
              ElementsAre("a", "# COMMAND ----------"));
  EXPECT_THAT(BytesOf("// Databricks notebook source\na\n\n"
                      "// COMMAND ----------\n\nb\n",
                      Language::kScala),
              ElementsAre("a", "b"));
}

TEST(SourceFormat, ReadsATitleThatIsShownOrHidden) {
  EXPECT_EQ(Read("# DBTITLE 1,A title\nx").title, "A title");
  EXPECT_TRUE(Read("# DBTITLE 1,A title\nx").title_shown);
  EXPECT_EQ(Read("# DBTITLE 0,A title\nx").text, "x");
  EXPECT_FALSE(Read("# DBTITLE 0,A title\nx").title_shown);
  EXPECT_EQ(Read("# DBTITLE A title\nx").title, "");
}

TEST(SourceFormat, ReadsMagicOfBothAges) {
  const Cell cell =
      Read("# MAGIC %md\n# MAGIC a\n# MAGIC\n# MAGIC \n# MAGIC b");
  EXPECT_EQ(cell.kind, CellKind::kMarkdown);
  EXPECT_EQ(cell.text, "a\n\n\nb");
  EXPECT_EQ(Read("# MAGIC %md in its line").text, "in its line");
  EXPECT_EQ(Read("# MAGIC %sql\n# MAGIC SELECT 1").text, "%sql\nSELECT 1");
}

TEST(SourceFormat, ReadsMagicsThatStandBare) {
  EXPECT_EQ(Read("%pip install a").text, "%pip install a");
  EXPECT_EQ(Read("!ls").kind, CellKind::kCode);
  EXPECT_EQ(Read("%md a").kind, CellKind::kMarkdown);
}

TEST(SourceFormat, TakesOtherMagicsForCode) {
  EXPECT_EQ(Read("# MAGIC %md-sandbox\n# MAGIC a").kind, CellKind::kCode);
  EXPECT_EQ(Read("# MAGIC %unknown a").text, "%unknown a");
}

TEST(SourceFormat, SetsOffATextThatLooksLikeASeparator) {
  const Cell cell{.kind = CellKind::kCode,
                  .text = "a\n# COMMAND ----------\nb",
                  .title = "",
                  .id = ""};
  const std::string text = SourceOfCells({cell}, Language::kPython);
  EXPECT_EQ(text, source_head + "a\n# # COMMAND ----------\nb\n");
  const Cells again = CellsOfSource(ParseSource(text, Language::kPython));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].text, cell.text);
}

TEST(SourceFormat, WritesOneBlankLineAroundSeparators) {
  const Cells cells = {{.kind = CellKind::kMarkdown,
                        .text = "# A\n\nb",
                        .title = "T",
                        .title_shown = true,
                        .id = ""},
                       {.kind = CellKind::kCode,
                        .text = "%sql\nSELECT 1",
                        .title = "",
                        .id = ""}};
  EXPECT_EQ(SourceOfCells(cells, Language::kScala),
            "// Databricks notebook source\n"
            "// DBTITLE 1,T\n"
            "// MAGIC %md\n// MAGIC # A\n// MAGIC\n// MAGIC b\n"
            "\n// COMMAND ----------\n\n"
            "// MAGIC %sql\n// MAGIC SELECT 1\n");
}

// ---- What is a notebook, and what is its header

struct Variant {
  std::string what;
  std::string start;
  bool is_notebook;  ///< A new file x.py of this becomes one.
  bool has_header;   ///< The first line is no cell's.
};

const std::vector<Variant>& Variants() {
  const std::string title = "# Databricks notebook source";
  static const std::vector<Variant> variants = {
      {"exact", title + "\n", true, true},
      {"no line end", title, true, true},
      {"CR LF", title + "\r\n", true, true},
      {"byte order mark", "\xEF\xBB\xBF" + title + "\n", false, true},
      {"blank behind", title + " \n", false, true},
      {"tab behind", title + "\t\n", false, true},
      {"blank before", " " + title + "\n", false, false},
      {"no blank", "#Databricks notebook source\n", false, false},
      {"text behind", title + " code\n", false, false},
      {"in quotes", "`" + title + "`\n", false, false},
      {"legacy", title + " exported at Wed, 8 Jun 2016 21:55:07 UTC\n", false,
       true},
      {"other case", "# databricks notebook source\n", false, false},
      {"other language", "-- Databricks notebook source\n", false, false},
      {"second line", "\n" + title + "\n", false, true},
      {"behind a shebang", "#!/usr/bin/python\n" + title + "\n", false, false},
      {"none", "x = 1\n", false, false},
  };
  return variants;
}

TEST(SourceFormat, KnowsTheHeaderInAllItsForms) {
  for (const Variant& variant : Variants()) {
    const SourceFile file = ParseSource(variant.start, Language::kPython);
    EXPECT_EQ(!file.head.empty(), variant.has_header) << variant.what;
  }
}

TEST(SourceFormat, ANewFileIsANotebookByItsExactHeaderOnly) {
  for (const Variant& variant : Variants()) {
    const NewForm form = FormFor("x.py", DetectHeader(variant.start), false);
    EXPECT_EQ(form.form.kind == ObjectKind::kNotebook, variant.is_notebook)
        << variant.what;
    EXPECT_EQ(form.remote_name, variant.is_notebook ? "x" : "x.py");
    // And so it is shown under the name it was made with.
    EXPECT_EQ(ViewFor(form.form, form.remote_name), "x.py") << variant.what;
  }
}

TEST(SourceFormat, KeepsTheHeaderOutOfTheCellsHoweverOftenItStandsThere) {
  EXPECT_THAT(BytesOf(source_head + source_head + "\n" + source_head + "a\n"),
              ElementsAre("a"));
  EXPECT_THAT(BytesOf("a\n"), ElementsAre("a"));
}

}  // namespace
}  // namespace wsfs
