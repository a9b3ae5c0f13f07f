#include "store/store.h"

#include <array>
#include <fstream>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "store/row_codec.h"
#include "store/schema.h"
#include "store/store_db.h"

namespace wsfs {
namespace {

constexpr std::array kFolders = {"staging", "sealed", "blobs"};

/// Of this boot of the machine; "" where the kernel does not tell.
std::string BootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

Store::Options Complete(Store::Options options) {
  if (options.boot_id.empty()) options.boot_id = BootId();
  return options;
}

}  // namespace

Result<std::unique_ptr<Store>> Store::Open(const Options& options) {
  return StoreDb::Open(options);
}

StoreDb::StoreDb(const Options& options)
    : options_(Complete(options)),
      host_(options.host != nullptr ? *options.host : RealHostFs()),
      catalogue_file_(options.directory / "catalogue.db"),
      vfs_(host_),
      staging_(host_, options.directory / "staging"),
      sealed_(host_, options.directory / "sealed"),
      fallbacks_(sealed_) {}

StoreDb::~StoreDb() {
  StopBackground();
}

Result<std::unique_ptr<Store>> StoreDb::Open(const Options& options) {
  std::unique_ptr<StoreDb> store(new StoreDb(options));
  WSFS_RETURN_IF_ERROR(store->MakeFolders());
  WSFS_RETURN_IF_ERROR(store->TakeLock());
  WSFS_RETURN_IF_ERROR(store->OpenParts());
  // What the sweep removes must not be named by a row that a power failure
  // would bring back.
  WSFS_RETURN_IF_ERROR(store->SyncLog());
  WSFS_RETURN_IF_ERROR(store->staging_.Sweep());
  WSFS_RETURN_IF_ERROR(store->sealed_.Sweep());
  if (options.background) {
    store->background_ =
        Thread("sync", [raw = store.get()] { raw->RunBackground(); });
  }
  return std::unique_ptr<Store>(std::move(store));
}

Result<void> StoreDb::MakeFolders() {
  const auto& directory = options_.directory;
  WSFS_TRY(const bool there, host_.Exists(directory / kFolders.back()));
  if (there) return {};
  WSFS_RETURN_IF_ERROR(host_.MakeDirectories(directory));
  for (const char* folder : kFolders) {
    WSFS_RETURN_IF_ERROR(host_.MakeDirectories(directory / folder));
  }
  WSFS_RETURN_IF_ERROR(host_.SyncDirectory(directory));
  // The folder's own entry, and those of the folders made above it.
  auto above = directory;
  for (int depth = 0; depth < 4 && above.has_relative_path(); ++depth) {
    above = above.parent_path();
    const auto synced = host_.SyncDirectory(above);
    if (!synced.ok() && synced.error().code() != Errc::kPermissionDenied)
      return synced;
  }
  return {};
}

Result<void> StoreDb::TakeLock() {
  WSFS_TRY(lock_file_,
           host_.Open(options_.directory / "lock", OpenMode::kCreate));
  WSFS_TRY(const bool mine, lock_file_->TryLock());
  if (mine) return {};
  return Error(Errc::kBusy, fmt::format("another wsfs engine uses the store {}",
                                        options_.directory.native()));
}

Result<void> StoreDb::OpenParts() {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(OpenWriter());
  WSFS_TRY(reader_, InlineReader::Open(vfs_, catalogue_file_));
  WSFS_TRY(cache_,
           Cache::Open(host_, vfs_,
                       {.directory = options_.directory,
                        .cap_bytes = options_.cache_cap_bytes,
                        .pinned = [this] { return sealed_.PinnedBlobs(); }}));
  MakeContents();
  WSFS_RETURN_IF_ERROR(LoadSealed());
  WSFS_RETURN_IF_ERROR(fallbacks_.Load());
  return NoteBoot();
}

void StoreDb::MakeContents() {
  contents_ = std::make_unique<ContentsDb>(ContentsDb::Parts{
      .staging = &staging_,
      .sealed = &sealed_,
      .prepared = &prepared_,
      .reader = reader_.get(),
      .cache = cache_.get(),
      .sync_sealed = [this] { return SyncSealed(); },
      .note_move = [this](std::uint64_t body,
                          const Hash& hash) { return NoteMove(body, hash); },
      .keeps =
          [this](const Content& content) {
            const MutexLock held(mutex_);
            return fallbacks_.Keeps(content);
          }});
}

Result<void> StoreDb::OpenWriter() {
  WSFS_TRY(writer_, OpenCatalogue(vfs_, catalogue_file_));
  WSFS_RETURN_IF_ERROR(nodes_.Prepare(*writer_));
  WSFS_RETURN_IF_ERROR(objects_.Prepare(*writer_));
  WSFS_RETURN_IF_ERROR(intents_.Prepare(*writer_));
  WSFS_RETURN_IF_ERROR(sides_.Prepare(*writer_));
  WSFS_RETURN_IF_ERROR(meta_.Prepare(*writer_));
  WSFS_RETURN_IF_ERROR(fallbacks_.Prepare(*writer_));
  return PrepareRows();
}

Result<void> StoreDb::PrepareRows() {
  WSFS_TRY(put_body_, writer_->Prepare("REPLACE INTO bodies VALUES (?, ?)"));
  WSFS_TRY(remove_body_, writer_->Prepare("DELETE FROM bodies WHERE id=?"));
  WSFS_TRY(put_sealed_,
           writer_->Prepare("REPLACE INTO sealed VALUES (?, ?, ?, ?, NULL)"));
  WSFS_TRY(remove_sealed_, writer_->Prepare("DELETE FROM sealed WHERE body=?"));
  WSFS_TRY(mark_synced_,
           writer_->Prepare("UPDATE sealed SET synced=1 WHERE body=?"));
  WSFS_TRY(note_move_,
           writer_->Prepare("UPDATE sealed SET blob=? WHERE body=?"));
  return {};
}

Result<void> StoreDb::LoadSealed() {
  WSFS_TRY(Statement row,
           writer_->Prepare("SELECT body, file, size_bytes, synced, blob "
                            "FROM sealed"));
  while (true) {
    WSFS_TRY(const bool more, row.Next());
    if (!more) return {};
    const auto body = row.Number<std::uint64_t>();
    const auto file = row.Number<std::uint64_t>();
    const auto size = row.Number<std::uint64_t>();
    const bool synced = row.Flag();
    std::optional<Hash> blob;
    if (const auto bytes = row.MaybeBytes()) {
      WSFS_TRY(blob, DecodeHash(*bytes));
      // Noted, but did the file move before the end came?
      WSFS_TRY(const bool stayed, host_.Exists(sealed_.PathOf(file)));
      if (stayed) blob.reset();
    }
    sealed_.Load(body, file, size, synced, blob);
  }
}

Result<void> StoreDb::NoteBoot() {
  WSFS_TRY(const auto boot, meta_.Get("boot_id"));
  other_boot_ = !boot || boot->empty() || *boot != options_.boot_id;
  return {};
}

Result<std::optional<StoreIdentity>> StoreDb::Identity() {
  const MutexLock lock(mutex_);
  WSFS_TRY(const auto host, meta_.Get("host"));
  if (!host) return std::optional<StoreIdentity>();
  WSFS_TRY(const auto credential, meta_.Get("credential_hash"));
  WSFS_TRY(const auto user, meta_.Get("user_name"));
  WSFS_TRY(const auto workspace, meta_.Get("workspace_id"));
  return std::optional(StoreIdentity{.host = *host,
                                     .credential_hash = credential.value_or(""),
                                     .user_name = user.value_or(""),
                                     .workspace_id = workspace.value_or("")});
}

Result<void> StoreDb::SetIdentity(const StoreIdentity& identity) {
  const MutexLock lock(mutex_);
  return writer_->Transact([&]() REQUIRES(mutex_) -> Result<void> {
    WSFS_RETURN_IF_ERROR(meta_.Put("host", identity.host));
    WSFS_RETURN_IF_ERROR(
        meta_.Put("credential_hash", identity.credential_hash));
    WSFS_RETURN_IF_ERROR(meta_.Put("user_name", identity.user_name));
    return meta_.Put("workspace_id", identity.workspace_id);
  });
}

Result<std::vector<Notice>> StoreDb::RecentNotices(std::size_t limit) {
  const MutexLock lock(mutex_);
  return meta_.Notices(limit);
}

Result<std::vector<TrashItem>> StoreDb::Trash() {
  const MutexLock lock(mutex_);
  return meta_.Trash();
}

Result<DiskSpace> StoreDb::Space() {
  return host_.Space(options_.directory);
}

Result<void> StoreDb::Close() {
  StopBackground();
  {
    const MutexLock lock(mutex_);
    if (closed_) return {};
    closed_ = true;
  }
  WSFS_RETURN_IF_ERROR(Barrier());
  WSFS_RETURN_IF_ERROR(cache_->Close());
  const MutexLock lock(mutex_);
  return writer_->Checkpoint(/*truncate=*/true);
}

}  // namespace wsfs
