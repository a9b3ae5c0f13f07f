#include "merge/ipynb_merge.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "model/ipynb_digest.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using Json = nlohmann::json;

Json Code(const std::string& source, const std::string& output = "",
          const std::string& id = "") {
  Json cell = {{"cell_type", "code"},
               {"execution_count", nullptr},
               {"metadata", Json::object()},
               {"outputs", Json::array()},
               {"source", Json::array({source})}};
  if (!output.empty()) {
    cell["execution_count"] = 1;
    cell["outputs"].push_back({{"name", "stdout"},
                               {"output_type", "stream"},
                               {"text", {output + "\n"}}});
  }
  if (!id.empty()) cell["id"] = id;
  return cell;
}

Json Notebook(const std::vector<Json>& cells, int minor = 4) {
  return {{"cells", cells},
          {"metadata", {{"kernelspec", {{"name", "python3"}}}}},
          {"nbformat", 4},
          {"nbformat_minor", minor}};
}

std::string Text(const Json& notebook) {
  return notebook.dump(1) + "\n";
}

/// As the service gives back what was saved: ids, counts and indentation are
/// gone, metadata of its own is in it, a text is one string.
std::string Rewritten(Json notebook) {
  notebook["nbformat_minor"] = 0;
  notebook["metadata"]["language_info"] = {{"name", "python"}};
  int number = 0;
  for (Json& cell : notebook["cells"]) {
    cell.erase("id");
    cell["metadata"]["application/vnd.databricks.v1+cell"] = {
        {"nuid", std::to_string(++number)}};
    if (cell.contains("execution_count")) cell["execution_count"] = 0;
    std::string source;
    for (const Json& line : cell["source"]) source += line.get<std::string>();
    cell["source"] = source;
  }
  return notebook.dump();
}

std::optional<MergedIpynb> Merge(const Json& base, const Json& ours,
                                 const Json& theirs) {
  const std::string texts[] = {Text(base), Text(ours), Text(theirs)};
  return MergeIpynb({.base = texts[0], .ours = texts[1], .theirs = texts[2]});
}

Json Merged(const Json& base, const Json& ours, const Json& theirs) {
  const auto merged = Merge(base, ours, theirs);
  return merged.has_value() ? Json::parse(merged->text) : Json("no merge");
}

std::vector<std::string> Sources(const std::string& text) {
  std::vector<std::string> sources;
  const Json notebook = Json::parse(text);
  for (const Json& cell : notebook["cells"]) {
    std::string source;
    if (cell["source"].is_string()) source = cell["source"];
    if (cell["source"].is_array())
      for (const Json& line : cell["source"]) source += line;
    sources.push_back(source);
  }
  return sources;
}

std::vector<std::string> Sources(const Json& notebook) {
  return notebook.is_string() ? std::vector{notebook.get<std::string>()}
                              : Sources(notebook.dump());
}

TEST(MergeIpynb, TakesEditsOfNeighbouringCells) {
  const Json base = Notebook({Code("1"), Code("2"), Code("3")});
  EXPECT_EQ(Merged(base, Notebook({Code("1"), Code("mine"), Code("3")}),
                   Notebook({Code("1"), Code("2"), Code("yours")})),
            Notebook({Code("1"), Code("mine"), Code("yours")}));
}

TEST(MergeIpynb, TakesInsertsAndDeletesOfBoth) {
  const Json base = Notebook({Code("1"), Code("2"), Code("3"), Code("4")});
  EXPECT_EQ(
      Merged(
          base,
          Notebook({Code("new"), Code("1"), Code("2"), Code("3"), Code("4")}),
          Notebook({Code("1"), Code("3"), Code("4"), Code("end")})),
      Notebook({Code("new"), Code("1"), Code("3"), Code("4"), Code("end")}));
}

TEST(MergeIpynb, CountsTheSameEditOnce) {
  const Json one = Code("1", "", "a");
  const Json added = Code("new", "", "d");
  const Json edited = Code("2 and", "", "b");
  const Json base = Notebook({one, Code("2", "", "b"), Code("3", "", "c")}, 5);
  const Json ours = Notebook({one, added, edited, Code("mine", "", "c")}, 5);
  const Json theirs = Notebook({one, added, edited, Code("3", "", "c")}, 5);
  EXPECT_EQ(Merged(base, ours, theirs), ours);
  EXPECT_EQ(Merged(base, theirs, ours), ours);
}

