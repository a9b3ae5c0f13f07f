#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace wsfs {

/// An open file of this machine. Resource type, owned by `unique_ptr`.
/// Thread-safe: every call names its offset.
///
/// Failures: kIo, kNoSpace (disk or quota full), kReadOnly.
class HostFile {
 public:
  virtual ~HostFile() = default;

  /// Reads up to `into.size()` bytes; fewer only at the end of the file.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset,
                                     std::span<std::byte> into) = 0;
  /// Writes all of `bytes`; a hole is left where the file was shorter.
  virtual Result<void> WriteAt(std::uint64_t offset,
                               std::span<const std::byte> bytes) = 0;
  virtual Result<void> Truncate(std::uint64_t size_bytes) = 0;
  virtual Result<std::uint64_t> Size() = 0;
  /// fdatasync: after it the bytes and the size survive power loss.
  virtual Result<void> Sync() = 0;
  /// flock(LOCK_EX | LOCK_NB): false when another process holds it.
  virtual Result<bool> TryLock() = 0;
  /// Copies `length` bytes of `from` here at the same offsets, by reflink or
  /// copy_file_range where the disk can. Holes stay holes where possible.
  virtual Result<void> CopyFrom(HostFile& from, std::uint64_t length) = 0;
  /// SEEK_DATA / SEEK_HOLE; the offset, or `size` when there is none after.
  virtual Result<std::uint64_t> SeekData(std::uint64_t offset) = 0;
  virtual Result<std::uint64_t> SeekHole(std::uint64_t offset) = 0;
  /// fallocate(2) with `mode`; kUnsupported when the disk cannot.
  virtual Result<void> Allocate(int mode, std::uint64_t offset,
                                std::uint64_t length) = 0;
};

enum class OpenMode : std::uint8_t {
  kRead,
  kReadWrite,
  kCreate,     ///< Read and write; made if missing.
  kCreateNew,  ///< Read and write; kAlreadyExists if it is there.
};

struct DiskSpace {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
};

/// The files of this machine: the seam to its disk. Real in
/// `RealHostFs()`, in memory and failing at a chosen step in
/// testing/fault_fs.h. Everything the store keeps goes through it, SQLite
/// included, so that crash tests can stop at every write (style.md §3.7).
///
/// Thread-safe. Files are made 0600, directories 0700.
class HostFs {
 public:
  using Path = std::filesystem::path;
  virtual ~HostFs() = default;

  virtual Result<std::unique_ptr<HostFile>> Open(const Path& path,
                                                 OpenMode mode) = 0;
  /// kNotFound if missing.
  virtual Result<std::uint64_t> SizeOf(const Path& path) = 0;
  virtual Result<bool> Exists(const Path& path) = 0;
  virtual Result<void> Remove(const Path& path) = 0;
  virtual Result<void> Rename(const Path& from, const Path& to) = 0;
  /// mkdir -p.
  virtual Result<void> MakeDirectories(const Path& path) = 0;
  /// Names in a directory, without "." and "..", in no order.
  virtual Result<std::vector<std::string>> List(const Path& path) = 0;
  /// fsync of the directory itself: what was renamed into it stays.
  virtual Result<void> SyncDirectory(const Path& path) = 0;
  virtual Result<DiskSpace> Space(const Path& path) = 0;
};

HostFs& RealHostFs();

}  // namespace wsfs
