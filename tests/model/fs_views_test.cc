#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "fs_world.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kTwoCells =
    "# Databricks notebook source\none = 1\n\n# COMMAND ----------\n\n"
    "# MAGIC %md hello\n";

Json CodeCell(const char* id, const char* source, const char* output) {
  return {
      {"cell_type", "code"},
      {"id", id},
      {"metadata", {{"theirs", id}}},
      {"execution_count", 1},
      {"source", {source}},
      {"outputs",
       {{{"output_type", "stream"}, {"name", "stdout"}, {"text", output}}}}};
}

std::string TwoRunCells() {
  const Json notebook = {
      {"nbformat", 4},
      {"nbformat_minor", 5},
      {"metadata", {{"language_info", {{"name", "python"}}}}},
      {"cells",
       {CodeCell("a1", "one = 1", "eins"), CodeCell("b2", "two = 2", "zwei")}}};
  return notebook.dump(1);
}

std::string Replaced(std::string text, std::string_view from,
                     std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from << " is not in " << text;
  if (at == std::string::npos) return text;
  return text.replace(at, from.size(), to);
}

// notebooks.md §4.5: a notebook under other names.
class FsViewsTest : public FsTest {
 protected:
  static std::string Notebook() { return FsWorld::Remote("nb"); }
  void PutSource() {
    world.workspace().PutNotebook(Notebook(), Language::kPython, kTwoCells);
    id_ = world.workspace().IdOf(Notebook());
  }
  void PutIpynb() {
    world.workspace().PutIpynb(Notebook(), TwoRunCells());
    id_ = world.workspace().IdOf(Notebook());
  }
  /// As an editor does: it has read what it saves.
  Result<void> Edit(std::string_view path, std::string_view from,
                    std::string_view to) {
    WSFS_TRY(const std::string text, world.ReadAll(path));
    return world.Save(path, Replaced(text, from, to));
  }
  std::string AtService() {
    world.Settle();
    EXPECT_EQ(world.workspace().IdOf(Notebook()), id_);
    return world.workspace().Read(Notebook());
  }

  ObjectId id_ = 0;
};

TEST_F(FsViewsTest, ASourceNotebookReadsAsIpynb) {
  PutSource();
  const Json json = Json::parse(*world.ReadAll("nb.ipynb"));
  ASSERT_EQ(json["cells"].size(), 2U);
  EXPECT_EQ(json["cells"][0]["cell_type"], "code");
  EXPECT_EQ(json["cells"][1]["cell_type"], "markdown");
  EXPECT_THAT(*world.Names(""), ElementsAre("nb.py"));
}

TEST_F(FsViewsTest, ASaveAsIpynbChangesThatCellOfTheSource) {
  PutSource();
  WSFS_ASSERT_OK(Edit("nb.ipynb", "one = 1", "one = 11"));
  EXPECT_EQ(AtService(),
            Replaced(std::string(kTwoCells), "one = 1", "one = 11"));
  EXPECT_THAT(world.Writes(), ElementsAre("import nb"));
  EXPECT_EQ(*world.ReadAll("nb.py"), AtService());
}

TEST_F(FsViewsTest, ASaveAsSourceKeepsTheOutputsOfAnIpynb) {
  PutIpynb();
  WSFS_ASSERT_OK(Edit("nb.py", "two = 2", "two = 22"));
  const Json now = Json::parse(AtService());
  ASSERT_EQ(now["cells"].size(), 2U);
  EXPECT_EQ(now["cells"][0]["outputs"][0]["text"], "eins");
  EXPECT_EQ(now["cells"][1]["outputs"][0]["text"], "zwei");
  EXPECT_EQ(now["cells"][1]["metadata"]["theirs"], "b2");
  EXPECT_THAT(now["cells"][1]["source"].dump(), HasSubstr("two = 22"));
}

TEST_F(FsViewsTest, AnIpynbIsShownAsOneOnceItsFormatIsKnown) {
  PutIpynb();
  EXPECT_THAT(*world.Names(""), ElementsAre("nb.py"));
  EXPECT_THAT(*world.ReadAll("nb.py"), HasSubstr("# COMMAND ----------"));
  EXPECT_THAT(*world.Names(""), ElementsAre("nb.ipynb"));
  EXPECT_EQ(world.StatOf("nb.py")->size_bytes, world.ReadAll("nb.py")->size());
  EXPECT_TRUE(Json::accept(*world.ReadAll("nb.ipynb")));
}