TEST(MergeIpynb, KeepsBothWhereOneSourceWasEditedTwice) {
  const Json base = Notebook({Code("a\nb\nc")});
  EXPECT_FALSE(
      Merge(base, Notebook({Code("A\nb\nc")}), Notebook({Code("a\nb\nC")})));
}

TEST(MergeIpynb, KeepsBothWhereADeletedCellWasEdited) {
  const Json base = Notebook({Code("1"), Code("2")});
  EXPECT_FALSE(
      Merge(base, Notebook({Code("1")}), Notebook({Code("1"), Code("two")})));
}

TEST(MergeIpynb, KeepsBothWhereBothInsertAtOnePlace) {
  const Json base = Notebook({Code("1")});
  EXPECT_FALSE(Merge(base, Notebook({Code("1"), Code("mine")}),
                     Notebook({Code("1"), Code("yours")})));
}

TEST(MergeIpynb, KeepsBothWhereACellWasPutIntoADeletedPart) {
  const Json base = Notebook({Code("1"), Code("2"), Code("3"), Code("4")});
  EXPECT_FALSE(Merge(
      base, Notebook({Code("1"), Code("4")}),
      Notebook({Code("1"), Code("2"), Code("new"), Code("3"), Code("4")})));
}

TEST(MergeIpynb, ADeletedCellMayHaveRunElsewhere) {
  const Json base = Notebook({Code("1"), Code("2")});
  const auto ours_deletes =
      Merge(base, Notebook({Code("1")}), Notebook({Code("1"), Code("2", "x")}));
  ASSERT_TRUE(ours_deletes.has_value());
  EXPECT_THAT(Sources(ours_deletes->text), ElementsAre("1"));
  EXPECT_FALSE(ours_deletes->left_out);
  const auto theirs_deletes =
      Merge(base, Notebook({Code("1"), Code("2", "x")}), Notebook({Code("1")}));
  ASSERT_TRUE(theirs_deletes.has_value());
  EXPECT_THAT(Sources(theirs_deletes->text), ElementsAre("1"));
  EXPECT_TRUE(theirs_deletes->left_out);
}

TEST(MergeIpynb, ACellOfAnotherTypeIsAnEdit) {
  const Json base = Notebook({Code("1"), Code("2")});
  Json ours = base;
  ours["cells"][0] = {{"cell_type", "markdown"},
                      {"metadata", Json::object()},
                      {"source", {"1"}}};
  const Json merged =
      Merged(base, ours, Notebook({Code("1", "out"), Code("yours")}));
  ASSERT_TRUE(merged.is_object());
  EXPECT_EQ(merged["cells"][0], ours["cells"][0]);
  EXPECT_FALSE(Merge(base, ours, Notebook({Code("one"), Code("2")})));
}

// Two neighbours edited by one side, one of them in the same way by the other:
// cells that do not say the same are known by their ids or places.
TEST(MergeIpynb, KnowsAnEditedCellByItsPlace) {
  const Json base = Notebook({Code("1"), Code("2")});
  EXPECT_THAT(Sources(Merged(base, Notebook({Code("one"), Code("two")}),
                             Notebook({Code("1"), Code("two")}))),
              ElementsAre("one", "two"));
}

TEST(MergeIpynb, KnowsAnEditedCellByItsId) {
  const Json base = Notebook({Code("1", "", "a"), Code("2", "", "b")}, 5);
  const Json ours = Notebook(
      {Code("new", "", "c"), Code("one", "", "a"), Code("2", "", "b")}, 5);
  const Json theirs = Notebook({Code("1", "ran", "a"), Code("2", "", "b")}, 5);
  const Json merged = Merged(base, ours, theirs);
  EXPECT_THAT(Sources(merged), ElementsAre("new", "one", "2"));
  // Not a deleted cell and a new one: what theirs did to "1" is an edit of it.
  EXPECT_FALSE(Merge(base, ours,
                     Notebook({Code("uno", "", "a"), Code("2", "", "b")}, 5)));
}

