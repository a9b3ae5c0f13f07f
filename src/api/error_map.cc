#include "api/error_map.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/log.h"

namespace wsfs {
namespace {

constexpr std::size_t kMaxMessageBytes = 300;

struct Row {
  std::string_view key;
  Errc errc;
};

constexpr auto kByReason = std::to_array<Row>({
    {"WORKSPACE_OBJECT_TYPE_MISMATCH", Errc::kTypeMismatch},
    {"MAX_NOTEBOOK_SIZE_EXCEEDED", Errc::kTooLarge},
    {"MAX_READ_SIZE_EXCEEDED", Errc::kTooLarge},
});

constexpr auto kByCode = std::to_array<Row>({
    {"RESOURCE_DOES_NOT_EXIST", Errc::kNotFound},
    {"NOT_FOUND", Errc::kNotFound},
    {"RESOURCE_ALREADY_EXISTS", Errc::kAlreadyExists},
    {"ALREADY_EXISTS", Errc::kAlreadyExists},
    {"DIRECTORY_NOT_EMPTY", Errc::kNotEmpty},
    {"DIRECTORY_PROTECTED", Errc::kProtected},
    {"MAX_CHILD_NODE_SIZE_EXCEEDED", Errc::kNoSpace},
    {"RESOURCE_LIMIT_EXCEEDED", Errc::kNoSpace},
    {"QUOTA_EXCEEDED", Errc::kNoSpace},
    {"MAX_NOTEBOOK_SIZE_EXCEEDED", Errc::kTooLarge},
    {"MAX_READ_SIZE_EXCEEDED", Errc::kTooLarge},
    {"MAX_BLOCK_SIZE_EXCEEDED", Errc::kTooLarge},
    {"MAX_LIST_SIZE_EXCEEDED", Errc::kTooLarge},
    {"REQUEST_LIMIT_EXCEEDED", Errc::kThrottled},
    {"RESOURCE_EXHAUSTED", Errc::kThrottled},
    {"TEMPORARILY_UNAVAILABLE", Errc::kUnavailable},
    {"WORKSPACE_TEMPORARILY_UNAVAILABLE", Errc::kUnavailable},
    {"SERVICE_UNDER_MAINTENANCE", Errc::kUnavailable},
    {"COULD_NOT_ACQUIRE_LOCK", Errc::kUnavailable},
    {"ABORTED", Errc::kUnavailable},
    {"PARTIAL_DELETE", Errc::kOutcomeUnknown},
    {"ENDPOINT_NOT_FOUND", Errc::kUnsupported},
    {"FEATURE_DISABLED", Errc::kUnsupported},
    {"NOT_IMPLEMENTED", Errc::kUnsupported},
    {"UNAUTHENTICATED", Errc::kUnauthenticated},
    {"PERMISSION_DENIED", Errc::kPermissionDenied},
});

/// Some conditions are told by nothing but the message (§1.5, §1.6, §2.5).
constexpr auto kByText = std::to_array<Row>({
    {"type mismatch", Errc::kTypeMismatch},
    {"different from the existing node type", Errc::kTypeMismatch},
    {"already exists", Errc::kAlreadyExists},
    {"parent folder", Errc::kNotFound},
    {"10485760", Errc::kTooLarge},
    {"exceeded max size", Errc::kTooLarge},
    {"size exceeded limit", Errc::kTooLarge},
    {"Invalid access token", Errc::kUnauthenticated},
    {"No API found for", Errc::kUnsupported},
    {"is not empty", Errc::kNotEmpty},
    {"is protected", Errc::kProtected},
    {"imed out after", Errc::kOutcomeUnknown},
    {"deadline exceeded", Errc::kOutcomeUnknown},
    {"lease try again later", Errc::kUnavailable},
    {"RPC token bucket limit has been exceeded", Errc::kThrottled},
});

std::optional<Errc> Exact(std::span<const Row> rows, std::string_view key) {
  const auto row = std::ranges::find(rows, key, &Row::key);
  if (row == rows.end()) return std::nullopt;
  return row->errc;
}

Errc ByStatus(int status, bool recognized) {
  switch (status) {
    case 400: return Errc::kInvalidArgument;
    case 401: return Errc::kUnauthenticated;
    case 403: return Errc::kPermissionDenied;
    // A 404 page of a proxy must not look like a deleted object.
    case 404: return recognized ? Errc::kNotFound : Errc::kUnavailable;
    case 408: return Errc::kUnavailable;
    case 409: return Errc::kAlreadyExists;
    case 413: return Errc::kTooLarge;
    case 429: return Errc::kThrottled;
    case 499: return Errc::kOutcomeUnknown;
    case 501: return Errc::kUnsupported;
    case 503: return Errc::kUnavailable;
    default: break;
  }
  if (status >= 500) return Errc::kOutcomeUnknown;
  // A redirect is not the API: a login page, or the host of something else.
  return status < 400 ? Errc::kUnauthenticated : Errc::kInvalidArgument;
}

/// One line of plain text, without what must never be shown.
std::string Tidy(std::string_view text) {
  std::string line;
  for (const char c : text.substr(0, 4 * kMaxMessageBytes)) {
    const bool blank = c >= 0 && c <= ' ';
    if (!blank)
      line.push_back(c);
    else if (!line.empty() && line.back() != ' ')
      line.push_back(' ');
  }
  if (line.ends_with(' ')) line.pop_back();
  line = Redact(line);
  if (line.size() > kMaxMessageBytes) {
    std::size_t end = kMaxMessageBytes;
    // Not in the middle of a character of UTF-8.
    while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xC0U) == 0x80U)
      --end;
    line.resize(end);
    line += "…";
  }
  return line;
}

