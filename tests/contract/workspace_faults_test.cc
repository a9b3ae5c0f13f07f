// The REST client against a service that fails: nothing is lost, nothing is
// done twice unseen, nobody waits beyond the deadline.

#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/rest_workspace.h"
#include "auth/token_source.h"
#include "base/check.h"
#include "base/thread.h"
#include "http/curl_transport.h"
#include "server/local_server.h"
#include "testing/memory_workspace.h"

namespace wsfs {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

class WorkspaceFaults : public ::testing::Test {
 protected:
  static RemotePath Home(std::string_view name) {
    return *RemotePath::Parse("/Users/ada@example.com/" + std::string(name));
  }
  static CallOptions Within(Milliseconds time) {
    CallOptions options;
    options.deadline = RealClock().Now() + time;
    return options;
  }
  static CallOptions Options() { return Within(seconds(20)); }

  template <typename T>
  static std::string Code(const Result<T>& result) {
    return result.ok() ? "ok" : std::string(ToString(result.error().code()));
  }

  std::string Put(std::string_view name, std::string_view text,
                  const CallOptions& options = Options()) {
    StringSource source(text);
    return Code(workspace_.Import(
        {Home(name), ImportFormat::kRaw, Language::kNone, false}, source,
        options));
  }
  std::string Get(std::string_view name,
                  const CallOptions& options = Options()) {
    StringSink sink;
    const auto done =
        workspace_.Export(Home(name), ExportFormat::kAuto, sink, options);
    return done.ok() ? sink.text() : Code(done);
  }

  void Plan(std::string_view route, FaultKind kind,
            FaultSide side = FaultSide::kBefore, int count = 1) {
    Fault fault;
    fault.route = route;
    fault.kind = kind;
    fault.side = side;
    fault.count = count;
    server_->faults().Add(std::move(fault));
  }
  void PlanStatus(std::string_view route, int status, std::string_view code,
                  std::optional<std::string> retry_after = std::nullopt) {
    Fault fault;
    fault.route = route;
    fault.status = status;
    fault.code = code;
    fault.retry_after = std::move(retry_after);
    server_->faults().Add(std::move(fault));
  }
  std::uint64_t Calls(std::string_view route) const {
    return server_->log().CountOf(route);
  }
  bool Has(std::string_view name) {
    return server_->model().Exists(Home(name).text());
  }

