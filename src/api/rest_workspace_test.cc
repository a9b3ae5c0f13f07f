#include "api/rest_workspace.h"

#include <deque>
#include <functional>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/json_out.h"

namespace wsfs {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kNotFound =
    R"j({"error_code":"RESOURCE_DOES_NOT_EXIST","message":"Path (/a) doesn't exist."})j";

/// Answers what the test wrote down, in order, and keeps what was sent.
class ScriptedTransport final : public Transport {
 public:
  struct Sent {
    std::string line;  ///< "GET https://…"
    std::string body;
    std::vector<std::string> headers;
    HttpVersion version;
    int attempt;
  };

  HttpResult Send(const HttpRequest& request) override {
    Sent sent{request.method + " " + request.url, request.text, request.headers,
              request.version, request.attempt};
    if (request.source != nullptr) {
      sent.body.resize(request.source->size_bytes());
      EXPECT_TRUE(request.source
                      ->ReadAt(0, std::as_writable_bytes(std::span(sent.body)))
                      .ok());
    }
    sent_.push_back(std::move(sent));
    if (request.sink != nullptr) {
      EXPECT_TRUE(request.sink->Restart().ok());
    }
    if (script_.empty())
      return std::unexpected(
          HttpFailure{Error(Errc::kIo, "the script is over"), false});
    HttpResult result = std::move(script_.front());
    script_.pop_front();
    if (before_answer_) before_answer_();
    const bool streams =
        result && request.sink != nullptr && result->status == 200;
    if (streams) {
      EXPECT_TRUE(
          request.sink->Take(std::as_bytes(std::span(result->body))).ok());
    }
    return result;
  }

  void Answer(int status, std::string body, std::string retry_after = "") {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    response.headers = {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"},
                        {"x-databricks-org-id", "42"}};
    if (!retry_after.empty())
      response.headers.emplace_back("retry-after", std::move(retry_after));
    response.sent_ms = 10;
    response.answered_ms = 20;
    script_.emplace_back(std::move(response));
  }

  void Fail(Errc code, bool may_have_left) {
    script_.emplace_back(
        std::unexpected(HttpFailure{Error(code, "lost"), may_have_left}));
  }

  std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    for (const Sent& sent : sent_) lines.push_back(sent.line);
    return lines;
  }

  std::vector<Sent> sent_;
  std::function<void()> before_answer_;

 private:
  std::deque<HttpResult> script_;
};

/// Moves the clock instead of waiting.
class SkippingPause final : public Pause {
 public:
  explicit SkippingPause(FakeClock& clock) : clock_(clock) {}
  bool Until(SteadyTime until,
             const std::shared_ptr<CancelToken>& cancel) override {
    if (cancel != nullptr && cancel->cancelled()) return false;
    const auto delay = std::chrono::ceil<Milliseconds>(until - clock_.Now());
    delays_.push_back(delay);
    clock_.Advance(delay);
    return true;
  }
  std::vector<Milliseconds> delays_;

 private:
  FakeClock& clock_;
};

class TextSource final : public ByteSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::uint64_t size_bytes() const override { return text_.size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override {
    const std::size_t count =
        text_.copy(static_cast<char*>(static_cast<void*>(into.data())),
                   into.size(), offset);
    return count;
  }

 private:
  std::string text_;
};

class TextSink final : public ByteSink {
 public:
  Result<void> Restart() override {
    text_.clear();
    return {};
  }
  Result<void> Take(std::span<const std::byte> bytes) override {
    for (const std::byte byte : bytes) text_.push_back(static_cast<char>(byte));
    return {};
  }
  std::string text_;
};

class RestWorkspaceTest : public ::testing::Test {
 protected:
  RestWorkspaceTest() {
    options_.deadline = clock_.Now() + seconds(30);
    options_.times = &times_;
  }

