#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/notebook_header.h"
#include "notebook/corpus_for_test.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

constexpr Language kLanguages[] = {Language::kPython, Language::kSql,
                                   Language::kScala, Language::kR};

struct SourceLayout {
  std::string head;
  std::string separator;
  std::string tail;
  bool with_returns = false;
};

const std::vector<SourceLayout>& SourceLayouts() {
  const std::string head = "@ Databricks notebook source\n";
  const std::string full = "\n\n@ COMMAND ----------\n\n";
  static const std::vector<SourceLayout> layouts = {
      {head, full, "\n"},
      {head, full, ""},
      {head, full, "\n\n"},
      {head, "\n@ COMMAND ----------\n", "\n"},
      {head, "\n\n@ COMMAND ----------\n", ""},
      {head, "\n@ COMMAND ----------\n\n", "\n"},
      {head, full, "\n", true},
      {head, full, "", true},
      {head + "\n", full, "\n"},
      {head + "\n\n", "\n\n\n@ COMMAND ---------- \n\n\n", "\n"},
      {"@ Databricks notebook source exported at Wed, 8 Jun 2016 21:55:07 "
       "UTC\n",
       full, "\n"},
      {"\xEF\xBB\xBF" + head, full, "\n"},
      {head + head, full, "\n"},
      {"\n" + head + "\n" + head, full, "\n"},
      {"@ Databricks notebook source  \n", full, "\n"},
      {"", full, "\n"},
      {"\n", full, ""},
  };
  return layouts;
}

CorpusNotebook MakeSource(const std::vector<std::string>& bodies,
                          std::size_t number) {
  const SourceLayout& layout = SourceLayouts()[number % SourceLayouts().size()];
  const Language language = kLanguages[number % std::size(kLanguages)];
  std::string text = layout.head;
  for (std::size_t i = 0; i < bodies.size(); ++i)
    text += (i > 0 ? layout.separator : "") + bodies[i];
  text = InLanguage(text + layout.tail, language);
  if (layout.with_returns) {
    std::string returned;
    for (const char c : text)
      returned += c == '\n' ? "\r\n" : std::string(1, c);
    text = returned;
  }
  return {"source " + std::to_string(number), language, NotebookFormat::kSource,
          text};
}

CorpusNotebook MakeIpynb(const std::vector<std::string>& cells,
                         std::size_t number) {
  Json top = {{"cells", Json::array()},
              {"metadata", {{"unknown", {1, 2.5, nullptr}}}},
              {"nbformat", 4},
              {"nbformat_minor", number % 2 == 0 ? 5 : 4}};
  for (const std::string& text : cells) {
    Json cell = Json::parse(text);
    if (number % 2 == 0)
      cell["id"] = "id-" + std::to_string(top["cells"].size());
    top["cells"].push_back(std::move(cell));
  }
  const std::array layouts = {top.dump(1) + "\n", top.dump(), top.dump(2),
                              top.dump(1, '\t') + "\n\n"};
  return {"ipynb " + std::to_string(number),
          kLanguages[number / 2 % std::size(kLanguages)],
          NotebookFormat::kJupyter, layouts[number % layouts.size()]};
}

/// None, each alone, and each before each.
template <typename Make>
std::vector<CorpusNotebook> Combine(const std::vector<std::string>& constructs,
                                    Make make) {
  std::vector<CorpusNotebook> corpus;
  const auto add = [&](const std::vector<std::string>& cells) {
    corpus.push_back(make(cells, corpus.size()));
  };
  for (int layout = 0; layout < 17; ++layout) add({});
  for (int layout = 0; layout < 17; ++layout) add({constructs[1]});
  for (const std::string& one : constructs) add({one});
  for (const std::string& one : constructs)
    for (const std::string& other : constructs) add({one, other});
  for (std::size_t i = 0; i < constructs.size(); ++i) {
    auto turned = constructs;
    std::ranges::rotate(turned, turned.begin() + static_cast<int>(i));
    add(turned);
  }
  return corpus;
}

}  // namespace

const std::vector<std::string>& SourceConstructs() {
  static const std::vector<std::string> constructs = {
      "",
      "x = 1",
      "x = 1\ny = 2\n\n\nz = 3",
      "  indented\n\ttab  ",
      "\nbegins and ends blank\n",
      "\n\n\n",
      "@ a comment\nx",
      "@ MAGIC %md\n@ MAGIC # Title\n@ MAGIC\n@ MAGIC text",
      "@ MAGIC %md # In one line\n@ MAGIC - a",
      "@ MAGIC %md\n@ MAGIC \n@ MAGIC old blank line",
      "@ MAGIC %md",
      "@ MAGIC %md ",
      "@ MAGIC %md\n@ MAGIC %md\n@ MAGIC twice",
      "@ MAGIC %md\n@ MAGIC %% no mark\n@ MAGIC @ %% no mark",
      "@ MAGIC %md-sandbox\n@ MAGIC <b>x</b>",
      "@ MAGIC %sql\n@ MAGIC SELECT 1\n@ MAGIC\n@ MAGIC   FROM t",
      "@ MAGIC %sql SELECT 2",
      "@ MAGIC %run ./other $a=\"1\"",
      "@ MAGIC %sh\n@ MAGIC @ COMMAND ----------\n@ MAGIC ls",
      "@ MAGIC %nobody knows this",
      "@ MAGIC no magic",
      "@ MAGIC @ MAGIC %md in itself",
      "@ MAGIC %python\n@ MAGIC x = 1\nwithout mark\n@ MAGICAL",
      "%pip install a\nimport a",
      "%md bare",
      "!ls -l\n!pwd",
      "import os\n%time os\n@ %time os\n!ls",
      "@ %sql\n@ @ %sql\nx",
      "%matplotlib inline\nimport a\n!= b\n!x",
      "%in% x\n%d\" % y",
      "@ DBTITLE 1,A title\nx = 2",
      "@ DBTITLE 0,A hidden title\n@ MAGIC %sql SELECT 3",
      "@ DBTITLE 1,[markdown] title=\"x\" {}= show_title=false",
      "@ DBTITLE 1,  blanks  \n@ MAGIC %md with a title",
      "@ DBTITLE 1,\n@ DBTITLE 1,Second\nx",
      "@ DBTITLE 2,no title\nx",
      "@ DBTITLE 1,Title\n\n@ MAGIC no magic",
      "\n\n@ MAGIC %md\n@ MAGIC behind blank lines\n\n",
      "@ %%\n@%%\n@ @ %% x [markdown]\n@ %%time",
      "@ @ COMMAND ----------\n@ COMMAND ------",
      "@ @ Databricks notebook source\nx",
      "x\n@ Databricks notebook source\ny",
      "a\rb \xC3\xA9 \xE2\x82\xAC",
      "not UTF-8: \xFF\xC3",
  };
  return constructs;
}

