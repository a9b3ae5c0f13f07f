#include <algorithm>
#include <chrono>
#include <utility>

#include "base/log.h"
#include "store/row_codec.h"
#include "store/store_db.h"

namespace wsfs {
namespace {

/// Closed bytes are on the platter after this at the latest.
constexpr std::chrono::seconds kSyncEvery{5};
/// A log longer than this is moved into the database.
constexpr std::uint64_t kLongLogBytes = 4ULL << 20U;
/// One longer than this, too, while writers wait: else it grows as long as
/// they write on.
constexpr std::uint64_t kTooLongLogBytes = 32ULL << 20U;

}  // namespace

Result<void> StoreDb::Barrier() {
  return SyncSealed();
}

Result<void> StoreDb::SyncSealed() {
  const auto unsynced = sealed_.Unsynced();
  if (!unsynced.empty()) {
    WSFS_RETURN_IF_ERROR(sealed_.SyncBytes(unsynced));
    const MutexLock lock(mutex_);
    WSFS_RETURN_IF_ERROR(MarkSynced(unsynced));
  }
  return SyncLog();
}

Result<void> StoreDb::SyncLog() {
  SealedFiles::Doomed doomed = sealed_.TakeDoomed();
  Result<void> synced;
  if (log_doubtful_.exchange(false)) {
    // After an fdatasync that failed the next one may succeed and mean
    // nothing (Linux forgets which pages it failed to write): the log's
    // transactions go to the database and are synced there.
    const MutexLock lock(mutex_);
    synced = writer_->Checkpoint(/*truncate=*/true);
  } else {
    synced = vfs_.SyncLog(catalogue_file_);
  }
  if (!synced.ok()) {
    log_doubtful_ = true;
    sealed_.GiveBack(std::move(doomed));
    return synced;
  }
  // The commits that let go of these files cannot be undone any more.
  sealed_.RemoveFiles(doomed);
  return {};
}

Result<void> StoreDb::MarkSynced(const std::vector<std::uint64_t>& bodies) {
  std::vector<std::uint64_t> sorted = bodies;
  std::ranges::sort(sorted);
  std::vector<Content> freed;
  auto done = writer_->Transact([&]() REQUIRES(mutex_) -> Result<void> {
    for (const std::uint64_t body : sorted) {
      WSFS_RETURN_IF_ERROR(mark_synced_.Run(body));
    }
    fallbacks_.Release(sorted);
    freed = fallbacks_.TakeFreed();
    for (const Content& content : freed) {
      Statement& remove =
          content.place == BodyPlace::kInline ? remove_body_ : remove_sealed_;
      WSFS_RETURN_IF_ERROR(remove.Run(content.body));
    }
    return fallbacks_.WriteRows();
  });
  if (!done.ok()) {
    fallbacks_.Rollback();
    return done;
  }
  fallbacks_.Commit();
  for (const std::uint64_t body : sorted) sealed_.MarkSynced(body);
  for (const Content& content : freed)
    if (content.place == BodyPlace::kSealed) sealed_.Forget(content.body);
  return {};
}

Result<void> StoreDb::NoteMove(std::uint64_t body, const Hash& hash) {
  {
    const MutexLock lock(mutex_);
    WSFS_RETURN_IF_ERROR(writer_->Transact([&]() REQUIRES(mutex_) {
      return note_move_.Run(Blob{BytesOf(hash)}, body);
    }));
  }
  return SyncLog();
}

void StoreDb::WakeIfLong() {
  if (!options_.background || vfs_.LogBytes(catalogue_file_) < kLongLogBytes)
    return;
  const MutexLock lock(background_mutex_);
  log_is_long_ = true;
  background_wake_.NotifyAll();
}

Result<void> StoreDb::CheckpointIfLong() {
  if (vfs_.LogBytes(catalogue_file_) < kLongLogBytes) return {};
  WSFS_TRY(const auto database,
           Database::Open(vfs_, catalogue_file_, Database::Use::kExisting));
  WSFS_RETURN_IF_ERROR(database->Checkpoint(/*truncate=*/false));
  if (vfs_.LogBytes(catalogue_file_) > kTooLongLogBytes) {
    const MutexLock lock(mutex_);
    WSFS_RETURN_IF_ERROR(writer_->Checkpoint(/*truncate=*/false));
  }
  return cache_->Checkpoint();
}

void StoreDb::RunBackground() {
  while (true) {
    {
      const MutexLock lock(background_mutex_);
      const auto until = std::chrono::steady_clock::now() + kSyncEvery;
      while (!stop_ && !log_is_long_ &&
             background_wake_.WaitUntil(background_mutex_, until)) {
      }
      if (stop_) return;
      log_is_long_ = false;
    }
    auto done = SyncSealed();
    if (done.ok()) done = CheckpointIfLong();
    if (!done.ok())
      Log(LogLevel::kError, "syncing the store: {}", done.error().message());
  }
}

void StoreDb::StopBackground() {
  {
    const MutexLock lock(background_mutex_);
    stop_ = true;
    background_wake_.NotifyAll();
  }
  background_.Join();
}

}  // namespace wsfs
