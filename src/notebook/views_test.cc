#include "notebook/views.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace wsfs {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string source_head = "# Databricks notebook source\n";
const std::string between_cells = "\n\n# COMMAND ----------\n\n";

NativeNotebook Source(std::string_view bytes) {
  return {Language::kPython, NotebookFormat::kSource, bytes};
}
NativeNotebook Ipynb(std::string_view bytes) {
  return {Language::kPython, NotebookFormat::kJupyter, bytes};
}

std::string Shown(View view, const NativeNotebook& notebook) {
  return Render(view, notebook).value_or("error");
}
std::string Put(View view, const NativeNotebook& notebook,
                std::string_view edited) {
  return PutBack(view, notebook, edited).value_or("error");
}

Json CodeCell(const std::string& source) {
  return {{"cell_type", "code"},
          {"execution_count", 3},
          {"metadata", {{"kept", 1}}},
          {"outputs",
           {{{"output_type", "stream"}, {"name", "stdout"}, {"text", "out"}}}},
          {"source", {source}}};
}
/// Braces around one cell could be a list of one or a copy of it.
Json Notebook(const std::vector<Json>& cells, int minor = 4) {
  return {{"cells", Json(cells)},
          {"metadata", {{"kept", 2}}},
          {"nbformat", 4},
          {"nbformat_minor", minor}};
}

// ---- Source as ipynb

TEST(Views, ShowASourceAsTheServiceConvertsIt) {
  const std::string text = source_head + "# DBTITLE 1,T\nx = 1" +
                           between_cells + "# MAGIC %md\n# MAGIC # A" +
                           between_cells + "# MAGIC %sql\n# MAGIC SELECT 1\n";
  const std::string shown = Shown(View::kJupyter, Source(text));
  EXPECT_THAT(shown, HasSubstr("\n \"cells\": [\n  {\n   \"cell_type\""));
  const Json json = Json::parse(shown);
  EXPECT_EQ(json["nbformat"], 4);
  EXPECT_EQ(json["metadata"]["language_info"]["name"], "python");
  EXPECT_EQ(
      json["metadata"]["application/vnd.databricks.v1+notebook"]["language"],
      "python");
  const Json& cells = json["cells"];
  ASSERT_EQ(cells.size(), 3U);
  EXPECT_EQ(cells[0]["metadata"]["application/vnd.databricks.v1+cell"],
            Json({{"showTitle", true}, {"title", "T"}}));
  EXPECT_EQ(cells[0]["outputs"], Json::array());
  EXPECT_EQ(cells[1]["cell_type"], "markdown");
  EXPECT_EQ(cells[1]["source"], Json({"# A"}));
  EXPECT_EQ(cells[2]["cell_type"], "code");
  EXPECT_EQ(cells[2]["source"], Json({"%sql\n", "SELECT 1"}));
  EXPECT_NE(cells[0]["id"], cells[1]["id"]);
}

TEST(Views, PutAnEditedCellBackIntoASourceInItsOwnStyle) {
  const std::string text = source_head +
                           "# MAGIC %md old\n# MAGIC \n# MAGIC b" +
                           "\n# COMMAND ----------\n" + "%pip a";
  Json json = Json::parse(Shown(View::kJupyter, Source(text)));
  json["cells"][0]["source"] = {"new\n", "\n", "b"};
  json["cells"][1]["source"] = {"%pip b"};
  EXPECT_EQ(Put(View::kJupyter, Source(text), json.dump()),
            source_head + "# MAGIC %md new\n# MAGIC \n# MAGIC b" +
                "\n# COMMAND ----------\n" + "%pip b");
}

TEST(Views, KnowMovedCellsOfASourceAgain) {
  const std::string text = source_head + "# MAGIC %md  one" + between_cells +
                           "two" + between_cells + "# MAGIC %md\tno\n";
  Json json = Json::parse(Shown(View::kJupyter, Source(text)));
  std::swap(json["cells"][0], json["cells"][2]);
  EXPECT_EQ(Put(View::kJupyter, Source(text), json.dump()),
            source_head + "# MAGIC %md\tno" + between_cells + "two" +
                between_cells + "# MAGIC %md  one\n");
}

