#include "http/curl_transport.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <future>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/loopback_server.h"

namespace wsfs {
namespace {

using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

/// A body of `size` bytes that is nowhere.
class PatternSource final : public ByteSource {
 public:
  explicit PatternSource(std::uint64_t size) : size_(size) {}
  std::uint64_t size_bytes() const override { return size_; }
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override {
    if (offset >= fail_at_) return Error(Errc::kIo, "the disk failed");
    const auto count = std::min<std::uint64_t>(
        into.size(), std::min(size_, ends_at_) - offset);
    std::ranges::fill(into, std::byte{'x'});
    return count;
  }

  std::uint64_t fail_at_ = UINT64_MAX;
  std::uint64_t ends_at_ = UINT64_MAX;

 private:
  std::uint64_t size_;
};

class CountingSink final : public ByteSink {
 public:
  Result<void> Restart() override {
    ++restarts_;
    bytes_ = 0;
    return {};
  }
  Result<void> Take(std::span<const std::byte> bytes) override {
    bytes_ += bytes.size();
    if (bytes_ > fail_after_) return Error(Errc::kNoSpace, "the disk is full");
    return {};
  }

  int restarts_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t fail_after_ = UINT64_MAX;
};

class CurlTransportTest : public ::testing::Test {
 protected:
  explicit CurlTransportTest(CurlOptions options = {})
      : transport_(*CurlTransport::Start(std::move(options), RealClock())) {}

  static HttpRequest Get(const LoopbackServer& server) {
    HttpRequest request;
    request.url = server.url() + "/x?secret=1";
    request.deadline = RealClock().Now() + seconds(20);
    return request;
  }

  static HttpRequest Post(const LoopbackServer& server, std::string text) {
    HttpRequest request = Get(server);
    request.method = "POST";
    request.text = std::move(text);
    return request;
  }

  std::unique_ptr<CurlTransport> transport_;
};

TEST_F(CurlTransportTest, AnswersWithStatusHeadersAndBody) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadHead();
    c.Answer(404, "gone", "X-Thing:  a b \r\nX-Thing: second\r\n");
  });

  const HttpResult result = transport_->Send(Get(server));

  ASSERT_TRUE(result.has_value()) << result.error().error.message();
  EXPECT_EQ(result->status, 404);
  EXPECT_EQ(result->body, "gone");
  EXPECT_EQ(result->Header("x-thing"), "a b");
  EXPECT_EQ(result->Header("absent"), std::nullopt);
  EXPECT_GT(result->sent_ms, 1'700'000'000'000);
  EXPECT_LE(result->sent_ms, result->answered_ms);
}

TEST_F(CurlTransportTest, PostsATextWithoutWaitingForContinue) {
  std::promise<std::string> seen;
  LoopbackServer server([&](LoopbackConnection& c, int) {
    const std::string head = c.ReadHead();
    seen.set_value(head + c.ReadBody(head));
    c.Answer(200, "{}");
  });

  HttpRequest request = Post(server, std::string(5000, 'b'));
  request.headers = {"Authorization: Bearer t", "Content-Type: a/b"};
  ASSERT_TRUE(transport_->Send(request).has_value());

  const std::string text = seen.get_future().get();
  EXPECT_THAT(text, HasSubstr("POST /x?secret=1 HTTP/1.1\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Length: 5000\r\n"));
  EXPECT_THAT(text, HasSubstr("Content-Type: a/b\r\n"));
  EXPECT_THAT(text, HasSubstr("Authorization: Bearer t\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("Expect")));
  EXPECT_TRUE(text.ends_with("\r\n\r\n" + std::string(5000, 'b')));
}

TEST_F(CurlTransportTest, KeepsTheConnection) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    while (!c.ReadHead().empty()) c.Answer(200, "ok");
  });
  for (int i = 0; i < 5; ++i)
    ASSERT_TRUE(transport_->Send(Get(server)).has_value());
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(CurlTransportTest, RefusesHttpToOtherMachines) {
  HttpRequest request;
  request.url = "http://example.com/";
  request.deadline = RealClock().Now() + seconds(20);
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kInvalidArgument);
}

TEST_F(CurlTransportTest, SaysUnreachableWhenNobodyListens) {
  HttpRequest request;
  {
    LoopbackServer server([](LoopbackConnection&, int) {});
    request = Post(server, "body");
  }
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kUnreachable);
  EXPECT_FALSE(result.error().may_have_left);
  EXPECT_THAT(result.error().error.message(), Not(HasSubstr("secret")));
}

TEST_F(CurlTransportTest, DoesNotKnowTheOutcomeOfALostAnswer) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadBody(c.ReadHead());
    c.Reset();
  });
  const HttpResult result = transport_->Send(Post(server, "body"));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kOutcomeUnknown);
  EXPECT_TRUE(result.error().may_have_left);
}

