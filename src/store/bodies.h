#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/host_fs.h"
#include "store/contents.h"

namespace wsfs {

/// Bytes in memory: an inline or a small clean content.
class MemoryBody final : public Body {
 public:
  explicit MemoryBody(std::shared_ptr<const std::string> bytes)
      : bytes_(std::move(bytes)) {}
  std::uint64_t size_bytes() const override { return bytes_->size(); }
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override;

 private:
  std::shared_ptr<const std::string> bytes_;
};

/// The first `size_bytes` of a file. Holds it open, so that they stay
/// readable when its name is gone.
class FileBody final : public Body {
 public:
  FileBody(std::shared_ptr<HostFile> file, std::uint64_t size_bytes)
      : file_(std::move(file)), size_bytes_(size_bytes) {}
  std::uint64_t size_bytes() const override { return size_bytes_; }
  /// kCorrupt when the file is shorter than the content.
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override;
  HostFile& file() const { return *file_; }

 private:
  std::shared_ptr<HostFile> file_;
  std::uint64_t size_bytes_;
};

/// Bytes [0, size_bytes) of a file, in memory: small ones only.
Result<std::string> ReadWhole(HostFile& file, std::uint64_t size_bytes);
/// Hashes them without holding them.
Result<Content::Digest> DigestOfFile(HostFile& file, std::uint64_t size_bytes);
Result<Header> HeaderOfFile(HostFile& file);

}  // namespace wsfs