TEST(Views, PutNewCellsIntoASourceAndTakeOthersOut) {
  const std::string text = source_head + "one" + between_cells + "two\n";
  Json json = Json::parse(Shown(View::kJupyter, Source(text)));
  json["cells"].erase(0);
  json["cells"].push_back({{"cell_type", "markdown"},
                           {"metadata", Json::object()},
                           {"source", "# new"}});
  EXPECT_EQ(Put(View::kJupyter, Source(text), json.dump()),
            source_head + "two" + between_cells + "# MAGIC %md\n# MAGIC # new" +
                "\n");
  json["cells"].clear();
  EXPECT_EQ(Put(View::kJupyter, Source(text), json.dump()), source_head);
}

TEST(Views, KeepReturnsOfASource) {
  const std::string text = "# Databricks notebook source\r\na\r\nb\r\n";
  Json json = Json::parse(Shown(View::kJupyter, Source(text)));
  EXPECT_EQ(json["cells"][0]["source"], Json({"a\n", "b"}));
  json["cells"][0]["source"] = "a\nc";
  EXPECT_EQ(Put(View::kJupyter, Source(text), json.dump()),
            "# Databricks notebook source\r\na\r\nc\r\n");
}

TEST(Views, FillAnEmptySource) {
  const std::string one = Notebook({CodeCell("x")}).dump();
  EXPECT_EQ(Put(View::kJupyter, Source(""), one), "x\n");
  EXPECT_EQ(Put(View::kJupyter, Source(source_head), one), source_head + "x\n");
}

// ---- Ipynb as source

TEST(Views, ShowAnIpynbAsSource) {
  std::vector<Json> cells = {CodeCell("x = 1"), CodeCell("%sql SELECT 1")};
  cells.push_back({{"cell_type", "markdown"},
                   {"metadata", Json::object()},
                   {"source", {"%md\n", "# A"}}});
  EXPECT_EQ(Shown(View::kSource, Ipynb(Notebook(cells).dump())),
            source_head + "x = 1" + between_cells + "# MAGIC %sql SELECT 1" +
                between_cells + "# MAGIC %md\n# MAGIC # A\n");
}

TEST(Views, KeepOutputsOfAnEditedCellAndAllFieldsOfOthers) {
  const Json before = Notebook({CodeCell("x = 1"), CodeCell("y = 2")});
  std::string text = Shown(View::kSource, Ipynb(before.dump(2)));
  text.replace(text.find("y = 2"), 5, "y = 3\nz");
  const std::string back = Put(View::kSource, Ipynb(before.dump(2)), text);
  Json wanted = before;
  wanted["cells"][1]["source"] = {"y = 3\n", "z"};
  EXPECT_EQ(back, wanted.dump(2));
}

TEST(Views, KeepThePrefixOfAMarkdownCellThatHasOne) {
  std::vector<Json> cells;
  for (const char* source : {"%md\na", "%md a", "a"})
    cells.push_back({{"cell_type", "markdown"},
                     {"metadata", Json::object()},
                     {"source", source}});
  cells.push_back(CodeCell("%md a"));
  const std::string before = Notebook(cells).dump();
  std::string text = Shown(View::kPercent, Ipynb(before));
  for (std::size_t at = 0; (at = text.find("# a", at)) != std::string::npos;)
    text.replace(at, 3, "# b");
  const Json json = Json::parse(Put(View::kPercent, Ipynb(before), text));
  EXPECT_EQ(json["cells"][0]["source"], "%md\nb");
  EXPECT_EQ(json["cells"][1]["source"], "%md b");
  EXPECT_EQ(json["cells"][2]["source"], "b");
  EXPECT_EQ(json["cells"][3]["source"], Json({"%md b"}));
  EXPECT_EQ(json["cells"][3]["cell_type"], "code");
}

