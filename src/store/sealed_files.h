#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/host_fs.h"
#include "base/result.h"
#include "base/sync.h"

namespace wsfs {

/// A file under sealed/: the bytes of one or more sealed contents, each a
/// prefix of it (an append makes the next one longer and copies nothing).
/// All fields are guarded by the SealedFiles that made it.
struct SealedFile {
  std::uint64_t number = 0;   ///< Its name; the first body's number.
  std::uint64_t longest = 0;  ///< Bytes up to here never change.
  int bodies = 0;
  bool extended = false;  ///< A draft writes beyond `longest`.
  bool removed = false;   ///< Its name is gone.
  std::weak_ptr<HostFile> open;
};

/// What is known of one sealed content that lies in a file.
struct SealedBody {
  std::shared_ptr<SealedFile> file;
  std::uint64_t size_bytes = 0;
  bool synced = false;    ///< Its bytes are on the platter.
  bool recorded = false;  ///< The table `sealed` has a row for it.
  /// Its bytes went to blobs/ under this name; the row that names it is about
  /// to follow (Contents::MakeClean).
  std::optional<Hash> blob;
};

/// The files under sealed/ and which contents lie in them.
///
/// A file whose last body was forgotten is not removed at once: the commit
/// that let go of it may not have reached the disk yet, and after a power
/// failure its row would be there again. It is *doomed*, and removed once a
/// power-safe commit came after (TakeDoomed, RemoveFiles).
///
/// Resource type, part of the store. Thread-safe; a leaf lock.
class SealedFiles {
 public:
  SealedFiles(HostFs& host, std::filesystem::path folder)
      : host_(host), folder_(std::move(folder)) {}

  /// At open: a row of the table.
  void Load(std::uint64_t body, std::uint64_t file, std::uint64_t size_bytes,
            bool synced, const std::optional<Hash>& blob) EXCLUDES(mutex_);
  /// Removes what lies in the folder and belongs to no body.
  Result<void> Sweep() EXCLUDES(mutex_);

  /// Moves `staged` here as the bytes of `body`; `draft` goes on writing it.
  Result<std::shared_ptr<SealedFile>> Take(
      const std::filesystem::path& staged,
      const std::shared_ptr<HostFile>& handle, std::uint64_t body,
      std::uint64_t size_bytes) EXCLUDES(mutex_);
  /// One more body in a file that has grown; false when its name is gone.
  bool Extend(const std::shared_ptr<SealedFile>& file, std::uint64_t body,
              std::uint64_t size_bytes) EXCLUDES(mutex_);
  /// The file of `body`, to be written on beyond its end by one draft; null
  /// when it has another writer or `body` is not its longest.
  std::shared_ptr<SealedFile> BeginExtending(std::uint64_t body)
      EXCLUDES(mutex_);
  void EndExtending(const std::shared_ptr<SealedFile>& file) EXCLUDES(mutex_);
  std::uint64_t LengthOf(const SealedFile& file) const EXCLUDES(mutex_);

  std::optional<SealedBody> Find(std::uint64_t body) const EXCLUDES(mutex_);
  Result<std::shared_ptr<HostFile>> Open(const SealedBody& body)
      EXCLUDES(mutex_);
  void MarkRecorded(std::uint64_t body) EXCLUDES(mutex_);
  void MarkSynced(std::uint64_t body) EXCLUDES(mutex_);
  /// Recorded bodies whose bytes may be lost with the power.
  std::vector<std::uint64_t> Unsynced() const EXCLUDES(mutex_);
  /// fdatasync of their files, and of the folder.
  Result<void> SyncBytes(const std::vector<std::uint64_t>& bodies)
      EXCLUDES(mutex_);

  /// No row names the body any more.
  void Forget(std::uint64_t body) EXCLUDES(mutex_);
  struct Doomed {
    std::vector<std::shared_ptr<SealedFile>> files;
    std::vector<Hash> blobs;  ///< Were pinned for a body that moved there.
  };
  /// Everything doomed so far; give it back when the commit fails.
  Doomed TakeDoomed() EXCLUDES(mutex_);
  void GiveBack(Doomed doomed) EXCLUDES(mutex_);
  void RemoveFiles(const Doomed& doomed) EXCLUDES(mutex_);

  /// Moves the only body of a file to `blob` (for MakeClean). False when the
  /// file has other bodies, a draft, or more bytes.
  Result<bool> MoveToBlob(std::uint64_t body, const Hash& hash,
                          const std::filesystem::path& blob) EXCLUDES(mutex_);
  /// Files that a body moved to: never evicted.
  std::set<Hash> PinnedBlobs() const EXCLUDES(mutex_);

  std::filesystem::path PathOf(std::uint64_t number) const;

 private:
  HostFs& host_;
  const std::filesystem::path folder_;
  mutable Mutex mutex_;
  std::unordered_map<std::uint64_t, SealedBody> bodies_ GUARDED_BY(mutex_);
  std::map<std::uint64_t, std::shared_ptr<SealedFile>> files_
      GUARDED_BY(mutex_);
  std::set<std::uint64_t> unsynced_ GUARDED_BY(mutex_);
  Doomed doomed_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