TEST_F(CurlTransportTest, NeverRepeatsAPostWhoseReusedConnectionBroke) {
  std::atomic<int> bodies = 0;
  LoopbackServer server([&](LoopbackConnection& c, int) {
    for (int i = 0;; ++i) {
      const std::string head = c.ReadHead();
      if (head.empty()) return;
      if (!c.ReadBody(head).empty()) ++bodies;
      if (i == 1) return c.Reset();
      c.Answer(200, "ok");
    }
  });
  ASSERT_TRUE(transport_->Send(Get(server)).has_value());
  const HttpResult result = transport_->Send(Post(server, "body"));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kOutcomeUnknown);
  EXPECT_TRUE(result.error().may_have_left);
  EXPECT_EQ(bodies, 1);
}

TEST_F(CurlTransportTest, RepeatsAGetWhoseReusedConnectionBroke) {
  LoopbackServer server([&](LoopbackConnection& c, int number) {
    c.ReadHead();
    c.Answer(200, "ok");
    if (number == 0) return void(c.ReadHead());
    c.AwaitClose();
  });
  ASSERT_TRUE(transport_->Send(Get(server)).has_value());
  EXPECT_TRUE(transport_->Send(Get(server)).has_value());
}

TEST_F(CurlTransportTest, AnUploadCutShortWasNotExecuted) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadHead();
    c.Reset();
  });
  PatternSource source(50 << 20);
  HttpRequest request = Post(server, "");
  request.source = &source;
  request.version = HttpVersion::kStreaming;
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kUnreachable);
  EXPECT_FALSE(result.error().may_have_left);
}

TEST_F(CurlTransportTest, GivesUpAtTheDeadline) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadBody(c.ReadHead());
    c.AwaitClose();
  });
  HttpRequest request = Post(server, "body");
  request.deadline = RealClock().Now() + Milliseconds(200);
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kTimeout);
  EXPECT_TRUE(result.error().may_have_left);
}

TEST_F(CurlTransportTest, GivesUpWhenCancelled) {
  const auto token = std::make_shared<CancelToken>();
  LoopbackServer server([&](LoopbackConnection& c, int) {
    c.ReadHead();
    token->Cancel();
    c.AwaitClose();
  });
  HttpRequest request = Get(server);
  request.cancel = token;
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kCancelled);
}

TEST_F(CurlTransportTest, ACancelledCallIsNotSent) {
  const auto token = std::make_shared<CancelToken>();
  token->Cancel();
  LoopbackServer server([&](LoopbackConnection& c, int) { c.ReadHead(); });
  HttpRequest request = Post(server, "body");
  request.cancel = token;
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kCancelled);
}

TEST_F(CurlTransportTest, StopsABodyThatIsTooLarge) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadHead();
    c.Answer(200, std::string(1000, 'x'));
  });
  HttpRequest request = Get(server);
  request.max_body_bytes = 999;
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kTooLarge);
}

TEST_F(CurlTransportTest, ATruncatedAnswerIsNoAnswer) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadHead();
    c.Write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive.");
  });
  CountingSink sink;
  HttpRequest request = Get(server);
  request.sink = &sink;
  const HttpResult result = transport_->Send(request);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().error.code(), Errc::kOutcomeUnknown);
}

TEST_F(CurlTransportTest, NonsenseIsNoAnswer) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadHead();
    c.Write("what?\r\n\r\n");
  });
  EXPECT_FALSE(transport_->Send(Get(server)).has_value());
}

TEST_F(CurlTransportTest, AnErrorsBodyDoesNotReachTheSink) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    c.ReadHead();
    c.Answer(400, std::string(100'000, 'e'));
  });
  CountingSink sink;
  HttpRequest request = Get(server);
  request.sink = &sink;
  const HttpResult result = transport_->Send(request);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(sink.bytes_, 0U);
  EXPECT_EQ(sink.restarts_, 1);
  EXPECT_EQ(result->body.size(), std::size_t{64} << 10U);
}

TEST_F(CurlTransportTest, TellsWhatTheSinkOrTheSourceFailedWith) {
  LoopbackServer server([](LoopbackConnection& c, int) {
    const std::string head = c.ReadHead();
    if (head.starts_with("POST")) return c.AwaitClose();
    c.Answer(200, std::string(std::size_t{1} << 20U, 'x'));
  });
  CountingSink sink;
  sink.fail_after_ = 1000;
  HttpRequest get = Get(server);
  get.sink = &sink;
  EXPECT_EQ(transport_->Send(get).error().error.code(), Errc::kNoSpace);

  PatternSource source(10 << 20);
  source.fail_at_ = 1 << 20;
  HttpRequest post = Post(server, "");
  post.source = &source;
  const HttpResult failed = transport_->Send(post);
  EXPECT_EQ(failed.error().error.code(), Errc::kIo);
  EXPECT_FALSE(failed.error().may_have_left);

  PatternSource shrunk(10 << 20);
  shrunk.ends_at_ = 1000;
  post.source = &shrunk;
  EXPECT_EQ(transport_->Send(post).error().error.code(), Errc::kIo);
}

std::size_t PeakMemoryKiB() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    const std::size_t digit = line.find_first_of("0123456789");
    std::size_t value = 0;
    std::from_chars(&line[digit], line.data() + line.size(), value);
    return value;
  }
  return 0;
}

