// What holds for every view of every notebook, tried on the whole corpus and on
// random ones.

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/test_random.h"
#include "notebook/corpus_for_test.h"
#include "notebook/percent_format.h"
#include "notebook/source_format.h"
#include "notebook/views.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;

std::string Printed(const SourceFile& file) {
  std::string text(file.head);
  for (const SourceCell& cell : file.cells)
    text.append(cell.before).append(cell.bytes);
  return text.append(file.tail);
}

class ViewsProperties : public RandomTest {
 protected:
  ViewsProperties() : RandomTest(20'261'123U) {}

  /// Pieces that mean something, in any order.
  std::string RandomText() {
    static const std::vector<std::string> pieces = {
        "@",
        " ",
        "\n",
        "\r\n",
        "\r",
        "@ MAGIC",
        "@ MAGIC ",
        "%md",
        "%sql ",
        "\n@ COMMAND ----------\n",
        "@ %%",
        "[markdown]",
        "title=",
        "\"",
        "@ DBTITLE 1,",
        "x",
        "!",
        "%",
        "\n\n",
        "\n@ Databricks notebook source\n",
        "\xFF",
        "\xEF\xBB\xBF"};
    std::string text = OneIn(3) ? "" : "@ Databricks notebook source\n";
    for (std::size_t i = Below(24); i > 0; --i)
      text += pieces[Below(pieces.size())];
    return text;
  }
  CorpusNotebook RandomSource() {
    static constexpr Language kLanguages[] = {Language::kPython, Language::kSql,
                                              Language::kScala, Language::kR};
    const Language language = kLanguages[Below(4)];
    return {"random", language, NotebookFormat::kSource,
            InLanguage(RandomText(), language)};
  }
  CorpusNotebook RandomIpynb(Language language) {
    static const std::vector<std::string> types = {"code", "markdown", "raw"};
    Json top = {{"cells", Json::array()},
                {"metadata", Json::object()},
                {"nbformat", 4},
                {"nbformat_minor", 4}};
    for (std::size_t i = Below(5); i > 0; --i) {
      Json cell = {{"cell_type", types[Below(3)]},
                   {"metadata", {{"kept", Below(100)}}},
                   {"source", InLanguage(RandomText(), language)}};
      top["cells"].push_back(std::move(cell));
    }
    return {"random", language, NotebookFormat::kJupyter,
            top.dump(1, ' ', false, Json::error_handler_t::replace)};
  }

  /// Of many cells some are enough.
  template <typename Some>
  std::size_t StepIn(const Some& cells) {
    return cells.size() < 8 ? 1 : 1 + Below(20);
  }
};

void ExpectKeptByItsView(View view, const CorpusNotebook& notebook) {
  const auto shown = Render(view, notebook.native());
  ASSERT_TRUE(shown.ok()) << shown.error().message();
  EXPECT_EQ(*Render(view, notebook.native()), *shown);
  const auto back = PutBack(view, notebook.native(), *shown);
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_EQ(*back, notebook.bytes) << *shown;
}

/// The view is what was put back, if it is a view of some notebook.
void ExpectShownAsPutBack(View view, const CorpusNotebook& notebook,
                          const CorpusNotebook& other) {
  const auto edited = Render(view, other.native());
  ASSERT_TRUE(edited.ok());
  const auto back = PutBack(view, notebook.native(), *edited);
  ASSERT_TRUE(back.ok()) << back.error().message();
  const auto shown = Render(view, {.language = notebook.language,
                                   .format = notebook.format,
                                   .bytes = *back});
  ASSERT_TRUE(shown.ok()) << shown.error().message();
  EXPECT_EQ(*shown, *edited) << "notebook:\n"
                             << notebook.bytes << "\nother:\n"
                             << other.bytes << "\nput back:\n"
                             << *back;
}

