#include "metrics/metered_transport.h"

#include <algorithm>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class FunctionTransport final : public Transport {
 public:
  HttpResult Send(const HttpRequest& request) override {
    return answer(request);
  }
  std::function<HttpResult(const HttpRequest&)> answer;
};

HttpResponse Answer(int status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

class Bytes final : public ByteSource, public ByteSink {
 public:
  std::uint64_t size_bytes() const override { return 4; }
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override {
    return std::min<std::size_t>(4 - offset, into.size());
  }
  Result<void> Restart() override { return {}; }
  Result<void> Take(std::span<const std::byte> /*bytes*/) override {
    return {};
  }
};

class MeteredTransportTest : public testing::Test {
 protected:
  static HttpRequest Request(const std::string& target) {
    HttpRequest request;
    request.url = "https://adb-1.example.net" + target;
    request.headers = {"Authorization: Bearer dapi-secret"};
    return request;
  }

  Metrics metrics_;
  FunctionTransport inner_;
  MeteredTransport transport_{inner_, metrics_};
};

TEST_F(MeteredTransportTest, CountsCallsByEndpointAndStatus) {
  inner_.answer = [](const HttpRequest&) { return Answer(200, "12345"); };
  HttpRequest request = Request("/api/2.0/workspace/list?path=%2Fa");
  request.text = "abc";
  EXPECT_EQ(transport_.Send(request)->body, "12345");
  inner_.answer = [](const HttpRequest&) { return Answer(429, "1"); };
  EXPECT_EQ(transport_.Send(request)->status, 429);

  const std::string text = metrics_.Text({});
  EXPECT_THAT(text, HasSubstr("wsfs_api_calls_total"
                              "{code=\"200\",endpoint=\"list\"} 1"));
  EXPECT_THAT(text, HasSubstr("wsfs_api_calls_total"
                              "{code=\"429\",endpoint=\"list\"} 1"));
  EXPECT_THAT(text,
              HasSubstr("wsfs_api_call_seconds_count{endpoint=\"list\"} 2"));
  EXPECT_THAT(text,
              HasSubstr("wsfs_api_sent_bytes_total{endpoint=\"list\"} 6"));
  EXPECT_THAT(text,
              HasSubstr("wsfs_api_received_bytes_total{endpoint=\"list\"} 6"));
  EXPECT_THAT(text, HasSubstr("wsfs_api_retries_total{endpoint=\"list\"} 0"));
}

TEST_F(MeteredTransportTest, CountsTheBytesOfStreams) {
  Bytes bytes;
  inner_.answer = [](const HttpRequest& request) {
    std::array<std::byte, 3> piece{};
    EXPECT_EQ(request.source->ReadAt(0, piece).value(), 3U);
    EXPECT_EQ(request.source->ReadAt(3, piece).value(), 1U);
    EXPECT_TRUE(request.sink->Take(piece).ok());
    return Answer(200, "");
  };
  HttpRequest request = Request("/api/2.0/workspace/import");
  request.source = &bytes;
  request.sink = &bytes;
  ASSERT_TRUE(transport_.Send(request).has_value());

  const std::string text = metrics_.Text({});
  EXPECT_THAT(text, HasSubstr("sent_bytes_total{endpoint=\"import\"} 4"));
  EXPECT_THAT(text, HasSubstr("received_bytes_total{endpoint=\"import\"} 3"));
}

TEST_F(MeteredTransportTest, WhatNeverLeftSentNothing) {
  inner_.answer = [](const HttpRequest&) -> HttpResult {
    return std::unexpected(
        HttpFailure{Error(Errc::kUnreachable, "no way there"), false});
  };
  HttpRequest request = Request("/api/2.0/workspace/mkdirs");
  request.text = "abc";
  request.attempt = 2;
  EXPECT_FALSE(transport_.Send(request).has_value());

  const std::string text = metrics_.Text({});
  EXPECT_THAT(text, HasSubstr("wsfs_api_calls_total"
                              "{code=\"none\",endpoint=\"mkdirs\"} 1"));
  EXPECT_THAT(text, HasSubstr("retries_total{endpoint=\"mkdirs\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("sent_bytes")));
  EXPECT_THAT(text, Not(HasSubstr("turn_seconds")));
}

TEST_F(MeteredTransportTest, TellsNobodysPathOrToken) {
  inner_.answer = [](const HttpRequest&) { return Answer(99999, "content"); };
  for (const char* target :
       {"/api/2.0/workspace-files/Users/zebra%40x.com/giraffe.txt",
        "/api/2.0/workspace/export?path=%2FUsers%2Fzebra%2Fgiraffe.txt",
        "/api/2.0/unheard-of/giraffe.txt"})
    ASSERT_TRUE(transport_.Send(Request(target)).has_value());

  const std::string text = metrics_.Text({});
  for (const char* secret :
       {"zebra", "giraffe", "Users", "dapi", "adb-1", "content", "99999", "%"})
    EXPECT_THAT(text, Not(HasSubstr(secret)));
  EXPECT_THAT(text, HasSubstr("{code=\"other\",endpoint=\"download\"} 1"));
  EXPECT_THAT(text, HasSubstr("{code=\"other\",endpoint=\"other\"} 1"));
}

TEST(EndpointTest, IsOneOfAFewWords) {
  const std::string host = "https://host.example.net";
  EXPECT_EQ(EndpointOf(host + "/api/2.0/workspace/get-status?path=a"),
            "get-status");
  EXPECT_EQ(EndpointOf(host + "/api/2.0/workspace-files/list-files?path=a"),
            "list-files");
  EXPECT_EQ(EndpointOf(host + "/api/2.0/preview/scim/v2/Me"), "me");
  EXPECT_EQ(EndpointOf(host + "/api/2.0/workspace/list/more"), "other");
  EXPECT_EQ(EndpointOf(host + "?path=/api/2.0/workspace/list"), "other");
  EXPECT_EQ(EndpointOf(host), "other");
  EXPECT_EQ(EndpointOf(""), "other");
}

}  // namespace
}  // namespace wsfs
