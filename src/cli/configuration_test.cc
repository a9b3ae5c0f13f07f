#include "cli/configuration.h"

#include <fstream>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"

namespace wsfs {
namespace {

using ::testing::HasSubstr;

// docs/configuration.md.
class ConfigurationTest : public testing::Test {
 protected:
  ConfigurationTest() {
    environment_ = {{"HOME", home().native()}};
    std::filesystem::create_directories(home() / ".config" / "wsfs");
    std::filesystem::create_directories(home() / "ws");
    arguments_.directory = home() / "ws";
  }

  std::filesystem::path home() const { return folder_.path(); }

  void Write(std::string_view text) {
    std::ofstream(home() / ".config" / "wsfs" / "config.toml") << text;
  }

  Result<void> Apply() {
    return Configure(
        arguments_,
        [this](std::string_view option) {
          return given_.contains(std::string(option));
        },
        [this](std::string_view name) -> std::optional<std::string> {
          const auto found = environment_.find(std::string(name));
          if (found == environment_.end()) return std::nullopt;
          return found->second;
        });
  }

  /// The sentence about a file that is wrong.
  std::string Complaint(std::string_view text) {
    Write(text);
    const auto applied = Apply();
    if (applied.ok()) return "";
    EXPECT_EQ(applied.error().code(), Errc::kInvalidArgument);
    return applied.error().message();
  }

  const TestFolder folder_;
  std::map<std::string, std::string> environment_;
  std::set<std::string> given_;
  MountArguments arguments_;
};

TEST_F(ConfigurationTest, NoFileChangesNothing) {
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(arguments_.writes, "auto");
  EXPECT_EQ(arguments_.deadline, Milliseconds{5'000});
}

TEST_F(ConfigurationTest, SetsWhatEveryMountHas) {
  Write(R"(
[mount]
writes = "through"
fsync = "remote"
merge = "never"
poll-rate = 0.5
deadline = "2s"
drain = 90
read-only = true
profile = "work"
store = "~/store"
log-level = "debug"
)");
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(arguments_.writes, "through");
  EXPECT_EQ(arguments_.fsync, "remote");
  EXPECT_EQ(arguments_.merge, "never");
  EXPECT_EQ(arguments_.poll_rate, 0.5);
  EXPECT_EQ(arguments_.deadline, Milliseconds{2'000});
  EXPECT_EQ(arguments_.drain, Milliseconds{90'000});
  EXPECT_TRUE(arguments_.read_only);
  EXPECT_EQ(arguments_.profile, "work");
  EXPECT_EQ(arguments_.store, (home() / "store").native());
  EXPECT_EQ(arguments_.log_level, LogLevel::kDebug);
}

TEST_F(ConfigurationTest, TheSectionOfTheFolderBeatsTheOneForAll) {
  Write(R"(
[mount."~/ws"]
writes = "back"

[mount."~/other"]
writes = "through"
fsync = "remote"

[mount]
writes = "auto"
deadline = "3s"
)");
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(arguments_.writes, "back");
  EXPECT_EQ(arguments_.fsync, "local");
  EXPECT_EQ(arguments_.deadline, Milliseconds{3'000});
}

TEST_F(ConfigurationTest, AnOptionBeatsTheFile) {
  Write("[mount]\nwrites = \"back\"\nfsync = \"remote\"\n");
  given_ = {"writes"};
  arguments_.writes = "through";
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(arguments_.writes, "through");
  EXPECT_EQ(arguments_.fsync, "remote");
}

TEST_F(ConfigurationTest, TheEnvironmentNamesTheFile) {
  std::ofstream(home() / "mine.toml") << "[mount]\nwrites = \"back\"\n";
  Write("[mount]\nwrites = \"through\"\n");
  environment_["WSFS_CONFIG"] = home() / "mine.toml";
  ASSERT_TRUE(Apply().ok());
  EXPECT_EQ(arguments_.writes, "back");
  environment_["WSFS_CONFIG"] = home() / "gone.toml";
  const auto missing = Apply();
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message(), HasSubstr("gone.toml"));
}

TEST_F(ConfigurationTest, WhatIsWrongIsSaidWithItsLine) {
  EXPECT_THAT(Complaint("[mount]\nwrites = \"bakc\"\n"),
              HasSubstr("config.toml:2: writes = \"bakc\": it is one of auto, "
                        "through, back"));
  EXPECT_THAT(Complaint("[mount]\n\nwrite = \"back\"\n"),
              HasSubstr("config.toml:3: write is not known: there are writes"));
  EXPECT_THAT(Complaint("[mount]\ndeadline = \"soon\"\n"), HasSubstr("a time"));
  EXPECT_THAT(Complaint("[mount]\nread-only = 1\n"),
              HasSubstr("true or false"));
  EXPECT_THAT(Complaint("[mount]\nwrites = [\"back\"]\n"),
              HasSubstr("one text"));
  EXPECT_THAT(Complaint("[mounts]\n"), HasSubstr("config.toml:1: mounts"));
  EXPECT_THAT(Complaint("[mount\n"), HasSubstr("config.toml:1"));
  EXPECT_THAT(Complaint("[mount.\"~/other\"]\nwrites = \"x\"\n"),
              HasSubstr("config.toml:2"));
}

TEST_F(ConfigurationTest, MetricsAreForThisMachine) {
  Write("[mount]\nmetrics = \"127.0.0.1:9464\"\n");
  EXPECT_TRUE(Apply().ok());
  EXPECT_EQ(arguments_.metrics, "127.0.0.1:9464");

  EXPECT_THAT(Complaint("[mount]\nmetrics = \"0.0.0.0:9464\"\n"),
              HasSubstr("this machine only"));
}

}  // namespace
}  // namespace wsfs
