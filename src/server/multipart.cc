#include "server/multipart.h"

#include <algorithm>
#include <cstring>

namespace wsfs {
namespace {

constexpr std::size_t kBlockBytes = 64 << 10;
constexpr std::size_t kMaxLineBytes = 8 << 10;

Error Broken() {
  return {Errc::kInvalidArgument, "the form of the request is broken"};
}

/// The value of `key="value"` or `key=value` among parameters.
std::string Parameter(std::string_view text, std::string_view key) {
  const std::string wanted = std::string(key) + "=";
  std::size_t at = text.find(wanted);
  // "name=" is also the end of "filename=".
  while (at != text.npos && at > 0 && text[at - 1] != ' ' &&
         text[at - 1] != ';')
    at = text.find(wanted, at + 1);
  if (at == text.npos) return "";
  text.remove_prefix(at + wanted.size());
  if (!text.starts_with('"'))
    return std::string(text.substr(0, text.find_first_of("; ")));
  text.remove_prefix(1);
  return std::string(text.substr(0, text.find('"')));
}

}  // namespace

std::string MultipartReader::BoundaryOf(std::string_view content_type) {
  if (!content_type.starts_with("multipart/form-data")) return "";
  return Parameter(content_type, "boundary");
}

Result<bool> MultipartReader::Fill() {
  const std::size_t old = buffer_.size();
  buffer_.resize(old + kBlockBytes);
  const auto got =
      body_.Read(std::as_writable_bytes(std::span(buffer_)).subspan(old));
  buffer_.resize(old + got.value_or(0));
  if (!got.ok()) return got.error();
  return *got > 0;
}

Result<std::string> MultipartReader::Line() {
  while (true) {
    const std::size_t end = buffer_.find("\r\n");
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      return line;
    }
    if (buffer_.size() > kMaxLineBytes) return Broken();
    WSFS_TRY(const bool more, Fill());
    if (!more) return Broken();
  }
}

Result<std::string> MultipartReader::ReadName() {
  std::string name;
  for (std::size_t bytes = 0; bytes < kMaxLineBytes;) {
    WSFS_TRY(const std::string line, Line());
    if (line.empty()) {
      if (name.empty()) return Broken();
      return name;
    }
    bytes += line.size();
    std::string lower = line.substr(0, 20);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    if (lower.starts_with("content-disposition:"))
      name = Parameter(line, "name");
  }
  return Broken();
}

Result<std::string> MultipartReader::NextPart() {
  if (ended_) return std::string();
  std::vector<std::byte> skipped(kBlockBytes);
  while (true) {
    WSFS_TRY(const std::size_t got, Read(skipped));
    if (got == 0) break;
  }
  buffer_.erase(0, delimiter_.size());
  WSFS_TRY(const std::string rest, Line());
  if (rest.starts_with("--")) {
    ended_ = true;
    return std::string();
  }
  // The line end before the first header belongs to a possible empty part.
  return ReadName();
}

Result<std::size_t> MultipartReader::Read(std::span<std::byte> into) {
  while (true) {
    const std::size_t end = buffer_.find(delimiter_);
    if (end == 0) return std::size_t{0};
    std::size_t usable = end;
    if (end == std::string::npos) {
      // A delimiter may have begun within the last bytes.
      const std::size_t held = delimiter_.size() - 1;
      usable = buffer_.size() > held ? buffer_.size() - held : 0;
    }
    if (usable > 0) {
      const std::size_t take = std::min(usable, into.size());
      std::memcpy(into.data(), buffer_.data(), take);
      buffer_.erase(0, take);
      return take;
    }
    WSFS_TRY(const bool more, Fill());
    if (!more) return Broken();
  }
}

Result<std::string> MultipartReader::ReadText(std::size_t limit) {
  std::string text;
  std::vector<char> block(4096);
  while (true) {
    WSFS_TRY(const std::size_t got,
             Read(std::as_writable_bytes(std::span(block))));
    if (got == 0) return text;
    text.append(block.data(), got);
    if (text.size() > limit)
      return Error(Errc::kTooLarge, "a field of the form is too long");
  }
}

}  // namespace wsfs
