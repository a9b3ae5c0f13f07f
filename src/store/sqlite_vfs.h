#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "base/host_fs.h"
#include "base/result.h"

namespace wsfs {

/// SQLite's way to the disk, over HostFs, so that a crash test stops at each
/// of its writes too (design.md §3).
///
/// Connections of this process share the WAL index and the file locks in
/// memory: no -shm file, no fcntl locks. Another process must be kept out by
/// other means (the store's `lock` file).
///
/// Resource type: outlives every connection opened through it. Thread-safe.
class SqliteVfs {
 public:
  explicit SqliteVfs(HostFs& host);
  ~SqliteVfs();
  SqliteVfs(const SqliteVfs&) = delete;
  SqliteVfs& operator=(const SqliteVfs&) = delete;

  /// For sqlite3_open_v2.
  const std::string& name() const;

  /// fdatasync of the write-ahead log of `database`: every transaction that
  /// was committed before it began is power-safe afterwards. Holds no lock of
  /// SQLite's, so that other commits go on meanwhile, and those that waited
  /// for one sync share the next.
  Result<void> SyncLog(const std::filesystem::path& database);

  /// Size of the write-ahead log of `database`; 0 when there is none.
  std::uint64_t LogBytes(const std::filesystem::path& database);

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace wsfs