TEST(Views, GiveNewCellsIdsWhereTheFormatHasThem) {
  Json one = CodeCell("x");
  one["id"] = "mine";
  const std::string text =
      source_head + "x" + between_cells + "new" + between_cells + "new\n";
  for (const int minor : {4, 5}) {
    const std::string before = Notebook({one}, minor).dump();
    const Json json = Json::parse(Put(View::kSource, Ipynb(before), text));
    ASSERT_EQ(json["cells"].size(), 3U);
    EXPECT_EQ(json["cells"][0], one);
    EXPECT_EQ(json["cells"][1].contains("id"), minor == 5);
    EXPECT_EQ(json["cells"][1]["outputs"], Json::array());
    if (minor == 5) {
      EXPECT_NE(json["cells"][1]["id"], json["cells"][2]["id"]);
    }
  }
}

TEST(Views, MoveAnIpynbCellWithItsFields) {
  std::vector<Json> cells = {CodeCell("one"), CodeCell("two"),
                             CodeCell("three")};
  cells[0]["metadata"]["which"] = "one";
  const std::string before = Notebook(cells).dump();
  const Json json = Json::parse(Put(View::kPercent, Ipynb(before),
                                    "# %%\nthree\n\n# %%\ntwo\n\n# %%\none\n"));
  EXPECT_EQ(json["cells"], Json({cells[2], cells[1], cells[0]}));
}

TEST(Views, MakeMarkdownOfACodeCellWithoutWhatMarkdownMayNotHave) {
  const std::string before = Notebook({CodeCell("x")}).dump();
  const Json json =
      Json::parse(Put(View::kPercent, Ipynb(before), "# %% [markdown]\n# x\n"));
  EXPECT_EQ(json["cells"][0], Json({{"cell_type", "markdown"},
                                    {"metadata", {{"kept", 1}}},
                                    {"source", {"x"}}}));
}

TEST(Views, TakeASourceWithoutHeaderOrWithTwo) {
  const std::string before = Notebook({CodeCell("x"), CodeCell("y")}).dump();
  const std::string text = Shown(View::kSource, Ipynb(before));
  EXPECT_EQ(Put(View::kSource, Ipynb(before), source_head + text), before);
  EXPECT_EQ(Put(View::kSource, Ipynb(before), text.substr(source_head.size())),
            before);
}

TEST(Views, TakeAViewWithReturns) {
  const std::string before = Notebook({CodeCell("x\ny"), CodeCell("z")}).dump();
  for (const View view : {View::kSource, View::kPercent}) {
    std::string returned;
    for (const char c : Shown(view, Ipynb(before)))
      returned += c == '\n' ? "\r\n" : std::string(1, c);
    EXPECT_EQ(Put(view, Ipynb(before), returned), before);
  }
}

TEST(Views, SetATitle) {
  const std::string before = Notebook({CodeCell("x")}).dump();
  const Json json =
      Json::parse(Put(View::kPercent, Ipynb(before), "# %% A title\nx\n"));
  const Json& metadata = json["cells"][0]["metadata"];
  EXPECT_EQ(metadata["kept"], 1);
  EXPECT_EQ(metadata["application/vnd.databricks.v1+cell"],
            Json({{"showTitle", true}, {"title", "A title"}}));
}

// ---- Percent

TEST(Views, ShowPercentCellsAsJupytextWritesThem) {
  const std::string text =
      source_head + "# DBTITLE 1,A title\nx = 1" + between_cells +
      "# MAGIC %md\n# MAGIC # A\n# MAGIC\n# MAGIC b" + between_cells +
      "# MAGIC %sql\n# MAGIC SELECT 1" + between_cells + "import a\n!ls" +
      between_cells + "# DBTITLE 0,Hidden\ny\n";
  EXPECT_EQ(Shown(View::kPercent, Source(text)),
            "# %% A title\nx = 1\n\n"
            "# %% [markdown]\n# # A\n#\n# b\n\n"
            "# %%\n# %sql\n# SELECT 1\n\n"
            "# %%\nimport a\n# !ls\n\n"
            "# %% Hidden show_title=false\ny\n");
}

