#include "api/json_in.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RemotePath Path(std::string_view text) {
  return *RemotePath::Parse(text);
}

Result<ObjectInfo> Status(std::string body, std::string_view asked) {
  return ReadStatus(body, Path(asked));
}

Result<std::vector<ObjectInfo>> Listing(std::string body,
                                        std::string_view asked) {
  return ReadListing(body, Path(asked));
}

std::vector<std::string> Names(const Result<std::vector<ObjectInfo>>& listing) {
  std::vector<std::string> names;
  if (!listing.ok()) return {listing.error().message()};
  for (const auto& info : *listing) names.push_back(info.path.text());
  return names;
}

TEST(ReadStatusTest, ReadsTheRecordedNotebook) {
  const auto info = Status(
      R"({"created_at":1671030805916,"language":"PYTHON","modified_at":1671032235392,"object_id":795822750063438,
 "object_type":"NOTEBOOK","path":"/some/path/to/a/notebook","repos_export_format":"SOURCE","resource_id":"795822750063438"})",
      "/some/path/to/a/notebook");
  ASSERT_TRUE(info.ok()) << info.error().message();
  EXPECT_EQ(info->type, ObjectType::kNotebook);
  EXPECT_EQ(info->language, Language::kPython);
  EXPECT_EQ(info->format, NotebookFormat::kSource);
  EXPECT_EQ(info->id, 795822750063438);
  EXPECT_EQ(info->created_at, 1671030805916);
  EXPECT_EQ(info->modified_at, 1671032235392);
  EXPECT_EQ(info->size, std::nullopt);
}

TEST(ReadStatusTest, KeepsIdsAboveTwoToThe53) {
  const auto info = Status(
      R"({"object_type":"FILE","path":"/a","object_id":9007199254740993,"size":0})",
      "/a");
  EXPECT_EQ(info->id, 9007199254740993);
  EXPECT_EQ(info->size, 0U);
}

TEST(ReadStatusTest, TakesNumbersAsTextAndSkipsWhatItDoesNotKnow) {
  const auto info = Status(
      R"({"new":{"a":[1,{"path":"/no"}]},"object_id":"7","object_type":"FILE",
          "path":"/a","size":-1,"modified_at":null,"language":5})",
      "/a");
  ASSERT_TRUE(info.ok()) << info.error().message();
  EXPECT_EQ(info->id, 7);
  EXPECT_EQ(info->path.text(), "/a");
  EXPECT_EQ(info->size, std::nullopt);
  EXPECT_EQ(info->modified_at, std::nullopt);
}

TEST(ReadStatusTest, ShowsTypesOfTheFutureAsOpaque) {
  const auto info =
      Status(R"({"object_type":"HOLOGRAM","path":"/a","size":9})", "/a");
  EXPECT_EQ(info->type, ObjectType::kOpaque);
  EXPECT_EQ(info->type_name, "HOLOGRAM");
  EXPECT_EQ(Status(R"({"object_type":"REPO","path":"/a"})", "/a")->type,
            ObjectType::kRepo);
}

TEST(ReadStatusTest, ReadsPathsInTheSpellingThatWasAsked) {
  EXPECT_EQ(Status(R"({"object_type":"FILE","path":"/Workspace/Users/a"})",
                   "/Users/a")
                ->path.text(),
            "/Users/a");
  EXPECT_EQ(Status(R"({"object_type":"FILE","path":"/Workspace/Users/a"})",
                   "/Workspace/Users/a")
                ->path.text(),
            "/Workspace/Users/a");
  // An alias answers for another object: nobody must take it for the asked.
  EXPECT_EQ(Status(R"({"object_type":"NOTEBOOK","path":"/foo"})", "/foo.py")
                ->path.text(),
            "/foo");
  EXPECT_EQ(Status(R"({"object_type":"FILE"})", "/a")->path.text(), "/a");
}

TEST(ReadStatusTest, RefusesWhatIsNotAnObject) {
  for (const char* body : {"", "{}", "[]", "<html>",
                           "{\"object_type\":", "{\"object_type\":\"FI"}) {
    const auto info = Status(body, "/a");
    ASSERT_FALSE(info.ok()) << body;
    EXPECT_EQ(info.error().code(), Errc::kCorrupt);
    EXPECT_THAT(info.error().message(), HasSubstr("Databricks workspace?"));
  }
}

