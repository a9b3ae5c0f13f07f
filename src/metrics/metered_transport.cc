#include "metrics/metered_transport.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "metrics/call_class_name.h"

namespace wsfs {
namespace {

constexpr MetricName kCalls = {
    .name = "wsfs_api_calls_total",
    .help =
        "Attempts of calls to the service, by HTTP status; none: no answer "
        "came"};
constexpr MetricName kTimes = {
    .name = "wsfs_api_call_seconds",
    .help = "Time of attempts of calls, their wait for a turn included"};
constexpr MetricName kTurns = {
    .name = "wsfs_api_turn_seconds",
    .help =
        "Time answered calls waited for a turn and a connection, by who "
        "waits for them"};
constexpr MetricName kRetries = {
    .name = "wsfs_api_retries_total",
    .help = "Attempts that repeat one that failed"};
constexpr MetricName kSent = {.name = "wsfs_api_sent_bytes_total",
                              .help = "Bytes of the bodies of requests"};
constexpr MetricName kReceived = {
    .name = "wsfs_api_received_bytes_total",
    .help = "Bytes of the bodies of answers that were kept"};

constexpr std::array kBounds = {0.005, 0.01, 0.025, 0.05, 0.1,  0.25, 0.5,
                                1.0,   2.5,  5.0,   10.0, 30.0, 120.0};

struct Endpoint {
  std::string_view target;
  std::string_view name;
};
constexpr std::array kEndpoints = {
    Endpoint{"/api/2.0/workspace/get-status", "get-status"},
    Endpoint{"/api/2.0/workspace/list", "list"},
    Endpoint{"/api/2.0/workspace/mkdirs", "mkdirs"},
    Endpoint{"/api/2.0/workspace/delete", "delete"},
    Endpoint{"/api/2.0/workspace/import", "import"},
    Endpoint{"/api/2.0/workspace/export", "export"},
    Endpoint{"/api/2.0/workspace/rename", "rename"},
    Endpoint{"/api/2.0/workspace-files/list-files", "list-files"},
    Endpoint{"/api/2.0/preview/scim/v2/Me", "me"},
};
/// What follows it is the path of a file.
constexpr std::string_view kDownloads = "/api/2.0/workspace-files/";

std::string CodeOf(const HttpResult& result) {
  if (!result) return "none";
  const bool plausible = result->status >= 100 && result->status < 600;
  return plausible ? fmt::format("{}", result->status) : "other";
}

std::int64_t WallMillis() {
  return std::chrono::duration_cast<Milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

class CountingSource final : public ByteSource {
 public:
  explicit CountingSource(ByteSource& source) : source_(source) {}
  std::uint64_t size_bytes() const override { return source_.size_bytes(); }
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override {
    auto count = source_.ReadAt(offset, into);
    if (count.ok()) bytes_ += *count;
    return count;
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  ByteSource& source_;
  std::uint64_t bytes_ = 0;
};

class CountingSink final : public ByteSink {
 public:
  explicit CountingSink(ByteSink& sink) : sink_(sink) {}
  Result<void> Restart() override { return sink_.Restart(); }
  Result<void> Take(std::span<const std::byte> bytes) override {
    bytes_ += bytes.size();
    return sink_.Take(bytes);
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  ByteSink& sink_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

std::string_view EndpointOf(std::string_view url) {
  const std::string_view plain = url.substr(0, url.find('?'));
  const std::size_t scheme = plain.find("://");
  const std::size_t slash =
      plain.find('/', scheme == plain.npos ? 0 : scheme + 3);
  if (slash == plain.npos) return "other";
  const std::string_view target = plain.substr(slash);
  const auto* const found =
      std::ranges::find(kEndpoints, target, &Endpoint::target);
  if (found != kEndpoints.end()) return found->name;
  return target.starts_with(kDownloads) ? "download" : "other";
}

/// What one attempt took.
struct MeteredTransport::Attempt {
  std::chrono::nanoseconds time{0};
  std::int64_t begun_ms = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
};

HttpResult MeteredTransport::Send(const HttpRequest& request) {
  HttpRequest counted = request;
  std::optional<CountingSource> source;
  std::optional<CountingSink> sink;
  if (request.source != nullptr)
    counted.source = &source.emplace(*request.source);
  if (request.sink != nullptr) counted.sink = &sink.emplace(*request.sink);
  Attempt attempt;
  attempt.begun_ms = WallMillis();
  const SteadyTime begun = std::chrono::steady_clock::now();
  HttpResult result = transport_.Send(counted);
  attempt.time = std::chrono::steady_clock::now() - begun;
  attempt.sent_bytes = source ? source->bytes() : request.text.size();
  attempt.received_bytes =
      (sink ? sink->bytes() : 0) + (result ? result->body.size() : 0);
  Record(request, attempt, result);
  return result;
}

void MeteredTransport::Record(const HttpRequest& request,
                              const Attempt& attempt,
                              const HttpResult& result) {
  const std::string endpoint(EndpointOf(request.url));
  const Labels labels = {{"endpoint", endpoint}};
  metrics_
      .AddCounter(kCalls, {{"endpoint", endpoint}, {"code", CodeOf(result)}})
      .Add();
  metrics_.AddHistogram(kTimes, labels, kBounds).Observe(attempt.time);
  metrics_.AddCounter(kRetries, labels).Add(request.attempt > 1 ? 1 : 0);
  metrics_.AddCounter(kReceived, labels)
      .Add(static_cast<double>(attempt.received_bytes));
  if (result || result.error().may_have_left)
    metrics_.AddCounter(kSent, labels)
        .Add(static_cast<double>(attempt.sent_bytes));
  if (!result) return;
  // The wall clock may be set meanwhile: never less than nothing.
  const Milliseconds turn(
      std::max<std::int64_t>(0, result->sent_ms - attempt.begun_ms));
  metrics_
      .AddHistogram(
          kTurns, {{"class", std::string(NameOf(request.call_class))}}, kBounds)
      .Observe(turn);
}

}  // namespace wsfs