// The shortest list of edits may take any of them.
TEST(MergeIpynb, TellsEqualCellsApartByTheirIds) {
  const Json a = Code("x", "one", "a");
  const Json b = Code("x", "two", "b");
  const Json c = Code("x", "three", "c");
  const Json base = Notebook({a, b, c}, 5);
  const auto run_again = [](std::vector<Json> cells) {
    for (Json& cell : cells) cell["outputs"][0]["text"] = {"again\n"};
    return Notebook(cells, 5);
  };
  for (const auto& left : {std::vector{b, c}, {a, c}, {a, b}, {a}, {b}, {c}}) {
    const Json fewer = Notebook(left, 5);
    EXPECT_EQ(Merged(base, fewer, run_again({a, b, c})), run_again(left));
    EXPECT_EQ(Merged(base, run_again({a, b, c}), fewer), run_again(left));
    EXPECT_EQ(Merged(fewer, base, run_again(left))["cells"].size(), 3U);
  }
}

TEST(MergeIpynb, TheSideThatEditedTheSourceBringsItsOutputs) {
  const Json base = Notebook({Code("1", "old")});
  const auto merged = Merge(base, Notebook({Code("one", "mine")}),
                            Notebook({Code("1", "ran again")}));
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(Json::parse(merged->text), Notebook({Code("one", "mine")}));
  EXPECT_FALSE(merged->left_out);
  const auto other = Merge(base, Notebook({Code("1", "ran again")}),
                           Notebook({Code("one", "theirs")}));
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(Json::parse(other->text), Notebook({Code("one", "theirs")}));
  EXPECT_TRUE(other->left_out);
}

TEST(MergeIpynb, TakesTheOutputsOfTheSideThatRanACell) {
  const Json base = Notebook({Code("1"), Code("2")});
  const auto merged = Merge(base, Notebook({Code("1", "mine"), Code("2")}),
                            Notebook({Code("1"), Code("2", "theirs")}));
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(Json::parse(merged->text),
            Notebook({Code("1", "mine"), Code("2", "theirs")}));
  EXPECT_FALSE(merged->left_out);
}

TEST(MergeIpynb, WhereBothRanACellTheOutputsAreTheirs) {
  const Json base = Notebook({Code("1", "old")});
  const auto merged = Merge(base, Notebook({Code("1", "mine")}),
                            Notebook({Code("1", "theirs")}));
  ASSERT_TRUE(merged.has_value());
  EXPECT_EQ(Json::parse(merged->text), Notebook({Code("1", "theirs")}));
  EXPECT_TRUE(merged->left_out);
}

TEST(MergeIpynb, MergesMetadataByKey) {
  Json base = Notebook({Code("1"), Code("2")});
  Json ours = base;
  Json theirs = base;
  ours["metadata"]["mine"] = {{"a", 1}};
  ours["cells"][0]["metadata"]["tags"] = {"mine"};
  ours["cells"][0]["source"] = {"one"};
  ours["cells"][1]["metadata"]["tags"] = {"mine"};
  theirs["metadata"]["kernelspec"]["name"] = "spark";
  theirs["cells"][0]["metadata"]["title"] = "theirs";
  theirs["cells"][0]["metadata"]["tags"] = {"theirs"};
  theirs["cells"][1]["metadata"]["tags"] = {"theirs"};
  const auto merged = Merge(base, ours, theirs);
  ASSERT_TRUE(merged.has_value());
  const Json got = Json::parse(merged->text);
  EXPECT_EQ(got["metadata"]["mine"], Json({{"a", 1}}));
  EXPECT_EQ(got["metadata"]["kernelspec"]["name"], "spark");
  // Where both set one key, it is of the side that edited the source.
  EXPECT_EQ(got["cells"][0]["metadata"],
            Json({{"tags", {"mine"}}, {"title", "theirs"}}));
  EXPECT_EQ(got["cells"][1]["metadata"], Json({{"tags", {"theirs"}}}));
  EXPECT_TRUE(merged->left_out);
}