TEST_F(ViewsProperties, ASourceIsItsPieces) {
  for (const CorpusNotebook& notebook : SourceCorpus())
    ASSERT_EQ(Printed(ParseSource(notebook.bytes, notebook.language)),
              notebook.bytes);
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 5'000; ++i) {
    const CorpusNotebook notebook = RandomSource();
    ASSERT_EQ(Printed(ParseSource(notebook.bytes, notebook.language)),
              notebook.bytes);
  }
}

TEST_F(ViewsProperties, ACellIsReadAsItWasWritten) {
  for (const CorpusNotebook& notebook : SourceCorpus()) {
    const SourceFile file = ParseSource(notebook.bytes, notebook.language);
    for (const SourceCell& source : file.cells) {
      const Cell cell = CellOfSource(source.bytes, file.language);
      for (const SourceCellStyle& style :
           {SourceCellStyle{}, StyleOfCell(source.bytes, file),
            SourceCellStyle{.bare = true, .inline_markdown = true},
            SourceCellStyle{
                .line_end = "\r\n", .marked = true, .old_blank = true}}) {
        const std::string text = WriteSourceCell(cell, file.language, style);
        const Cell again = CellOfSource(text, file.language);
        ASSERT_TRUE(again.SaysTheSame(cell)) << notebook.name << '\n'
                                             << source.bytes << "\n->\n"
                                             << text << "\n->\n"
                                             << again.text;
      }
    }
  }
}

TEST_F(ViewsProperties, PercentCellsAreReadAsTheyWereWritten) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 2'000; ++i) {
    CorpusNotebook notebook = RandomSource();
    std::erase(notebook.bytes, '\xFF');  // In a title it becomes UTF-8.
    const Cells cells =
        CellsOfSource(ParseSource(notebook.bytes, notebook.language));
    const std::string text = WritePercent(cells, notebook.language);
    const Cells again = PercentCells(text, notebook.language);
    ASSERT_TRUE(std::ranges::equal(cells, again,
                                   [](const Cell& one, const Cell& other) {
                                     return one.SaysTheSame(other);
                                   }))
        << notebook.bytes << "\n->\n"
        << text;
  }
}

TEST_F(ViewsProperties, AViewThatNobodyEditedChangesNothing) {
  for (const CorpusNotebook& notebook : WholeCorpus()) {
    for (const View view : OtherViews(notebook)) {
      SCOPED_TRACE(notebook.name + " as " + NameOf(view));
      ASSERT_NO_FATAL_FAILURE(ExpectKeptByItsView(view, notebook));
      if (HasFailure()) return;
    }
  }
}

TEST_F(ViewsProperties, ARandomViewThatNobodyEditedChangesNothing) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 500 && !HasFailure(); ++i) {
    const CorpusNotebook notebook =
        OneIn(2) ? RandomSource() : RandomIpynb(Language::kPython);
    for (const View view : OtherViews(notebook))
      ASSERT_NO_FATAL_FAILURE(ExpectKeptByItsView(view, notebook));
  }
}

TEST_F(ViewsProperties, WhatIsPutBackIsShown) {
  SCOPED_TRACE(Trace());
  for (const auto& corpus : {SourceCorpus(), IpynbCorpus()}) {
    for (std::size_t i = Below(3); i < corpus.size(); i += 3) {
      const CorpusNotebook& notebook = corpus[i];
      CorpusNotebook other = corpus[Below(corpus.size())];
      while (other.language != notebook.language)
        other = corpus[Below(corpus.size())];
      for (const View view : OtherViews(notebook)) {
        SCOPED_TRACE(notebook.name + " as " + NameOf(view) + " of " +
                     other.name);
        ASSERT_NO_FATAL_FAILURE(ExpectShownAsPutBack(view, notebook, other));
        if (HasFailure()) return;
      }
    }
  }
}