  static RemotePath Path(std::string_view text) {
    return *RemotePath::Parse(text);
  }
  ImportRequest File(std::string_view path) {
    return {Path(path), ImportFormat::kRaw, Language::kNone, true};
  }
  Errc DeleteCode() {
    const auto done = workspace_.Delete(Path("/a"), false, options_);
    return done.ok() ? Errc::kIo : done.error().code();
  }
  Errc StatusCode() {
    const auto done = workspace_.GetStatus(Path("/a"), options_);
    return done.ok() ? Errc::kIo : done.error().code();
  }

  static constexpr const char* kFile =
      R"j({"object_type":"FILE","path":"/a"})j";

  FakeClock clock_;
  SkippingPause pause_{clock_};
  ScriptedTransport transport_;
  TokenSource tokens_{"tok"};
  RestWorkspace workspace_{"https://h", transport_, tokens_, clock_, pause_};
  CallTimes times_;
  CallOptions options_;
};

TEST_F(RestWorkspaceTest, AsksForTheStatusWithTheExportInfo) {
  transport_.Answer(200, kFile);
  EXPECT_EQ(workspace_.GetStatus(Path("/a b+c%#é"), options_)->type,
            ObjectType::kFile);
  EXPECT_THAT(transport_.Lines(),
              ElementsAre("GET https://h/api/2.0/workspace/get-status?path="
                          "%2Fa%20b%2Bc%25%23%C3%A9&return_export_info=true"));
  EXPECT_THAT(transport_.sent_[0].headers,
              ::testing::Contains("Authorization: Bearer tok"));
  EXPECT_EQ(times_.sent_ms, 10);
  EXPECT_EQ(times_.answered_ms, 20);
  EXPECT_EQ(times_.service_date_ms, 784111777000);
}

TEST_F(RestWorkspaceTest, SaysWhatTheServiceSaidOfWhat) {
  transport_.Answer(404, kNotFound);
  const auto info = workspace_.GetStatus(Path("/a"), options_);
  EXPECT_EQ(info.error().code(), Errc::kNotFound);
  EXPECT_EQ(info.error().message(),
            "get-status /a: Path (/a) doesn't exist. (404 "
            "RESOURCE_DOES_NOT_EXIST)");
}

TEST_F(RestWorkspaceTest, PostsJson) {
  transport_.Answer(200, "{}");
  transport_.Answer(200, "{}");
  transport_.Answer(200, "{}");
  EXPECT_TRUE(workspace_.Mkdirs(Path("/a\"b"), options_).ok());
  EXPECT_TRUE(workspace_.Delete(Path("/a"), true, options_).ok());
  EXPECT_TRUE(workspace_.Rename(Path("/a"), Path("/b"), options_).ok());
  EXPECT_EQ(transport_.sent_[0].body, R"j({"path":"/a\"b"})j");
  EXPECT_EQ(transport_.sent_[1].body, R"j({"path":"/a","recursive":true})j");
  EXPECT_EQ(transport_.sent_[2].body,
            R"j({"destination_path":"/b","source_path":"/a"})j");
}

TEST_F(RestWorkspaceTest, ANameThatIsNotUtf8IsNotSent) {
  EXPECT_EQ(workspace_.Mkdirs(Path("/\xff"), options_).error().code(),
            Errc::kInvalidArgument);
  EXPECT_THAT(transport_.sent_, ::testing::IsEmpty());
}

TEST_F(RestWorkspaceTest, TriesAgainWhenThrottledAsTheServiceSaid) {
  transport_.Answer(429, "", "3");
  transport_.Answer(503, "");
  transport_.Fail(Errc::kUnreachable, false);
  transport_.Answer(200, kFile);
  EXPECT_TRUE(workspace_.GetStatus(Path("/a"), options_).ok());
  ASSERT_EQ(pause_.delays_.size(), 3U);
  EXPECT_GE(pause_.delays_[0], seconds(3));
  EXPECT_LE(pause_.delays_[2], seconds(1));
  std::vector<int> attempts;
  for (const auto& sent : transport_.sent_) attempts.push_back(sent.attempt);
  EXPECT_THAT(attempts, ::testing::ElementsAre(1, 2, 3, 4));
}

