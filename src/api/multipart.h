#pragma once

#include <string>
#include <string_view>

#include "base/byte_stream.h"

namespace wsfs {

/// A multipart/form-data body: short fields, then one part with content that
/// is read piece by piece, so that the whole has a known length and is never
/// in memory (databricks-api.md §1.5). Holds a reference to `content`.
class MultipartBody final : public ByteSource {
 public:
  /// `boundary` must not occur in the content: 32 random hex digits.
  MultipartBody(std::string boundary, ByteSource& content);

  /// Before the first read. `value` may hold anything but the boundary.
  void AddField(std::string_view name, std::string_view value);
  /// After the last field: begins the part "content".
  void FinishFields();

  std::string ContentType() const;
  std::uint64_t size_bytes() const override;
  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override;

 private:
  std::string boundary_;
  ByteSource& content_;
  const std::uint64_t content_bytes_;
  std::string head_;
  std::string tail_;
};

/// 32 hex digits nobody can guess.
std::string RandomBoundary();

}  // namespace wsfs