TEST(MergeIpynb, KeepsFieldsItDoesNotKnow) {
  Json base = Notebook({Code("1"), Code("2")});
  base["extra"] = {{"deep", {1, 2, 3}}};
  base["cells"][0]["extra"] = "kept";
  Json ours = base;
  ours["cells"][0]["source"] = {"one"};
  ours["cells"][0]["ours"] = 1;
  Json theirs = base;
  theirs["cells"][0]["theirs"] = 2;
  theirs["cells"][1]["source"] = {"two"};
  Json wanted = ours;
  wanted["cells"][0]["theirs"] = 2;
  wanted["cells"][1]["source"] = {"two"};
  EXPECT_EQ(Merged(base, ours, theirs), wanted);
}

// What we sent comes back in other bytes.
TEST(MergeIpynb, IsNotFooledByTheServicesWriting) {
  const Json base = Notebook(
      {Code("1", "out", "a"), Code("2", "", "b"), Code("3", "", "c")}, 5);
  Json ours = base;
  ours["cells"][0]["source"] = {"one"};
  ours["cells"][1] = Code("2", "ran here", "b");
  Json theirs = base;
  theirs["cells"][2]["source"] = {"three"};
  const auto merged = MergeIpynb(
      {.base = Text(base), .ours = Text(ours), .theirs = Rewritten(theirs)});
  ASSERT_TRUE(merged.has_value());
  EXPECT_THAT(Sources(merged->text), ElementsAre("one", "2", "three"));
  EXPECT_FALSE(merged->left_out);
  const Json got = Json::parse(merged->text);
  EXPECT_EQ(got["nbformat_minor"], 5);
  EXPECT_EQ(got["cells"][0]["id"], "a");
  EXPECT_EQ(got["cells"][1]["outputs"], ours["cells"][1]["outputs"]);
  EXPECT_EQ(
      got["cells"][2]["metadata"]["application/vnd.databricks.v1+cell"]["nuid"],
      "3");
}

TEST(MergeIpynb, GivesEachCellOfFormat45AnIdOfItsOwn) {
  const Json base = Notebook({Code("1", "", "a")}, 5);
  Json ours = Notebook({Code("1", "", "a"), Code("2", "", "b")}, 5);
  Json theirs = Notebook({Code("0", "", "b"), Code("1")}, 0);
  const Json got = Merged(base, ours, theirs);
  ASSERT_THAT(Sources(got), ElementsAre("0", "1", "2"));
  std::set<std::string> ids;
  for (const Json& cell : got["cells"]) ids.insert(cell.value("id", ""));
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_FALSE(ids.contains(""));
}

TEST(MergeIpynb, LooksLikeOurs) {
  const Json base = Notebook({Code("1"), Code("2")});
  const std::string theirs = Text(Notebook({Code("1"), Code("theirs")}));
  const Json ours = Notebook({Code("ours"), Code("2")});
  const auto merge = [&](const std::string& text) {
    const auto merged =
        MergeIpynb({.base = Text(base), .ours = text, .theirs = theirs});
    return merged.has_value() ? merged->text : "no merge";
  };
  const Json both = Notebook({Code("ours"), Code("theirs")});
  for (const int indent : {-1, 0, 1, 2, 4})
    EXPECT_EQ(merge(ours.dump(indent)), both.dump(indent));
  EXPECT_EQ(merge(ours.dump(1, '\t') + "\n"), both.dump(1, '\t') + "\n");
  EXPECT_EQ(merge(ours.dump(1) + "\n\n"), both.dump(1) + "\n\n");
}

TEST(MergeIpynb, OneSideAloneIsThatSideByteForByte) {
  const std::string base = Text(Notebook({Code("1")}));
  const std::string other =
      "{\"nbformat\": 4,\t\"cells\": [ ],\n\n \"metadata\": {}}";
  EXPECT_EQ(MergeIpynb({.base = base, .ours = other, .theirs = base})->text,
            other);
  EXPECT_EQ(MergeIpynb({.base = base, .ours = base, .theirs = other})->text,
            other);
  EXPECT_EQ(MergeIpynb({.base = base, .ours = other, .theirs = other})->text,
            other);
}

