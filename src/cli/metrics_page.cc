#include "cli/metrics_page.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

namespace wsfs {
namespace {

/// Few ask, and one that has gone silent must not keep a thread for long.
constexpr std::size_t kMaxConnections = 16;
constexpr std::chrono::seconds kIdle{90};

ServerResponse Plain(int status, std::string text) {
  ServerResponse response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.text = std::move(text);
  return response;
}

}  // namespace

MetricsPage::MetricsPage(std::function<std::string()> text)
    : text_(std::move(text)) {}

MetricsPage::~MetricsPage() {
  if (server_ != nullptr) server_->Stop();
}

Result<std::unique_ptr<MetricsPage>> MetricsPage::Start(
    const MetricsWish::Address& address, std::function<std::string()> text) {
  std::unique_ptr<MetricsPage> page(new MetricsPage(std::move(text)));
  HttpServerOptions options;
  options.host = address.host;
  options.port = address.port;
  options.option = "--metrics";
  options.max_connections = kMaxConnections;
  options.idle_timeout = kIdle;
  WSFS_TRY(page->server_, HttpServer::Start(std::move(options), *page));
  page->url_ =
      fmt::format("http://{}:{}/metrics", address.host, page->server_->port());
  return page;
}

HttpReply MetricsPage::Handle(const ServerRequest& request, HttpBody& body,
                              HttpPeer& /*peer*/) {
  static_cast<void>(body.Drain());
  HttpReply reply;
  if (request.raw_path != "/metrics") {
    reply.response = Plain(404, "There is only /metrics.\n");
  } else if (request.method != "GET" && request.method != "HEAD") {
    reply.response = Plain(405, "Say GET.\n");
  } else {
    reply.response = Plain(200, text_());
    reply.response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  }
  return reply;
}

ServerResponse MetricsPage::Malformed(std::string_view why) {
  return Plain(400, fmt::format("{}\n", why));
}

std::int64_t MetricsPage::NowSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace wsfs
