// What holds for every merge of notebooks, tried on random ones.

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/test_random.h"
#include "merge/ipynb_merge.h"
#include "model/ipynb_digest.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;
using Cells = std::vector<Json>;
using Sources = std::vector<std::string>;

Sources SourcesOf(const Json& notebook) {
  Sources sources;
  for (const Json& cell : notebook["cells"]) {
    std::string source;
    for (const Json& line : cell["source"]) source += line;
    sources.push_back(source);
  }
  return sources;
}

Sources SourcesOf(const std::optional<MergedIpynb>& merged) {
  return merged.has_value() ? SourcesOf(Json::parse(merged->text)) : Sources();
}

class IpynbProperties : public RandomTest {
 protected:
  IpynbProperties() : RandomTest(20'261'126U) {}

  /// A source nobody else has, of one line or two.
  Json NewSource() {
    const std::string number = std::to_string(++numbers_);
    if (OneIn(2)) return {"line " + number};
    return {"line " + number + "\n", "more"};
  }
  Json NewCell() {
    const bool code = !OneIn(4);
    Json cell = {{"cell_type", code ? "code" : "markdown"},
                 {"metadata", Json::object()},
                 {"source", NewSource()}};
    if (code) {
      cell["execution_count"] = nullptr;
      cell["outputs"] = Json::array();
    }
    if (with_ids_) cell["id"] = "id-" + std::to_string(++numbers_);
    return cell;
  }
  Json NewNotebook() {
    with_ids_ = OneIn(2);
    Json notebook = {{"cells", Json::array()},
                     {"metadata", {{"language_info", {{"name", "python"}}}}},
                     {"nbformat", 4},
                     {"nbformat_minor", with_ids_ ? 5 : 4}};
    for (std::size_t i = Below(8); i > 0; --i)
      notebook["cells"].push_back(NewCell());
    return notebook;
  }

  void Run(Json& cell) {
    if (cell["cell_type"] != "code") return;
    const std::string number = std::to_string(++numbers_);
    cell["execution_count"] = numbers_;
    cell["outputs"] = {{{"name", "stdout"},
                        {"output_type", "stream"},
                        {"text", {"out " + number + "\n"}}}};
  }

  /// One edit of cells [begin, end).
  void EditOnce(Json& cells, std::size_t begin, std::size_t& end) {
    const auto at = begin + Below(end - begin);
    const auto where = cells.begin() + static_cast<std::ptrdiff_t>(at);
    switch (Below(5)) {
      case 0: (*where)["source"] = NewSource(); break;
      case 1: Run(*where); break;
      case 2:
        cells.insert(where, NewCell());
        ++end;
        break;
      case 3:
        cells.erase(where);
        --end;
        break;
      default: (*where)["metadata"]["tag"] = ++numbers_;
    }
  }
  Json Edited(Json notebook, std::size_t begin, std::size_t end) {
    for (std::size_t i = Below(4); i > 0 && begin < end; --i)
      EditOnce(notebook["cells"], begin, end);
    return notebook;
  }
  Json Edited(const Json& notebook) {
    return Edited(notebook, 0, notebook["cells"].size());
  }

  /// In other bytes, as the service gives it back.
  Json Rewritten(Json notebook) {
    notebook["metadata"]["service"] = {{"name", "spark"}};
    for (Json& cell : notebook["cells"]) {
      cell.erase("id");
      cell["metadata"]["nuid"] = ++numbers_;
      if (cell.contains("execution_count")) cell["execution_count"] = 0;
    }
    return notebook;
  }

  std::optional<MergedIpynb> Merge(const Json& base, const Json& ours,
                                   const Json& theirs) {
    return MergeIpynb(
        {.base = Text(base), .ours = Text(ours), .theirs = Text(theirs)});
  }
  static std::string Text(const Json& notebook) { return notebook.dump(1); }

  int numbers_ = 0;
  bool with_ids_ = false;
};

TEST_F(IpynbProperties, OneSideAloneIsThatSide) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 100; ++i) {
    const Json notebook = NewNotebook();
    const std::string base = Text(notebook);
    const std::string now = Edited(Rewritten(Edited(notebook))).dump(2) + "\n";
    for (const Versions& versions :
         {Versions{base, now, base}, Versions{base, base, now},
          Versions{base, now, now}}) {
      const auto merged = MergeIpynb(versions);
      ASSERT_TRUE(merged.has_value());
      ASSERT_EQ(merged->text, now);
      ASSERT_FALSE(merged->left_out);
    }
  }
}

