#include "server/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view kHome = "/Users/ada@example.com";
constexpr std::string_view kSource = "# Databricks notebook source\nprint('x')";

std::string In(std::string_view name) {
  return std::string(kHome).append("/").append(name);
}

class ModelTest : public testing::Test {
 protected:
  ModelTest() : model_(Options(clock_)) {}

  static ModelOptions Options(FakeClock& clock) {
    ModelOptions options;
    options.clock = &clock;
    options.max_children = 5;
    return options;
  }

  static ImportCall Call(std::string path, WireFormat format, std::string bytes,
                         bool overwrite = false) {
    ImportCall call;
    call.path = std::move(path);
    call.format = format;
    call.overwrite = overwrite;
    call.payload_bytes = bytes.size();
    call.content = MemoryContent(std::move(bytes));
    return call;
  }

  Answer<ObjectId> Raw(std::string path, std::string bytes,
                       bool overwrite = false) {
    return model_.Import(
        Call(std::move(path), WireFormat::kRaw, std::move(bytes), overwrite));
  }

  Answer<ObjectId> Notebook(std::string path, std::string source,
                            bool overwrite = false,
                            Language language = Language::kPython) {
    ImportCall call = Call(std::move(path), WireFormat::kSource,
                           std::move(source), overwrite);
    call.language = language;
    return model_.Import(call);
  }

  std::string Read(const std::string& path,
                   WireFormat format = WireFormat::kSource,
                   Milliseconds age = {}) {
    const auto out = model_.Export({path, format, true, age});
    if (!out.ok()) return "error: " + out.error().message;
    return ReadAll(*out->content).value_or("unreadable");
  }

  FakeClock clock_;
  WorkspaceModel model_;
};

TEST_F(ModelTest, StartsWithTheFoldersEveryWorkspaceHas) {
  const auto root = model_.List("/");

  ASSERT_TRUE(root.ok());
  std::vector<std::string> names;
  for (const ObjectView& view : *root) names.push_back(view.path);
  EXPECT_THAT(names, ElementsAre("/Users", "/Shared", "/Repos"));
  EXPECT_GT(root->front().id, ObjectId{1} << 53);
  EXPECT_FALSE(root->front().modified_ms.has_value());
}

TEST_F(ModelTest, EchoesThePrefixAsTheRequestSpelledIt) {
  ASSERT_TRUE(Raw(In("a.txt"), "a").ok());

  EXPECT_EQ(model_.GetStatus("/Workspace" + In("a.txt"))->path,
            "/Workspace" + In("a.txt"));
  EXPECT_EQ(model_.GetStatus("//Workspace" + In("a.txt"))->path, In("a.txt"));
  EXPECT_EQ(model_.List("/Workspace/Users")->front().path,
            "/Workspace/Users/ada@example.com");
  EXPECT_EQ(model_.GetStatus("//Workspace/Users/nobody").error().message,
            "Path (//Workspace/Users/nobody) doesn't exist.");
  EXPECT_EQ(model_.GetStatus("Users").error().message,
            "Path (Users) doesn't start with '/'");
}

TEST_F(ModelTest, TellsSizesOnlyWhenTheSwitchSaysSo) {
  ASSERT_TRUE(Raw(In("a.txt"), "abc").ok());

  EXPECT_FALSE(model_.GetStatus(In("a.txt"))->size.has_value());
  EXPECT_EQ(model_.ListFiles(kHome)->front().size, 3U);
  ASSERT_TRUE(model_.switches().Set("size", "yes").ok());
  EXPECT_EQ(model_.GetStatus(In("a.txt"))->size, 3U);
}

TEST_F(ModelTest, ListOfAFileIsTheFileItself) {
  ASSERT_TRUE(Raw(In("a.txt"), "abc").ok());

  const auto list = model_.List(In("a.txt"));

  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 1U);
  EXPECT_EQ(list->front().path, In("a.txt"));
}

TEST_F(ModelTest, ImportMakesNoParents) {
  const auto lost = Raw(In("no/a.txt"), "a");

  ASSERT_FALSE(lost.ok());
  EXPECT_EQ(lost.error().status, 404);
  EXPECT_THAT(lost.error().message, HasSubstr("parent folder"));
  ASSERT_TRUE(model_.Mkdirs(In("no")).ok());
  EXPECT_TRUE(Raw(In("no/a.txt"), "a").ok());
}