TEST_F(RestWorkspaceTest, GivesUpBeforeTheDeadlineNotAfterIt) {
  options_.deadline = clock_.Now() + seconds(2);
  transport_.Answer(429, "", "60");
  EXPECT_EQ(StatusCode(), Errc::kThrottled);
  EXPECT_THAT(pause_.delays_, ::testing::IsEmpty());
}

TEST_F(RestWorkspaceTest, DoesNotTryAgainWhenAskedNotTo) {
  options_.retry = false;
  transport_.Answer(503, "");
  EXPECT_EQ(StatusCode(), Errc::kUnavailable);
  EXPECT_EQ(transport_.sent_.size(), 1U);
}

TEST_F(RestWorkspaceTest, ACancelledPauseEndsTheCall) {
  options_.cancel = std::make_shared<CancelToken>();
  options_.cancel->Cancel();
  transport_.Answer(503, "");
  EXPECT_EQ(StatusCode(), Errc::kCancelled);
}

TEST_F(RestWorkspaceTest, AReadThatWasLostIsAskedAgain) {
  transport_.Fail(Errc::kOutcomeUnknown, true);
  transport_.Answer(200, kFile);
  EXPECT_EQ(StatusCode(), Errc::kIo);
}

TEST_F(RestWorkspaceTest, AReadThatFailsWith500IsAskedThreeTimes) {
  for (int i = 0; i < 4; ++i) transport_.Answer(500, "");
  EXPECT_EQ(StatusCode(), Errc::kUnavailable);
  EXPECT_EQ(transport_.sent_.size(), 3U);
}

TEST_F(RestWorkspaceTest, AReadWithoutAnAnswerTimesOut) {
  transport_.Fail(Errc::kTimeout, true);
  EXPECT_EQ(StatusCode(), Errc::kTimeout);
}

TEST_F(RestWorkspaceTest, AWriteThatMayHaveLeftHasAnUnknownOutcome) {
  for (const Errc code : {Errc::kTimeout, Errc::kCancelled,
                          Errc::kOutcomeUnknown, Errc::kCorrupt}) {
    transport_.Fail(code, true);
    EXPECT_EQ(workspace_.Mkdirs(Path("/a"), options_).error().code(),
              Errc::kOutcomeUnknown);
  }
  EXPECT_EQ(transport_.sent_.size(), 4U);
  for (const int status : {500, 502, 504}) {
    transport_.Answer(status, "");
    EXPECT_EQ(workspace_.Mkdirs(Path("/a"), options_).error().code(),
              Errc::kOutcomeUnknown);
  }
}

TEST_F(RestWorkspaceTest, AWriteThatCannotHaveLeftWasNotExecuted) {
  options_.retry = false;
  transport_.Fail(Errc::kTimeout, false);
  EXPECT_EQ(workspace_.Mkdirs(Path("/a"), options_).error().code(),
            Errc::kUnavailable);
  transport_.Fail(Errc::kCancelled, false);
  EXPECT_EQ(workspace_.Mkdirs(Path("/a"), options_).error().code(),
            Errc::kCancelled);
  transport_.Fail(Errc::kUnreachable, false);
  EXPECT_EQ(workspace_.Mkdirs(Path("/a"), options_).error().code(),
            Errc::kUnreachable);
}

TEST_F(RestWorkspaceTest, ARepeatedDeleteThatFindsNothingHadWorked) {
  transport_.Fail(Errc::kOutcomeUnknown, true);
  transport_.Answer(404, kNotFound);
  EXPECT_EQ(DeleteCode(), Errc::kIo);
}

TEST_F(RestWorkspaceTest, ADeleteAfterARefusalThatFindsNothingDidNot) {
  transport_.Answer(429, "");
  transport_.Answer(404, kNotFound);
  EXPECT_EQ(DeleteCode(), Errc::kNotFound);
}

TEST_F(RestWorkspaceTest, ALostDeleteIsNotRepeatedUnasked) {
  options_.retry = false;
  transport_.Fail(Errc::kOutcomeUnknown, true);
  EXPECT_EQ(DeleteCode(), Errc::kOutcomeUnknown);
  EXPECT_EQ(transport_.sent_.size(), 1U);
}