TEST_F(FsViewsTest, AnIpynbIsFoundByItsNameBeforeItsFormatIsKnown) {
  PutIpynb();
  ASSERT_TRUE(world.Names("").ok());
  EXPECT_TRUE(Json::accept(*world.ReadAll("nb.ipynb")));
  EXPECT_THAT(*world.Names(""), ElementsAre("nb.ipynb"));
}

TEST_F(FsViewsTest, SizesAreExact) {
  PutSource();
  for (const char* name : {"nb.ipynb", "nb.percent.py", "nb.md", "nb.html"})
    EXPECT_EQ(world.StatOf(name)->size_bytes, world.ReadAll(name)->size())
        << name;
}

TEST_F(FsViewsTest, PercentIsWritten) {
  PutSource();
  WSFS_ASSERT_OK(Edit("nb.percent.py", "one = 1", "one = 11"));
  EXPECT_EQ(AtService(),
            Replaced(std::string(kTwoCells), "one = 1", "one = 11"));
}

TEST_F(FsViewsTest, MarkdownAndHtmlAreForReading) {
  PutSource();
  for (const char* name : {"nb.md", "nb.html"}) {
    EXPECT_THAT(*world.ReadAll(name), HasSubstr("one = 1"));
    EXPECT_EQ(world.StatOf(name)->attributes.mode & 0222U, 0U);
    const auto opened = world.Open(name, {.read = true, .write = true});
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code(), Errc::kPermissionDenied);
  }
}

TEST_F(FsViewsTest, ANameThatNobodyReadIsFreeForAFile) {
  PutSource();
  WSFS_ASSERT_OK(world.Save("nb.md", "# mine\n"));
  WSFS_ASSERT_OK(world.Save("nb.percent.py", "x = 1\n"));
  EXPECT_EQ(AtService(), kTwoCells);
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("nb.md")), "# mine\n");
  EXPECT_EQ(world.workspace().Read(FsWorld::Remote("nb.percent.py")),
            "x = 1\n");
  EXPECT_EQ(*world.ReadAll("nb.md"), "# mine\n");
}

TEST_F(FsViewsTest, WhoRemovesAViewGetsItsName) {
  PutSource();
  ASSERT_TRUE(world.ReadAll("nb.md").ok());
  WSFS_ASSERT_OK(world.Unlink("nb.md"));
  EXPECT_EQ(world.Find("nb.md").error().code(), Errc::kNotFound);
  const auto handle = world.CreateNew("nb.md");
  ASSERT_TRUE(handle.ok());
  WSFS_ASSERT_OK(world.Close(*handle));
  EXPECT_EQ(AtService(), kTwoCells);
}

// `cp -r` creates with O_EXCL and asks nobody before.
TEST_F(FsViewsTest, WhoMadeTheNotebookSeesNoViews) {
  WSFS_ASSERT_OK(world.Save("nb.py", kTwoCells));
  const auto look = [&](std::int32_t process) {
    return world.fs().Lookup(FsWorld::kMount, *world.Find(""), "nb.md",
                             FsWorld::As(process), Waiting::Never());
  };
  EXPECT_FALSE(look(FsWorld::kEditor).ok());
  WSFS_EXPECT_OK(look(FsWorld::kReader));
  EXPECT_FALSE(world.fs().StaysMissing("nb.md"));
  EXPECT_TRUE(world.fs().StaysMissing("nb.txt"));
}

TEST_F(FsViewsTest, AViewIsNotRenamed) {
  PutSource();
  WSFS_ASSERT_OK(world.Find("nb.ipynb"));  // as every kernel does first
  const auto renamed = world.Rename("nb.ipynb", "other.ipynb");
  ASSERT_FALSE(renamed.ok());
  EXPECT_EQ(renamed.error().code(), Errc::kCrossesPlaces);
  EXPECT_EQ(AtService(), kTwoCells);
}

