#include "server/service_path.h"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace wsfs {
namespace {

constexpr std::size_t kMaxPathBytes = 4096;
constexpr std::string_view kPrefix = "Workspace";

std::string Join(const std::vector<std::string>& parts, bool prefixed) {
  std::string text = prefixed ? "/Workspace" : "";
  for (const std::string& part : parts) text.append("/").append(part);
  return text.empty() ? "/" : text;
}

/// The length of the UTF-8 sequence at the start of `text`, 0 if it is broken.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t at) {
    return static_cast<std::uint8_t>(text[at]);
  };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  const std::uint8_t second = byte(1);
  const bool bad =
      (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
      (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
  return bad ? 0 : length;
}

/// Well-formed, no surrogates, nothing overlong.
bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

Answer<void> CheckText(std::string_view text, const PathRules& rules) {
  if (!text.starts_with('/'))
    return api_error::Invalid(
        fmt::format("Path ({}) doesn't start with '/'", text));
  if (text.size() > kMaxPathBytes)
    return api_error::Invalid("The path is longer than 4096 bytes");
  if (!IsUtf8(text) || text.find('\0') != text.npos)
    return api_error::Invalid("The path holds characters that are not allowed");
  if (rules.refuse_trailing_slash && text.size() > 1 && text.ends_with('/'))
    return api_error::Invalid(
        fmt::format("Path ({}) must not end with '/'", text));
  return {};
}

}  // namespace

Answer<ServicePath> ServicePath::Parse(std::string_view text,
                                       const PathRules& rules) {
  if (const auto sound = CheckText(text, rules); !sound.ok())
    return sound.error();
  ServicePath path;
  path.request_ = text;
  std::string_view rest = text.substr(1);
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.empty()) continue;
    if (rules.refuse_dots && (part == "." || part == ".."))
      return api_error::Invalid(
          fmt::format("Path ({}) holds a relative component", text));
    path.parts_.emplace_back(part);
  }
  if (!path.parts_.empty() && path.parts_.front() == kPrefix) {
    path.prefixed_ = !text.starts_with("//");
    path.parts_.erase(path.parts_.begin());
  }
  return path;
}

std::string_view ServicePath::Name() const {
  return parts_.empty() ? std::string_view() : parts_.back();
}

std::string ServicePath::Key() const {
  return Join(parts_, false);
}

std::string ServicePath::Echo() const {
  return Join(parts_, prefixed_);
}

std::string ServicePath::EchoParent() const {
  std::vector<std::string> parts = parts_;
  if (!parts.empty()) parts.pop_back();
  return Join(parts, prefixed_);
}

ServicePath ServicePath::WithName(std::string name) const {
  ServicePath path = *this;
  path.parts_.back() = std::move(name);
  path.request_ = path.Echo();
  return path;
}

ServicePath ServicePath::Child(std::string name) const {
  ServicePath path = *this;
  path.parts_.push_back(std::move(name));
  path.request_ = path.Echo();
  return path;
}

bool ServicePath::IsWithin(const ServicePath& ancestor) const {
  return parts_.size() >= ancestor.parts_.size() &&
         std::equal(ancestor.parts_.begin(), ancestor.parts_.end(),
                    parts_.begin());
}

}  // namespace wsfs