std::string Text(simdjson::dom::element element) {
  std::string_view text;
  if (element.get_string().get(text) == simdjson::SUCCESS)
    return std::string(text);
  std::int64_t number = 0;
  if (element.get_int64().get(number) == simdjson::SUCCESS)
    return fmt::to_string(number);
  return "";
}

std::string Member(const simdjson::dom::object& object, const char* key) {
  simdjson::dom::element element;
  if (object[key].get(element) != simdjson::SUCCESS) return "";
  return Text(element);
}

/// The first of `keys` that says something.
std::string FirstOf(const simdjson::dom::object& object,
                    std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (std::string text = Member(object, key); !text.empty()) return text;
  return "";
}

bool ReadJson(std::string_view body, Envelope& envelope) {
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(body).get_object().get(object) != simdjson::SUCCESS)
    return false;
  envelope.code = Member(object, "error_code");
  envelope.message = Tidy(
      FirstOf(object, {"message", "detail", "error_description", "error"}));
  simdjson::dom::array details;
  if (object["details"].get_array().get(details) == simdjson::SUCCESS) {
    for (const simdjson::dom::element detail : details) {
      simdjson::dom::object fields;
      if (detail.get_object().get(fields) != simdjson::SUCCESS) continue;
      if (std::string reason = Member(fields, "reason"); !reason.empty())
        envelope.reasons.push_back(std::move(reason));
    }
  }
  envelope.recognized = !envelope.code.empty() || !envelope.message.empty();
  return true;
}

bool IsCode(std::string_view text) {
  return text.size() > 3 && std::ranges::all_of(text, [](char c) {
           return (c >= 'A' && c <= 'Z') || c == '_';
         });
}

/// "<html>…<pre>message</pre>" → the message.
std::string_view InsidePre(std::string_view body) {
  constexpr std::string_view kOpen = "<pre>";
  const std::size_t open = body.find(kOpen);
  if (open == body.npos) return "";
  body.remove_prefix(open + kOpen.size());
  return body.substr(0, body.find("</pre>"));
}

}  // namespace

Envelope ReadEnvelope(std::string_view body) {
  Envelope envelope;
  if (ReadJson(body, envelope)) return envelope;
  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first == body.npos) return envelope;
  body.remove_prefix(first);
  if (body.starts_with('<')) {
    envelope.message = Tidy(InsidePre(body));
    return envelope;
  }
  const std::size_t colon = body.find(": ");
  if (colon != body.npos && IsCode(body.substr(0, colon))) {
    envelope.recognized = true;
    envelope.code = body.substr(0, colon);
    body.remove_prefix(colon + 2);
  }
  envelope.message = Tidy(body);
  return envelope;
}

Errc MeaningOf(int status, const Envelope& envelope) {
  for (const std::string& reason : envelope.reasons)
    if (const auto errc = Exact(kByReason, reason)) return *errc;
  if (const auto errc = Exact(kByCode, envelope.code)) return *errc;
  for (const Row& row : kByText)
    if (envelope.message.contains(row.key)) return row.errc;
  return ByStatus(status, envelope.recognized);
}

std::string Describe(int status, const Envelope& envelope) {
  const std::string_view message = envelope.message.empty()
                                       ? "the service gave no reason"
                                       : std::string_view(envelope.message);
  if (envelope.code.empty()) return fmt::format("{} ({})", message, status);
  return fmt::format("{} ({} {})", message, status, envelope.code);
}

}  // namespace wsfs