TEST_F(FsViewsTest, ASaveByRenameGoesThroughTheView) {
  PutSource();
  const std::string text =
      Replaced(*world.ReadAll("nb.ipynb"), "one = 1", "one = 11");
  WSFS_ASSERT_OK(world.Save("nb.ipynb.tmp", text));
  WSFS_ASSERT_OK(world.Rename("nb.ipynb.tmp", "nb.ipynb"));
  EXPECT_EQ(AtService(),
            Replaced(std::string(kTwoCells), "one = 1", "one = 11"));
  EXPECT_THAT(*world.Names(""), ElementsAre("nb.py"));
}

TEST_F(FsViewsTest, EditsOfOtherCellsMeanwhileAreKept) {
  PutSource();
  const std::string text = *world.ReadAll("nb.ipynb");
  const auto handle = world.OpenToWrite("nb.ipynb");
  ASSERT_TRUE(handle.ok());
  WSFS_ASSERT_OK(Edit("nb.py", "hello", "bonjour"));
  WSFS_ASSERT_OK(
      world.Write(*handle, 0, Replaced(text, "one = 1", "one = 11")));
  WSFS_ASSERT_OK(world.Close(*handle));
  const std::string both = Replaced(std::string(kTwoCells), "hello", "bonjour");
  EXPECT_EQ(AtService(), Replaced(both, "one = 1", "one = 11"));
}

TEST_F(FsViewsTest, AnEditThatMeetsAnotherIsKeptAndSaid) {
  PutSource();
  const std::string text = *world.ReadAll("nb.ipynb");
  const auto handle = world.OpenToWrite("nb.ipynb");
  ASSERT_TRUE(handle.ok());
  WSFS_ASSERT_OK(Edit("nb.py", "one = 1", "one = 100"));
  WSFS_ASSERT_OK(
      world.Write(*handle, 0, Replaced(text, "one = 1", "one = 11")));
  const auto closed = world.Close(*handle);
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().code(), Errc::kConflict);
  EXPECT_EQ(AtService(),
            Replaced(std::string(kTwoCells), "one = 1", "one = 100"));
  EXPECT_THAT(world.Notices(), HasSubstr("nb.py a save through another view"));
  EXPECT_EQ(world.ledger().store().Trash()->size(), 1U);
}

TEST_F(FsViewsTest, WhatIsNoNotebookIsKeptAndSaid) {
  PutSource();
  ASSERT_TRUE(world.ReadAll("nb.ipynb").ok());
  const auto saved = world.Save("nb.ipynb", "{\"cells\": [");
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code(), Errc::kInvalidArgument);
  EXPECT_THAT(saved.error().message(), HasSubstr("trash"));
  EXPECT_EQ(AtService(), kTwoCells);
  EXPECT_EQ(*world.ReadAll("nb.py"), kTwoCells);
  EXPECT_EQ(world.ledger().store().Trash()->size(), 1U);
}

TEST_F(FsViewsTest, AClosedEditOutlivesACrash) {
  PutSource();
  WSFS_ASSERT_OK(Edit("nb.ipynb", "one = 1", "one = 11"));
  world.Crash();
  EXPECT_EQ(*world.ReadAll("nb.py"),
            Replaced(std::string(kTwoCells), "one = 1", "one = 11"));
}

TEST_F(FsViewsTest, ANotebookThatTakesAViewsNameStaysANotebook) {
  for (const char* name : {"nb.ipynb", "nb.percent.py", "nb.md", "nb.html"}) {
    FsWorld own;
    own.workspace().PutNotebook(Notebook(), Language::kPython, kTwoCells);
    ASSERT_TRUE(own.ReadAll(name).ok());
    WSFS_ASSERT_OK(own.Rename("nb.py", name));
    own.Settle();
    EXPECT_EQ(*own.ReadAll(name), kTwoCells) << name;
    EXPECT_EQ(own.Names("")->size(), 1U) << name;
    EXPECT_THAT(own.AtService(), testing::SizeIs(1)) << name;
  }
}