TEST_F(ModelTest, AutoStripsTheExtensionOfANotebook) {
  ASSERT_TRUE(
      model_.Import(Call(In("nb.py"), WireFormat::kAuto, std::string(kSource)))
          .ok());
  ASSERT_TRUE(
      model_.Import(Call(In("plain.py"), WireFormat::kAuto, "x = 1\n")).ok());

  EXPECT_EQ(model_.GetStatus(In("nb"))->type, NodeType::kNotebook);
  EXPECT_EQ(model_.GetStatus(In("nb.py")).error().status, 404);
  EXPECT_EQ(model_.GetStatus(In("plain.py"))->type, NodeType::kFile);
}

TEST_F(ModelTest, SourceComesBackAsItWasSent) {
  ASSERT_TRUE(Notebook(In("with"), std::string(kSource)).ok());
  ASSERT_TRUE(Notebook(In("without"), "print(1)").ok());

  EXPECT_EQ(Read(In("with")), kSource);
  EXPECT_EQ(Read(In("without")), "# Databricks notebook source\nprint(1)");
}

TEST_F(ModelTest, AnIpynbIsConvertedOnDemand) {
  const std::string ipynb =
      R"j({"cells":[{"cell_type":"code","source":["print(1)"],)j"
      R"j("metadata":{},"outputs":[],"execution_count":null}],)j"
      R"j("metadata":{},"nbformat":4,"nbformat_minor":0})j";
  const auto made =
      model_.Import(Call(In("nb.ipynb"), WireFormat::kAuto, ipynb));

  ASSERT_TRUE(made.ok());
  EXPECT_EQ(Read(In("nb")), "# Databricks notebook source\nprint(1)");
  EXPECT_THAT(Read(In("nb"), WireFormat::kAuto),
              HasSubstr("\"name\": \"python\""));
  EXPECT_EQ(model_.GetStatus(In("nb"), {.export_info = true})->format,
            NotebookFormat::kJupyter);
}

TEST_F(ModelTest, OverwritingAnotherTypeIsRefused) {
  ASSERT_TRUE(Notebook(In("nb"), std::string(kSource)).ok());

  const auto file = Raw(In("nb"), "x", /*overwrite=*/true);
  const auto view = Raw(In("nb.py"), "x", /*overwrite=*/true);

  EXPECT_EQ(file.error().message,
            "Cannot overwrite the asset at /Users/ada@example.com/nb due to "
            "type mismatch (asked: FILE, actual: NOTEBOOK).");
  EXPECT_EQ(view.error().message,
            "Requested node type [FILE] is different from the existing node "
            "type [NOTEBOOK]");
  ASSERT_TRUE(model_.switches().Set("notebook-clash", "allow").ok());
  EXPECT_TRUE(Raw(In("nb.py"), "x", /*overwrite=*/true).ok());
}

TEST_F(ModelTest, SaysThatAnObjectExistsInTheRecordedWords) {
  ASSERT_TRUE(Raw(In("a"), "1").ok());
  ASSERT_TRUE(Notebook(In("n"), "1").ok());

  const auto file = Raw(In("a"), "2");
  const auto notebook = Notebook(In("n"), "2");
  ImportCall raced = Call(In("a"), WireFormat::kRaw, "3");
  raced.absent_at_start = true;
  const auto race = model_.Import(raced);

  EXPECT_EQ(file.error().CodeText(), "RESOURCE_ALREADY_EXISTS");
  EXPECT_EQ(file.error().message,
            "/Users/ada@example.com/a already exists. Please pass "
            "overwrite=true to overwrite it.");
  EXPECT_EQ(notebook.error().CodeText(), "");
  EXPECT_EQ(race.error().status, 409);
}

TEST_F(ModelTest, AnOverwriteKeepsTheObject) {
  const auto id = Raw(In("a"), "1");
  const auto before = model_.GetStatus(In("a"));

  const auto again = Raw(In("a"), "1", /*overwrite=*/true);

  const auto after = model_.GetStatus(In("a"));
  EXPECT_EQ(*id, *again);
  EXPECT_EQ(before->created_ms, after->created_ms);
  EXPECT_GT(after->modified_ms, before->modified_ms);
}

