#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "server/content.h"

namespace wsfs {

using HttpFields = std::vector<std::pair<std::string, std::string>>;

/// The head of one request. Value type.
struct ServerRequest {
  std::string method;
  std::string raw_path;  ///< Before '?', still percent-encoded.
  HttpFields query;      ///< Decoded.
  HttpFields headers;    ///< Names in lower case.
  std::uint64_t content_length = 0;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;

  /// The first one, or nothing.
  std::optional<std::string> Header(std::string_view name) const;
  std::optional<std::string> Query(std::string_view name) const;
};

/// What is sent back. A body is `text`, or the bytes of `content`.
struct ServerResponse {
  int status = 200;
  std::string content_type = "application/json";
  HttpFields headers;
  std::string text;
  ContentPtr content;

  std::uint64_t body_bytes() const {
    return content != nullptr ? content->size_bytes() : text.size();
  }
};

/// The body of a request, read as it arrives. One thread at a time.
class HttpBody {
 public:
  virtual ~HttpBody() = default;
  /// 0 at the end. kInvalidArgument: badly framed; kUnreachable: the sender
  /// is gone.
  virtual Result<std::size_t> Read(std::span<std::byte> into) = 0;
  /// All that is left, thrown away.
  Result<void> Drain();
  /// All of it, at most `limit` bytes kept; `total` tells how many came.
  Result<std::string> ReadText(std::uint64_t limit, std::uint64_t& total);
};

namespace http {

constexpr std::size_t kMaxHeadBytes = 64 << 10;
constexpr std::size_t kMaxLineBytes = 16 << 10;

/// The head without its final empty line, strictly by RFC 9112: what could be
/// read in two ways is refused with a sentence.
std::expected<ServerRequest, std::string> ParseHead(std::string_view head);

/// Can what has come so far never become a request? A sentence, or "".
/// So that garbage without a line end is answered at once.
std::string_view HopelessStart(std::string_view start);

/// "%2F" to "/". Nothing when an escape is broken.
std::optional<std::string> PercentDecode(std::string_view text,
                                         bool plus_is_blank);
std::string_view ReasonPhrase(int status);
/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string HttpDate(std::int64_t unix_seconds);

}  // namespace http
}  // namespace wsfs
