// The tables "Notebook or file" and "Changes of kind" of docs/semantics.md, row
// by row.

#include <functional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "fs_world.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kHeader = "# Databricks notebook source";

/// Of an object at the service.
NodeType TypeOf(FsWorld& world, const std::string& name) {
  const auto listed =
      world.workspace().model().List(std::string(FsWorld::kHome));
  EXPECT_TRUE(listed.ok());
  for (const ObjectView& object : *listed)
    if (object.path == FsWorld::Remote(name)) return object.type;
  ADD_FAILURE() << name << " is not there";
  return NodeType::kRepo;
}

struct Variant {
  std::string about;
  std::string name;  ///< of the new file
  std::string bytes;
  NodeType type;
  std::string remote;
  std::string said = "";  ///< The whole notice behind its path.
};

void PrintTo(const Variant& variant, std::ostream* out) {
  *out << variant.about;
}

std::vector<Variant> Variants() {
  const auto file = [](std::string about, std::string name, std::string bytes) {
    return Variant{std::move(about), name, std::move(bytes), NodeType::kFile,
                   name};
  };
  const auto notebook = [](std::string about, std::string name,
                           std::string bytes) {
    const std::string remote = name.substr(0, name.rfind('.'));
    return Variant{std::move(about), std::move(name), std::move(bytes),
                   NodeType::kNotebook, remote};
  };
  const auto no_notebook = [&](std::string about, std::string bytes) {
    Variant variant = file(std::move(about), "n.ipynb", std::move(bytes));
    variant.said =
        " it went up as a file: a notebook is JSON with cells, metadata and "
        "nbformat 4";
    return variant;
  };
  const std::string header = kHeader;
  return {
      notebook("Python", "n.py", header + "\n1\n"),
      notebook("Sql", "n.sql", "-- Databricks notebook source\nSELECT 1\n"),
      notebook("Scala", "n.scala", "// Databricks notebook source\n1\n"),
      notebook("R", "n.r", header + "\n1\n"),
      notebook("HeaderAlone", "n.py", header),
      notebook("NoNewlineAtTheEnd", "n.py", header + "\n1"),
      notebook("CrLf", "n.py", header + "\r\n1\r\n"),
      file("ByteOrderMark", "n.py", "\xEF\xBB\xBF" + header + "\n1\n"),
      file("BlankBehind", "n.py", header + " \n1\n"),
      file("BlankBefore", "n.py", " " + header + "\n1\n"),
      file("TextBehind", "n.py", header + " exported at Wed, 8 Jun 2016\n1\n"),
      file("SecondLine", "n.py", "\n" + header + "\n1\n"),
      file("OtherLanguage", "n.sql", header + "\n1\n"),
      file("OtherExtension", "n.txt", header + "\n1\n"),
      file("NoExtension", "n", header + "\n1\n"),
      file("NoHeader", "n.py", "1\n"),
      file("Empty", "n.py", ""),
      no_notebook("BrokenIpynb", "{ no notebook"),
      no_notebook("IpynbOfFormat3",
                  R"({"worksheets":[],"metadata":{},"nbformat":3})"),
      file("EmptyIpynb", "n.ipynb", ""),
  };
}

class NotebookOrFile : public testing::TestWithParam<Variant> {};

TEST_P(NotebookOrFile, IsAsTheTableSays) {
  const Variant& variant = GetParam();
  FsWorld world;
  WSFS_ASSERT_OK(world.Save(variant.name, variant.bytes));
  world.Settle();
  EXPECT_EQ(TypeOf(world, variant.remote), variant.type);
  EXPECT_THAT(*world.Names(""), ElementsAre(variant.name));
  // No byte is added or taken, here or there.
  EXPECT_EQ(*world.ReadAll(variant.name), variant.bytes);
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote(variant.remote)),
            variant.bytes);
  EXPECT_EQ(world.Notices(),
            variant.said.empty()
                ? ""
                : FsWorld::Remote(variant.name) + variant.said + "\n");
  EXPECT_THAT(world.syncer().Status().pending, IsEmpty());
}

std::string NameOfVariant(const testing::TestParamInfo<Variant>& info) {
  return info.param.about;
}

INSTANTIATE_TEST_SUITE_P(Table, NotebookOrFile, testing::ValuesIn(Variants()),
                         NameOfVariant);