TEST_F(ModelTest, RenameOntoAFileReplacesItUnlessSwitchedOff) {
  const auto id = Raw(In("new"), "new");
  ASSERT_TRUE(Raw(In("old"), "old").ok());

  ASSERT_TRUE(model_.switches().Set("rename", "refuse").ok());
  EXPECT_EQ(model_.Rename(In("new"), In("old")).error().CodeText(),
            "RESOURCE_ALREADY_EXISTS");
  ASSERT_TRUE(model_.switches().Set("rename", "absent").ok());
  EXPECT_EQ(model_.Rename(In("new"), In("old")).error().CodeText(),
            "ENDPOINT_NOT_FOUND");
  ASSERT_TRUE(model_.switches().Set("rename", "replace").ok());
  ASSERT_TRUE(model_.Rename(In("new"), In("old")).ok());

  EXPECT_EQ(model_.GetStatus(In("old"))->id, *id);
  EXPECT_EQ(Read(In("old")), "new");
  EXPECT_FALSE(model_.Exists(In("new")));
}

TEST_F(ModelTest, RenameTakesAWholeFolder) {
  ASSERT_TRUE(model_.Mkdirs(In("d/e")).ok());
  ASSERT_TRUE(Raw(In("d/e/f"), "f").ok());

  EXPECT_EQ(model_.Rename(In("d"), In("d/e/x")).error().CodeText(),
            "INVALID_PARAMETER_VALUE");
  ASSERT_TRUE(model_.Rename(In("d"), "/Shared/moved").ok());

  EXPECT_EQ(Read("/Shared/moved/e/f"), "f");
  EXPECT_EQ(model_.Rename(In("gone"), In("x")).error().status, 404);
}

TEST_F(ModelTest, DeleteRefusesFullAndProtectedFolders) {
  ASSERT_TRUE(model_.Mkdirs(In("d")).ok());
  ASSERT_TRUE(Raw(In("d/f"), "f").ok());

  EXPECT_EQ(model_.Delete(In("d"), false).error().message,
            "Folder (/Users/ada@example.com/d) is not empty");
  EXPECT_EQ(model_.Delete("/Users", true).error().message,
            "Folder Users is protected");
  EXPECT_EQ(model_.Mkdirs("/Users/nobody/x").error().CodeText(),
            "DIRECTORY_PROTECTED");
  ASSERT_TRUE(model_.Delete(In("d"), true).ok());
  EXPECT_EQ(model_.Delete(In("d"), true).error().status, 404);
}

TEST_F(ModelTest, AFolderTakesOnlySoManyChildren) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Raw(In(std::to_string(i)), "x").ok());

  const auto full = Raw(In("one-more"), "x");

  EXPECT_EQ(full.error().status, 403);
  EXPECT_EQ(full.error().CodeText(), "MAX_CHILD_NODE_SIZE_EXCEEDED");
}

TEST_F(ModelTest, AStaleReadAnswersWhatWas) {
  ASSERT_TRUE(Raw(In("a"), "old").ok());
  clock_.Advance(Milliseconds(100));
  ASSERT_TRUE(Raw(In("a"), "new", /*overwrite=*/true).ok());
  ASSERT_TRUE(Raw(In("b"), "b").ok());
  ASSERT_TRUE(model_.Rename(In("b"), In("c")).ok());

  const ReadOptions stale{.age = Milliseconds(50)};
  EXPECT_EQ(Read(In("a"), WireFormat::kAuto, Milliseconds(50)), "old");
  EXPECT_EQ(Read(In("a")), "new");
  EXPECT_EQ(model_.List(kHome, stale)->size(), 1U);
  EXPECT_EQ(model_.List(kHome)->size(), 2U);
  EXPECT_EQ(model_.GetStatus(In("c"), stale).error().status, 404);
}

TEST_F(ModelTest, HiddenObjectsAreMissingAndReadOnlyOnesRefuse) {
  ASSERT_TRUE(Raw(In("a"), "a").ok());
  model_.SetAccess(In("a"), WorkspaceModel::Access::kReadOnly);

  EXPECT_EQ(Raw(In("a"), "b", true).error().CodeText(), "PERMISSION_DENIED");
  EXPECT_EQ(Read(In("a")), "a");
  model_.SetAccess(In("a"), WorkspaceModel::Access::kHidden);
  EXPECT_EQ(model_.GetStatus(In("a")).error().status, 404);
  EXPECT_TRUE(model_.List(kHome)->empty());
}

}  // namespace
}  // namespace wsfs