  std::unique_ptr<LocalWorkspaceServer> server_ =
      *LocalWorkspaceServer::Start({});
  TokenSource tokens_{server_->token()};
  std::unique_ptr<CurlTransport> transport_ =
      *CurlTransport::Start({}, RealClock());
  RestWorkspace workspace_{server_->url(), *transport_, tokens_};
};

TEST_F(WorkspaceFaults, ComesBackWhenTheServiceSaid) {
  PlanStatus("get-status", 429, "REQUEST_LIMIT_EXCEEDED", "1");
  const SteadyTime before = RealClock().Now();
  EXPECT_EQ(Code(workspace_.GetStatus(Home("x").Parent(), Options())), "ok");
  EXPECT_GE(RealClock().Now() - before, seconds(1));
  EXPECT_EQ(Calls("get-status"), 2U);
}

TEST_F(WorkspaceFaults, ComesBackWithoutBeingToldWhen) {
  PlanStatus("import", 503, "TEMPORARILY_UNAVAILABLE");
  EXPECT_EQ(Put("f", "1"), "ok");
  PlanStatus("import", 429, "RESOURCE_EXHAUSTED");
  EXPECT_EQ(Put("g", "1"), "ok");
  EXPECT_EQ(Calls("import"), 4U);
  EXPECT_EQ(Get("f"), "1");
}

TEST_F(WorkspaceFaults, DoesNotWaitLongerThanTheDeadline) {
  PlanStatus("import", 429, "REQUEST_LIMIT_EXCEEDED", "60");
  const SteadyTime before = RealClock().Now();
  EXPECT_EQ(Put("f", "1", Within(seconds(5))), "throttled");
  EXPECT_LT(RealClock().Now() - before, seconds(3));
  EXPECT_FALSE(Has("f"));
}

TEST_F(WorkspaceFaults, AWriteResetAfterItLeftIsUnknownAndSentOnce) {
  for (const FaultSide side : {FaultSide::kBefore, FaultSide::kAfter}) {
    Plan("import", FaultKind::kReset, side);
    EXPECT_EQ(Put("f", "1"), "outcome-unknown");
  }
  EXPECT_EQ(Calls("import"), 2U);
  EXPECT_TRUE(Has("f"));
}

TEST_F(WorkspaceFaults, AWriteResetOnAKeptConnectionIsNotRepeated) {
  ASSERT_EQ(Code(workspace_.Mkdirs(Home("d"), Options())), "ok");
  Plan("rename", FaultKind::kReset, FaultSide::kAfter);
  EXPECT_EQ(Code(workspace_.Rename(Home("d"), Home("e"), Options())),
            "outcome-unknown");
  EXPECT_EQ(Calls("rename"), 1U);
  EXPECT_TRUE(Has("e"));
}

TEST_F(WorkspaceFaults, ALostDeleteIsRepeatedAndHadWorked) {
  ASSERT_EQ(Put("f", "1"), "ok");
  Plan("delete", FaultKind::kReset, FaultSide::kAfter);
  EXPECT_EQ(Code(workspace_.Delete(Home("f"), false, Options())), "ok");
  EXPECT_EQ(Calls("delete"), 2U);

  ASSERT_EQ(Put("g", "1"), "ok");
  Plan("delete", FaultKind::kReset, FaultSide::kAfter);
  CallOptions once = Options();
  once.retry = false;
  EXPECT_EQ(Code(workspace_.Delete(Home("g"), false, once)), "outcome-unknown");
  EXPECT_FALSE(Has("g"));
}

TEST_F(WorkspaceFaults, AReadThatIsResetIsAskedAgain) {
  ASSERT_EQ(Put("f", "12345"), "ok");
  Plan("export", FaultKind::kReset);
  EXPECT_EQ(Get("f"), "12345");
}

TEST_F(WorkspaceFaults, ATruncatedDownloadIsTakenFromTheStart) {
  const std::string text(300'000, 'x');
  ASSERT_EQ(Put("f", text), "ok");
  Plan("export", FaultKind::kTruncate);
  EXPECT_EQ(Get("f") == text, true);
  EXPECT_EQ(Calls("export"), 2U);
}

TEST_F(WorkspaceFaults, ATruncatedListingIsAskedAgain) {
  ASSERT_EQ(Put("f", "1"), "ok");
  Plan("list", FaultKind::kTruncate);
  const auto list = workspace_.List(Home("f").Parent(), Options());
  ASSERT_TRUE(list.ok()) << list.error().message();
  EXPECT_EQ(list->size(), 1U);
}

TEST_F(WorkspaceFaults, AStalledCallEndsAtTheDeadline) {
  Plan("", FaultKind::kStall, FaultSide::kBefore, -1);
  const CallOptions soon = Within(Milliseconds(300));
  const SteadyTime before = RealClock().Now();
  EXPECT_EQ(Get("f", soon), "timeout");
  EXPECT_EQ(Put("f", "1", Within(Milliseconds(300))), "outcome-unknown");
  EXPECT_LT(RealClock().Now() - before, seconds(3));
}

TEST_F(WorkspaceFaults, AStalledCallEndsWhenCancelled) {
  Plan("", FaultKind::kStall, FaultSide::kBefore, -1);
  CallOptions options = Options();
  options.cancel = std::make_shared<CancelToken>();
  std::string read;
  std::string written;
  Thread reader("reader", [&] { read = Get("f", options); });
  Thread writer("writer", [&] { written = Put("f", "1", options); });
  ASSERT_TRUE(server_->faults().WaitUntilStalled(2));
  options.cancel->Cancel();
  reader.Join();
  writer.Join();
  EXPECT_EQ(read, "cancelled");
  EXPECT_EQ(written, "outcome-unknown");
}

TEST_F(WorkspaceFaults, StalledPrefetchesLeaveRoomForThoseWhoWait) {
  Plan("export", FaultKind::kStall, FaultSide::kBefore, -1);
  auto cancel = std::make_shared<CancelToken>();
  std::vector<Thread> readers;
  for (int i = 0; i < 100; ++i)
    readers.emplace_back("reader", [&] {
      CallOptions options = Options();
      options.call_class = CallClass::kPrefetch;
      options.cancel = cancel;
      Get("f", options);
    });
  // 64 may be under way; one in 16 of the places is kept.
  ASSERT_TRUE(server_->faults().WaitUntilStalled(60));
  EXPECT_EQ(Code(workspace_.GetStatus(Home("f").Parent(), Within(seconds(5)))),
            "ok");
  cancel->Cancel();
}

TEST_F(WorkspaceFaults, ABadGatewayIsNoAnswerOfTheService) {
  Fault page;
  page.route = "get-status";
  page.status = 404;
  page.body = "<html>no such page</html>";
  page.count = -1;
  server_->faults().Add(page);
  EXPECT_EQ(Code(workspace_.GetStatus(Home("f"), Within(Milliseconds(300)))),
            "unavailable");
}

TEST_F(WorkspaceFaults, AServiceThatIsNotThereIsUnreachable) {
  server_.reset();
  EXPECT_EQ(Code(workspace_.GetStatus(Home("f"), Within(Milliseconds(300)))),
            "unreachable");
  EXPECT_EQ(Put("f", "1", Within(Milliseconds(300))), "unreachable");
}

TEST_F(WorkspaceFaults, AWrongTokenIsSaidToBeOneUntilANewerComes) {
  tokens_.Replace("nonsense");
  const auto me = workspace_.Me(Options());
  EXPECT_EQ(Code(me), "unauthenticated");
  EXPECT_THAT(me.error().message(), Not(HasSubstr("nonsense")));
  tokens_.Replace(server_->token());
  EXPECT_EQ(Code(workspace_.Me(Options())), "ok");
}

TEST_F(WorkspaceFaults, AnUploadSendsTheBytesOnce) {
  const std::string text(20'000'000, 'x');
  ASSERT_EQ(Put("f", text), "ok");
  ASSERT_EQ(Calls("import"), 1U);
  EXPECT_EQ(server_->log().Requests().back().bytes_in, text.size());
}

TEST_F(WorkspaceFaults, FilesGoUpAsRawWhereThatIsRefusedAsAuto) {
  ASSERT_TRUE(server_->model().switches().Set("raw", "refused").ok());
  EXPECT_EQ(Put("f.txt", "1"), "ok");
  EXPECT_EQ(Put("g.txt", "1"), "ok");
  EXPECT_EQ(Calls("import"), 3U);
  EXPECT_EQ(Put("h.py", "1"), "ok");
  EXPECT_EQ(Put("i.py", "# Databricks notebook source"), "invalid-argument");
}

TEST_F(WorkspaceFaults, AnExportCapIsPassedThroughWorkspaceFiles) {
  const std::string text(11'000'000, 'x');
  ASSERT_EQ(Put("f", text), "ok");
  ASSERT_TRUE(server_->model().switches().Set("export-cap", "10485760").ok());
  EXPECT_EQ(Get("f") == text, true);
  ASSERT_TRUE(
      server_->model().switches().Set("workspace-files", "missing").ok());
  EXPECT_EQ(Get("f"), "too-large");
}

TEST_F(WorkspaceFaults, EmptyFilesNeedNoMultipart) {
  ASSERT_TRUE(
      server_->model().switches().Set("multipart-empty-part", "refused").ok());
  EXPECT_EQ(Put("empty", ""), "ok");
  EXPECT_EQ(Get("empty"), "");
}

}  // namespace
}  // namespace wsfs
