// A workspace that takes no RAW import, seen from a file that is saved: it
// goes up as a file by another way; what AUTO could make a notebook of stays
// here and says why.

#include <algorithm>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/test_folder.h"
#include "core/engine.h"
#include "workspace_backend.h"

namespace wsfs {
namespace {

constexpr std::string_view kHeader = "# Databricks notebook source\n";

class EngineRawRefused : public ::testing::TestWithParam<WorkspaceKind> {
 protected:
  EngineRawRefused() : backend_(GetParam().make({})) {
    Take("raw", "refused");
    auto store = Store::Open({.directory = folder_.path(), .boot_id = "boot"});
    WSFS_CHECK(store.ok());
    Engine::Options options;
    options.workspace = &backend_->workspace();
    options.clock = &RealClock();
    options.host_name = "desk";
    auto engine = Engine::Start(*std::move(store), options);
    WSFS_CHECK(engine.ok());
    engine_ = *std::move(engine);
    auto root = engine_->filesystem().ResolveRoot("/Shared", Patience());
    WSFS_CHECK(root.ok());
    root_ = *root;
  }

  void Take(std::string_view name, std::string_view value) {
    WSFS_CHECK(backend_->model().switches().Set(name, value).ok());
  }
  static Waiting Patience() {
    return Waiting::Until(RealClock().Now() + std::chrono::seconds(30));
  }

  /// `printf text > name`, and all is sent that can be.
  SyncStatus Save(std::string_view name, std::string_view text) {
    auto& fs = engine_->filesystem();
    const Caller caller{.uid = 0, .gid = 0, .process = 1};
    const auto made =
        fs.Create(1, root_, name, 0644, {.read = false, .write = true},
                  /*exclusive=*/false, caller, Patience());
    WSFS_CHECK(made.ok());
    const HandleId handle = made->second.handle;
    WSFS_CHECK(
        fs.Write(1, handle, 0, std::as_bytes(std::span(text)), Patience())
            .ok());
    WSFS_CHECK(fs.Flush(1, handle, caller, Patience()).ok());
    fs.Release(1, handle);
    return Drain();
  }
  SyncStatus Drain() {
    auto drained = engine_->syncer().Drain(Patience());
    WSFS_CHECK(drained.ok());
    return *std::move(drained);
  }
  Result<ObjectInfo> At(std::string_view name) {
    CallOptions options;
    options.deadline = RealClock().Now() + std::chrono::seconds(20);
    const auto path = RemotePath::Parse("/Shared/" + std::string(name));
    WSFS_CHECK(path.ok());
    return backend_->workspace().GetStatus(*path, options);
  }
  std::uint64_t SizeHere(std::string_view name) {
    const auto stat =
        engine_->filesystem().Lookup(1, root_, name, Caller(), Patience());
    return stat.ok() ? stat->size_bytes : 0;
  }
  void ExpectKeptWithASentence(const SyncStatus& status,
                               std::string_view name) {
    const auto item = std::ranges::find_if(
        status.pending,
        [&](const PendingItem& each) { return each.path.ends_with(name); });
    ASSERT_NE(item, status.pending.end());
    EXPECT_EQ(item->state, PendingItem::State::kRefused);
    EXPECT_NE(item->error, "");
    EXPECT_FALSE(At(name).ok()) << "nothing else was made of it";
  }

  const TestFolder folder_;
  std::unique_ptr<WorkspaceBackend> backend_;
  std::unique_ptr<Engine> engine_;
  NodeId root_ = kNoNode;
};

TEST_P(EngineRawRefused, AFileGoesUpAsAFile) {
  // Its text begins as a notebook does: that must not make it one.
  const std::string text = std::string(kHeader) + "x";
  const SyncStatus status = Save("notes.txt", text);
  EXPECT_EQ(SizeHere("notes.txt"), text.size());
  const Result<ObjectInfo> sent = At("notes.txt");
  ASSERT_TRUE(sent.ok()) << sent.error().message();
  EXPECT_EQ(sent->type, ObjectType::kFile);
  EXPECT_EQ(status.pending_count, 0U);
}

TEST_P(EngineRawRefused, SourceThatIsNoNotebookGoesUpAsAFile) {
  const SyncStatus status = Save("module.py", "print(1)\n");
  const Result<ObjectInfo> sent = At("module.py");
  ASSERT_TRUE(sent.ok()) << sent.error().message();
  EXPECT_EQ(sent->type, ObjectType::kFile);
  EXPECT_EQ(status.pending_count, 0U);
}

TEST_P(EngineRawRefused, WhatCouldBecomeSomethingElseStaysUntilRawIsTaken) {
  // A file to us, for its header is not all of the line.
  const std::string text = "# Databricks notebook source, as text\n";
  ExpectKeptWithASentence(Save("plain.py", text), "plain.py");
  EXPECT_EQ(SizeHere("plain.py"), text.size());

  Take("raw", "yes");
  EXPECT_EQ(Drain().pending_count, 0U);
  const Result<ObjectInfo> sent = At("plain.py");
  ASSERT_TRUE(sent.ok()) << sent.error().message();
  EXPECT_EQ(sent->type, ObjectType::kFile);
}

TEST_P(EngineRawRefused, ASaveOfAKnownFileKeepsItsObject) {
  Take("raw", "yes");
  Save("notes.txt", "one");
  const Result<ObjectInfo> before = At("notes.txt");
  ASSERT_TRUE(before.ok());
  Take("raw", "refused");
  const SyncStatus status = Save("notes.txt", "two and more");
  const Result<ObjectInfo> after = At("notes.txt");
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->id, before->id);
  EXPECT_EQ(after->type, ObjectType::kFile);
  EXPECT_EQ(SizeHere("notes.txt"), 12U);
  EXPECT_EQ(status.refused_count, 0U);
}

INSTANTIATE_TEST_SUITE_P(Both, EngineRawRefused,
                         testing::Values(InMemory(), OverHttp()),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace wsfs