TEST_F(IpynbProperties, HasTheSameCellsFromBothSides) {
  SCOPED_TRACE(Trace());
  int merges = 0;
  for (int i = 0; i < 200; ++i) {
    const Json base = NewNotebook();
    const Json ours = Edited(base);
    const Json theirs = Edited(OneIn(2) ? Rewritten(base) : base);
    const auto one = Merge(base, ours, theirs);
    const auto other = Merge(base, theirs, ours);
    ASSERT_EQ(one.has_value(), other.has_value());
    ASSERT_EQ(SourcesOf(one), SourcesOf(other));
    merges += one.has_value() ? 1 : 0;
  }
  EXPECT_GT(merges, 50);
}

// Each source stands for itself here: it is in the merge if both have it, or
// one of them has made it.
TEST_F(IpynbProperties, LosesNoSourceAndBringsNoneBack) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 200; ++i) {
    const Json base = NewNotebook();
    const Json ours = Edited(base);
    const Json theirs = Edited(OneIn(2) ? Rewritten(base) : base);
    const auto merged = Merge(base, ours, theirs);
    if (!merged.has_value()) continue;
    const auto as_set = [](const Sources& sources) {
      return std::set<std::string>(sources.begin(), sources.end());
    };
    const auto old = as_set(SourcesOf(base));
    const auto mine = as_set(SourcesOf(ours));
    const auto yours = as_set(SourcesOf(theirs));
    std::set<std::string> wanted;
    std::ranges::set_intersection(mine, yours,
                                  std::inserter(wanted, wanted.end()));
    std::ranges::set_difference(mine, old, std::inserter(wanted, wanted.end()));
    std::ranges::set_difference(yours, old,
                                std::inserter(wanted, wanted.end()));
    ASSERT_EQ(as_set(SourcesOf(merged)), wanted) << merged->text;
    ASSERT_EQ(SourcesOf(merged).size(), wanted.size());
    ASSERT_TRUE(CellsDigest(merged->text).has_value());
  }
}

TEST_F(IpynbProperties, TakesDisjointEdits) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 100; ++i) {
    Json base = NewNotebook();
    while (base["cells"].size() < 8) base["cells"].push_back(NewCell());
    const Json ours = Edited(base, 0, 3);
    const Json theirs = Edited(base, 4, 8);
    const auto merged = Merge(base, ours, theirs);
    ASSERT_TRUE(merged.has_value());
    ASSERT_FALSE(merged->left_out);
    // The ends of both and what is between them, cell by cell.
    const Cells mine = ours["cells"];
    const Cells yours = theirs["cells"];
    Cells both(mine.begin(), mine.end() - 5);
    both.insert(both.end(), yours.begin() + 3, yours.end());
    ASSERT_EQ(Json::parse(merged->text)["cells"], Json(both));
  }
}

TEST_F(IpynbProperties, WritingItAnewIsNoEdit) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 100; ++i) {
    const Json base = NewNotebook();
    const Json ours = Edited(base);
    const auto merged = Merge(base, ours, Rewritten(base));
    ASSERT_TRUE(merged.has_value());
    ASSERT_FALSE(merged->left_out);
    ASSERT_EQ(CellsDigest(merged->text), CellsDigest(Text(ours)));
  }
}

TEST_F(IpynbProperties, IsMarkedOnlyWhereItCannotMerge) {
  SCOPED_TRACE(Trace());
  for (int i = 0; i < 100; ++i) {
    const Json base = NewNotebook();
    const std::string texts[] = {Text(base), Text(Edited(base)),
                                 Text(Edited(base))};
    const Versions versions{
        .base = texts[0], .ours = texts[1], .theirs = texts[2]};
    const auto merged = MergeIpynb(versions);
    const auto marked = MergeIpynbMarked(versions);
    ASSERT_TRUE(marked.has_value());
    ASSERT_TRUE(CellsDigest(marked->text).has_value());
    if (merged.has_value()) {
      ASSERT_EQ(marked->meets, 0U);
      ASSERT_EQ(marked->text, merged->text);
    }
    const std::string all = marked->text;
    const bool has_marks = all.contains(kMineMark) && all.contains(kTheirsMark);
    ASSERT_EQ(has_marks, marked->meets > 0);
  }
}

}  // namespace
}  // namespace wsfs