TEST(MergeIpynb, LeavesWhatIsNoNotebookAlone) {
  const std::string good = Text(Notebook({Code("1")}));
  Json old = Notebook({Code("1")});
  old["nbformat"] = 3;
  Json sourceless = Notebook({Code("1")});
  sourceless["cells"][0].erase("source");
  const Json large = Notebook({Code("1")});
  std::string large_text = large.dump();
  large_text.replace(large_text.find("null"), 4, "123456789012345678901");
  std::string deep = large.dump();
  deep.replace(deep.find("null"), 4,
               std::string(100, '[') + std::string(100, ']'));
  for (const std::string& bad :
       {std::string(), std::string("{"), std::string("[]"), old.dump(),
        sourceless.dump(), std::string("{\"cells\":[1]}"), large_text, deep,
        good.substr(0, good.size() / 2), good + "x", good + '\0'}) {
    EXPECT_FALSE(MergeIpynb({.base = bad, .ours = good, .theirs = good}))
        << bad;
    EXPECT_FALSE(MergeIpynb({.base = good, .ours = bad, .theirs = good}));
    EXPECT_FALSE(MergeIpynb({.base = good, .ours = good, .theirs = bad}));
    EXPECT_FALSE(MergeIpynbMarked({.base = good, .ours = bad, .theirs = bad}));
  }
}

// ---- Marks

MergedIpynb Marked(const Json& base, const Json& ours, const Json& theirs) {
  const std::string texts[] = {Text(base), Text(ours), Text(theirs)};
  auto marked = MergeIpynbMarked(
      {.base = texts[0], .ours = texts[1], .theirs = texts[2]});
  EXPECT_TRUE(marked.has_value());
  EXPECT_TRUE(!marked || CellsDigest(marked->text).has_value());
  return marked.value_or(MergedIpynb());
}

TEST(MergeIpynbMarked, MarksOnlyTheCellThatMeets) {
  const auto marked =
      Marked(Notebook({Code("1"), Code("a\nb"), Code("3")}),
             Notebook({Code("mine"), Code("a\nmine"), Code("3")}),
             Notebook({Code("1"), Code("a\nyours"), Code("theirs")}));
  EXPECT_EQ(marked.meets, 1U);
  EXPECT_THAT(Sources(marked.text),
              ElementsAre("mine",
                          "a\n<<<<<<< mine\nmine\n=======\nyours\n"
                          ">>>>>>> theirs",
                          "theirs"));
}

TEST(MergeIpynbMarked, MergesTheLinesOfOneCell) {
  const auto marked =
      Marked(Notebook({Code("a\nb\nc")}), Notebook({Code("A\nb\nc")}),
             Notebook({Code("a\nb\nc\nd")}));
  EXPECT_EQ(marked.meets, 0U);
  EXPECT_THAT(Sources(marked.text), ElementsAre("A\nb\nc\nd"));
}

TEST(MergeIpynbMarked, ShowsADeletedCellThatWasEdited) {
  const auto marked =
      Marked(Notebook({Code("1"), Code("2")}), Notebook({Code("1")}),
             Notebook({Code("1"), Code("two")}));
  EXPECT_EQ(marked.meets, 1U);
  EXPECT_THAT(Sources(marked.text),
              ElementsAre("1", "<<<<<<< mine\n=======\ntwo\n>>>>>>> theirs"));
}

TEST(MergeIpynbMarked, PutsSeveralCellsBetweenMarks) {
  const auto marked =
      Marked(Notebook({Code("1")}), Notebook({Code("1"), Code("m"), Code("n")}),
             Notebook({Code("1"), Code("y")}));
  EXPECT_EQ(marked.meets, 1U);
  EXPECT_THAT(Sources(marked.text),
              ElementsAre("1", "<<<<<<< mine", "m", "n", "=======", "y",
                          ">>>>>>> theirs"));
}

TEST(MergeIpynbMarked, WithoutMarksIsTheMerge) {
  const Json base = Notebook({Code("1"), Code("2")});
  const Json ours = Notebook({Code("one"), Code("2")});
  const Json theirs = Notebook({Code("1"), Code("two")});
  const auto marked = Marked(base, ours, theirs);
  EXPECT_EQ(marked.meets, 0U);
  EXPECT_EQ(marked.text, Merge(base, ours, theirs)->text);
}

}  // namespace
}  // namespace wsfs