TEST(Views, CommentOnlyTheMagicsOfPercentCellsInPython) {
  EXPECT_EQ(Shown(View::kPercent,
                  Source(source_head + "%matplotlib inline\nimport a" +
                         between_cells + "%pip install a \\\n  b" +
                         between_cells + "x = '\\\n%d' % y\n")),
            "# %%\n# %matplotlib inline\nimport a\n\n"
            "# %%\n# %pip install a \\\n#   b\n\n"
            "# %%\nx = '\\\n%d' % y\n");
}

TEST(Views, CommentPercentCellsInTheLanguage) {
  const NativeNotebook sql{Language::kSql, NotebookFormat::kSource,
                           "-- Databricks notebook source\n-- MAGIC %md a\n"};
  EXPECT_EQ(Shown(View::kPercent, sql), "-- %% [markdown]\n-- a\n");
}

TEST(Views, TakeAPercentFileThatOtherToolsWrote) {
  const std::string text = source_head + "a" + between_cells + "b\n";
  EXPECT_EQ(Put(View::kPercent, Source(text),
                "# ---\n# jupyter:\n#   jupytext:\n# ---\n\n"
                "#%%\na\n\n# %% \nb"),
            text);
  EXPECT_EQ(Put(View::kPercent, Source(text), "\na\n\n# %%\nb\n"), text);
}

TEST(Views, TakeTheMarksThatJupytextWrites) {
  const std::string text =
      source_head + "# DBTITLE 1,A = b\n# MAGIC %md\n# MAGIC a\n";
  for (const char* mark :
       {"# %% A = b [markdown]", "# %% [markdown] A = b", "# %%  A = b [md]",
        "# %% A = b [markdown] tags=[\"x\", \"y\"]",
        "# %% A = b [markdown] {\"slideshow\": {}}",
        "# %% [markdown] title=\"A = b\""})
    EXPECT_EQ(Put(View::kPercent, Source(text), std::string(mark) + "\n# a\n"),
              text)
        << mark;
  EXPECT_EQ(Put(View::kPercent, Source(source_head + "x\n"),
                "# %% tags=[\"a\"] collapsed=true\nx\n"),
            source_head + "x\n");
}

// As other programs than Jupyter write it: unsorted, in ASCII, on a few lines.
TEST(Views, LeaveAllOtherBytesOfAnIpynbAlone) {
  const std::string start =
      R"({"nbformat": 4, "nbformat_minor": 0, "metadata": {"z": 1.50, "a": "\u00e4"},
  "cells": [ {"source": ["one"], "cell_type": "code", "outputs": [], "metadata": {"y": 1, "x": 2}},
    {"source": ["two"], )";
  const std::string end = R"("metadata": {}, "cell_type": "code"}
  ]})";
  const std::string text = start + end;
  std::string edited = Shown(View::kSource, Ipynb(text));
  edited.replace(edited.find("one"), 3, "one\nmore");
  std::string expected = text;
  expected.replace(expected.find(R"("one")"), 5, R"("one\n","more")");
  EXPECT_EQ(Put(View::kSource, Ipynb(text), edited), expected);
}

// ---- For reading

TEST(Views, ShowMarkdownWithOutputsThatAreText) {
  const std::vector<Json> cells = {CodeCell("%sql\nSELECT '```'")};
  EXPECT_EQ(Shown(View::kMarkdown, Ipynb(Notebook(cells).dump())),
            "````sql\n%sql\nSELECT '```'\n````\n\n```text\nout\n```\n");
  EXPECT_EQ(Shown(View::kMarkdown,
                  Source(source_head + "# DBTITLE 1,T\nx" + between_cells +
                         "# MAGIC %md\n# MAGIC # A\n")),
            "### T\n\n```python\nx\n```\n\n# A\n");
}

