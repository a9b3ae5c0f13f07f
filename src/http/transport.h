#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/byte_stream.h"
#include "base/call_class.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/error.h"

namespace wsfs {

/// kStreaming is HTTP/1.1: large bodies over HTTP/2 are reset by proxies
/// (databricks-api.md §1.0), and one paused stream would hold up the others.
enum class HttpVersion : std::uint8_t { kNewest, kStreaming };

/// One HTTP request. `source` and `sink` are used by the thread that calls
/// Send, until it returns, and by no other.
struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> headers;  ///< "Name: value". May hold a token.
  std::string text;                  ///< The body, when `source` is null.
  ByteSource* source = nullptr;
  ByteSink* sink = nullptr;  ///< Takes the body of a 2xx answer.
  /// What the buffered body of a 2xx answer may hold; more is kTooLarge. Of
  /// other answers the first 64 KiB are kept.
  std::size_t max_body_bytes = std::size_t{64} << 20U;
  HttpVersion version = HttpVersion::kNewest;
  CallClass call_class = CallClass::kSomeoneWaits;
  int attempt = 1;  ///< Above 1 it repeats one that failed. For counting only.
  SteadyTime deadline;
  std::shared_ptr<CancelToken> cancel;  ///< May be null.
};

/// An answer, whatever its status.
struct HttpResponse {
  int status = 0;
  /// Names in lower case, in the order they came.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::int64_t sent_ms = 0;      ///< Wall clock, when the request began to go.
  std::int64_t answered_ms = 0;  ///< Wall clock, when the status line came.

  /// The first header called `name` (in lower case).
  std::optional<std::string_view> Header(std::string_view name) const;
};

/// Why no answer came. `error` never holds a token or the query of a URL.
struct HttpFailure {
  Error error;
  /// The whole request may have reached the service. While this is false the
  /// service cannot have executed it.
  bool may_have_left = false;
};

using HttpResult = std::expected<HttpResponse, HttpFailure>;

/// Sends HTTP requests: the seam to the network. Real over libcurl in
/// http/curl_transport.h.
///
/// Thread-safe. Send blocks until the answer, the deadline or cancellation.
/// Nothing is retried, except where nothing can have left. Failures:
///   kUnreachable      no connection, or it was lost before the whole request
///                     had left
///   kOutcomeUnknown   the connection was lost after that
///   kTimeout, kCancelled   see may_have_left
///   kUnavailable      too many calls wait already
///   kTooLarge         the answer is larger than max_body_bytes
///   kCorrupt          the answer is not HTTP
///   kInvalidArgument  the URL may not be used
///   and what `source` or `sink` failed with.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual HttpResult Send(const HttpRequest& request) = 0;
};

}  // namespace wsfs
