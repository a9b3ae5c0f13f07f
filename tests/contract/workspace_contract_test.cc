// What `Workspace` promises (api/workspace.h), in memory and over HTTP.

#include <string>

#include "workspace_fixture.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

INSTANTIATE_TEST_SUITE_P(Of, WorkspaceContract,
                         ::testing::Values(InMemory(), OverHttp()),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(WorkspaceContract, TellsTheStatusOfEachKind) {
  ASSERT_EQ(Mkdirs("d"), "ok");
  ASSERT_EQ(Put("f.txt", "12345"), "ok");
  ASSERT_EQ(PutNotebook("n", "print(1)\n"), "ok");

  const auto directory = Status("d");
  EXPECT_EQ(directory->type, ObjectType::kDirectory);
  EXPECT_EQ(directory->path, Home("d"));
  const auto file = Status("f.txt");
  EXPECT_EQ(file->type, ObjectType::kFile);
  EXPECT_TRUE(file->modified_at.has_value());
  // As recorded: no size (databricks-api.md §1.2).
  EXPECT_EQ(file->size, std::nullopt);
  EXPECT_GT(file->id, ObjectId{1} << 53);
  const auto notebook = Status("n");
  EXPECT_EQ(notebook->type, ObjectType::kNotebook);
  EXPECT_EQ(notebook->language, Language::kPython);
  EXPECT_EQ(notebook->format, NotebookFormat::kSource);
}

TEST_P(WorkspaceContract, TellsSizesWhereTheServiceDoes) {
  Set("size", "yes");
  ASSERT_EQ(Put("f", "12345"), "ok");
  ASSERT_EQ(Put("empty", ""), "ok");
  EXPECT_EQ(Status("f")->size, 5U);
  EXPECT_EQ(Status("empty")->size, 0U);
}

TEST_P(WorkspaceContract, MissingObjectsAreNotFoundByEveryCall) {
  EXPECT_EQ(Code(Status("x")), "not-found");
  EXPECT_EQ(Code(Status("x/y/z")), "not-found");
  EXPECT_THAT(Children("x"), ElementsAre("not-found"));
  EXPECT_EQ(Get("x"), "not-found");
  EXPECT_EQ(Delete("x"), "not-found");
  EXPECT_EQ(Rename("x", "y"), "not-found");
  EXPECT_EQ(Put("x/y", "1"), "not-found");
}

TEST_P(WorkspaceContract, ListsChildren) {
  ASSERT_EQ(Mkdirs("d/sub"), "ok");
  ASSERT_EQ(Put("d/f", "1"), "ok");
  ASSERT_EQ(Mkdirs("empty"), "ok");
  EXPECT_THAT(Children("d"), ElementsAre("f", "sub"));
  EXPECT_THAT(Children("empty"), IsEmpty());
  EXPECT_THAT(Names(workspace().List(RemotePath(), Options())),
              IsSupersetOf({"Users", "Shared"}));
  const auto list = workspace().List(Home("d"), Options());
  for (const ObjectInfo& info : *list) EXPECT_EQ(info.path.Parent(), Home("d"));
}

TEST_P(WorkspaceContract, AFileOrNotebookIsNotListed) {
  ASSERT_EQ(Put("f", "1"), "ok");
  ASSERT_EQ(PutNotebook("n", "1"), "ok");
  EXPECT_THAT(Children("f"), ElementsAre("not-a-directory"));
  EXPECT_THAT(Children("n"), ElementsAre("not-a-directory"));
}

TEST_P(WorkspaceContract, OneChildCalledLikeItsFolderIsAChild) {
  ASSERT_EQ(Mkdirs("x"), "ok");
  ASSERT_EQ(Put("x/x", "1"), "ok");
  EXPECT_THAT(Children("x"), ElementsAre("x"));
}

TEST_P(WorkspaceContract, AGitFolderBehavesAsADirectory) {
  ASSERT_TRUE(backend_->model()
                  .Place(Home("repo").text(), NodeType::kRepo)
                  .has_value());
  EXPECT_EQ(Status("repo")->type, ObjectType::kRepo);
  ASSERT_EQ(Put("repo/f", "1"), "ok");
  EXPECT_THAT(Children("repo"), ElementsAre("f"));
}

TEST_P(WorkspaceContract, WhatCannotBeReadIsOpaque) {
  ASSERT_TRUE(backend_->model()
                  .Place(Home("lib").text(), NodeType::kLibrary)
                  .has_value());
  EXPECT_EQ(Status("lib")->type, ObjectType::kOpaque);
  EXPECT_EQ(Status("lib")->type_name, "LIBRARY");
}

TEST_P(WorkspaceContract, KeepsAwkwardNames) {
  const std::vector<std::string> names = {
      "a b",      "a+b",       "a%20b",     "a#b",
      "a?b",      "a&b=c",     "héllo",     "テスト.txt",
      "quote\"s", "it's",      "new\nline", "back\\sl",
      ".hidden",  "co:lon 10", "100%",      std::string(258, 'a')};
  ASSERT_EQ(Mkdirs("odd"), "ok");
  for (const std::string& name : names) {
    ASSERT_EQ(Put("odd/" + name, name), "ok") << name;
    EXPECT_EQ(Get("odd/" + name), name);
    EXPECT_EQ(Status("odd/" + name)->path, Home("odd/" + name));
  }
  EXPECT_THAT(Children("odd"), ::testing::UnorderedElementsAreArray(names));
  for (const std::string& name : names)
    EXPECT_EQ(Delete("odd/" + name), "ok") << name;
}

TEST_P(WorkspaceContract, ListFilesTellsSizes) {
  ASSERT_EQ(Put("f", "12345"), "ok");
  ASSERT_EQ(PutNotebook("n", "1"), "ok");
  const auto list = workspace().ListFiles(Home("f").Parent(), Options());
  ASSERT_TRUE(list.ok()) << list.error().message();
  ASSERT_THAT(Names(list), ElementsAre("f", "n"));
  for (const ObjectInfo& info : *list) {
    if (info.type == ObjectType::kFile) {
      EXPECT_EQ(info.size, 5U);
    }
  }
}

TEST_P(WorkspaceContract, ARefusedListFilesIsUnsupported) {
  Set("list-files", "refused");
  EXPECT_EQ(Code(workspace().ListFiles(Path(kHome), Options())), "unsupported");
}

TEST_P(WorkspaceContract, MakesDirectoriesWithTheirParents) {
  EXPECT_EQ(Mkdirs("a/b/c"), "ok");
  EXPECT_EQ(Mkdirs("a/b/c"), "ok");
  EXPECT_EQ(Status("a/b")->type, ObjectType::kDirectory);
  ASSERT_EQ(Put("f", "1"), "ok");
  EXPECT_EQ(Mkdirs("f"), "already-exists");
  EXPECT_EQ(Mkdirs("f/d"), "already-exists");
  EXPECT_EQ(Code(workspace().Mkdirs(Path("/Users/nobody/x"), Options())),
            "protected");
}

TEST_P(WorkspaceContract, AFullFolderHasNoSpace) {
  ModelOptions options;
  options.max_children = 3;
  Make(options);
  for (const char* name : {"1", "2", "3"}) ASSERT_EQ(Mkdirs(name), "ok");
  EXPECT_EQ(Mkdirs("4"), "no-space");
  EXPECT_EQ(Put("4", "1"), "no-space");
}

TEST_P(WorkspaceContract, DeletesButNotFullFoldersUnasked) {
  ASSERT_EQ(Mkdirs("d"), "ok");
  ASSERT_EQ(Put("d/f", "1"), "ok");
  EXPECT_EQ(Delete("d"), "not-empty");
  EXPECT_EQ(Delete("d/f"), "ok");
  EXPECT_EQ(Delete("d"), "ok");
  ASSERT_EQ(Mkdirs("e/f/g"), "ok");
  EXPECT_EQ(Delete("e", /*recursive=*/true), "ok");
  EXPECT_EQ(Code(Status("e")), "not-found");
  EXPECT_EQ(Code(workspace().Delete(Path("/Users"), true, Options())),
            "protected");
}

TEST_P(WorkspaceContract, ImportsANewObjectOnlyWhereThereIsNone) {
  EXPECT_EQ(Put("f", "1", /*overwrite=*/false), "ok");
  EXPECT_EQ(Put("f", "2", /*overwrite=*/false), "already-exists");
  for (const char* shape : {"409", "409-no-code"}) {
    Set("file-exists", shape);
    EXPECT_EQ(Put("f", "2", /*overwrite=*/false), "already-exists");
  }
  EXPECT_EQ(Get("f"), "1");
  ASSERT_EQ(PutNotebook("n", "1"), "ok");
  for (const char* shape : {"old", "new"}) {
    Set("notebook-exists", shape);
    EXPECT_EQ(PutAs({Home("n"), ImportFormat::kSource, Language::kPython,
                     /*overwrite=*/false},
                    "2"),
              "already-exists");
  }
}

TEST_P(WorkspaceContract, AnOverwriteKeepsTheObject) {
  ASSERT_EQ(Put("f", "1"), "ok");
  const auto before = Status("f");
  ASSERT_EQ(Put("f", "22"), "ok");
  const auto after = Status("f");
  EXPECT_EQ(after->id, before->id);
  EXPECT_GE(*after->modified_at, *before->modified_at);
  EXPECT_EQ(Get("f"), "22");
}

TEST_P(WorkspaceContract, AnObjectOfAnotherTypeIsNotOverwritten) {
  ASSERT_EQ(PutNotebook("n", "1"), "ok");
  EXPECT_EQ(Put("n", "x"), "type-mismatch");
  EXPECT_EQ(Put("n.py", "x"), "type-mismatch");
  ASSERT_EQ(Put("f", "1"), "ok");
  EXPECT_EQ(PutNotebook("f", "1"), "type-mismatch");
}

TEST_P(WorkspaceContract, KeepsEveryByte) {
  std::string all(3 << 20, '\0');
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = static_cast<char>((i * 2654435761U) >> 13U);
  ASSERT_EQ(Put("large.bin", all), "ok");
  EXPECT_EQ(Get("large.bin") == all, true);
  const std::string form = "\r\n--x--\r\nContent-Disposition: form-data\r\n";
  ASSERT_EQ(Put("form", form), "ok");
  EXPECT_EQ(Get("form"), form);
}

TEST_P(WorkspaceContract, KeepsEmptyFiles) {
  ASSERT_EQ(Put("empty", ""), "ok");
  EXPECT_EQ(Status("empty")->type, ObjectType::kFile);
  EXPECT_EQ(Get("empty"), "");
}

TEST_P(WorkspaceContract, SourceIsANotebookAtExactlyItsPath) {
  ASSERT_EQ(PutNotebook("job.py", "print(1)\n"), "ok");
  EXPECT_EQ(Status("job.py")->type, ObjectType::kNotebook);
  EXPECT_EQ(Get("job.py", ExportFormat::kSource),
            "# Databricks notebook source\nprint(1)\n");
}

TEST_P(WorkspaceContract, JupyterIsANotebookToo) {
  const char* ipynb =
      R"j({"cells":[{"cell_type":"code","source":["print(1)"],"metadata":{},)j"
      R"j("outputs":[],"execution_count":null}],"metadata":{"language_info":)j"
      R"j({"name":"python"}},"nbformat":4,"nbformat_minor":0})j";
  ASSERT_EQ(
      PutAs({Home("nb"), ImportFormat::kJupyter, Language::kNone, true}, ipynb),
      "ok");
  EXPECT_EQ(Status("nb")->format, NotebookFormat::kJupyter);
  EXPECT_THAT(Get("nb", ExportFormat::kJupyter), HasSubstr("print(1)"));
}

TEST_P(WorkspaceContract, ANotebookCanBeTooLarge) {
  EXPECT_EQ(PutNotebook("n", std::string(kMaxSourceNotebookBytes + 1, 'x')),
            "too-large");
  EXPECT_EQ(Code(Status("n")), "not-found");
}

TEST_P(WorkspaceContract, RenamesFilesAndFolders) {
  ASSERT_EQ(Mkdirs("d/e"), "ok");
  ASSERT_EQ(Put("d/f", "1"), "ok");
  EXPECT_EQ(Rename("d/f", "d/g"), "ok");
  EXPECT_EQ(Get("d/g"), "1");
  EXPECT_EQ(Rename("d", "moved"), "ok");
  EXPECT_EQ(Get("moved/g"), "1");
  EXPECT_EQ(Code(Status("d")), "not-found");
  EXPECT_EQ(Rename("moved/g", "no/g"), "not-found");
}

TEST_P(WorkspaceContract, ARenameOntoSomethingDependsOnTheService) {
  ASSERT_EQ(Put("a", "a"), "ok");
  ASSERT_EQ(Put("b", "b"), "ok");
  ASSERT_EQ(Mkdirs("d"), "ok");
  EXPECT_EQ(Rename("a", "d"), "already-exists");
  Set("rename", "refuse");
  EXPECT_EQ(Rename("a", "b"), "already-exists");
  Set("rename", "replace");
  EXPECT_EQ(Rename("a", "b"), "ok");
  EXPECT_EQ(Get("b"), "a");
  Set("rename", "absent");
  EXPECT_EQ(Rename("b", "c"), "unsupported");
}

TEST_P(WorkspaceContract, SaysWhoIsSignedIn) {
  const auto me = workspace().Me(Options());
  ASSERT_TRUE(me.ok()) << me.error().message();
  EXPECT_EQ(me->user_name, "ada@example.com");
  EXPECT_EQ(me->user_id, "1234567890123456");
  EXPECT_EQ(me->workspace_id, "6280049833385130");
}

TEST_P(WorkspaceContract, HiddenIsNotFoundAndReadOnlyIsDenied) {
  ASSERT_EQ(Mkdirs("d"), "ok");
  ASSERT_EQ(Put("d/f", "1"), "ok");
  backend_->model().SetAccess(Home("d").text(),
                              WorkspaceModel::Access::kReadOnly);
  EXPECT_EQ(Get("d/f"), "1");
  EXPECT_EQ(Put("d/f", "2"), "permission-denied");
  EXPECT_EQ(Delete("d/f"), "permission-denied");
  backend_->model().SetAccess(Home("d").text(),
                              WorkspaceModel::Access::kHidden);
  EXPECT_EQ(Get("d/f"), "not-found");
  EXPECT_EQ(Code(Status("d")), "not-found");
}

TEST_P(WorkspaceContract, TellsWhenACallWasMade) {
  CallTimes times;
  CallOptions options = Options();
  options.times = &times;
  const auto before = RealClock().Wall() / 1'000'000;
  ASSERT_TRUE(workspace().GetStatus(Path(kHome), options).ok());
  const auto after = RealClock().Wall() / 1'000'000;
  EXPECT_LE(before, times.sent_ms);
  EXPECT_LE(times.sent_ms, times.answered_ms);
  EXPECT_LE(times.answered_ms, after);
  ASSERT_TRUE(times.service_date_ms.has_value());
  EXPECT_GE(*times.service_date_ms, before - 2000);
  EXPECT_LE(*times.service_date_ms, after + 1000);
}

TEST_P(WorkspaceContract, DoesNothingAfterTheDeadline) {
  CallOptions options = Options();
  options.deadline = RealClock().Now();
  StringSource source("1");
  EXPECT_EQ(Code(workspace().GetStatus(Path(kHome), options)), "timeout");
  EXPECT_EQ(Code(workspace().Import({Home("f")}, source, options)),
            "unavailable");
  EXPECT_EQ(Code(workspace().Mkdirs(Home("d"), options)), "unavailable");
  EXPECT_EQ(Code(Status("f")), "not-found");
  EXPECT_EQ(Code(Status("d")), "not-found");
}

TEST_P(WorkspaceContract, DoesNothingOnceCancelled) {
  CallOptions options = Options();
  options.cancel = std::make_shared<CancelToken>();
  options.cancel->Cancel();
  EXPECT_EQ(Code(workspace().GetStatus(Path(kHome), options)), "cancelled");
  EXPECT_EQ(Code(workspace().Mkdirs(Home("d"), options)), "cancelled");
  EXPECT_EQ(Code(Status("d")), "not-found");
}

TEST_P(WorkspaceContract, ListsThousandsOfChildren) {
  ASSERT_EQ(Mkdirs("many"), "ok");
  for (int i = 0; i < 3000; ++i)
    ASSERT_TRUE(backend_->model()
                    .Mkdirs(Home("many/" + std::to_string(i)).text())
                    .has_value());
  EXPECT_EQ(Children("many").size(), 3000U);
}

}  // namespace
}  // namespace wsfs
