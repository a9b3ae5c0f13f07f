#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "cli/metrics_address.h"
#include "server/http_server.h"

namespace wsfs {

/// `GET /metrics` on a port of this machine. Anything else is 404, any other
/// method 405.
///
/// Resource type, at most one an engine. Thread-safe. Destruction closes the
/// port and joins its threads.
class MetricsPage final : private HttpHandler {
 public:
  /// `text` is asked for each answer, by several threads. kIo with a sentence
  /// when the port is taken.
  static Result<std::unique_ptr<MetricsPage>> Start(
      const MetricsWish::Address& address, std::function<std::string()> text);
  ~MetricsPage() override;
  MetricsPage(const MetricsPage&) = delete;
  MetricsPage& operator=(const MetricsPage&) = delete;

  const std::string& url() const { return url_; }

 private:
  explicit MetricsPage(std::function<std::string()> text);
  HttpReply Handle(const ServerRequest& request, HttpBody& body,
                   HttpPeer& peer) override;
  ServerResponse Malformed(std::string_view why) override;
  std::int64_t NowSeconds() override;

  const std::function<std::string()> text_;
  std::string url_;
  std::unique_ptr<HttpServer> server_;  // Last: it uses all of the above.
};

}  // namespace wsfs