TEST_F(ViewsProperties, WhatIsPutBackIsShownOfRandomOnes) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 500 && !HasFailure(); ++i) {
    const bool source = OneIn(2);
    const CorpusNotebook notebook =
        source ? RandomSource() : RandomIpynb(Language::kSql);
    CorpusNotebook other =
        source ? RandomSource() : RandomIpynb(Language::kSql);
    while (other.language != notebook.language) other = RandomSource();
    for (const View view : OtherViews(notebook))
      ASSERT_NO_FATAL_FAILURE(ExpectShownAsPutBack(view, notebook, other));
  }
}

/// The view with one more line in the cell of this number.
std::string WithEdit(View view, const CorpusNotebook& notebook,
                     const std::string& shown, std::size_t place) {
  if (view == View::kJupyter) {
    Json json = Json::parse(shown);
    json["cells"][place]["source"].push_back("\nedited");
    return json.dump(1);
  }
  if (view == View::kSource) {
    const SourceFile file = ParseSource(shown, notebook.language);
    std::string text(shown);
    const SourceCell& cell = file.cells[place];
    return text.insert(
        static_cast<std::size_t>(cell.bytes.data() - shown.data()) +
            cell.bytes.size(),
        "\nedited");
  }
  Cells cells = PercentCells(shown, notebook.language);
  cells[place].text += "\nedited";
  return WritePercent(cells, notebook.language);
}

TEST_F(ViewsProperties, AnEditedCellOfASourceChangesItsOwnBytesOnly) {
  SCOPED_TRACE(Trace());
  for (std::size_t n = Below(3); n < SourceCorpus().size(); n += 3) {
    const CorpusNotebook& notebook = SourceCorpus()[n];
    const SourceFile file = ParseSource(notebook.bytes, notebook.language);
    for (const View view : OtherViews(notebook)) {
      const auto shown = Render(view, notebook.native());
      ASSERT_TRUE(shown.ok());
      for (std::size_t i = 0; i < file.cells.size(); i += StepIn(file.cells)) {
        const auto back = PutBack(view, notebook.native(),
                                  WithEdit(view, notebook, *shown, i));
        ASSERT_TRUE(back.ok());
        const SourceCell& cell = file.cells[i];
        // Text there may need a line end more around it.
        if (cell.bytes.empty()) continue;
        const auto begin =
            static_cast<std::size_t>(cell.bytes.data() - notebook.bytes.data());
        const std::string before = notebook.bytes.substr(0, begin);
        const std::string behind =
            notebook.bytes.substr(begin + cell.bytes.size());
        ASSERT_TRUE(back->starts_with(before) && back->ends_with(behind) &&
                    back->contains("edited"))
            << notebook.name << " as " << NameOf(view) << " cell " << i << '\n'
            << notebook.bytes << "\n->\n"
            << *back;
      }
    }
  }
}

TEST_F(ViewsProperties, AnEditedCellOfAnIpynbKeepsAllOtherFields) {
  SCOPED_TRACE(Trace());
  for (std::size_t n = Below(2); n < IpynbCorpus().size(); n += 2) {
    const CorpusNotebook& notebook = IpynbCorpus()[n];
    Json wanted = Json::parse(notebook.bytes);
    for (const View view : OtherViews(notebook)) {
      const auto shown = Render(view, notebook.native());
      ASSERT_TRUE(shown.ok());
      for (std::size_t i = 0; i < wanted["cells"].size();
           i += StepIn(wanted["cells"])) {
        const auto back = PutBack(view, notebook.native(),
                                  WithEdit(view, notebook, *shown, i));
        ASSERT_TRUE(back.ok());
        Json json = Json::parse(*back);
        Json expected = wanted;
        const Json source = json["cells"][i]["source"];
        EXPECT_TRUE(source.dump().contains("edited"));
        EXPECT_EQ(source.type(), expected["cells"][i]["source"].type());
        expected["cells"][i]["source"] = source;
        ASSERT_EQ(json, expected) << notebook.name << " as " << NameOf(view);
      }
    }
  }
}

}  // namespace
}  // namespace wsfs