TEST_F(RestWorkspaceTest, ALostDeleteStaysUnknownWhenTheNextGetsNoAnswer) {
  options_.deadline = clock_.Now() + seconds(1);
  transport_.Fail(Errc::kOutcomeUnknown, true);
  transport_.Answer(429, "", "5");
  EXPECT_EQ(DeleteCode(), Errc::kOutcomeUnknown);
}

TEST_F(RestWorkspaceTest, UsesANewerTokenAtOnce) {
  transport_.Answer(
      403, R"j({"error_code":403,"message":"Invalid access token."})j");
  transport_.Answer(200, kFile);
  transport_.before_answer_ = [this] { tokens_.Replace("new"); };
  EXPECT_EQ(StatusCode(), Errc::kIo);
  EXPECT_THAT(transport_.sent_[1].headers,
              ::testing::Contains("Authorization: Bearer new"));
}

TEST_F(RestWorkspaceTest, SaysWhatToDoAboutABadToken) {
  transport_.Answer(
      403, R"j({"error_code":403,"message":"Invalid access token."})j");
  const auto me = workspace_.Me(options_);
  EXPECT_EQ(me.error().code(), Errc::kUnauthenticated);
  EXPECT_THAT(me.error().message(), HasSubstr("check DATABRICKS_TOKEN"));
  EXPECT_THAT(me.error().message(), Not(HasSubstr("tok ")));
}

TEST_F(RestWorkspaceTest, KnowsWhoIsSignedIn) {
  transport_.Answer(200, R"j({"id":"7","userName":"ada@example.com"})j");
  const auto me = workspace_.Me(options_);
  EXPECT_EQ(me->user_name, "ada@example.com");
  EXPECT_EQ(me->workspace_id, "42");
}

TEST_F(RestWorkspaceTest, ARefusedListFilesIsACapabilityThatIsMissing) {
  transport_.Answer(403, R"j({"error_code":"PERMISSION_DENIED"})j");
  EXPECT_EQ(workspace_.ListFiles(Path("/a"), options_).error().code(),
            Errc::kUnsupported);
  transport_.Answer(404, R"j({"error_code":"ENDPOINT_NOT_FOUND"})j");
  EXPECT_EQ(workspace_.Rename(Path("/a"), Path("/b"), options_).error().code(),
            Errc::kUnsupported);
}

