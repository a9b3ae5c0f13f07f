// Bodies that are streamed, up and down, and what ends them early.

#include <algorithm>
#include <atomic>
#include <charconv>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/loopback_server.h"
#include "http/transport_fixture.h"

namespace wsfs {
namespace {

class CurlStreamTest : public CurlTransportTest {};

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

TEST_F(CurlStreamTest, AnUploadCutShortWasNotExecuted) {
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

TEST_F(CurlStreamTest, StopsABodyThatIsTooLarge) {
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

TEST_F(CurlStreamTest, ATruncatedAnswerIsNoAnswer) {
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

TEST_F(CurlStreamTest, AnErrorsBodyDoesNotReachTheSink) {
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

TEST_F(CurlStreamTest, TellsWhatTheSinkOrTheSourceFailedWith) {
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

TEST_F(CurlStreamTest, StreamsAHundredMegabytesBothWaysOnce) {
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

}  // namespace
}  // namespace wsfs
