#include "api/multipart.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <utility>

#include <fmt/format.h>

namespace wsfs {
namespace {

/// Copies what `text`, which begins at `at`, has of the bytes from `offset`.
std::size_t CopyFrom(std::string_view text, std::uint64_t offset,
                     std::span<std::byte> into) {
  if (offset >= text.size()) return 0;
  const std::string_view rest = text.substr(offset);
  const std::size_t count = std::min(rest.size(), into.size());
  std::memcpy(into.data(), rest.data(), count);
  return count;
}

}  // namespace

MultipartBody::MultipartBody(std::string boundary, ByteSource& content)
    : boundary_(std::move(boundary)),
      content_(content),
      content_bytes_(content.size_bytes()),
      tail_(fmt::format("\r\n--{}--\r\n", boundary_)) {}

void MultipartBody::AddField(std::string_view name, std::string_view value) {
  head_ += fmt::format(
      "--{}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n{}\r\n",
      boundary_, name, value);
}

void MultipartBody::FinishFields() {
  head_ += fmt::format(
      "--{}\r\nContent-Disposition: form-data; name=\"content\"; "
      "filename=\"content\"\r\nContent-Type: application/octet-stream\r\n\r\n",
      boundary_);
}

std::string MultipartBody::ContentType() const {
  return "multipart/form-data; boundary=" + boundary_;
}

std::uint64_t MultipartBody::size_bytes() const {
  return head_.size() + content_bytes_ + tail_.size();
}

Result<std::size_t> MultipartBody::ReadAt(std::uint64_t offset,
                                          std::span<std::byte> into) {
  std::size_t done = CopyFrom(head_, offset, into);
  const std::uint64_t content_end = head_.size() + content_bytes_;
  while (done < into.size() && offset + done < content_end) {
    const std::uint64_t at = offset + done - head_.size();
    const auto piece = into.subspan(done);
    const auto wanted =
        std::min<std::uint64_t>(piece.size(), content_bytes_ - at);
    WSFS_TRY(const std::size_t count, content_.ReadAt(at, piece.first(wanted)));
    done += count;
    // Shorter than it said: the caller sees that from the count.
    if (count == 0) return done;
  }
  if (offset + done >= content_end)
    done += CopyFrom(tail_, offset + done - content_end, into.subspan(done));
  return done;
}

std::string RandomBoundary() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(),
                     random());
}

}  // namespace wsfs
