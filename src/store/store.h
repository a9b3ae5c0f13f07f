#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/host_fs.h"
#include "base/result.h"
#include "store/catalogue.h"
#include "store/contents.h"

namespace wsfs {

/// How hard a commit is (design.md §3, *Power*).
enum class Durability : std::uint8_t {
  kProcess,  ///< Survives the death of the daemon: WAL, synchronous=NORMAL.
  kPower,    ///< Survives power loss: synchronous=FULL.
};

/// What is remembered of the workspace the store belongs to, so that a start
/// offline needs no call (design.md §2).
struct StoreIdentity {
  std::string host;
  std::string credential_hash;  ///< Hex SHA-256 of the token.
  std::string user_name;
  std::string workspace_id;
};

/// A content known by (path, object id, modified_at): its size once learned is
/// known for life (design.md §3).
struct KnownSize {
  std::string path;
  Version version;
  std::uint64_t size_bytes = 0;
};

/// Bytes that were set aside and never deleted by us at once: a start removes
/// those that are older than 30 days.
struct TrashItem {
  std::string path;
  Content content;
  PlanMillis at = 0;
};

/// The cache of contents: what it holds now, and what happened since the start.
/// Value type.
struct CacheCounts {
  std::uint64_t small_bytes = 0;
  std::uint64_t blob_bytes = 0;
  std::uint64_t cap_bytes = 0;
  std::uint64_t hits = 0;       ///< Contents opened from it.
  std::uint64_t misses = 0;     ///< Contents it had dropped when asked for.
  std::uint64_t evictions = 0;  ///< Contents dropped to make room.
  std::uint64_t damaged = 0;    ///< Contents that failed their check.
};

/// The engine's folder: catalogue database, cache database, staging/, sealed/,
/// blobs/, and the lock that makes it one engine's (design.md §2, §10).
///
///   DIR/lock          flock: one engine each
///   DIR/catalogue.db  rows, side tables, inline dirty bodies (SQLite, WAL)
///   DIR/cache.db      small clean contents, known sizes; may be deleted
///   DIR/staging/ DIR/sealed/ DIR/blobs/
///
/// Folders 0700, files 0600. All I/O, SQLite's included, goes through HostFs.
/// Resource type: one per engine. Write() is for one thread at a time (the
/// catalogue lock); the rest is thread-safe.
class Store {
 public:
  struct Options {
    std::filesystem::path directory;
    HostFs* host = nullptr;  ///< RealHostFs() when null.
    std::uint64_t cache_cap_bytes = 10ULL << 30U;
    /// Tells a restart of the program from one of the machine, after which
    /// unsynced bytes are doubted; the kernel's boot id when empty.
    std::string boot_id;
    /// A thread that checkpoints and, every 5 s, syncs sealed files. Without
    /// it only Close(), SyncSealed() and Barrier() do (crash tests).
    bool background = true;
  };

  /// Opens or makes the store, takes the lock, upgrades the schema, removes
  /// what an unclean end left over. kBusy when another engine holds it;
  /// kCorrupt, kUnsupported (made by a newer wsfs) with a sentence.
  static Result<std::unique_ptr<Store>> Open(const Options& options);
  virtual ~Store() = default;

  /// Reads all rows into an empty catalogue. Then the recovery of
  /// planner.md §12 (e) that needs no rule: open generations are gone. A clean
  /// content that the cache has no more is not named, only its size.
  virtual Result<void> Load(Catalogue& catalogue) = 0;

  /// Writes what the catalogue's open transaction changed, in one transaction
  /// of the database. On success the caller commits the catalogue, on failure
  /// it rolls back: the disk then holds what it held before. Contents in
  /// `changes.dropped` are forgotten after the commit. With kPower the sealed
  /// contents the changed rows name are synced too.
  virtual Result<void> Write(const Catalogue& catalogue, const Changes& changes,
                             Durability durability) = 0;

  /// Everything whose Write() has returned is power-safe after this: the log
  /// is synced and so are the sealed files. Holds no lock of the database
  /// while it waits for the disk, so others go on writing: Write(kProcess)
  /// under the catalogue lock and Barrier() after it is the way to make an
  /// intent power-safe (docs/decisions/0007-barrier.md).
  virtual Result<void> Barrier() = 0;

  virtual Contents& contents() = 0;

  virtual Result<std::optional<StoreIdentity>> Identity() = 0;
  virtual Result<void> SetIdentity(const StoreIdentity& identity) = 0;

  virtual Result<std::optional<std::uint64_t>> FindSize(
      const std::string& path, const Version& version) = 0;
  virtual Result<void> RememberSize(const KnownSize& known) = 0;

  virtual Result<std::vector<Notice>> RecentNotices(std::size_t limit) = 0;
  virtual Result<std::vector<TrashItem>> Trash() = 0;

  /// Of the disk the store lies on.
  virtual Result<DiskSpace> Space() = 0;

  virtual CacheCounts CountCache() = 0;

  /// Drops every clean content that nobody reads (`wsfs` debug, tests).
  virtual Result<void> DropCache() = 0;

  /// Marks a clean end; syncs and closes.
  virtual Result<void> Close() = 0;
};

}  // namespace wsfs
