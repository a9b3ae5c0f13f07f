#include "server/http_message.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

namespace wsfs {
namespace {

using Parsed = std::expected<void, std::string>;

std::unexpected<std::string> Bad(std::string_view why) {
  return std::unexpected(std::string(why));
}

bool IsTokenChar(char c) {
  static constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
         (c >= 'A' && c <= 'Z') || kOthers.contains(c);
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, IsTokenChar);
}

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7F;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
    text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> Find(const HttpFields& fields,
                                std::string_view name) {
  for (const auto& [field, value] : fields) {
    if (field == name) return value;
  }
  return std::nullopt;
}

Parsed ParseQuery(std::string_view text, ServerRequest& request) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = http::PercentDecode(pair.substr(0, equals), true);
    auto value = http::PercentDecode(
        pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return Bad("a broken percent escape in the query");
    request.query.emplace_back(*std::move(name), *std::move(value));
  }
  return {};
}

Parsed ParseTarget(std::string_view target, ServerRequest& request) {
  // The absolute form, as a proxy sends it.
  if (target.starts_with("http://")) {
    const std::size_t slash = target.find('/', 7);
    target = slash == target.npos ? "/" : target.substr(slash);
  }
  if (!target.starts_with('/')) return Bad("the target is not a path");
  target = target.substr(0, target.find('#'));
  const std::size_t question = std::min(target.find('?'), target.size());
  request.raw_path = target.substr(0, question);
  if (!http::PercentDecode(request.raw_path, false))
    return Bad("a broken percent escape in the path");
  return ParseQuery(target.substr(std::min(question + 1, target.size())),
                    request);
}

Parsed ParseRequestLine(std::string_view line, ServerRequest& request) {
  if (line.size() > http::kMaxLineBytes) return Bad("the target is too long");
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == line.npos || first == last)
    return Bad("the request line is not METHOD TARGET VERSION");
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (target.find(' ') != target.npos) return Bad("a blank in the target");
  request.method = line.substr(0, first);
  if (!IsToken(request.method)) return Bad("the method is not a token");
  const std::string_view version = line.substr(last + 1);
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return Bad("the version is neither HTTP/1.1 nor HTTP/1.0");
  request.keep_alive = version == "HTTP/1.1";
  return ParseTarget(target, request);
}

Parsed ParseField(std::string_view line, ServerRequest& request) {
  const std::size_t colon = line.find(':');
  if (colon == line.npos) return Bad("a header line without ':'");
  const std::string_view name = line.substr(0, colon);
  if (!IsToken(name)) return Bad("a header name is not a token");
  const std::string_view value = Trim(line.substr(colon + 1));
  if (std::ranges::any_of(value, IsControl))
    return Bad("a control character in a header");
  request.headers.emplace_back(Lower(name), std::string(value));
  return {};
}

Parsed ReadEncoding(const std::string& value, ServerRequest& request) {
  if (request.chunked || Lower(value) != "chunked")
    return Bad("the only transfer encoding is chunked");
  request.chunked = true;
  return {};
}

Parsed ReadLength(const std::string& text, ServerRequest& request) {
  const char* end = text.data() + text.size();
  const auto [stop, error] =
      std::from_chars(text.data(), end, request.content_length);
  if (error != std::errc() || stop != end)
    return Bad("the content length is not a number");
  return {};
}

/// How long the body is: two answers to that is how requests are smuggled.
Parsed ParseFraming(ServerRequest& request) {
  std::optional<std::string> length;
  for (const auto& [name, value] : request.headers) {
    if (name == "content-length") {
      if (length && *length != value) return Bad("two content lengths");
      length = value;
    } else if (name == "transfer-encoding") {
      const Parsed read = ReadEncoding(value, request);
      if (!read) return read;
    }
  }
  if (!length) return {};
  if (request.chunked) return Bad("a length beside a transfer encoding");
  return ReadLength(*length, request);
}