const std::vector<std::string>& IpynbConstructs() {
  const std::string code =
      R"({"cell_type":"code","execution_count":3,"metadata":{"a":{"b":1}},)"
      R"("outputs":[{"name":"stdout","output_type":"stream","text":["o\n"]}],)";
  const std::string plain =
      R"({"cell_type":"code","execution_count":null,"metadata":{},)"
      R"("outputs":[],)";
  const std::string markdown = R"({"cell_type":"markdown","metadata":{},)";
  const std::string service = "application/vnd.databricks.v1+cell";
  static const std::vector<std::string> constructs = {
      plain + R"("source":[]})",
      code + R"("source":["x = 1\n","y"],"unknown":[1]})",
      code + R"("source":"one string\nof text"})",
      code + R"("source":["\n","blank ends\n"]})",
      code + R"("source":["\r\n","returns\r\n","x\r"]})",
      plain + R"("source":["%sql\n","SELECT 1"]})",
      plain + R"("source":["%sql SELECT 2"]})",
      plain + R"("source":["%%time\n","f()\n","%pip list\n","!ls"]})",
      plain + R"("source":["%md as code"]})",
      plain + R"("source":["# COMMAND ----------\n","-- COMMAND ----------\n",)"
              R"("// COMMAND ----------"]})",
      plain + R"("source":["# Databricks notebook source\n","x"]})",
      plain + R"("source":["\n","# MAGIC %md\n","x"]})",
      plain + R"("source":["# DBTITLE 1,x\n","-- MAGIC x\n","# %% y"]})",
      plain + R"("source":["# MAGIC %sql\n","# MAGIC SELECT 1"]})",
      plain + R"("source":["-- MAGIC %sql\n","-- %%\n","-- -- %%"]})",
      markdown + R"("source":["# Title\n","\n","text"]})",
      markdown + R"("source":["%md\n","text"]})",
      markdown + R"("source":["%md"]})",
      markdown + R"("source":["%md %md x"],"attachments":{"a":{}}})",
      markdown + R"("source":["%% x\n","# %%\n","-- %%\n","// %% x"]})",
      R"({"cell_type":"raw","metadata":{},"source":["raw\n","# %%"]})",
      R"({"cell_type":"code","metadata":{")" + service +
          R"(":{"nuid":"1","showTitle":true,"title":"A title"}},)"
          R"("outputs":[],"execution_count":null,"source":["x"]})",
      R"({"cell_type":"markdown","metadata":{")" + service +
          R"(":{"showTitle":false,"title":"Two\nlines \"[md]"}},)"
          R"("source":["x"]})",
      R"({"cell_type":"heading","metadata":7,"source":["old"]})",
  };
  return constructs;
}

std::string InLanguage(const std::string& text, Language language) {
  std::string out;
  for (const char c : text)
    out += c == '@' ? std::string(CommentSign(language)) : std::string(1, c);
  return out;
}

const std::vector<CorpusNotebook>& SourceCorpus() {
  static const auto corpus = Combine(SourceConstructs(), MakeSource);
  return corpus;
}

const std::vector<CorpusNotebook>& IpynbCorpus() {
  static const auto corpus = Combine(IpynbConstructs(), MakeIpynb);
  return corpus;
}

std::vector<CorpusNotebook> WholeCorpus() {
  std::vector<CorpusNotebook> all = SourceCorpus();
  const auto& more = IpynbCorpus();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

std::vector<View> OtherViews(const CorpusNotebook& notebook) {
  const bool source = notebook.format == NotebookFormat::kSource;
  return {source ? View::kJupyter : View::kSource, View::kPercent};
}

std::string NameOf(View view) {
  switch (view) {
    case View::kSource: return "source";
    case View::kJupyter: return "ipynb";
    case View::kPercent: return "percent";
    case View::kMarkdown: return "markdown";
    case View::kHtml: return "html";
  }
  return "";
}

TEST(NotebookCorpus, IsLarge) {
  EXPECT_GT(SourceCorpus().size(), 1000U);
  EXPECT_GT(IpynbCorpus().size(), 500U);
}

}  // namespace wsfs
