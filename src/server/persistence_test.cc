#include <csignal>
#include <filesystem>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/host_fs.h"
#include "base/test_folder.h"
#include "server/local_server.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;

class PersistenceTest : public testing::Test {
 protected:
  void Open() {
    model_.reset();
    auto model = WorkspaceModel::Open(folder_.path(), {});
    ASSERT_TRUE(model.ok()) << model.error().message();
    model_ = *std::move(model);
  }

  void Put(std::string path, std::string_view bytes,
           WireFormat format = WireFormat::kRaw) {
    const auto writer = model_->NewContent();
    ASSERT_TRUE(writer.ok()) << writer.error().message();
    ASSERT_TRUE((*writer)->Append(bytes).ok());
    ImportCall call;
    call.path = std::move(path);
    call.format = format;
    call.language = Language::kSql;
    call.overwrite = true;
    call.content = (*writer)->Finish().value_or(nullptr);
    ASSERT_NE(call.content, nullptr);
    const auto done = model_->Import(call);
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  std::string Read(const std::string& path) {
    const auto out = model_->Export({path, WireFormat::kAuto, true, {}});
    if (!out.ok()) return out.error().message;
    return ReadAll(*out->content).value_or("unreadable");
  }

  std::size_t ContentFiles() const {
    const auto names = RealHostFs().List(folder_.path() / "content");
    return names.ok() ? names->size() : 0;
  }

  const TestFolder folder_;
  std::unique_ptr<WorkspaceModel> model_;
};

TEST_F(PersistenceTest, EverythingIsThereAfterARestart) {
  Open();
  ASSERT_TRUE(model_->Mkdirs("/Shared/a/b").ok());
  Put("/Shared/a/b/f.txt", "hello");
  Put("/Shared/a/q", "SELECT 1", WireFormat::kSource);
  ASSERT_TRUE(model_->Mkdirs("/Shared/young").ok());
  ASSERT_TRUE(model_->Rename("/Shared/a", "/Shared/young/a").ok());
  const auto before = model_->GetStatus("/Shared/young/a/b/f.txt");

  Open();

  EXPECT_EQ(Read("/Shared/young/a/b/f.txt"), "hello");
  EXPECT_EQ(Read("/Shared/young/a/q"),
            "-- Databricks notebook source\nSELECT 1");
  const auto after = model_->GetStatus("/Shared/young/a/b/f.txt");
  EXPECT_EQ(after->id, before->id);
  EXPECT_EQ(after->modified_ms, before->modified_ms);
  EXPECT_FALSE(model_->Exists("/Shared/a"));
}

TEST_F(PersistenceTest, IdsAreNeverUsedTwice) {
  Open();
  Put("/Shared/f", "1");
  const ObjectId first = model_->GetStatus("/Shared/f")->id;
  ASSERT_TRUE(model_->Delete("/Shared/f", false).ok());

  Open();
  Put("/Shared/f", "2");

  EXPECT_GT(model_->GetStatus("/Shared/f")->id, first);
}

TEST_F(PersistenceTest, ContentsNobodyNamesAreRemoved) {
  Open();
  Put("/Shared/f", "1");
  Put("/Shared/f", "2");
  const auto writer = model_->NewContent();
  ASSERT_TRUE((*writer)->Append("never imported").ok());
  ASSERT_TRUE((*writer)->Finish().ok());

  Open();

  EXPECT_EQ(Read("/Shared/f"), "2");
  EXPECT_EQ(ContentFiles(), 1U);
}

TEST_F(PersistenceTest, ALostContentIsToldAtTheStart) {
  Open();
  Put("/Shared/f", "1");
  model_.reset();
  fs::remove_all(folder_.path() / "content");

  EXPECT_FALSE(WorkspaceModel::Open(folder_.path(), {}).ok());
}

TEST_F(PersistenceTest, TwoServersCannotShareAFolder) {
  Open();

  const auto second = WorkspaceModel::Open(folder_.path(), {});

  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code(), Errc::kBusy);
}

// A child imports one file after the other, overwriting every other one, and
// tells each through a pipe; it is killed in the middle.
TEST_F(PersistenceTest, WhatWasAnsweredSurvivesAKill) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    Open();
    for (int i = 0;; ++i) {
      const std::string name = fmt::format("/Shared/{}", i / 2);
      Put(name, fmt::format("{} {}", i, std::string(5000, 'x')));
      if (::write(ends[1], "x", 1) != 1) ::_exit(1);
    }
  }
  int answered = 0;
  for (char byte = 0; answered < 41 && ::read(ends[0], &byte, 1) == 1;)
    ++answered;
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  // What it told before it died.
  ::close(ends[1]);
  for (char byte = 0; ::read(ends[0], &byte, 1) == 1;) ++answered;
  ::close(ends[0]);

  Open();

  ASSERT_GE(answered, 41);
  for (int i = 0; i < answered / 2; ++i) {
    const std::string text = Read(fmt::format("/Shared/{}", i));
    EXPECT_EQ(text, fmt::format("{} {}", 2 * i + 1, std::string(5000, 'x')));
  }
  // At most one more than was told.
  EXPECT_LE(ContentFiles(), static_cast<std::size_t>(answered + 1) / 2 + 1);
}

TEST_F(PersistenceTest, TheDemoIsSeededOnce) {
  ServeOptions options;
  options.data = folder_.path();
  options.demo = true;
  {
    const auto first = LocalWorkspaceServer::Start(options);
    ASSERT_TRUE(first.ok()) << first.error().message();
    EXPECT_EQ((*first)->model().AllPaths().size(), 13U);
    ASSERT_TRUE((*first)->model().Delete("/Shared/team notes.md", false).ok());
  }

  const auto second = LocalWorkspaceServer::Start(options);

  ASSERT_TRUE(second.ok()) << second.error().message();
  EXPECT_EQ((*second)->model().AllPaths().size(), 12U);
}

}  // namespace
}  // namespace wsfs
