#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"

namespace wsfs {

/// The bytes of one version of one object: immutable, shared by the tree and
/// by every answer that is still sending them. Thread-safe.
class StoredContent {
 public:
  virtual ~StoredContent() = default;

  std::uint64_t size_bytes() const { return size_bytes_; }
  const Hash& hash() const { return hash_; }
  /// Its number on disk; 0 in memory.
  std::uint64_t number() const { return number_; }

  /// Fewer bytes than asked only at the end. kIo.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset,
                                     std::span<std::byte> into) const = 0;

  /// No tree names it any more: the file goes with the last reader.
  void Drop() const { dropped_ = true; }

 protected:
  StoredContent(std::uint64_t size_bytes, const Hash& hash,
                std::uint64_t number)
      : size_bytes_(size_bytes), hash_(hash), number_(number) {}
  bool dropped() const { return dropped_; }

 private:
  std::uint64_t size_bytes_;
  Hash hash_;
  std::uint64_t number_;
  mutable std::atomic<bool> dropped_ = false;
};

using ContentPtr = std::shared_ptr<const StoredContent>;

/// All of it as one string; for notebooks and small answers.
Result<std::string> ReadAll(const StoredContent& content);
ContentPtr MemoryContent(std::string bytes);

/// A content being written. One thread at a time; destroyed unfinished, it
/// leaves nothing behind.
class ContentWriter {
 public:
  virtual ~ContentWriter() = default;
  virtual Result<void> Append(std::span<const std::byte> bytes) = 0;
  Result<void> Append(std::string_view text) {
    return Append(std::as_bytes(std::span(text)));
  }
  /// Once. On disk the bytes are power-safe when this returns.
  virtual Result<ContentPtr> Finish() = 0;
};

/// Where contents live: in memory, or one file each in a folder, so that a
/// 500 MB upload is never held in memory. Thread-safe.
class ContentStore {
 public:
  virtual ~ContentStore() = default;
  virtual Result<std::unique_ptr<ContentWriter>> Create() = 0;
  /// A content of an earlier run. kNotFound, kCorrupt (another size).
  virtual Result<ContentPtr> Reopen(std::uint64_t number,
                                    std::uint64_t size_bytes,
                                    const Hash& hash) = 0;
  /// After the last Reopen: removes what a crash left behind.
  virtual Result<void> RemoveStrangers() = 0;

  static std::unique_ptr<ContentStore> InMemory();
  /// In `folder`, made if missing.
  static Result<std::unique_ptr<ContentStore>> InFolder(
      const std::filesystem::path& folder);
};

}  // namespace wsfs