TEST_F(FsViewsTest, ASecondSaveKeepsWhatTheFirstMerged) {
  PutSource();
  const std::string text = *world.ReadAll("nb.ipynb");
  const auto handle = world.OpenToWrite("nb.ipynb");
  ASSERT_TRUE(handle.ok());
  WSFS_ASSERT_OK(Edit("nb.py", "hello", "bonjour"));
  WSFS_ASSERT_OK(
      world.Write(*handle, 0, Replaced(text, "one = 1", "one = 11")));
  WSFS_ASSERT_OK(world.Fsync(*handle));
  WSFS_ASSERT_OK(
      world.Write(*handle, 0, Replaced(text, "one = 1", "one = 12")));
  WSFS_ASSERT_OK(world.Close(*handle));
  const std::string both = Replaced(std::string(kTwoCells), "hello", "bonjour");
  EXPECT_EQ(AtService(), Replaced(both, "one = 1", "one = 12"));
}

TEST_F(FsViewsTest, WhoSavesWhatHeReadBeforeUndoesNobodysEdit) {
  PutSource();
  const std::string text = *world.ReadAll("nb.ipynb");
  WSFS_ASSERT_OK(Edit("nb.py", "hello", "bonjour"));
  WSFS_ASSERT_OK(world.Save("nb.ipynb", Replaced(text, "= 1", "= 11")));
  std::string now = Replaced(std::string(kTwoCells), "hello", "bonjour");
  now = Replaced(now, "= 1", "= 11");
  EXPECT_EQ(AtService(), now);
  WSFS_ASSERT_OK(Edit("nb.py", "bonjour", "hallo"));
  WSFS_ASSERT_OK(world.Save("nb.tmp", Replaced(text, "= 1", "= 12")));
  WSFS_ASSERT_OK(world.Rename("nb.tmp", "nb.ipynb"));
  now = Replaced(Replaced(now, "bonjour", "hallo"), "= 11", "= 12");
  EXPECT_EQ(AtService(), now);
}

