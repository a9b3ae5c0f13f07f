// The table "Names" of docs/semantics.md, row by row and both ways: what the
// service holds is listed under these names, and each of these names is that
// object: it is read, and a save goes to it.

#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "fs_world.h"

namespace wsfs {
namespace {

using ::testing::ContainerEq;
using ::testing::ElementsAre;
using Act = std::function<void(FsWorld&)>;

constexpr std::string_view kHash = "# Databricks notebook source\n1\n";
constexpr std::string_view kDashes =
    "-- Databricks notebook source\nSELECT 1\n";
constexpr std::string_view kSlashes = "// Databricks notebook source\n1\n";
constexpr std::string_view kIpynb =
    R"({"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5})";

const std::string kEditedIpynb =
    R"({"cells":[{"cell_type":"raw","metadata":{},"source":"x"}],)"
    R"("metadata":{},"nbformat":4,"nbformat_minor":4})";

Act File(std::string name) {
  return [=](FsWorld& world) {
    world.workspace().PutFile(FsWorld::Remote(name), "text\n");
  };
}
Act Notebook(std::string name, Language language, std::string_view source) {
  return [=](FsWorld& world) {
    world.workspace().PutNotebook(FsWorld::Remote(name), language, source);
  };
}
Act Python(std::string name) {
  return Notebook(std::move(name), Language::kPython, kHash);
}
Act Ipynb(std::string name) {
  return [=](FsWorld& world) {
    world.workspace().PutIpynb(FsWorld::Remote(name), kIpynb);
  };
}
Act Folder(std::string name) {
  return [=](FsWorld& world) {
    world.workspace().MakeFolder(FsWorld::Remote(name));
  };
}
Act Other(std::string name, NodeType type) {
  return [=](FsWorld& world) {
    ASSERT_TRUE(
        world.workspace().model().Place(FsWorld::Remote(name), type).ok());
  };
}

struct Row {
  std::string about;
  std::vector<Act> held;
  /// Shown name → the object's name at the service.
  std::map<std::string, std::string> shown;
  bool readable = true;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.about;
}

std::vector<Row> Rows() {
  const std::string long_name(252, 'n');
  return {
      {"APythonNotebook", {Python("nb")}, {{"nb.py", "nb"}}},
      {"AnSqlNotebook",
       {Notebook("nb", Language::kSql, kDashes)},
       {{"nb.sql", "nb"}}},
      {"AScalaNotebook",
       {Notebook("nb", Language::kScala, kSlashes)},
       {{"nb.scala", "nb"}}},
      {"AnRNotebook", {Notebook("nb", Language::kR, kHash)}, {{"nb.r", "nb"}}},
      {"AnIpynb", {Ipynb("nb")}, {{"nb.ipynb", "nb"}}},
      {"ANameThatEndsLikeASource", {Python("x.py")}, {{"x.py.py", "x.py"}}},
      {"ANameThatEndsLikeAnIpynb",
       {Python("x.ipynb")},
       {{"x.ipynb.py", "x.ipynb"}}},
      {"AFileOfTheShownName",
       {Python("nb"), File("nb.py")},
       {{"nb.py", "nb.py"}, {"nb.notebook.py", "nb"}}},
      {"AFileOfTheSecondNameToo",
       {Python("nb"), File("nb.py"), File("nb.notebook.py")},
       {{"nb.py", "nb.py"},
        {"nb.notebook.py", "nb.notebook.py"},
        {"nb.notebook-2.py", "nb"}}},
      {"AFolderOfTheShownName",
       {Python("nb"), Folder("nb.py")},
       {{"nb.py", "nb.py"}, {"nb.notebook.py", "nb"}}},
      {"AFolderThatEndsLikeASource", {Folder("nb.py")}, {{"nb.py", "nb.py"}}},
      {"APlainPythonFile", {File("module.py")}, {{"module.py", "module.py"}}},
      {"TwoNotebooksOfOneShownName",
       {Python("x.py"), Python("x")},
       {{"x.py", "x"}, {"x.py.py", "x.py"}}},
      {"AColonAndBlanks",
       {Python("New Notebook 2026-05-04 13:54:24")},
       {{"New Notebook 2026-05-04 13:54:24.py",
         "New Notebook 2026-05-04 13:54:24"}}},
      {"TheLongestThatCanBeShown",
       {Python(long_name)},
       {{long_name + ".py", long_name}}},
      {"OneTooLongToBeShown", {Python(long_name + "n")}, {}},
      {"ADashboard",
       {Other("sales.lvdash.json", NodeType::kDashboard)},
       {{"sales.lvdash.json", "sales.lvdash.json"}},
       false},
      {"ALibrary", {Other("lib", NodeType::kLibrary)}, {{"lib", "lib"}}, false},
      {"ADesignerFile",
       {Other("flow.designer.ipynb", NodeType::kDesignerFile)},
       {{"flow.designer.ipynb", "flow.designer.ipynb"}},
       false},
  };
}

class NamesTable : public testing::TestWithParam<Row> {
 protected:
  NamesTable() {
    // Folders from before August 2024 may hold any of these (notebooks.md
    // §4.3).
    world.workspace().Set("notebook-clash", "allow");
    for (const Act& put : GetParam().held) put(world);
    world.Pass(Milliseconds{15'000});
    // A format that no list tells is known once the bytes are.
    EXPECT_TRUE(world.Names("").ok());
    world.Shown();
  }
  FsWorld world;
};

// list → name, name → object.
TEST_P(NamesTable, IsAsItSays) {
  std::map<std::string, std::string> found;
  const std::vector<std::string> names = *world.Names("");
  for (const std::string& name : names) {
    const auto id = world.Xattr(name, "user.wsfs.object_id");
    ASSERT_TRUE(id.ok()) << name;
    for (const auto& [shown, remote] : GetParam().shown)
      if (std::to_string(world.workspace().IdOf(FsWorld::Remote(remote))) ==
          *id)
        found[name] = remote;
  }
  EXPECT_THAT(found, ContainerEq(GetParam().shown));
  EXPECT_EQ(names.size(), GetParam().shown.size());
}

// And a save under a shown name goes to that object, whatever stands beside.
TEST_P(NamesTable, ASaveGoesToThatObject) {
  for (const auto& [shown, remote] : GetParam().shown) {
    const auto stat = world.StatOf(shown);
    ASSERT_TRUE(stat.ok()) << shown;
    const auto before = world.ReadAll(shown);
    if (stat->kind != NodeKind::kFile) continue;
    ASSERT_EQ(before.ok(), GetParam().readable) << shown;
    if (!before.ok()) continue;
    const ObjectId id = world.workspace().IdOf(FsWorld::Remote(remote));
    world.ForgetCalls();
    const bool ipynb = shown.ends_with(".ipynb");
    const std::string edited = ipynb ? kEditedIpynb : *before + "\n";
    WSFS_ASSERT_OK(world.Save(shown, edited));
    world.Settle();
    EXPECT_EQ(world.workspace().IdOf(FsWorld::Remote(remote)), id) << shown;
    EXPECT_THAT(world.Writes(), ElementsAre("import " + remote)) << shown;
    if (ipynb) continue;  // The service writes these its own way.
    EXPECT_EQ(world.workspace().Read(FsWorld::Remote(remote)), edited);
  }
}

std::string NameOf(const testing::TestParamInfo<Row>& info) {
  return info.param.about;
}

INSTANTIATE_TEST_SUITE_P(Names, NamesTable, testing::ValuesIn(Rows()), NameOf);

}  // namespace
}  // namespace wsfs
