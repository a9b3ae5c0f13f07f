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

using Tree = FsWorld::Tree;
using Act = std::function<void(FsWorld&)>;

struct Story {
  std::string they;
  std::string we;
  Act they_do;
  Act we_do;
  Tree shown;        ///< A conflict copy of PATH is "copy of PATH": only here.
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
Act MakeFolderWithFile(std::string folder, std::string file) {
  return [=](FsWorld& world) {
    Ok(world.MakeDirectory(folder));
    Ok(world.Save(folder + "/" + file, file));
  };
}
Act RemoveFolderD() {
  return [](FsWorld& world) {
    Ok(world.Unlink("d/b.txt"));
    Ok(world.RemoveDirectory("d"));
  };
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

constexpr const char* kTheirNotebook = "# Databricks notebook source\ntheirs\n";

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
                                  kTheirNotebook);
  };
}

/// Beside the folder that was there and is not touched.
Tree Beside(Tree tree) {
  tree.insert({{"d", "/"}, {"d/b.txt", "b"}});
  return tree;
}

std::vector<Story> Stories() {
  return {
      {"Edit", "Nothing", TheyPut("a.txt", "theirs"), Nothing(),
       Beside({{"a.txt", "theirs"}}), ""},
      {"Edit", "Edit", TheyPut("a.txt", "theirs"), Save("a.txt", "ours"),
       Beside({{"a.txt", "theirs"}, {"copy of a.txt", "ours"}}),
       "changed here and at the service"},
      {"Edit", "EditTheSame", TheyPut("a.txt", "theirs"),
       Save("a.txt", "theirs"), Beside({{"a.txt", "theirs"}}), ""},
      {"Edit", "HaveItOpen", TheyPut("a.txt", "theirs"),
       SaveAround("a.txt", "ours"),
       Beside({{"a.txt", "theirs"}, {"copy of a.txt", "ours"}}),
       "changed here and at the service"},
      {"Edit", "Delete", TheyPut("a.txt", "theirs"), Unlink("a.txt"),
       Beside({{"a.txt", "theirs"}}), "shown again"},
      {"Edit", "Rename", TheyPut("a.txt", "theirs"), Rename("a.txt", "c.txt"),
       Beside({{"c.txt", "theirs"}}), ""},
      {"Edit", "RenameAndEdit", TheyPut("a.txt", "theirs"),
       Both(Rename("a.txt", "c.txt"), Save("c.txt", "ours")),
       Beside({{"a.txt", "theirs"}, {"copy of c.txt", "ours"}}), ""},
      {"Delete", "Nothing", TheyRemove("a.txt"), Nothing(), Beside({}), ""},
      {"Delete", "Edit", TheyRemove("a.txt"), Save("a.txt", "ours"),
       Beside({{"a.txt", "ours"}}), "there again with your edit"},
      {"Delete", "HaveItOpen", TheyRemove("a.txt"), SaveAround("a.txt", "ours"),
       Beside({{"a.txt", "ours"}}), "there again with your edit"},
      {"Delete", "Delete", TheyRemove("a.txt"), Unlink("a.txt"), Beside({}),
       ""},
      {"Delete", "Rename", TheyRemove("a.txt"), Rename("a.txt", "c.txt"),
       Beside({}), ""},
      {"Delete", "RenameAndEdit", TheyRemove("a.txt"),
       Both(Rename("a.txt", "c.txt"), Save("c.txt", "ours")),
       Beside({{"c.txt", "ours"}}), "there again with your edit"},
      {"Rename", "Nothing", TheyMove("a.txt", "z.txt"), Nothing(),
       Beside({{"z.txt", "base"}}), ""},
      {"Rename", "Edit", TheyMove("a.txt", "z.txt"), Save("a.txt", "ours"),
       Beside({{"a.txt", "ours"}, {"z.txt", "base"}}), ""},
      {"Rename", "Delete", TheyMove("a.txt", "z.txt"), Unlink("a.txt"),
       Beside({{"z.txt", "base"}}), ""},
      {"Rename", "Rename", TheyMove("a.txt", "z.txt"), Rename("a.txt", "c.txt"),
       Beside({{"z.txt", "base"}}), ""},
      {"DeleteAndRecreate", "Nothing",
       Both(TheyRemove("a.txt"), TheyPut("a.txt", "theirs")), Nothing(),
       Beside({{"a.txt", "theirs"}}), ""},
      {"DeleteAndRecreate", "Edit",
       Both(TheyRemove("a.txt"), TheyPut("a.txt", "theirs")),
       Save("a.txt", "ours"),
       Beside({{"a.txt", "theirs"}, {"copy of a.txt", "ours"}}), ""},
      {"DeleteAndRecreate", "Delete",
       Both(TheyRemove("a.txt"), TheyPut("a.txt", "theirs")), Unlink("a.txt"),
       Beside({{"a.txt", "theirs"}}), ""},
      {"MakeItANotebook", "Nothing",
       Both(TheyRemove("a.txt"), TheyMakeNotebook("a.txt")), Nothing(),
       Beside({{"a.txt.py", kTheirNotebook}}), ""},
      {"MakeItANotebook", "Edit",
       Both(TheyRemove("a.txt"), TheyMakeNotebook("a.txt")),
       Save("a.txt", "ours"),
       Beside({{"a.txt.py", kTheirNotebook}, {"copy of a.txt", "ours"}}), ""},
      {"MakeItAFolder", "Nothing",
       Both(TheyRemove("a.txt"), TheyMakeFolder("a.txt")), Nothing(),
       Beside({{"a.txt", "/"}}), ""},
      {"MakeItAFolder", "Edit",
       Both(TheyRemove("a.txt"), TheyMakeFolder("a.txt")),
       Save("a.txt", "ours"),
       Beside({{"a.txt", "/"}, {"copy of a.txt", "ours"}}), ""},
      {"MakeItAFolder", "Delete",
       Both(TheyRemove("a.txt"), TheyMakeFolder("a.txt")), Unlink("a.txt"),
       Beside({{"a.txt", "/"}}), ""},
      {"MakeAFile", "MakeTheSameFile", TheyPut("n", "theirs"),
       Save("n", "theirs"), Beside({{"a.txt", "base"}, {"n", "theirs"}}), ""},
      {"MakeAFile", "MakeAnother", TheyPut("n", "theirs"), Save("n", "ours"),
       Beside({{"a.txt", "base"}, {"n", "theirs"}, {"copy of n", "ours"}}), ""},
      {"MakeAFile", "MakeAFolderOfThatName", TheyPut("n", "theirs"),
       MakeFolderWithFile("n", "x"),
       Beside(
           {{"a.txt", "base"}, {"n", "theirs"}, {"n.2", "/"}, {"n.2/x", "x"}}),
       ""},
      {"MakeAFolder", "MakeAFileOfThatName", TheyMakeFolder("n"),
       Save("n", "ours"),
       Beside({{"a.txt", "base"}, {"n", "/"}, {"copy of n", "ours"}}), ""},
      {"MakeAFolder", "MakeTheSameFolder", TheyMakeFolder("n"),
       MakeFolderWithFile("n", "x"),
       Beside({{"a.txt", "base"}, {"n", "/"}, {"n/x", "x"}}), ""},
      {"MakeAFile", "MoveToItsName", TheyPut("n", "theirs"),
       Rename("a.txt", "n"), Beside({{"a.txt", "base"}, {"n", "theirs"}}),
       "moved back"},
      {"DeleteTheFolder", "Nothing", TheyRemove("d"), Nothing(),
       Tree{{"a.txt", "base"}}, ""},
      {"DeleteTheFolder", "EditInIt", TheyRemove("d"), Save("d/b.txt", "ours"),
       Tree{{"a.txt", "base"}, {"d", "/"}, {"d/b.txt", "ours"}}, ""},
      {"DeleteTheFolder", "AddToIt", TheyRemove("d"), Save("d/n", "new"),
       Tree{{"a.txt", "base"}, {"d", "/"}, {"d/n", "new"}}, ""},
      {"RenameTheFolder", "Nothing", TheyMove("d", "e"), Nothing(),
       Tree{{"a.txt", "base"}, {"e", "/"}, {"e/b.txt", "b"}}, ""},
      {"RenameTheFolder", "EditInIt", TheyMove("d", "e"),
       Save("d/b.txt", "ours"),
       Tree{{"a.txt", "base"},
            {"d", "/"},
            {"d/b.txt", "ours"},
            {"e", "/"},
            {"e/b.txt", "b"}},
       ""},
      {"AddToTheFolder", "DeleteIt", TheyPut("d/n", "theirs"), RemoveFolderD(),
       Tree{{"a.txt", "base"}, {"d", "/"}, {"d/n", "theirs"}}, ""},
  };
}

class ForeignChanges : public testing::TestWithParam<Story> {
 protected:
  static Tree Shown(FsWorld& world) {
    Tree tree = world.Shown();
    for (const Conflict& one :
         Conflicts(world.ledger(), world.syncer()).All()) {
      const auto copy = tree.extract(one.copy.substr(kHomeLength));
      EXPECT_FALSE(copy.empty()) << one.copy;
      tree[std::string(kCopyOf) + one.path.substr(kHomeLength)] = copy.mapped();
    }
    return tree;
  }
  static Tree WithoutCopies(Tree tree) {
    std::erase_if(tree, [](const auto& entry) {
      return entry.first.starts_with(kCopyOf);
    });
    return tree;
  }

 private:
  static constexpr std::string_view kCopyOf = "copy of ";
  static constexpr std::size_t kHomeLength = FsWorld::kHome.size() + 1;
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
  EXPECT_THAT(world.AtService(), ContainerEq(WithoutCopies(story.shown)));
  EXPECT_THAT(world.Notices(), HasSubstr(story.said));
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
