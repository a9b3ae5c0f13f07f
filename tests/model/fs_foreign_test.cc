// What somebody else does at the service against what was done here: the table
// "Foreign changes" of docs/semantics.md, row by row.

#include <cctype>
#include <functional>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "core/conflicts.h"
#include "fs_world.h"

namespace wsfs {
namespace {

using ::testing::ContainerEq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Paths and contents; of a folder, "/". A conflict copy is "copy of PATH".
using Tree = std::map<std::string, std::string>;
using Act = std::function<void(FsWorld&)>;

struct Story {
  std::string they;
  std::string we;
  Act they_do;
  Act we_do;
  Tree shown;
  Tree at_service;
  std::string said;  ///< Part of a notice; "": none is needed.
};

void PrintTo(const Story& story, std::ostream* out) {
  *out << "they " << story.they << ", we " << story.we;
}

void Ok(const Result<void>& outcome) {
  EXPECT_TRUE(outcome.ok()) << outcome.error().message();
}

Act Nothing() {
  return [](FsWorld&) {};
}
Act Save(std::string path, std::string text) {
  return [=](FsWorld& world) { Ok(world.Save(path, text)); };
}
Act Rename(std::string from, std::string to) {
  return [=](FsWorld& world) { Ok(world.Rename(from, to)); };
}
Act Unlink(std::string path) {
  return [=](FsWorld& world) { Ok(world.Unlink(path)); };
}
Act Both(Act first, Act second) {
  return [=](FsWorld& world) {
    first(world);
    second(world);
  };
}
/// Open and written to while they do it, closed afterwards.
Act SaveAround(std::string path, std::string text) {
  return [=](FsWorld& world) {
    const auto handle = world.OpenToWrite(path);
    ASSERT_TRUE(handle.ok());
    Ok(world.Write(*handle, 0, text));
    world.Pass(Milliseconds{20'000});
    ASSERT_TRUE(world.Names("").ok());
    world.Pass(Milliseconds{5'000});
    Ok(world.Close(*handle));
  };
}

Act TheyPut(std::string path, std::string text) {
  return [=](FsWorld& world) {
    world.workspace().PutFile(FsWorld::Remote(path), text);
  };
}
Act TheyRemove(std::string path) {
  return
      [=](FsWorld& world) { world.workspace().Remove(FsWorld::Remote(path)); };
}
Act TheyMove(std::string from, std::string to) {
  return [=](FsWorld& world) {
    world.workspace().Move(FsWorld::Remote(from), FsWorld::Remote(to));
  };
}
Act TheyMakeFolder(std::string path) {
  return [=](FsWorld& world) {
    world.workspace().MakeFolder(FsWorld::Remote(path));
  };
}
Act TheyMakeNotebook(std::string path) {
  return [=](FsWorld& world) {
    world.workspace().PutNotebook(FsWorld::Remote(path), Language::kPython,
                                  "# Databricks notebook source\ntheirs\n");
  };
}

constexpr const char* kTheirNotebook = "# Databricks notebook source\ntheirs\n";

std::vector<Story> Stories() {
  return {
      {.they = "Edit",
       .we = "Nothing",
       .they_do = TheyPut("a.txt", "theirs"),
       .we_do = Nothing(),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .said = ""},
      {.they = "Edit",
       .we = "Edit",
       .they_do = TheyPut("a.txt", "theirs"),
       .we_do = Save("a.txt", "ours"),
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt", "theirs"},
                 {"copy of a.txt", "ours"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .said = "changed here and at the service"},
      {.they = "Edit",
       .we = "EditTheSame",
       .they_do = TheyPut("a.txt", "theirs"),
       .we_do = Save("a.txt", "theirs"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .said = ""},
      {.they = "Edit",
       .we = "HaveItOpen",
       .they_do = TheyPut("a.txt", "theirs"),
       .we_do = SaveAround("a.txt", "ours"),
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt", "theirs"},
                 {"copy of a.txt", "ours"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .said = "changed here and at the service"},
      {.they = "Edit",
       .we = "Delete",
       .they_do = TheyPut("a.txt", "theirs"),
       .we_do = Unlink("a.txt"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .said = "shown again"},
      {.they = "Edit",
       .we = "Rename",
       .they_do = TheyPut("a.txt", "theirs"),
       .we_do = Rename("a.txt", "c.txt"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"c.txt", "theirs"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"c.txt", "theirs"}},
       .said = ""},
      {.they = "Edit",
       .we = "RenameAndEdit",
       .they_do = TheyPut("a.txt", "theirs"),
       .we_do = Both(Rename("a.txt", "c.txt"), Save("c.txt", "ours")),
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt", "theirs"},
                 {"copy of c.txt", "ours"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .said = ""},
      {.they = "Delete",
       .we = "Nothing",
       .they_do = TheyRemove("a.txt"),
       .we_do = Nothing(),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}},
       .said = ""},
      {.they = "Delete",
       .we = "Edit",
       .they_do = TheyRemove("a.txt"),
       .we_do = Save("a.txt", "ours"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "ours"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "ours"}},
       .said = "there again with your edit"},
      {.they = "Delete",
       .we = "HaveItOpen",
       .they_do = TheyRemove("a.txt"),
       .we_do = SaveAround("a.txt", "ours"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "ours"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "ours"}},
       .said = "there again with your edit"},
      {.they = "Delete",
       .we = "Delete",
       .they_do = TheyRemove("a.txt"),
       .we_do = Unlink("a.txt"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}},
       .said = ""},
      {.they = "Delete",
       .we = "Rename",
       .they_do = TheyRemove("a.txt"),
       .we_do = Rename("a.txt", "c.txt"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}},
       .said = ""},
      {.they = "Delete",
       .we = "RenameAndEdit",
       .they_do = TheyRemove("a.txt"),
       .we_do = Both(Rename("a.txt", "c.txt"), Save("c.txt", "ours")),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"c.txt", "ours"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"c.txt", "ours"}},
       .said = "there again with your edit"},
      {.they = "Rename",
       .we = "Nothing",
       .they_do = TheyMove("a.txt", "z.txt"),
       .we_do = Nothing(),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"z.txt", "base"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"z.txt", "base"}},
       .said = ""},
      {.they = "Rename",
       .we = "Edit",
       .they_do = TheyMove("a.txt", "z.txt"),
       .we_do = Save("a.txt", "ours"),
       .shown =
           {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "ours"}, {"z.txt", "base"}},
       .at_service =
           {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "ours"}, {"z.txt", "base"}},
       .said = ""},
      {.they = "Rename",
       .we = "Delete",
       .they_do = TheyMove("a.txt", "z.txt"),
       .we_do = Unlink("a.txt"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"z.txt", "base"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"z.txt", "base"}},
       .said = ""},
      {.they = "Rename",
       .we = "Rename",
       .they_do = TheyMove("a.txt", "z.txt"),
       .we_do = Rename("a.txt", "c.txt"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"z.txt", "base"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"z.txt", "base"}},
       .said = ""},
      {.they = "DeleteAndRecreate",
       .we = "Nothing",
       .they_do = Both(TheyRemove("a.txt"), TheyPut("a.txt", "theirs")),
       .we_do = Nothing(),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .said = ""},
      {.they = "DeleteAndRecreate",
       .we = "Edit",
       .they_do = Both(TheyRemove("a.txt"), TheyPut("a.txt", "theirs")),
       .we_do = Save("a.txt", "ours"),
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt", "theirs"},
                 {"copy of a.txt", "ours"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .said = ""},
      {.they = "DeleteAndRecreate",
       .we = "Delete",
       .they_do = Both(TheyRemove("a.txt"), TheyPut("a.txt", "theirs")),
       .we_do = Unlink("a.txt"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "theirs"}},
       .said = ""},
      {.they = "MakeItANotebook",
       .we = "Nothing",
       .they_do = Both(TheyRemove("a.txt"), TheyMakeNotebook("a.txt")),
       .we_do = Nothing(),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt.py", kTheirNotebook}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", kTheirNotebook}},
       .said = ""},
      {.they = "MakeItANotebook",
       .we = "Edit",
       .they_do = Both(TheyRemove("a.txt"), TheyMakeNotebook("a.txt")),
       .we_do = Save("a.txt", "ours"),
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt.py", kTheirNotebook},
                 {"copy of a.txt", "ours"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", kTheirNotebook}},
       .said = ""},
      {.they = "MakeItAFolder",
       .we = "Nothing",
       .they_do = Both(TheyRemove("a.txt"), TheyMakeFolder("a.txt")),
       .we_do = Nothing(),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "/"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "/"}},
       .said = ""},
      {.they = "MakeItAFolder",
       .we = "Edit",
       .they_do = Both(TheyRemove("a.txt"), TheyMakeFolder("a.txt")),
       .we_do = Save("a.txt", "ours"),
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt", "/"},
                 {"copy of a.txt", "ours"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "/"}},
       .said = ""},
      {.they = "MakeItAFolder",
       .we = "Delete",
       .they_do = Both(TheyRemove("a.txt"), TheyMakeFolder("a.txt")),
       .we_do = Unlink("a.txt"),
       .shown = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "/"}},
       .at_service = {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "/"}},
       .said = ""},
      {.they = "MakeAFile",
       .we = "MakeTheSameFile",
       .they_do = TheyPut("n", "theirs"),
       .we_do = Save("n", "theirs"),
       .shown =
           {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "base"}, {"n", "theirs"}},
       .at_service =
           {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "base"}, {"n", "theirs"}},
       .said = ""},
      {.they = "MakeAFile",
       .we = "MakeAnother",
       .they_do = TheyPut("n", "theirs"),
       .we_do = Save("n", "ours"),
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt", "base"},
                 {"n", "theirs"},
                 {"copy of n", "ours"}},
       .at_service =
           {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "base"}, {"n", "theirs"}},
       .said = ""},
      {.they = "MakeAFile",
       .we = "MakeAFolderOfThatName",
       .they_do = TheyPut("n", "theirs"),
       .we_do =
           [](FsWorld& world) {
             Ok(world.MakeDirectory("n"));
             Ok(world.Save("n/x", "x"));
           },
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt", "base"},
                 {"n", "theirs"},
                 {"n.2", "/"},
                 {"n.2/x", "x"}},
       .at_service = {{"d", "/"},
                      {"d/b.txt", "b"},
                      {"a.txt", "base"},
                      {"n", "theirs"},
                      {"n.2", "/"},
                      {"n.2/x", "x"}},
       .said = ""},
      {.they = "MakeAFolder",
       .we = "MakeAFileOfThatName",
       .they_do = TheyMakeFolder("n"),
       .we_do = Save("n", "ours"),
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt", "base"},
                 {"n", "/"},
                 {"copy of n", "ours"}},
       .at_service =
           {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "base"}, {"n", "/"}},
       .said = ""},
      {.they = "MakeAFolder",
       .we = "MakeTheSameFolder",
       .they_do = TheyMakeFolder("n"),
       .we_do =
           [](FsWorld& world) {
             Ok(world.MakeDirectory("n"));
             Ok(world.Save("n/x", "x"));
           },
       .shown = {{"d", "/"},
                 {"d/b.txt", "b"},
                 {"a.txt", "base"},
                 {"n", "/"},
                 {"n/x", "x"}},
       .at_service = {{"d", "/"},
                      {"d/b.txt", "b"},
                      {"a.txt", "base"},
                      {"n", "/"},
                      {"n/x", "x"}},
       .said = ""},
      {.they = "MakeAFile",
       .we = "MoveToItsName",
       .they_do = TheyPut("n", "theirs"),
       .we_do = Rename("a.txt", "n"),
       .shown =
           {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "base"}, {"n", "theirs"}},
       .at_service =
           {{"d", "/"}, {"d/b.txt", "b"}, {"a.txt", "base"}, {"n", "theirs"}},
       .said = "moved back"},
      {.they = "DeleteTheFolder",
       .we = "Nothing",
       .they_do = TheyRemove("d"),
       .we_do = Nothing(),
       .shown = {{"a.txt", "base"}},
       .at_service = {{"a.txt", "base"}},
       .said = ""},
      {.they = "DeleteTheFolder",
       .we = "EditInIt",
       .they_do = TheyRemove("d"),
       .we_do = Save("d/b.txt", "ours"),
       .shown = {{"a.txt", "base"}, {"d", "/"}, {"d/b.txt", "ours"}},
       .at_service = {{"a.txt", "base"}, {"d", "/"}, {"d/b.txt", "ours"}},
       .said = ""},
      {.they = "DeleteTheFolder",
       .we = "AddToIt",
       .they_do = TheyRemove("d"),
       .we_do = Save("d/n", "new"),
       .shown = {{"a.txt", "base"}, {"d", "/"}, {"d/n", "new"}},
       .at_service = {{"a.txt", "base"}, {"d", "/"}, {"d/n", "new"}},
       .said = ""},
      {.they = "RenameTheFolder",
       .we = "Nothing",
       .they_do = TheyMove("d", "e"),
       .we_do = Nothing(),
       .shown = {{"a.txt", "base"}, {"e", "/"}, {"e/b.txt", "b"}},
       .at_service = {{"a.txt", "base"}, {"e", "/"}, {"e/b.txt", "b"}},
       .said = ""},
      {.they = "RenameTheFolder",
       .we = "EditInIt",
       .they_do = TheyMove("d", "e"),
       .we_do = Save("d/b.txt", "ours"),
       .shown = {{"a.txt", "base"},
                 {"d", "/"},
                 {"d/b.txt", "ours"},
                 {"e", "/"},
                 {"e/b.txt", "b"}},
       .at_service = {{"a.txt", "base"},
                      {"d", "/"},
                      {"d/b.txt", "ours"},
                      {"e", "/"},
                      {"e/b.txt", "b"}},
       .said = ""},
      {.they = "AddToTheFolder",
       .we = "DeleteIt",
       .they_do = TheyPut("d/n", "theirs"),
       .we_do =
           [](FsWorld& world) {
             Ok(world.Unlink("d/b.txt"));
             Ok(world.RemoveDirectory("d"));
           },
       .shown = {{"a.txt", "base"}, {"d", "/"}, {"d/n", "theirs"}},
       .at_service = {{"a.txt", "base"}, {"d", "/"}, {"d/n", "theirs"}},
       .said = ""},
  };
}

