// What a client needs of `Workspace`, in memory and over HTTP, at every value
// of every switch alone: the same calls do the same, or say what they cannot.

#include <string>
#include <tuple>

#include "testing/switch_values.h"
#include "workspace_fixture.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSupersetOf;

class WorkspaceSwitches : public WorkspaceCalls,
                          public ::testing::WithParamInterface<
                              std::tuple<WorkspaceKind, SwitchValue>> {
 protected:
  void SetUp() override {
    backend_ = std::get<0>(GetParam()).make({});
    setting_ = std::get<1>(GetParam());
    Set(setting_.name, setting_.value);
  }
  bool Is(std::string_view name, std::string_view value) const {
    return setting_.name == name && setting_.value == value;
  }

  SwitchValue setting_;
};

TEST_P(WorkspaceSwitches, FilesComeBackAsTheyWere) {
  ASSERT_EQ(Mkdirs("d/e"), "ok");
  ASSERT_EQ(Put("d/f.txt", "one", /*overwrite=*/false), "ok");
  EXPECT_EQ(Put("d/f.txt", "two", /*overwrite=*/false), "already-exists");
  EXPECT_EQ(Get("d/f.txt"), "one");
  EXPECT_EQ(Put("d/f.txt", "three"), "ok");
  EXPECT_EQ(Get("d/f.txt"), "three");
  EXPECT_EQ(Put("d/empty", ""), "ok");
  EXPECT_EQ(Get("d/empty"), "");
  EXPECT_EQ(Put("d/module.py", "print(1)\n"), "ok");
  EXPECT_EQ(Status("d/module.py")->type, ObjectType::kFile);
  EXPECT_THAT(Children("d"), ElementsAre("e", "empty", "f.txt", "module.py"));
  EXPECT_TRUE(Status("d/f.txt")->modified_at.has_value());
  EXPECT_EQ(Delete("d"), "not-empty");
  EXPECT_EQ(Delete("d", /*recursive=*/true), "ok");
  EXPECT_EQ(Code(Status("d")), "not-found");
}

TEST_P(WorkspaceSwitches, NotebooksStayNotebooks) {
  const std::string text = "# Databricks notebook source\nprint(1)\n";
  ASSERT_EQ(PutNotebook("n", text), "ok");
  EXPECT_EQ(Status("n")->type, ObjectType::kNotebook);
  EXPECT_EQ(Status("n")->language, Language::kPython);
  EXPECT_EQ(Get("n", ExportFormat::kSource), text);
  EXPECT_EQ(PutNotebook("n", text + "print(2)\n"), "ok");
  EXPECT_EQ(Get("n", ExportFormat::kSource), text + "print(2)\n");
  EXPECT_EQ(PutAs({Home("n"), ImportFormat::kSource, Language::kPython,
                   /*overwrite=*/false},
                  text),
            "already-exists");
  EXPECT_EQ(Put("n", "a file"), "type-mismatch");
}

TEST_P(WorkspaceSwitches, ARenameMovesOrIsNotThere) {
  ASSERT_EQ(Mkdirs("d"), "ok");
  ASSERT_EQ(Put("d/f.txt", "f"), "ok");
  if (Is("rename", "absent")) {
    EXPECT_EQ(Rename("d/f.txt", "g.txt"), "unsupported");
    EXPECT_EQ(Get("d/f.txt"), "f");
    return;
  }
  EXPECT_EQ(Rename("d/f.txt", "g.txt"), "ok");
  EXPECT_EQ(Get("g.txt"), "f");
  EXPECT_EQ(Code(Status("d/f.txt")), "not-found");
  EXPECT_EQ(Rename("d", "e"), "ok");
  EXPECT_EQ(Status("e")->type, ObjectType::kDirectory);
}

TEST_P(WorkspaceSwitches, WhatIsThereIsListed) {
  ASSERT_EQ(Put("f.txt", "f"), "ok");
  EXPECT_THAT(Names(workspace().List(RemotePath(), Options())),
              IsSupersetOf({"Users", "Shared"}));
  const auto files = workspace().ListFiles(Path(kHome), Options());
  if (Is("list-files", "refused") || Is("workspace-files", "missing")) {
    EXPECT_EQ(Code(files), "unsupported");
  } else {
    EXPECT_THAT(Names(files), ElementsAre("f.txt"));
  }
  EXPECT_EQ(workspace().Me(Options())->user_name, "ada@example.com");
}

INSTANTIATE_TEST_SUITE_P(Alone, WorkspaceSwitches,
                         ::testing::Combine(::testing::Values(InMemory(),
                                                              OverHttp()),
                                            ::testing::ValuesIn(OtherValues())),
                         [](const auto& of) {
                           return std::get<0>(of.param).name + "_" +
                                  std::get<1>(of.param).test_name();
                         });

}  // namespace
}  // namespace wsfs
