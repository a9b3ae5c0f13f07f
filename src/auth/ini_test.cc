#include "auth/ini.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

TEST(IniTest, ReadsSectionsThatDoNotInherit) {
  const auto file = ParseIni(
      "[DEFAULT]\nhost = https://a\ntoken=t\n\n[dev]\nhost=https://b\n");
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(file->at("DEFAULT"),
              ElementsAre(Pair("host", "https://a"), Pair("token", "t")));
  EXPECT_THAT(file->at("dev"), ElementsAre(Pair("host", "https://b")));
}

TEST(IniTest, KnowsCommentsQuotesAndTheEndsOfLines) {
  const auto file = ParseIni(
      "\xEF\xBB\xBF# top\r\n; also\r\n  [ a ]  \r\n\tk = v#1 # note\r\n"
      "q = \"x y\"\r\nurl: https://h\r\nempty =\r\nk2 = v2");
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(file->at("a"),
              ElementsAre(Pair("empty", ""), Pair("k", "v#1"), Pair("k2", "v2"),
                          Pair("q", "x y"), Pair("url", "https://h")));
}

TEST(IniTest, CountsTheLastOfTwoKeysAndJoinsTwoSections) {
  const auto file = ParseIni("[a]\nk=1\nk=2\n[b]\n[a]\nl=3\n");
  ASSERT_TRUE(file.ok());
  EXPECT_THAT(file->at("a"), ElementsAre(Pair("k", "2"), Pair("l", "3")));
  EXPECT_THAT(file->at("b"), IsEmpty());
}

TEST(IniTest, KeysBeforeAnySectionAreTheDefaultOnes) {
  EXPECT_EQ(ParseIni("host=h")->at("DEFAULT").at("host"), "h");
  EXPECT_TRUE(ParseIni("")->empty());
}

TEST(IniTest, NamesTheBrokenLineButNotWhatItHolds) {
  for (const char* text :
       {"[a]\ndapi0123456789\n", "\n[a\n", "\n= v dapi0123456789\n"}) {
    const auto file = ParseIni(text);
    ASSERT_FALSE(file.ok()) << text;
    EXPECT_EQ(file.error().code(), Errc::kInvalidArgument);
    EXPECT_THAT(file.error().message(), HasSubstr("line 2"));
    EXPECT_THAT(file.error().message(), Not(HasSubstr("dapi")));
  }
}

}  // namespace
}  // namespace wsfs
