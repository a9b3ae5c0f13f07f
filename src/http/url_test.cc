#include "http/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

TEST(UrlTest, EncodesAllThatCouldMeanSomethingElse) {
  EXPECT_EQ(PercentEncode("a b+c/d%e?f&g#h=é~._-"),
            "a%20b%2Bc%2Fd%25e%3Ff%26g%23h%3D%C3%A9~._-");
  EXPECT_EQ(PercentEncodePath("/a b/c+d"), "/a%20b/c%2Bd");
}

TEST(UrlTest, JoinsHostAndTargetWithOneSlash) {
  EXPECT_EQ(JoinUrl("https://h/", "/api"), "https://h/api");
  EXPECT_EQ(JoinUrl("https://h", "/api"), "https://h/api");
}

TEST(UrlTest, LetsHttpsPassAndHttpOnlyToThisMachine) {
  EXPECT_TRUE(CheckUrl("https://adb-1.azuredatabricks.net/x", false).ok());
  for (const char* url :
       {"http://127.0.0.1:80/x", "http://localhost", "http://[::1]:9/"})
    EXPECT_TRUE(CheckUrl(url, false).ok()) << url;
  for (const char* url :
       {"http://example.com", "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/", "http://localhost.evil.example",
        "ftp://x", "adb-1.net", "http://", ""})
    EXPECT_FALSE(CheckUrl(url, false).ok()) << url;
  EXPECT_TRUE(CheckUrl("http://example.com", true).ok());
}

TEST(UrlTest, TellsPeopleNeitherQueryNorUser) {
  EXPECT_EQ(UrlForPeople("https://u:secret@h:1/p/q?sig=secret#f"),
            "https://h:1/p/q");
}

}  // namespace
}  // namespace wsfs