class ForeignChanges : public testing::TestWithParam<Story> {
 protected:
  static Tree Shown(FsWorld& world) {
    std::map<std::string, std::string> copies;
    for (const Conflict& one : Conflicts(world.ledger(), world.syncer()).All())
      copies[one.copy] = one.path;
    Tree tree;
    Walk(world, "", copies, tree);
    return tree;
  }

  static void Walk(FsWorld& world, const std::string& folder,
                   const std::map<std::string, std::string>& copies,
                   Tree& tree) {
    const auto names = world.Names(folder);
    ASSERT_TRUE(names.ok()) << names.error().message();
    for (const std::string& name : *names) {
      const std::string path = folder.empty() ? name : folder + "/" + name;
      if (world.StatOf(path)->kind == NodeKind::kDirectory) {
        tree[path] = "/";
        Walk(world, path, copies, tree);
        continue;
      }
      const auto copy = copies.find(FsWorld::Remote(path));
      const std::string key =
          copy == copies.end()
              ? path
              : "copy of " + copy->second.substr(FsWorld::kHome.size() + 1);
      tree[key] = world.ReadAll(path).value_or("unreadable");
    }
  }

  static void List(FsWorld& world, const std::string& folder, Tree& tree) {
    CallOptions options;
    options.deadline = world.clock().Now() + Milliseconds{1'000};
    const std::string at =
        folder.empty() ? std::string(FsWorld::kHome) : FsWorld::Remote(folder);
    const auto entries =
        world.workspace().List(*RemotePath::Parse(at), options);
    ASSERT_TRUE(entries.ok());
    for (const ObjectInfo& entry : *entries) {
      const std::string path =
          entry.path.text().substr(FsWorld::kHome.size() + 1);
      if (entry.type == ObjectType::kDirectory) {
        tree[path] = "/";
        List(world, path, tree);
      } else {
        tree[path] = world.workspace().Read(entry.path.text());
      }
    }
  }

  static std::string Notices(FsWorld& world) {
    std::string all;
    const auto notices = world.ledger().store().RecentNotices(10);
    for (const Notice& notice : *notices)
      all += notice.path + " " + notice.text + "\n";
    return all;
  }
};

TEST_P(ForeignChanges, EndAsTheTableSays) {
  const Story& story = GetParam();
  FsWorld world;
  world.workspace().PutFile(FsWorld::Remote("a.txt"), "base");
  world.workspace().MakeFolder(FsWorld::Remote("d"));
  world.workspace().PutFile(FsWorld::Remote("d/b.txt"), "b");
  for (const char* folder : {"", "d"}) ASSERT_TRUE(world.Names(folder).ok());
  for (const char* file : {"a.txt", "d/b.txt"})
    ASSERT_TRUE(world.ReadAll(file).ok());
  world.Pass(Milliseconds{15'000});

  story.they_do(world);
  story.we_do(world);
  world.Settle();
  // Looked at twice: what one look finds is there at the next.
  Shown(world);
  world.Settle();

  EXPECT_THAT(Shown(world), ContainerEq(story.shown));
  Tree service;
  List(world, "", service);
  EXPECT_THAT(service, ContainerEq(story.at_service));
  EXPECT_THAT(Notices(world), HasSubstr(story.said));
  EXPECT_THAT(world.syncer().Status().pending, IsEmpty());
}

std::string NameOf(const testing::TestParamInfo<Story>& info) {
  std::string name = "They" + info.param.they + "We" + info.param.we;
  std::erase_if(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) == 0;
  });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Table, ForeignChanges, testing::ValuesIn(Stories()),
                         NameOf);

}  // namespace
}  // namespace wsfs