TEST_F(FsViewsTest, WhatWasNotSavedAtTheCloseIsSavedLater) {
  PutSource();
  const std::string text = *world.ReadAll("nb.ipynb");
  const auto busy = world.Open("nb.py", {.read = true, .write = true});
  ASSERT_TRUE(busy.ok());
  const auto handle = world.OpenToWrite("nb.ipynb");
  ASSERT_TRUE(handle.ok());
  WSFS_ASSERT_OK(world.Write(*handle, 0, Replaced(text, "= 1", "= 11")));
  const auto closed = world.Close(*handle);
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().code(), Errc::kBusy);
  WSFS_ASSERT_OK(world.Close(*busy));
  world.Pass(Milliseconds{3'000});
  world.fs().OnTimer();
  EXPECT_EQ(AtService(), Replaced(std::string(kTwoCells), "= 1", "= 11"));
}

TEST_F(FsViewsTest, NothingIsGivenUpWhileTheEngineLives) {
  PutSource();
  const std::string text = *world.ReadAll("nb.ipynb");
  const auto busy = world.Open("nb.py", {.read = true, .write = true});
  ASSERT_TRUE(busy.ok());
  EXPECT_EQ(
      world.Save("nb.ipynb", Replaced(text, "= 1", "= 11")).error().code(),
      Errc::kBusy);
  world.fs().SealIdleDrafts();  // As `wsfs sync` does.
  EXPECT_TRUE(world.ledger().store().Trash()->empty());
  WSFS_ASSERT_OK(world.Close(*busy));
  world.fs().SealIdleDrafts();
  EXPECT_EQ(AtService(), Replaced(std::string(kTwoCells), "= 1", "= 11"));
}

TEST_F(FsViewsTest, WhatIsUnsavedAtTheEndIsInTheTrash) {
  PutSource();
  const std::string text = *world.ReadAll("nb.ipynb");
  const auto busy = world.Open("nb.py", {.read = true, .write = true});
  ASSERT_TRUE(busy.ok());
  EXPECT_EQ(
      world.Save("nb.ipynb", Replaced(text, "= 1", "= 11")).error().code(),
      Errc::kBusy);
  world.Restart();
  EXPECT_EQ(world.ledger().store().Trash()->size(), 1U);
  EXPECT_THAT(world.Notices(), HasSubstr("nb.py a save through another view"));
}

TEST_F(FsViewsTest, AHandleThatWroteNothingSavesNothing) {
  PutSource();
  const std::string text = *world.ReadAll("nb.percent.py");
  const auto writer = world.OpenToWrite("nb.percent.py");
  ASSERT_TRUE(writer.ok());
  WSFS_ASSERT_OK(world.Write(*writer, 0, text.substr(0, text.size() / 2)));
  const auto other = world.Open("nb.percent.py", {.read = true, .write = true});
  ASSERT_TRUE(other.ok());
  WSFS_ASSERT_OK(world.Fsync(*other));
  WSFS_ASSERT_OK(world.Close(*other));
  EXPECT_EQ(*world.ReadAll("nb.py"), kTwoCells);
  WSFS_ASSERT_OK(world.Write(*writer, 0, text));
  WSFS_ASSERT_OK(world.Close(*writer));
  EXPECT_EQ(AtService(), kTwoCells);
}

TEST_F(FsViewsTest, ATruncationWithoutAHandleWaitsForWhatIsWritten) {
  PutSource();
  const std::string text = *world.ReadAll("nb.percent.py");
  AttributeChange change;
  change.size_bytes = 0;
  WSFS_ASSERT_OK(world.SetAttributes("nb.percent.py", change));
  EXPECT_EQ(world.StatOf("nb.percent.py")->size_bytes, 0U);
  EXPECT_EQ(*world.ReadAll("nb.py"), kTwoCells);
  const auto handle =
      world.Open("nb.percent.py", {.read = false, .write = true});
  ASSERT_TRUE(handle.ok());
  WSFS_ASSERT_OK(
      world.Write(*handle, 0, Replaced(text, "one = 1", "one = 11")));
  WSFS_ASSERT_OK(world.Close(*handle));
  EXPECT_EQ(AtService(),
            Replaced(std::string(kTwoCells), "one = 1", "one = 11"));
}

TEST_F(FsViewsTest, ARefusalIsSaidAndTheEditIsTheNotebooks) {
  PutSource();
  world.fs().SetPolicy(FsWorld::kMount, {.writes = WritePolicy::kAuto,
                                         .fsync = FsyncPolicy::kLocal});
  world.workspace().Fail("import", Errc::kPermissionDenied, -1);
  const std::string text = *world.ReadAll("nb.ipynb");
  const auto saved = world.Save("nb.ipynb", Replaced(text, "= 1", "= 11"));
  ASSERT_FALSE(saved.ok());
  EXPECT_EQ(saved.error().code(), Errc::kPermissionDenied);
  EXPECT_TRUE(world.ledger().store().Trash()->empty());
  world.workspace().ClearFaults();
  WSFS_ASSERT_OK(world.Save("nb.ipynb", Replaced(text, "= 1", "= 12")));
  EXPECT_EQ(AtService(), Replaced(std::string(kTwoCells), "= 1", "= 12"));
}

TEST_F(FsViewsTest, AViewGoesWithItsNotebook) {
  PutSource();
  const auto handle = world.Open("nb.ipynb", {});
  ASSERT_TRUE(handle.ok());
  WSFS_ASSERT_OK(world.Unlink("nb.py"));
  EXPECT_THAT(*world.ReadHandle(*handle), HasSubstr("one = 1"));
  world.Release(*handle);
  EXPECT_EQ(world.Find("nb.ipynb").error().code(), Errc::kNotFound);
}

TEST_F(FsViewsTest, AFileIsNoNotebook) {
  world.workspace().PutFile(FsWorld::Remote("module.py"), "x = 1\n");
  EXPECT_EQ(*world.ReadAll("module.py"), "x = 1\n");
  for (const char* name : {"module.ipynb", "module.md", "module.percent.py"})
    EXPECT_EQ(world.Find(name).error().code(), Errc::kNotFound) << name;
}

TEST_F(FsViewsTest, ANewNotebookHasItsViewsBeforeItIsSent) {
  WSFS_ASSERT_OK(world.Save("nb.py", kTwoCells));
  EXPECT_THAT(*world.ReadAll("nb.md"), HasSubstr("hello"));
  EXPECT_THAT(world.Writes(), IsEmpty());
}

}  // namespace
}  // namespace wsfs