TEST(ReadListingTest, AnEmptyDirectoryComesInTwoShapes) {
  EXPECT_THAT(Names(Listing("{}", "/a")), IsEmpty());
  EXPECT_THAT(Names(Listing(R"({"objects":[]})", "/a")), IsEmpty());
}

TEST(ReadListingTest, TheObjectItselfIsNotADirectory) {
  const auto listing =
      Listing(R"({"objects":[{"object_type":"FILE","path":"/a"}]})", "/a");
  ASSERT_FALSE(listing.ok());
  EXPECT_EQ(listing.error().code(), Errc::kNotADirectory);
  EXPECT_EQ(
      Listing(
          R"({"objects":[{"object_type":"NOTEBOOK","path":"/Workspace/a"}]})",
          "/a")
          .error()
          .code(),
      Errc::kNotADirectory);
}

TEST(ReadListingTest, OneChildIsNotTheObjectItself) {
  EXPECT_THAT(
      Names(Listing(R"({"objects":[{"object_type":"FILE","path":"/a/a"}]})",
                    "/a")),
      ElementsAre("/a/a"));
}

TEST(ReadListingTest, OfTwoWithOneNameTheFirstCounts) {
  const auto listing = Listing(
      R"({"objects":[{"object_type":"DIRECTORY","path":"/a/x","object_id":1},
                     {"object_type":"DIRECTORY","path":"/a/x","object_id":2}]})",
      "/a");
  ASSERT_EQ(listing->size(), 1U);
  EXPECT_EQ(listing->front().id, 1);
}

TEST(ReadListingTest, PutsChildrenUnderWhatWasAsked) {
  EXPECT_THAT(
      Names(Listing(
          R"({"objects":[{"object_type":"DIRECTORY","path":"/Workspace/Users"}]})",
          "/")),
      ElementsAre("/Users"));
  EXPECT_THAT(
      Names(Listing(
          R"({"objects":[{"object_type":"FILE","path":"/Workspace/a/b c+é"}]})",
          "/Workspace/a")),
      ElementsAre("/Workspace/a/b c+é"));
}

TEST(ReadListingTest, LeavesOutNamesItCannotHold) {
  EXPECT_THAT(
      Names(Listing(
          R"({"objects":[{"object_type":"FILE","path":"/a/.."},{"path":""},
              {"object_type":"FILE"},{"object_type":"FILE","path":"/a/ok"}]})",
          "/a")),
      ElementsAre("/a/ok"));
}

TEST(ReadListingTest, ReadsWhatListFilesWraps) {
  const auto listing = Listing(
      R"({"objects":[{"object_info":{"object_type":"FILE","path":"/a/f","size":12},
                      "signed_url":{"url":"https://x/?sig=1","path":"/no"}},
                     {"object_info":{"object_type":"NOTEBOOK","path":"/a/n","size":0}}]})",
      "/a");
  ASSERT_EQ(listing->size(), 2U);
  EXPECT_EQ((*listing)[0].size, 12U);
  EXPECT_EQ((*listing)[1].size, std::nullopt);
}

TEST(ReadListingTest, RefusesWhatIsCutShort) {
  for (const char* body :
       {R"({"objects":[{"object_type":"FILE","path":"/a/f"})",
        R"({"objects":[{"object_type":"FILE","path":"/a/f)",
        R"({"objects":{}})", R"({"objects":[1]})", "no"})
    EXPECT_EQ(Listing(body, "/a").error().code(), Errc::kCorrupt) << body;
}

TEST(ReadListingTest, ReadsTenThousandEntries) {
  std::string body = "{\"objects\":[";
  for (int i = 0; i < 10'000; ++i) {
    if (i != 0) body += ",";
    body += R"({"object_type":"FILE","path":"/a/file-)" + std::to_string(i) +
            R"(","object_id":)" + std::to_string(i) + "}";
  }
  body += "]}";
  EXPECT_EQ(Listing(body, "/a")->size(), 10'000U);
}

TEST(ReadIdentityTest, ReadsUserAndId) {
  std::string body =
      R"({"schemas":["x"],"id":"12","userName":"a@b","emails":[{"value":"c"}]})";
  const auto identity = ReadIdentity(body);
  ASSERT_TRUE(identity.ok());
  EXPECT_EQ(identity->user_name, "a@b");
  EXPECT_EQ(identity->user_id, "12");
  std::string nobody = "{}";
  EXPECT_EQ(ReadIdentity(nobody).error().code(), Errc::kCorrupt);
}

}  // namespace
}  // namespace wsfs
