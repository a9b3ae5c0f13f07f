#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/sync.h"
#include "base/thread.h"
#include "store/cache.h"
#include "store/catalogue_rows.h"
#include "store/contents_db.h"
#include "store/fallbacks.h"
#include "store/side_rows.h"
#include "store/store.h"

namespace wsfs {

/// The one form of Store. Locks, in this order: the writer lock (over one
/// transaction), then the leaf locks of its parts. Nobody waits for fdatasync
/// under the writer lock but Write(kPower).
class StoreDb final : public Store {
 public:
  static Result<std::unique_ptr<Store>> Open(const Options& options);
  ~StoreDb() override;
  StoreDb(const StoreDb&) = delete;
  StoreDb& operator=(const StoreDb&) = delete;

  Result<void> Load(Catalogue& catalogue) override EXCLUDES(mutex_);
  Result<void> Write(const Catalogue& catalogue, const Changes& changes,
                     Durability durability) override EXCLUDES(mutex_);
  Result<void> Barrier() override EXCLUDES(mutex_);
  Contents& contents() override { return *contents_; }
  Result<std::optional<StoreIdentity>> Identity() override EXCLUDES(mutex_);
  Result<void> SetIdentity(const StoreIdentity& identity) override
      EXCLUDES(mutex_);
  Result<std::optional<std::uint64_t>> FindSize(
      const std::string& path, const Version& version) override {
    return cache_->FindSize(path, version);
  }
  Result<void> RememberSize(const KnownSize& known) override {
    return cache_->RememberSize(known);
  }
  Result<std::vector<Notice>> RecentNotices(std::size_t limit) override
      EXCLUDES(mutex_);
  Result<std::vector<TrashItem>> Trash() override EXCLUDES(mutex_);
  Result<DiskSpace> Space() override;
  CacheCounts CountCache() override { return cache_->Counts(); }
  Result<void> DropCache() override { return cache_->Drop(); }
  Result<void> Close() override EXCLUDES(mutex_);

 private:
  explicit StoreDb(const Options& options);

  // store.cc: opening.
  Result<void> MakeFolders();
  Result<void> TakeLock();
  Result<void> OpenParts() EXCLUDES(mutex_);
  void MakeContents() REQUIRES(mutex_);
  Result<void> OpenWriter() REQUIRES(mutex_);
  Result<void> PrepareRows() REQUIRES(mutex_);
  Result<void> LoadSealed() REQUIRES(mutex_);
  Result<void> NoteBoot() REQUIRES(mutex_);

  // store_load.cc: the catalogue, and what a power failure did to it.
  Result<bool> IsSound(const Content& content) REQUIRES(mutex_);
  void ForgetIfDropped(Node& node) REQUIRES(mutex_);
  /// A node whose last save was lost with the power.
  struct Fallen {
    NodeId node = kNoNode;
    Content content;   ///< Of that save.
    bool kept = true;  ///< Something is left of it.
  };
  Result<void> LoadObjects(Catalogue& catalogue) REQUIRES(mutex_);
  /// Those that are older in `catalogue` than on disk: not written down yet.
  Result<std::vector<Fallen>> LoadNodes(Catalogue& catalogue) REQUIRES(mutex_);
  Result<void> LoadSides(Catalogue& catalogue) REQUIRES(mutex_);
  Fallen FallBack(Node& node, Content unsound) REQUIRES(mutex_);
  Result<void> RecordFallen(const Catalogue& catalogue,
                            const std::vector<Fallen>& fallen) REQUIRES(mutex_);
  Result<void> RecordOneFallen(const Node& node, const Fallen& fallen,
                               const Catalogue& catalogue) REQUIRES(mutex_);

  Result<void> EmptyOldTrash() REQUIRES(mutex_);
  void NoteNamed(const std::optional<Content>& content) REQUIRES(mutex_);

  // store_write.cc: one transaction.
  struct Batch;
  Result<void> WriteBatch(Batch& batch) REQUIRES(mutex_);
  Result<void> WriteNodes(Batch& batch) REQUIRES(mutex_);
  Result<void> WriteObjects(Batch& batch) REQUIRES(mutex_);
  Result<void> WriteContent(Batch& batch, const Content& content)
      REQUIRES(mutex_);
  Result<void> WriteDropped(Batch& batch) REQUIRES(mutex_);
  Result<void> RemoveContent(Batch& batch, const Content& content)
      REQUIRES(mutex_);
  Result<void> WriteSides(Batch& batch) REQUIRES(mutex_);
  Result<void> CommitBatch(Batch& batch, Durability durability)
      REQUIRES(mutex_);
  void Settle(Batch& batch) REQUIRES(mutex_);
  Result<void> SyncNamed(const Catalogue& catalogue, const Changes& changes)
      EXCLUDES(mutex_);

  // store_sync.cc: durability and the background.
  Result<void> SyncSealed() EXCLUDES(mutex_);
  Result<void> SyncLog() EXCLUDES(mutex_);
  Result<void> NoteMove(std::uint64_t body, const Hash& hash) EXCLUDES(mutex_);
  Result<void> MarkSynced(const std::vector<std::uint64_t>& bodies)
      REQUIRES(mutex_);
  void RunBackground() EXCLUDES(background_mutex_);
  Result<void> CheckpointIfLong();
  void WakeIfLong() EXCLUDES(background_mutex_);
  void StopBackground() EXCLUDES(background_mutex_);

  const Options options_;
  HostFs& host_;
  const std::filesystem::path catalogue_file_;
  std::unique_ptr<HostFile> lock_file_;
  SqliteVfs vfs_;
  Staging staging_;
  SealedFiles sealed_;
  PreparedBodies prepared_;
  std::unique_ptr<Cache> cache_;
  std::unique_ptr<InlineReader> reader_;
  std::unique_ptr<ContentsDb> contents_;

  Mutex mutex_;
  std::unique_ptr<Database> writer_ GUARDED_BY(mutex_);
  NodeRows nodes_ GUARDED_BY(mutex_);
  ObjectRows objects_ GUARDED_BY(mutex_);
  IntentRows intents_ GUARDED_BY(mutex_);
  SideRows sides_ GUARDED_BY(mutex_);
  MetaRows meta_ GUARDED_BY(mutex_);
  Fallbacks fallbacks_ GUARDED_BY(mutex_);
  Statement put_body_ GUARDED_BY(mutex_);
  Statement remove_body_ GUARDED_BY(mutex_);
  Statement put_sealed_ GUARDED_BY(mutex_);
  Statement remove_sealed_ GUARDED_BY(mutex_);
  Statement mark_synced_ GUARDED_BY(mutex_);
  Statement note_move_ GUARDED_BY(mutex_);
  /// No id below this is given out after a restart.
  std::uint64_t reserved_ids_ GUARDED_BY(mutex_) = 0;
  bool other_boot_ GUARDED_BY(mutex_) = false;
  /// While loading: bodies that a row of the catalogue names.
  std::unordered_set<std::uint64_t> named_ GUARDED_BY(mutex_);
  bool closed_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> log_doubtful_ = false;  ///< A sync of it failed.

  Mutex background_mutex_;
  CondVar background_wake_;
  bool stop_ GUARDED_BY(background_mutex_) = false;
  bool log_is_long_ GUARDED_BY(background_mutex_) = false;
  Thread background_;
};

}  // namespace wsfs