TEST_F(RestWorkspaceTest, ImportsOneWholeFormOverHttp11) {
  transport_.Answer(200, "{}");
  TextSource content("hello");
  EXPECT_TRUE(workspace_
                  .Import({Path("/a b.py"), ImportFormat::kSource,
                           Language::kPython, true},
                          content, options_)
                  .ok());
  const auto& sent = transport_.sent_[0];
  EXPECT_EQ(sent.line, "POST https://h/api/2.0/workspace/import");
  EXPECT_EQ(sent.version, HttpVersion::kStreaming);
  EXPECT_THAT(sent.headers,
              ::testing::Contains(
                  HasSubstr("Content-Type: multipart/form-data; boundary=")));
  for (const char* part :
       {"name=\"path\"\r\n\r\n/a b.py\r\n", "name=\"format\"\r\n\r\nSOURCE\r\n",
        "name=\"language\"\r\n\r\nPYTHON\r\n",
        "name=\"overwrite\"\r\n\r\ntrue\r\n",
        "filename=\"content\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        "hello\r\n--"})
    EXPECT_THAT(sent.body, HasSubstr(part));
}

TEST_F(RestWorkspaceTest, ImportsNothingAsJson) {
  transport_.Answer(200, "{}");
  TextSource content("");
  EXPECT_TRUE(workspace_.Import(File("/a"), content, options_).ok());
  EXPECT_EQ(transport_.sent_[0].body,
            R"j({"content":"","format":"RAW","overwrite":true,"path":"/a"})j");
}

TEST_F(RestWorkspaceTest, TakesAutoWhereRawIsRefusedAndRemembers) {
  const char* refused =
      R"j({"error_code":"INVALID_PARAMETER_VALUE","message":"The format RAW is not supported"})j";
  TextSource content("x");
  transport_.Answer(400, refused);
  transport_.Answer(200, "{}");
  transport_.Answer(200, "{}");
  EXPECT_TRUE(workspace_.Import(File("/a.txt"), content, options_).ok());
  EXPECT_TRUE(workspace_.Import(File("/b"), content, options_).ok());
  EXPECT_THAT(transport_.sent_[1].body, HasSubstr("AUTO"));
  EXPECT_THAT(transport_.sent_[2].body, HasSubstr("AUTO"));
  // AUTO could make a notebook of it, under another name.
  transport_.Answer(400, refused);
  EXPECT_EQ(
      workspace_.Import(File("/c.ipynb"), content, options_).error().code(),
      Errc::kInvalidArgument);
}

TEST_F(RestWorkspaceTest, TakesAutoForSourceThatIsNoNotebook) {
  const char* refused =
      R"j({"error_code":"INVALID_PARAMETER_VALUE","message":"The format RAW is not supported"})j";
  const auto format_of = [&](std::string_view path, std::string text) {
    TextSource content(std::move(text));
    transport_.Answer(400, refused);
    EXPECT_FALSE(workspace_.Import(File(path), content, options_).ok());
    return transport_.sent_.back().body.contains("AUTO") ? "AUTO" : "RAW";
  };
  TextSource content("x");
  transport_.Answer(400, refused);
  transport_.Answer(200, "{}");
  ASSERT_TRUE(workspace_.Import(File("/a.txt"), content, options_).ok());

  EXPECT_EQ(format_of("/a.py", "x\n# Databricks notebook source\n"), "AUTO");
  EXPECT_EQ(format_of("/b.SQL", ""), "AUTO");
  // The service looks for the header somewhere in the first line.
  EXPECT_EQ(format_of("/c.R", "`# Databricks notebook source`\r\nx"), "RAW");
  EXPECT_EQ(format_of("/d.scala", std::string(5'000, ' ') + "\nx"), "RAW");
}

TEST_F(RestWorkspaceTest, ExportsIntoTheSink) {
  transport_.Answer(200, "bytes");
  TextSink sink;
  EXPECT_TRUE(
      workspace_.Export(Path("/a"), ExportFormat::kSource, sink, options_)
          .ok());
  EXPECT_EQ(sink.text_, "bytes");
  EXPECT_THAT(transport_.Lines(),
              ElementsAre("GET https://h/api/2.0/workspace/export?path=%2Fa&"
                          "format=SOURCE&direct_download=true"));
}

TEST_F(RestWorkspaceTest, DownloadsWhatExportRefusesForItsSize) {
  const char* too_large =
      R"j({"error_code":"BAD_REQUEST","message":"File size imported is (459418279 bytes), exceeded max size (10485760 bytes)"})j";
  TextSink sink;
  transport_.Answer(400, too_large);
  transport_.Answer(200, "large");
  EXPECT_TRUE(
      workspace_.Export(Path("/d/a b"), ExportFormat::kAuto, sink, options_)
          .ok());
  EXPECT_EQ(sink.text_, "large");
  EXPECT_EQ(transport_.Lines()[1],
            "GET https://h/api/2.0/workspace-files/d%2Fa%20b");

  transport_.Answer(400, too_large);
  transport_.Answer(403, R"j({"error_code":"PERMISSION_DENIED"})j");
  const auto refused =
      workspace_.Export(Path("/a"), ExportFormat::kAuto, sink, options_);
  EXPECT_EQ(refused.error().code(), Errc::kTooLarge);
  EXPECT_THAT(refused.error().message(), HasSubstr("no other way"));
}

TEST_F(RestWorkspaceTest, APageInsteadOfJsonIsSaidToBeOne) {
  transport_.Answer(200, "<html>login</html>");
  EXPECT_EQ(StatusCode(), Errc::kCorrupt);
}

}  // namespace
}  // namespace wsfs