TEST_F(CurlTransportTest, StreamsAHundredMegabytesBothWaysOnce) {
  constexpr std::uint64_t kSize = 100'000'000;
  std::atomic<std::uint64_t> received = 0;
  const std::string piece(100'000, 'p');
  LoopbackServer server([&](LoopbackConnection& c, int) {
    for (;;) {
      const std::string head = c.ReadHead();
      if (head.empty()) return;
      received += c.SkipBody(head);
      if (head.starts_with("POST")) {
        c.Answer(200, "{}");
        continue;
      }
      c.Write("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
      for (int i = 0; i < 1000; ++i) c.Write(piece);
    }
  });
  ASSERT_TRUE(transport_->Send(Post(server, "warm up")).has_value());
  received = 0;
  const std::size_t before = PeakMemoryKiB();

  PatternSource source(kSize);
  HttpRequest post = Post(server, "");
  post.source = &source;
  post.version = HttpVersion::kStreaming;
  ASSERT_TRUE(transport_->Send(post).has_value());
  CountingSink sink;
  HttpRequest get = Get(server);
  get.sink = &sink;
  get.version = HttpVersion::kStreaming;
  ASSERT_TRUE(transport_->Send(get).has_value());

  EXPECT_EQ(received, kSize);
  EXPECT_EQ(sink.bytes_, kSize);
  EXPECT_LT(PeakMemoryKiB() - before, 16U << 10U);
}

class TwoAtOnceTest : public CurlTransportTest {
 protected:
  TwoAtOnceTest() : CurlTransportTest(Options()) {}

 private:
  static CurlOptions Options() {
    CurlOptions options;
    options.max_in_flight = 2;
    options.max_queued = 1;
    return options;
  }
};

TEST_F(TwoAtOnceTest, QueuesTheThirdAndRefusesTheFourth) {
  Mutex mutex;
  CondVar changed;
  int arrived = 0;
  bool open = false;
  LoopbackServer server([&](LoopbackConnection& c, int) {
    while (!c.ReadHead().empty()) {
      const MutexLock lock(mutex);
      ++arrived;
      changed.NotifyAll();
      while (!open) changed.Wait(mutex);
      c.Answer(200, "ok");
    }
  });
  const auto send = [&] {
    const HttpResult result = transport_->Send(Get(server));
    return result ? Errc::kIo : result.error().error.code();
  };
  // One after the other: the queue has room for one only.
  std::vector<std::future<Errc>> first;
  for (int i = 0; i < 2; ++i) {
    first.push_back(std::async(std::launch::async, send));
    const MutexLock lock(mutex);
    while (arrived <= i) changed.Wait(mutex);
  }

  // Two more: one waits in the queue, the other finds it full.
  std::vector<std::future<Errc>> late;
  for (int i = 0; i < 2; ++i)
    late.push_back(std::async(std::launch::async, send));
  while (late[0].wait_for(Milliseconds(1)) != std::future_status::ready &&
         late[1].wait_for(Milliseconds(1)) != std::future_status::ready) {
  }
  {
    const MutexLock lock(mutex);
    EXPECT_EQ(arrived, 2);
    open = true;
    changed.NotifyAll();
  }

  for (auto& call : first) EXPECT_EQ(call.get(), Errc::kIo);
  std::vector<Errc> codes = {late[0].get(), late[1].get()};
  EXPECT_THAT(codes,
              ::testing::UnorderedElementsAre(Errc::kIo, Errc::kUnavailable));
}

TEST_F(CurlTransportTest, EndingAnswersThoseWhoWait) {
  std::promise<void> arrived;
  LoopbackServer server([&](LoopbackConnection& c, int) {
    c.ReadHead();
    arrived.set_value();
    c.AwaitClose();
  });
  auto call = std::async(std::launch::async,
                         [&] { return transport_->Send(Get(server)); });
  arrived.get_future().wait();
  transport_.reset();
  EXPECT_EQ(call.get().error().error.code(), Errc::kCancelled);
}

TEST(CurlOptionsTest, ComeFromTheEnvironment) {
  const auto with = [](std::string name, std::string value) {
    return CurlOptionsFrom(
        [=](std::string_view asked) -> std::optional<std::string> {
          if (asked == name) return value;
          return std::nullopt;
        });
  };
  EXPECT_EQ(with("DATABRICKS_RATE_LIMIT", "15")->requests_per_second, 15);
  EXPECT_EQ(with("DATABRICKS_CA_BUNDLE", "/ca")->ca_file, "/ca");
  EXPECT_EQ(with("SSL_CERT_FILE", "/ca")->ca_file, "/ca");
  for (const char* bad : {"x", "0", "-1", "1x", "nan"})
    EXPECT_FALSE(with("DATABRICKS_RATE_LIMIT", bad).ok()) << bad;
  CurlOptions options;
  options.ca_file = "/nonexistent";
  EXPECT_FALSE(CurlTransport::Start(options, RealClock()).ok());
}

}  // namespace
}  // namespace wsfs
