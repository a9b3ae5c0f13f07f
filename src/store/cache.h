#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/host_fs.h"
#include "base/result.h"
#include "base/sync.h"
#include "store/sqlite.h"

namespace wsfs {

struct CacheCounts;
struct KnownSize;
struct Version;

/// Clean contents: small ones in cache.db, larger ones as blobs/HASH. All of
/// it can be fetched again, so nothing here is fsynced, a damaged database is
/// made anew, and a damaged content is dropped and not found.
///
/// Of the cap a quarter is for small contents, the rest for blobs; in each the
/// least recently used go first. Blobs also go while the disk has less free
/// space than the floor.
///
/// Resource type, part of the store. Thread-safe; one lock, held over
/// database calls and renames, never over reading or hashing a blob.
class Cache {
 public:
  struct Options {
    std::filesystem::path directory;
    std::uint64_t cap_bytes = 0;
    /// Blobs that must stay (SealedFiles::PinnedBlobs).
    std::function<std::set<Hash>()> pinned;
  };
  static Result<std::unique_ptr<Cache>> Open(HostFs& host, const SqliteVfs& vfs,
                                             Options options);
  ~Cache();

  Result<void> PutSmall(const Hash& hash, const std::string& bytes)
      EXCLUDES(mutex_);
  /// kNotFound when it is not there or its bytes are damaged.
  Result<std::string> GetSmall(const Hash& hash) EXCLUDES(mutex_);
  bool HoldsSmall(const Hash& hash) EXCLUDES(mutex_);

  std::filesystem::path BlobPath(const Hash& hash) const;
  /// Moves `file` in as the blob `hash`, whose bytes the caller has hashed.
  Result<void> TakeBlob(const std::filesystem::path& file, const Hash& hash,
                        std::uint64_t size_bytes) EXCLUDES(mutex_);
  /// The caller has put the file there itself (SealedFiles::MoveToBlob).
  void AddBlob(const Hash& hash, std::uint64_t size_bytes) EXCLUDES(mutex_);
  /// One that is pinned, whether or not AddBlob() came already.
  Result<std::shared_ptr<HostFile>> OpenPinnedBlob(const Hash& hash);
  /// Checks the hash at first use after a start. kNotFound as GetSmall.
  Result<std::shared_ptr<HostFile>> OpenBlob(const Hash& hash) EXCLUDES(mutex_);
  bool HoldsBlob(const Hash& hash) EXCLUDES(mutex_);

  Result<std::optional<std::uint64_t>> FindSize(const std::string& path,
                                                const Version& version)
      EXCLUDES(mutex_);
  Result<void> RememberSize(const KnownSize& known) EXCLUDES(mutex_);

  CacheCounts Counts() EXCLUDES(mutex_);
  /// Removes all that is not pinned.
  Result<void> Drop() EXCLUDES(mutex_);
  /// Keeps the order of use for the next start, and moves the log.
  Result<void> Close() EXCLUDES(mutex_);
  Result<void> Checkpoint() EXCLUDES(mutex_);

 private:
  struct Held {
    std::uint64_t size_bytes = 0;
    std::int64_t used = 0;
    bool verified = false;
  };
  struct HashOfHash {
    std::size_t operator()(const Hash& hash) const;
  };
  struct Statements;

  Cache(HostFs& host, const SqliteVfs& vfs, Options options);
  Result<void> OpenDatabase() REQUIRES(mutex_);
  Result<void> LoadBlobs() REQUIRES(mutex_);
  Result<void> EvictBlobs() REQUIRES(mutex_);
  Result<void> EvictSmall() REQUIRES(mutex_);
  Result<void> RemoveBlob(const Hash& hash) REQUIRES(mutex_);
  Result<bool> BelowFloor() const;
  /// What to answer for a content that is not there; counts it.
  Error Missed();
  Result<void> InsertSmall(const Hash& hash, const std::string& bytes)
      REQUIRES(mutex_);
  /// Says whether `result` failed because the database is damaged, and makes
  /// it anew then.
  bool Heal(const Result<void>& result) REQUIRES(mutex_);
  Result<void> FlushUses() REQUIRES(mutex_);

  /// Of CacheCounts.
  struct Tally {
    std::atomic<std::uint64_t> hits = 0;
    std::atomic<std::uint64_t> misses = 0;
    std::atomic<std::uint64_t> evictions = 0;
    std::atomic<std::uint64_t> damaged = 0;
  };

  HostFs& host_;
  const SqliteVfs& vfs_;
  const Options options_;
  Tally tally_;
  Mutex mutex_;
  std::unique_ptr<Database> database_ GUARDED_BY(mutex_);
  std::unique_ptr<Statements> statements_ GUARDED_BY(mutex_);
  std::unordered_map<Hash, Held, HashOfHash> blobs_ GUARDED_BY(mutex_);
  std::uint64_t blob_bytes_ GUARDED_BY(mutex_) = 0;
  std::uint64_t small_bytes_ GUARDED_BY(mutex_) = 0;
  std::int64_t use_ GUARDED_BY(mutex_) = 0;
  /// Rows of `small` read since the last write: their use is written with it.
  std::set<std::int64_t> small_used_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