// As in every repository with `utils/` beside `utils.py`.
TEST(NotebookOrFileTest, ANotebookWhoseNameIsTakenIsAFile) {
  FsWorld world;
  const std::string notebook = std::string(kHeader) + "\n1\n";
  WSFS_ASSERT_OK(world.MakeDirectory("utils"));
  world.Settle();
  WSFS_ASSERT_OK(world.Save("utils.py", notebook));
  world.Settle();
  EXPECT_EQ(TypeOf(world, "utils.py"), NodeType::kFile);
  EXPECT_EQ(*world.ReadAll("utils.py"), notebook);
  EXPECT_THAT(world.Notices(),
              HasSubstr("utils.py it went up as a file: another object has the "
                        "name \"utils\" of its notebook"));
}

struct Change {
  std::string about;
  std::string before;  ///< name
  std::string bytes;
  std::function<void(FsWorld&)> change;
  std::string after;  ///< name
  NodeType type;
  std::string remote;
  bool same_object;
  std::string said;  ///< Part of a notice.
};

void PrintTo(const Change& change, std::ostream* out) {
  *out << change.about;
}

std::function<void(FsWorld&)> Renamed(std::string from, std::string to) {
  return [=](FsWorld& world) { WSFS_ASSERT_OK(world.Rename(from, to)); };
}
std::function<void(FsWorld&)> Saved(std::string name, std::string bytes) {
  return [=](FsWorld& world) { WSFS_ASSERT_OK(world.Save(name, bytes)); };
}

std::vector<Change> Changes() {
  const std::string notebook = std::string(kHeader) + "\n1\n";
  const auto N = NodeType::kNotebook;
  const auto F = NodeType::kFile;
  return {
      {"HeaderRemoved", "n.py", notebook, Saved("n.py", "1\n"), "n.py", N, "n",
       true, ""},
      {"HeaderAdded", "n.py", "1\n", Saved("n.py", notebook), "n.py", F, "n.py",
       true, ""},
      {"FileRenamedToALanguage", "n.txt", notebook, Renamed("n.txt", "n.py"),
       "n.py", F, "n.py", true, ""},
      {"RenamedToAnotherLanguage", "n.py", notebook, Renamed("n.py", "n.sql"),
       "n.sql", F, "n.sql", false, "another object"},
      {"RenamedToText", "n.py", notebook, Renamed("n.py", "n.txt"), "n.txt", F,
       "n.txt", false, "another object"},
      {"RenamedToIpynb", "n.py", notebook, Renamed("n.py", "n.ipynb"),
       "n.ipynb", F, "n.ipynb", false, "another object"},
      {"RenamedToTheOtherLanguageOfItsHeader", "n.py", notebook,
       Renamed("n.py", "n.r"), "n.r", N, "n", false, "another object"},
  };
}

class ChangesOfKind : public testing::TestWithParam<Change> {};

TEST_P(ChangesOfKind, AreAsTheTableSays) {
  const Change& change = GetParam();
  FsWorld world;
  WSFS_ASSERT_OK(world.Save(change.before, change.bytes));
  world.Settle();
  const auto objects =
      world.workspace().model().List(std::string(FsWorld::kHome));
  ASSERT_EQ(objects->size(), 1U);
  const ObjectId before = world.workspace().IdOf(objects->front().path);

  change.change(world);
  const std::string bytes = *world.ReadAll(change.after);
  world.Settle();

  EXPECT_THAT(*world.Names(""), ElementsAre(change.after));
  EXPECT_EQ(*world.ReadAll(change.after), bytes);
  EXPECT_EQ(TypeOf(world, change.remote), change.type);
  EXPECT_EQ(world.AtService().size(), 1U);
  const bool same =
      world.workspace().IdOf(FsWorld::Remote(change.remote)) == before;
  EXPECT_EQ(same, change.same_object);
  EXPECT_THAT(world.Notices(), HasSubstr(change.said));
  EXPECT_THAT(world.syncer().Status().pending, IsEmpty());
}

std::string NameOfChange(const testing::TestParamInfo<Change>& info) {
  return info.param.about;
}

INSTANTIATE_TEST_SUITE_P(Table, ChangesOfKind, testing::ValuesIn(Changes()),
                         NameOfChange);

}  // namespace
}  // namespace wsfs
