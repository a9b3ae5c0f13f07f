// What the local workspace does on the wire, where a client library would
// never look: issue 3 §2, databricks-api.md §8.

#include <ctime>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/thread.h"
#include "conformance_client.h"
#include "server/local_server.h"

namespace wsfs {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kMe =
    "GET /api/2.0/preview/scim/v2/Me HTTP/1.1\r\nHost: x\r\n"
    "Authorization: Bearer secret\r\n\r\n";

class WireTest : public testing::Test {
 protected:
  void SetUp() override { Serve({}); }
  void Serve(ServeOptions options) {
    server_.reset();
    options.token = "secret";
    auto server = LocalWorkspaceServer::Start(std::move(options));
    ASSERT_TRUE(server.ok()) << server.error().message();
    server_ = *std::move(server);
  }
  void Add(Fault fault) { server_->faults().Add(std::move(fault)); }
  ConformanceClient Client() const {
    return ConformanceClient(server_->url(), "secret");
  }

  std::unique_ptr<LocalWorkspaceServer> server_;
};

struct MalformedRow {
  std::string_view name;
  std::string_view bytes;
  bool finish = false;  ///< Close the sending half after it.
};

void PrintTo(const MalformedRow& row, std::ostream* out) {
  *out << row.name;
}

using namespace std::string_view_literals;

constexpr MalformedRow kMalformed[] = {
    {"NotHttp", "hello, is anyone there?\r\n\r\n"},
    {"TlsHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"sv},
    {"NulBytes", "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n"sv},
    {"NoVersion", "GET /api/2.0/workspace/list\r\nHost: x\r\n\r\n"},
    {"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {"NoHost", "GET / HTTP/1.1\r\n\r\n"},
    {"HeaderWithoutColon", "GET / HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n"},
    {"BlankBeforeColon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n"},
    {"FoldedHeader", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n"},
    {"BadLength", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n"},
    {"NegativeLength",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"},
    {"TwoLengths",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
     "Content-Length: 4\r\n\r\nabc"},
    {"LengthAndChunks",
     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
    {"UnknownEncoding",
     "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n"},
    {"BadChunk",
     "POST /api/2.0/workspace/mkdirs HTTP/1.1\r\nHost: x\r\n"
     "Authorization: Bearer secret\r\n"
     "Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n"},
    {"BadEscape", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"},
    {"BareNewlines", "GET / HTTP/1.1\nHost: x\n\r\n\r\n"},
    {"CutOff", "GET / HTTP/1.1\r\nHos", true},
    {"CutOffBody",
     "POST /api/2.0/workspace/mkdirs HTTP/1.1\r\nHost: x\r\n"
     "Authorization: Bearer secret\r\nContent-Length: 90\r\n\r\n{\"pa",
     true},
    {"BrokenJson",
     "POST /api/2.0/workspace/mkdirs HTTP/1.1\r\nHost: x\r\n"
     "Authorization: Bearer secret\r\nContent-Length: 4\r\n\r\n{\"pa"},
    {"BrokenForm",
     "POST /api/2.0/workspace/import HTTP/1.1\r\nHost: x\r\n"
     "Authorization: Bearer secret\r\nContent-Length: 5\r\n"
     "Content-Type: multipart/form-data; boundary=b\r\n\r\n--b-x"},
};

class MalformedTest : public WireTest,
                      public testing::WithParamInterface<MalformedRow> {};

TEST_P(MalformedTest, IsAnswered400AtOnce) {
  RawConnection connection(server_->port());
  const auto began = steady_clock::now();

  connection.Send(GetParam().bytes);
  if (GetParam().finish) connection.FinishSending();
  const std::string answer = connection.ReadAnswer(milliseconds(5000));

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(answer, HasSubstr("MALFORMED_REQUEST"));
  EXPECT_LT(steady_clock::now() - began, milliseconds(200));
}

INSTANTIATE_TEST_SUITE_P(Wire, MalformedTest, testing::ValuesIn(kMalformed),
                         [](const auto& row) {
                           return std::string(row.param.name);
                         });

TEST_F(WireTest, AVeryLongTargetIsAnsweredToo) {
  RawConnection connection(server_->port());

  connection.Send("GET /" + std::string(100'000, 'a'));

  EXPECT_THAT(connection.ReadAnswer(milliseconds(5000)),
              StartsWith("HTTP/1.1 400 "));
}

TEST_F(WireTest, ContinueIsFlushedAtOnce) {
  RawConnection connection(server_->port());
  const auto began = steady_clock::now();

  connection.Send(
      "POST /api/2.0/workspace/mkdirs HTTP/1.1\r\nHost: x\r\n"
      "Authorization: Bearer secret\r\nExpect: 100-continue\r\n"
      "Content-Length: 20\r\n\r\n");
  const std::string first = connection.Read(
      milliseconds(5000),
      [](const std::string& text) { return text.ends_with("\r\n\r\n"); });

  EXPECT_EQ(first, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_LT(steady_clock::now() - began, milliseconds(200));
  connection.Send(R"({"path":"/Shared/a"})");
  EXPECT_THAT(connection.ReadAnswer(milliseconds(5000)),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(WireTest, IdleConnectionsDelayNobody) {
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 64; ++i) {
    idle.push_back(std::make_unique<RawConnection>(server_->port()));
    idle.back()->Send(kMe);
    ASSERT_THAT(idle.back()->ReadAnswer(milliseconds(5000)),
                StartsWith("HTTP/1.1 200 "));
  }
  const auto began = steady_clock::now();

  RawConnection next(server_->port());
  next.Send(kMe);

  EXPECT_THAT(next.ReadAnswer(milliseconds(5000)), StartsWith("HTTP/1.1 200 "));
  EXPECT_LT(steady_clock::now() - began, milliseconds(200));
  EXPECT_GE(server_->http().OpenConnections(), 65U);
}

TEST_F(WireTest, AConnectionServesManyRequestsAlsoPipelined) {
  RawConnection connection(server_->port());

  connection.Send(std::string(kMe) + std::string(kMe));
  const std::string both =
      connection.Read(milliseconds(5000), [](const std::string& text) {
        return text.find("userName", text.find("userName") + 1) !=
                   std::string::npos &&
               text.ends_with('}');
      });

  EXPECT_THAT(both, HasSubstr("X-Databricks-Org-Id: "));
  EXPECT_FALSE(connection.closed());
}

TEST_F(WireTest, TheDateIsTheServicesClock) {
  ServeOptions options;
  options.model.skew = std::chrono::hours(-24 * 365);
  Serve(options);
  RawConnection connection(server_->port());

  connection.Send(kMe);

  const std::time_t then = std::time(nullptr) - 24 * 365 * 3600;
  EXPECT_THAT(connection.ReadAnswer(milliseconds(5000)),
              HasSubstr(http::HttpDate(then).substr(0, 16)));
}

TEST_F(WireTest, AStatusFaultHitsSoManyCallsOnTheChosenSide) {
  auto client = Client();
  Fault throttled;
  throttled.route = "mkdirs";
  throttled.status = 429;
  throttled.code = "REQUEST_LIMIT_EXCEEDED";
  throttled.retry_after = "7";
  Add(throttled);
  Fault lost;
  lost.route = "mkdirs";
  lost.side = FaultSide::kAfter;
  Add(lost);
  const WireRequest mkdirs{
      "POST", "/api/2.0/workspace/mkdirs", {}, R"({"path":"/Shared/d"})"};

  const WireAnswer first = client.Send(mkdirs);
  EXPECT_EQ(first.status, 429);
  EXPECT_EQ(first.headers.at("retry-after"), "7");
  EXPECT_FALSE(server_->model().Exists("/Shared/d"));

  EXPECT_EQ(client.Send(mkdirs).status, 503);
  EXPECT_TRUE(server_->model().Exists("/Shared/d"));
  EXPECT_EQ(client.Send(mkdirs).status, 200);
  EXPECT_EQ(server_->log().CountOf("mkdirs"), 3U);
  EXPECT_EQ(server_->log().Requests().back().object, "/Shared/d");
}

TEST_F(WireTest, AResetGivesNoAnswerButMayHaveHappened) {
  Fault reset;
  reset.kind = FaultKind::kReset;
  reset.side = FaultSide::kAfter;
  Add(reset);
  RawConnection connection(server_->port());

  connection.Send(
      "POST /api/2.0/workspace/mkdirs HTTP/1.1\r\nHost: x\r\n"
      "Authorization: Bearer secret\r\nContent-Length: 20\r\n\r\n"
      R"({"path":"/Shared/r"})");

  EXPECT_EQ(connection.ReadAnswer(milliseconds(5000)), "");
  EXPECT_TRUE(connection.reset());
  EXPECT_TRUE(server_->model().Exists("/Shared/r"));
}

TEST_F(WireTest, ATruncatedAnswerEndsWithinItsBody) {
  Fault cut;
  cut.route = "me";
  cut.kind = FaultKind::kTruncate;
  Add(cut);
  RawConnection connection(server_->port());

  connection.Send(kMe);
  const std::string text =
      connection.Read(milliseconds(5000), [](const auto&) { return false; });

  EXPECT_THAT(text, StartsWith("HTTP/1.1 200 OK"));
  EXPECT_FALSE(text.ends_with("}"));
  EXPECT_TRUE(connection.closed());
}

TEST_F(WireTest, AStalledCallWaitsUntilItIsReleased) {
  Fault stall;
  stall.route = "me";
  stall.kind = FaultKind::kStall;
  Add(stall);
  RawConnection stalled(server_->port());
  stalled.Send(kMe);
  ASSERT_TRUE(server_->faults().WaitUntilStalled(1));

  RawConnection other(server_->port());
  other.Send(kMe);
  EXPECT_THAT(other.ReadAnswer(milliseconds(5000)),
              StartsWith("HTTP/1.1 200 "));

  server_->faults().Release();
  EXPECT_THAT(stalled.ReadAnswer(milliseconds(5000)),
              StartsWith("HTTP/1.1 200 "));
}

TEST_F(WireTest, StoppingEndsStalledAndIdleCalls) {
  Fault stall;
  stall.kind = FaultKind::kStall;
  Add(stall);
  RawConnection stalled(server_->port());
  stalled.Send(kMe);
  ASSERT_TRUE(server_->faults().WaitUntilStalled(1));
  const auto began = steady_clock::now();

  server_->Stop();

  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(2));
}

TEST_F(WireTest, AStaleReadAnswersWhatWas) {
  auto client = Client();
  ASSERT_EQ(client
                .Send({"POST",
                       "/api/2.0/workspace/mkdirs",
                       {},
                       R"({"path":"/Shared/young"})"})
                .status,
            200);
  Fault stale;
  stale.route = "get-status";
  stale.kind = FaultKind::kStale;
  stale.delay = std::chrono::hours(1);
  Add(stale);
  const WireRequest status =
      Get("/api/2.0/workspace/get-status?path=/Shared/young");

  EXPECT_EQ(client.Send(status).status, 404);
  EXPECT_EQ(client.Send(status).status, 200);
}

TEST_F(WireTest, LatencyIsAddedToEachCall) {
  ServeOptions options;
  options.latency = milliseconds(60);
  Serve(options);
  auto client = Client();

  const WireAnswer answer = client.Send(Get("/api/2.0/workspace/list?path=/"));

  EXPECT_EQ(answer.status, 200);
  EXPECT_GE(answer.seconds, 0.06);
}

TEST_F(WireTest, ARateLimitAnswers429WithRetryAfter) {
  server_->limits().Set("list", 2);
  auto client = Client();
  const WireRequest list = Get("/api/2.0/workspace/list?path=/");

  EXPECT_EQ(client.Send(list).status, 200);
  EXPECT_EQ(client.Send(list).status, 200);
  const WireAnswer third = client.Send(list);

  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.headers.at("retry-after"), "1");
  EXPECT_THAT(third.body, HasSubstr("REQUEST_LIMIT_EXCEEDED"));
}

TEST_F(WireTest, TheRequestLogHoldsNoSecret) {
  auto client = Client();
  client.Send(Get("/api/2.0/workspace/list?path=/Shared"));

  const auto requests = server_->log().Requests();

  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].route, "list");
  EXPECT_EQ(requests[0].path, "/api/2.0/workspace/list");
  EXPECT_EQ(requests[0].object, "/Shared");
  EXPECT_EQ(requests[0].status, 200);
}

TEST_F(WireTest, OtherMachinesAreLetInByWordsOnly) {
  ServeOptions options;
  options.listen = "0.0.0.0:0";

  const auto refused = LocalWorkspaceServer::Start(options);

  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message(), HasSubstr("all-interfaces"));
}

}  // namespace
}  // namespace wsfs