TEST(Views, ShowHtmlThatRunsNothingAndAsksNobody) {
  const std::string evil = "</pre><script>alert(1)</script>";
  Json cell = CodeCell(evil);
  cell["outputs"] = {
      {{"output_type", "display_data"},
       {"data", {{"text/html", evil + "<img src=http://x/>"}}}},
      {{"output_type", "display_data"},
       {"data", {{"image/png", "\"><script>"}, {"text/plain", "pic"}}}},
      {{"output_type", "display_data"}, {"data", {{"image/png", "iVBO\n"}}}},
      {{"output_type", "error"}, {"traceback", {"\x1B[31mred\x1B[0m"}}}};
  Json markdown = {{"cell_type", "markdown"},
                   {"metadata", Json::object()},
                   {"source", evil}};
  markdown["metadata"]["application/vnd.databricks.v1+cell"] = {
      {"title", evil}, {"showTitle", true}};
  const std::string page =
      Shown(View::kHtml, Ipynb(Notebook({cell, markdown}).dump()));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img src=http")));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  EXPECT_THAT(page, HasSubstr("src=\"data:image/png;base64,iVBO\""));
  EXPECT_THAT(page, HasSubstr("pic"));
  EXPECT_THAT(page, HasSubstr("\nred</pre>"));
}

// ---- What has no view

TEST(Views, ThatAreForReadingTakeNothingBack) {
  for (const View view : {View::kMarkdown, View::kHtml}) {
    EXPECT_FALSE(IsWritable(view));
    EXPECT_EQ(PutBack(view, Source(source_head), "").error().code(),
              Errc::kProtected);
  }
}

TEST(Views, InTheNotebooksOwnFormatAreItsBytes) {
  const std::string ipynb = Notebook({CodeCell("x")}).dump(3) + "\n\n";
  EXPECT_EQ(Shown(View::kSource, Source("any\r\nbytes\xFF")),
            "any\r\nbytes\xFF");
  EXPECT_EQ(Put(View::kSource, Source("a"), "b\n"), "b\n");
  EXPECT_EQ(Shown(View::kJupyter, Ipynb(ipynb)), ipynb);
  EXPECT_EQ(Put(View::kJupyter, Ipynb("{}"), ipynb), ipynb);
}

TEST(Views, RefuseWhatIsNoNotebook) {
  const std::string good = Notebook({CodeCell("x")}).dump();
  std::string deep = good;
  deep.insert(deep.size() - 1,
              ",\"x\":" + std::string(100, '[') + std::string(100, ']'));
  for (const std::string& bad :
       {std::string(), std::string("{}"), std::string("[1"), deep, good + '\0',
        Notebook({{{"cell_type", "code"}}}).dump()}) {
    for (const View view : {View::kSource, View::kJupyter, View::kHtml})
      EXPECT_EQ(Render(view, Ipynb(bad)).error().code(),
                Errc::kInvalidArgument);
    for (const NativeNotebook& notebook : {Source(source_head), Ipynb(good)})
      EXPECT_EQ(PutBack(View::kJupyter, notebook, bad).error().code(),
                Errc::kInvalidArgument);
  }
}

TEST(Views, RefuseWhatHasNoLanguageOrFormat) {
  for (const NativeNotebook& notebook :
       {NativeNotebook{Language::kNone, NotebookFormat::kSource, source_head},
        NativeNotebook{Language::kPython, NotebookFormat::kNone,
                       source_head}}) {
    EXPECT_EQ(Render(View::kSource, notebook).error().code(),
              Errc::kInvalidArgument);
    EXPECT_EQ(PutBack(View::kSource, notebook, "").error().code(),
              Errc::kInvalidArgument);
  }
}

TEST(Views, RefuseWhatIsTooLong) {
  const std::string large(kMaxViewedBytes + 1, 'x');
  EXPECT_EQ(Render(View::kSource, Source(large)).error().code(),
            Errc::kTooLarge);
  EXPECT_EQ(PutBack(View::kSource, Source(source_head), large).error().code(),
            Errc::kTooLarge);
  EXPECT_EQ(PutBack(View::kPercent, Source(large), "").error().code(),
            Errc::kTooLarge);
  // JSON has six bytes for each of these.
  const std::string controls(kMaxViewedBytes / 4, '\x01');
  EXPECT_EQ(Render(View::kJupyter, Source(controls)).error().code(),
            Errc::kTooLarge);
  EXPECT_TRUE(Render(View::kPercent, Source(controls)).has_value());
}

}  // namespace
}  // namespace wsfs
