#include "auth/credential.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth/token_source.h"

namespace wsfs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kConfig =
    "[DEFAULT]\nhost = https://default.example\ntoken = tok-default\n"
    "[dev]\nhost = dev.example/?o=123\ntoken = tok-dev\n"
    "[cli]\nhost = https://cli.example\nauth_type = databricks-cli\n"
    "[bare]\nhost = https://bare.example\n"
    "[__settings__]\nother = 1\n";

class CredentialTest : public ::testing::Test {
 protected:
  Result<Credential> Resolve() const {
    return ResolveCredential(
        flags_,
        [this](std::string_view name) -> std::optional<std::string> {
          const auto found = environment_.find(name);
          if (found == environment_.end()) return std::nullopt;
          return found->second;
        },
        [this](const std::string& path) -> Result<std::string> {
          if (path == file_) return config_;
          return Error(Errc::kNotFound, "none");
        });
  }

  void ExpectHost(const std::string& host, const std::string& token) const {
    const auto credential = Resolve();
    ASSERT_TRUE(credential.ok()) << credential.error().message();
    EXPECT_EQ(credential->host, host);
    EXPECT_EQ(credential->token, token);
    EXPECT_THAT(credential->source, Not(HasSubstr(token)));
  }

  void ExpectSentence(const std::string& part) const {
    const auto credential = Resolve();
    ASSERT_FALSE(credential.ok()) << credential->source;
    EXPECT_EQ(credential.error().code(), Errc::kUnauthenticated);
    EXPECT_THAT(credential.error().message(), HasSubstr(part));
    EXPECT_THAT(credential.error().message(), Not(HasSubstr("tok-")));
  }

  CredentialFlags flags_;
  std::map<std::string, std::string, std::less<>> environment_ = {
      {"HOME", "/home/ada"}};
  std::string file_ = "/home/ada/.databrickscfg";
  std::string config_ = kConfig;
};

TEST_F(CredentialTest, FlagsGoFirst) {
  flags_ = {"flag.example", "tok-flag", "", false};
  environment_["DATABRICKS_HOST"] = "https://env.example";
  environment_["DATABRICKS_TOKEN"] = "tok-env";
  ExpectHost("https://flag.example", "tok-flag");
}

TEST_F(CredentialTest, ThenTheEnvironmentThenTheDefaultProfile) {
  ExpectHost("https://default.example", "tok-default");
  environment_["DATABRICKS_HOST"] = "https://Env.example/a/b?o=1";
  environment_["DATABRICKS_TOKEN"] = "tok-env";
  ExpectHost("https://env.example", "tok-env");
}

TEST_F(CredentialTest, ANamedProfileDoesNotInherit) {
  environment_["DATABRICKS_CONFIG_PROFILE"] = "dev";
  ExpectHost("https://dev.example", "tok-dev");
  environment_["DATABRICKS_CONFIG_PROFILE"] = "bare";
  ExpectSentence("there is no token for https://bare.example");
}

TEST_F(CredentialTest, AProfileOnTheCommandLineBeatsTheEnvironment) {
  flags_.profile = "dev";
  environment_["DATABRICKS_HOST"] = "https://env.example";
  environment_["DATABRICKS_TOKEN"] = "tok-env";
  ExpectHost("https://dev.example", "tok-dev");
}

TEST_F(CredentialTest, ATokenNeverGoesToAnotherHost) {
  flags_.profile = "bare";
  environment_["DATABRICKS_HOST"] = "https://env.example";
  environment_["DATABRICKS_TOKEN"] = "tok-env";
  ExpectSentence("set both in one place");
  flags_ = {"https://flag.example", "", "dev", false};
  ExpectSentence("set both in one place");
}

TEST_F(CredentialTest, HostAndTokenMayComeFromTwoPlacesThatAgree) {
  flags_.host = "https://dev.example";
  flags_.profile = "dev";
  ExpectHost("https://dev.example", "tok-dev");
}

TEST_F(CredentialTest, SettingsNameTheDefaultAndAreNoProfile) {
  config_ += "default_profile = dev\n";
  ExpectHost("https://dev.example", "tok-dev");
  flags_.profile = "__settings__";
  ExpectSentence("choose one of DEFAULT, bare, cli, dev");
}

TEST_F(CredentialTest, TheConfigFileCanBeElsewhere) {
  environment_["DATABRICKS_CONFIG_FILE"] = "~/x/cfg";
  file_ = "/home/ada/x/cfg";
  ExpectHost("https://default.example", "tok-default");
}

TEST_F(CredentialTest, SaysWhatToSet) {
  file_ = "";
  ExpectSentence("set DATABRICKS_HOST and DATABRICKS_TOKEN");
  environment_["DATABRICKS_HOST"] = "https://env.example";
  ExpectSentence("there is no token for https://env.example");
  environment_.erase("DATABRICKS_HOST");
  environment_["DATABRICKS_TOKEN"] = "tok-env";
  ExpectSentence("set DATABRICKS_HOST");
  environment_.erase("DATABRICKS_TOKEN");
  flags_.profile = "dev";
  ExpectSentence("cannot read ~/.databrickscfg");
}

TEST_F(CredentialTest, SaysThatAProfileIsMissingOrSignsInOtherwise) {
  flags_.profile = "prod";
  ExpectSentence("there is no profile \"prod\"");
  flags_.profile = "cli";
  ExpectSentence("databricks-cli");
  config_ = "[DEFAULT]\nwhat";
  flags_.profile = "";
  ExpectSentence("line 2");
}

TEST_F(CredentialTest, RefusesTokensAndHostsThatCannotBe) {
  flags_ = {"https://h", "tok-a\r\nX-Evil: 1", "", false};
  ExpectSentence("copy it again");
  flags_ = {"http://h.example", "tok-a", "", false};
  ExpectSentence("unencrypted");
  flags_.allow_plain_http = true;
  ExpectHost("http://h.example", "tok-a");
  flags_.host = "https://h\nx";
  ExpectSentence("address");
}

TEST_F(CredentialTest, ReadsFromTheDisk) {
  EXPECT_EQ(ReadSmallFile("/nonexistent/x").error().code(), Errc::kNotFound);
  EXPECT_TRUE(ReadSmallFile("/proc/self/status").ok());
}

TEST(TokenSourceTest, ANewerTokenIsUsedFromThenOn) {
  TokenSource source("old");
  EXPECT_EQ(source.Token(), "old");
  source.Replace("new");
  EXPECT_EQ(source.Token(), "new");
}

}  // namespace
}  // namespace wsfs