Parsed ParseConnection(ServerRequest& request) {
  const auto hosts = std::ranges::count(
      request.headers, "host", &std::pair<std::string, std::string>::first);
  if (hosts > 1) return Bad("two host headers");
  if (hosts == 0 && request.keep_alive) return Bad("no host header");
  const std::string connection =
      Lower(Find(request.headers, "connection").value_or(""));
  if (connection == "close") request.keep_alive = false;
  if (connection == "keep-alive") request.keep_alive = true;
  const std::string expects =
      Lower(Find(request.headers, "expect").value_or(""));
  request.expects_continue = expects == "100-continue";
  if (!expects.empty() && !request.expects_continue)
    return Bad("an expectation nobody knows");
  return {};
}

}  // namespace

std::optional<std::string> ServerRequest::Header(std::string_view name) const {
  return Find(headers, name);
}

std::optional<std::string> ServerRequest::Query(std::string_view name) const {
  return Find(query, name);
}

Result<void> HttpBody::Drain() {
  std::vector<std::byte> block(64 << 10);
  while (true) {
    WSFS_TRY(const std::size_t got, Read(block));
    if (got == 0) return {};
  }
}

Result<std::string> HttpBody::ReadText(std::uint64_t limit,
                                       std::uint64_t& total) {
  std::string text;
  std::vector<char> block(64 << 10);
  total = 0;
  while (true) {
    WSFS_TRY(const std::size_t got,
             Read(std::as_writable_bytes(std::span(block))));
    if (got == 0) return text;
    total += got;
    if (total <= limit) text.append(block.data(), got);
  }
}

namespace http {

std::expected<ServerRequest, std::string> ParseHead(std::string_view head) {
  ServerRequest request;
  bool first = true;
  while (first || !head.empty()) {
    const std::size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (line.find_first_of("\r\n") != line.npos || line.contains('\0'))
      return Bad("a bare CR, LF or NUL");
    if (!first && (line.starts_with(' ') || line.starts_with('\t')))
      return Bad("a folded header line");
    const Parsed parsed =
        first ? ParseRequestLine(line, request) : ParseField(line, request);
    if (!parsed) return std::unexpected(parsed.error());
    first = false;
  }
  if (const Parsed framed = ParseFraming(request); !framed)
    return std::unexpected(framed.error());
  if (const Parsed kept = ParseConnection(request); !kept)
    return std::unexpected(kept.error());
  return request;
}

std::string_view HopelessStart(std::string_view start) {
  const std::string_view line = start.substr(0, start.find('\n'));
  if (line.size() > kMaxLineBytes) return "the first line is too long";
  if (start.size() > kMaxHeadBytes) return "the headers are too long";
  const std::string_view method = line.substr(0, line.find(' '));
  const bool ended = start.contains('\n') || line.contains(' ');
  if (method.size() > 32) return "the method is too long";
  for (const char c : method) {
    if (!IsTokenChar(c) && !(ended && c == '\r')) return "this is not HTTP";
  }
  if (start.contains('\0')) return "a NUL in the head";
  // A line that ended and is no request line will not become one.
  if (start.contains('\n') && !line.contains(' ')) return "no request line";
  return "";
}

std::optional<std::string> PercentDecode(std::string_view text,
                                         bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += plus_is_blank && text[i] == '+' ? ' ' : text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = HexDigit(text[i + 1]);
    const int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

std::string_view ReasonPhrase(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 16> kReasons = {
      {{200, "OK"},
       {204, "No StoredContent"},
       {302, "Found"},
       {400, "Bad Request"},
       {401, "Unauthorized"},
       {403, "Forbidden"},
       {404, "Not Found"},
       {408, "Request Timeout"},
       {409, "Conflict"},
       {413, "Payload Too Large"},
       {429, "Too Many Requests"},
       {500, "Internal Server Error"},
       {501, "Not Implemented"},
       {502, "Bad Gateway"},
       {503, "Service Unavailable"},
       {504, "Gateway Timeout"}}};
  for (const auto& [code, reason] : kReasons) {
    if (code == status) return reason;
  }
  return "Status";
}

std::string HttpDate(std::int64_t unix_seconds) {
  static constexpr std::array<std::string_view, 7> kDays = {
      "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun",
      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = unix_seconds;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} GMT",
      kDays.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
      kMonths.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900,
      parts.tm_hour, parts.tm_min, parts.tm_sec);
}

}  // namespace http
}  // namespace wsfs
