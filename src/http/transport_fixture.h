#pragma once

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "http/curl_transport.h"
#include "http/loopback_server.h"

namespace wsfs {

/// A CurlTransport, and requests to a LoopbackServer. For tests.
class CurlTransportTest : public ::testing::Test {
 protected:
  explicit CurlTransportTest(CurlOptions options = {})
      : transport_(*CurlTransport::Start(std::move(options), RealClock())) {}

  static HttpRequest Get(const LoopbackServer& server) {
    HttpRequest request;
    request.url = server.url() + "/x?secret=1";
    request.deadline = RealClock().Now() + std::chrono::seconds(20);
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

}  // namespace wsfs
