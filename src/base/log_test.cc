#include "base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(LogTest, RedactsTokensHeadersAndTheQueriesOfUrls) {
  EXPECT_THAT(Redact("Authorization: Bearer dapi0123abc.def"),
              Not(HasSubstr("0123")));
  EXPECT_THAT(Redact("token dapi0123456789"), Not(HasSubstr("0123")));
  EXPECT_THAT(Redact("GET \"https://x.blob/c?sig=abc%2Bdef&se=1\" failed"),
              Not(HasSubstr("sig=")));
  EXPECT_THAT(Redact("GET https://host/api?path=/a"),
              HasSubstr("https://host/api?"));
}

TEST(LogTest, LeavesOrdinaryTextAsItIs) {
  const std::string text = "put /Users/ana@acme.com/nb.py: 403, kept here";
  EXPECT_EQ(Redact(text), text);
}

TEST(LogTest, NamesTheLevelsItKnows) {
  EXPECT_EQ(ParseLogLevel("debug").value(), LogLevel::kDebug);
  const auto wrong = ParseLogLevel("loud");
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().message(), HasSubstr("trace, debug, info"));
}

}  // namespace
}  // namespace wsfs
