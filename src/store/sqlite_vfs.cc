#include "store/sqlite_vfs.h"

#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/random.h>

#include "base/check.h"
#include "base/sync.h"
#include "store/sqlite_locks.h"

namespace wsfs {

struct SqliteVfs::State {
  explicit State(HostFs& disk) : host(disk) {}
  /// fsync of the folder, once after a file was made in it.
  Result<void> SyncEntry(const std::string& path);

  HostFs& host;
  std::string name;
  sqlite3_vfs vfs{};
  Mutex mutex;
  std::map<std::string, std::weak_ptr<SqliteLocks>> locks GUARDED_BY(mutex);
  /// The write-ahead logs, as their last opener opened them.
  std::map<std::string, std::shared_ptr<HostFile>> logs GUARDED_BY(mutex);
  /// Files whose directory entry is not known to be on disk.
  std::set<std::string> unsynced_entries GUARDED_BY(mutex);
};

namespace {

using State = SqliteVfs::State;

/// What SQLite hands back to us as its sqlite3_file.
struct OpenFile {
  sqlite3_file base{};
  State* state = nullptr;
  std::string path;
  std::shared_ptr<HostFile> file;
  std::shared_ptr<SqliteLocks> locks;
  SqliteLocks::Holder holder;
};

OpenFile& Of(sqlite3_file* file) {
  return *reinterpret_cast<OpenFile*>(file);  // NOLINT: SQLite's way.
}

State& Of(sqlite3_vfs* vfs) {
  return *static_cast<State*>(vfs->pAppData);
}

/// `otherwise` unless the error has a code of SQLite's own.
int CodeOf(const Error& error, int otherwise) {
  switch (error.code()) {
    case Errc::kNoSpace:
    case Errc::kTooLarge: return SQLITE_FULL;
    case Errc::kReadOnly: return SQLITE_READONLY;
    default: return otherwise;
  }
}

int Close(sqlite3_file* file) {
  OpenFile& self = Of(file);
  self.locks->Unmap(self.holder);
  self.locks->Unlock(self.holder, SqliteLocks::kNone);
  std::destroy_at(&self);
  return SQLITE_OK;
}

int Read(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) {
  const std::span room(static_cast<std::byte*>(into),
                       static_cast<std::size_t>(amount));
  const auto got =
      Of(file).file->ReadAt(static_cast<std::uint64_t>(offset), room);
  if (!got.ok()) return SQLITE_IOERR_READ;
  if (*got == room.size()) return SQLITE_OK;
  // SQLite wants the rest to be zeros.
  std::ranges::fill(room.subspan(*got), std::byte{0});
  return SQLITE_IOERR_SHORT_READ;
}

int Write(sqlite3_file* file, const void* from, int amount,
          sqlite3_int64 offset) {
  const std::span bytes(static_cast<const std::byte*>(from),
                        static_cast<std::size_t>(amount));
  const auto done =
      Of(file).file->WriteAt(static_cast<std::uint64_t>(offset), bytes);
  return done.ok() ? SQLITE_OK : CodeOf(done.error(), SQLITE_IOERR_WRITE);
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  const auto done = Of(file).file->Truncate(static_cast<std::uint64_t>(size));
  return done.ok() ? SQLITE_OK : CodeOf(done.error(), SQLITE_IOERR_TRUNCATE);
}

int Sync(sqlite3_file* file, int /*flags*/) {
  const OpenFile& self = Of(file);
  const auto done = self.file->Sync();
  if (!done.ok()) return CodeOf(done.error(), SQLITE_IOERR_FSYNC);
  const auto entry = self.state->SyncEntry(self.path);
  return entry.ok() ? SQLITE_OK : CodeOf(entry.error(), SQLITE_IOERR_DIR_FSYNC);
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  const auto found = Of(file).file->Size();
  if (!found.ok()) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(*found);
  return SQLITE_OK;
}

int Lock(sqlite3_file* file, int level) {
  OpenFile& self = Of(file);
  return self.locks->Lock(self.holder, level) ? SQLITE_OK : SQLITE_BUSY;
}

int Unlock(sqlite3_file* file, int level) {
  OpenFile& self = Of(file);
  self.locks->Unlock(self.holder, level);
  return SQLITE_OK;
}

int CheckReservedLock(sqlite3_file* file, int* result) {
  *result = Of(file).locks->IsReserved() ? 1 : 0;
  return SQLITE_OK;
}

int FileControl(sqlite3_file* /*file*/, int /*op*/, void* /*arg*/) {
  return SQLITE_NOTFOUND;
}

int SectorSize(sqlite3_file* /*file*/) {
  return 4096;
}

int DeviceCharacteristics(sqlite3_file* /*file*/) {
  // A write touches no byte beside its range, even when power fails in it.
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int ShmMap(sqlite3_file* file, int region, int bytes, int extend,
           void volatile** place) {
  OpenFile& self = Of(file);
  *place = self.locks->Map(self.holder, static_cast<std::size_t>(region),
                           static_cast<std::size_t>(bytes), extend != 0);
  return SQLITE_OK;
}

int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
  OpenFile& self = Of(file);
  const unsigned mask = ((1U << static_cast<unsigned>(count)) - 1U)
                        << static_cast<unsigned>(offset);
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    self.locks->UnlockSlots(self.holder, mask);
    return SQLITE_OK;
  }
  const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  return self.locks->LockSlots(self.holder, mask, exclusive) ? SQLITE_OK
                                                             : SQLITE_BUSY;
}

void ShmBarrier(sqlite3_file* file) {
  std::atomic_thread_fence(std::memory_order_seq_cst);
  Of(file).locks->Barrier();
}

int ShmUnmap(sqlite3_file* file, int /*delete_flag*/) {
  OpenFile& self = Of(file);
  self.locks->Unmap(self.holder);
  return SQLITE_OK;
}

const sqlite3_io_methods* Methods() {
  static const sqlite3_io_methods methods = {
      .iVersion = 2,
      .xClose = Close,
      .xRead = Read,
      .xWrite = Write,
      .xTruncate = Truncate,
      .xSync = Sync,
      .xFileSize = FileSize,
      .xLock = Lock,
      .xUnlock = Unlock,
      .xCheckReservedLock = CheckReservedLock,
      .xFileControl = FileControl,
      .xSectorSize = SectorSize,
      .xDeviceCharacteristics = DeviceCharacteristics,
      .xShmMap = ShmMap,
      .xShmLock = ShmLock,
      .xShmBarrier = ShmBarrier,
      .xShmUnmap = ShmUnmap,
      .xFetch = nullptr,
      .xUnfetch = nullptr,
  };
  return &methods;
}

std::shared_ptr<SqliteLocks> LocksOf(State& state, const std::string& path) {
  const MutexLock lock(state.mutex);
  auto& known = state.locks[path];
  auto locks = known.lock();
  if (!locks) known = locks = std::make_shared<SqliteLocks>();
  return locks;
}

OpenMode ModeOf(int flags) {
  if ((flags & SQLITE_OPEN_CREATE) != 0) return OpenMode::kCreate;
  return (flags & SQLITE_OPEN_READWRITE) != 0 ? OpenMode::kReadWrite
                                              : OpenMode::kRead;
}

int VfsOpen(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags,
            int* out_flags) {
  file->pMethods = nullptr;
  if (name == nullptr) return SQLITE_CANTOPEN;  // temp_store is MEMORY.
  State& state = Of(vfs);
  const std::string path = name;
  const auto there = state.host.Exists(path);
  auto opened = state.host.Open(path, ModeOf(flags));
  if (!there.ok() || !opened.ok()) return SQLITE_CANTOPEN;
  std::shared_ptr<HostFile> shared = *std::move(opened);
  {
    const MutexLock lock(state.mutex);
    if (!*there) state.unsynced_entries.insert(path);
    if ((flags & SQLITE_OPEN_WAL) != 0) state.logs[path] = shared;
  }
  auto* self = new (file) OpenFile();  // NOLINT: in SQLite's room.
  self->base.pMethods = Methods();
  self->state = &state;
  self->path = path;
  self->file = std::move(shared);
  self->locks = LocksOf(state, path);
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int VfsDelete(sqlite3_vfs* vfs, const char* name, int sync_directory) {
  State& state = Of(vfs);
  {
    const MutexLock lock(state.mutex);
    state.logs.erase(name);
    state.unsynced_entries.erase(name);
  }
  const auto removed = state.host.Remove(name);
  if (!removed.ok()) {
    return removed.error().code() == Errc::kNotFound ? SQLITE_IOERR_DELETE_NOENT
                                                     : SQLITE_IOERR_DELETE;
  }
  if (sync_directory == 0) return SQLITE_OK;
  const auto synced =
      state.host.SyncDirectory(std::filesystem::path(name).parent_path());
  return synced.ok() ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

int VfsAccess(sqlite3_vfs* vfs, const char* name, int /*flags*/, int* result) {
  // An empty file counts as missing, as in SQLite's own VFS.
  const auto size = Of(vfs).host.SizeOf(name);
  *result = size.ok() && *size > 0 ? 1 : 0;
  if (size.ok() || size.error().code() == Errc::kNotFound) return SQLITE_OK;
  return SQLITE_IOERR_ACCESS;
}

int VfsFullPathname(sqlite3_vfs* /*vfs*/, const char* name, int room,
                    char* out) {
  const std::size_t length = std::strlen(name) + 1;
  if (length > static_cast<std::size_t>(room)) return SQLITE_CANTOPEN;
  std::memcpy(out, name, length);
  return SQLITE_OK;
}

int VfsRandomness(sqlite3_vfs* /*vfs*/, int bytes, char* out) {
  const ssize_t got = ::getrandom(out, static_cast<std::size_t>(bytes), 0);
  return got < 0 ? 0 : static_cast<int>(got);
}

int VfsSleep(sqlite3_vfs* /*vfs*/, int microseconds) {
  const timespec span{.tv_sec = microseconds / 1'000'000,
                      .tv_nsec = microseconds % 1'000'000 * 1000L};
  ::nanosleep(&span, nullptr);
  return microseconds;
}

int VfsCurrentTimeInt64(sqlite3_vfs* /*vfs*/, sqlite3_int64* time) {
  // SQLite counts milliseconds from noon in Greenwich, 24 November 4714 BC.
  constexpr sqlite3_int64 kUnixEpoch = 210'866'760'000'000;
  *time = kUnixEpoch + std::chrono::duration_cast<std::chrono::milliseconds>(
                           std::chrono::system_clock::now().time_since_epoch())
                           .count();
  return SQLITE_OK;
}

int VfsCurrentTime(sqlite3_vfs* vfs, double* time) {
  sqlite3_int64 now = 0;
  VfsCurrentTimeInt64(vfs, &now);
  *time = static_cast<double>(now) / 86'400'000.0;
  return SQLITE_OK;
}

int VfsGetLastError(sqlite3_vfs* /*vfs*/, int /*room*/, char* /*out*/) {
  return 0;
}

void Describe(State& state) {
  state.vfs.iVersion = 2;
  state.vfs.szOsFile = static_cast<int>(sizeof(OpenFile));
  state.vfs.mxPathname = 4096;
  state.vfs.zName = state.name.c_str();
  state.vfs.pAppData = &state;
  state.vfs.xOpen = VfsOpen;
  state.vfs.xDelete = VfsDelete;
  state.vfs.xAccess = VfsAccess;
  state.vfs.xFullPathname = VfsFullPathname;
  state.vfs.xRandomness = VfsRandomness;
  state.vfs.xSleep = VfsSleep;
  state.vfs.xCurrentTime = VfsCurrentTime;
  state.vfs.xGetLastError = VfsGetLastError;
  state.vfs.xCurrentTimeInt64 = VfsCurrentTimeInt64;
}

std::string LogOf(const std::filesystem::path& database) {
  return database.native() + "-wal";
}

}  // namespace

Result<void> SqliteVfs::State::SyncEntry(const std::string& path) {
  {
    const MutexLock lock(mutex);
    if (!unsynced_entries.contains(path)) return {};
  }
  WSFS_RETURN_IF_ERROR(
      host.SyncDirectory(std::filesystem::path(path).parent_path()));
  const MutexLock lock(mutex);
  unsynced_entries.erase(path);
  return {};
}

SqliteVfs::SqliteVfs(HostFs& host) : state_(std::make_unique<State>(host)) {
  static std::atomic<unsigned> next = 0;
  state_->name = fmt::format("wsfs-{}", next++);
  Describe(*state_);
  WSFS_CHECK(sqlite3_vfs_register(&state_->vfs, 0) == SQLITE_OK);
}

SqliteVfs::~SqliteVfs() {
  sqlite3_vfs_unregister(&state_->vfs);
}

const std::string& SqliteVfs::name() const {
  return state_->name;
}

Result<void> SqliteVfs::SyncLog(const std::filesystem::path& database) {
  const std::string path = LogOf(database);
  std::shared_ptr<HostFile> log;
  {
    const MutexLock lock(state_->mutex);
    const auto found = state_->logs.find(path);
    if (found != state_->logs.end()) log = found->second;
  }
  if (!log) return {};
  WSFS_RETURN_IF_ERROR(log->Sync());
  return state_->SyncEntry(path);
}

std::uint64_t SqliteVfs::LogBytes(const std::filesystem::path& database) {
  const MutexLock lock(state_->mutex);
  const auto found = state_->logs.find(LogOf(database));
  if (found == state_->logs.end()) return 0;
  return found->second->Size().value_or(0);
}

}  // namespace wsfs
