#include "store/bodies.h"

#include <algorithm>

#include "store/digest.h"

namespace wsfs {
namespace {

constexpr std::size_t kPieceBytes = 131'072;

Error TooShort() {
  return {Errc::kCorrupt,
          "a stored content is shorter than it was: the disk lost bytes"};
}

}  // namespace

Result<std::size_t> MemoryBody::ReadAt(std::uint64_t offset,
                                       std::span<std::byte> into) {
  if (offset >= bytes_->size()) return std::size_t{0};
  const auto part = BytesOf(*bytes_).subspan(offset);
  const std::size_t length = std::min(into.size(), part.size());
  std::ranges::copy(part.first(length), into.begin());
  return length;
}

Result<std::size_t> FileBody::ReadAt(std::uint64_t offset,
                                     std::span<std::byte> into) {
  if (offset >= size_bytes_) return std::size_t{0};
  const std::size_t length =
      std::min<std::uint64_t>(into.size(), size_bytes_ - offset);
  WSFS_TRY(const std::size_t got, file_->ReadAt(offset, into.first(length)));
  if (got < length) return TooShort();
  return got;
}

Result<std::string> ReadWhole(HostFile& file, std::uint64_t size_bytes) {
  std::string text(size_bytes, '\0');
  WSFS_TRY(const std::size_t got,
           file.ReadAt(0, std::as_writable_bytes(std::span(text))));
  if (got < size_bytes) return TooShort();
  return text;
}

Result<Content::Digest> DigestOfFile(HostFile& file, std::uint64_t size_bytes) {
  ContentDigester digester;
  std::vector<std::byte> room(std::min<std::uint64_t>(size_bytes, kPieceBytes));
  std::uint64_t at = 0;
  while (at < size_bytes) {
    const auto part = std::span(room).first(
        std::min<std::uint64_t>(room.size(), size_bytes - at));
    WSFS_TRY(const std::size_t got, file.ReadAt(at, part));
    if (got < part.size()) return TooShort();
    digester.Update(part);
    at += got;
  }
  return digester.Finish([&] { return ReadWhole(file, size_bytes); });
}

Result<Header> HeaderOfFile(HostFile& file) {
  std::string start(kHeaderLookBytes, '\0');
  WSFS_TRY(const std::size_t got,
           file.ReadAt(0, std::as_writable_bytes(std::span(start))));
  start.resize(got);
  return DetectHeader(start);
}

}  // namespace wsfs
