#include "store/cache.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <utility>

#include "base/log.h"
#include "store/bodies.h"
#include "store/row_codec.h"
#include "store/schema.h"
#include "store/store.h"

namespace wsfs {
namespace {

/// At most so many uses of small contents wait to be written.
constexpr std::size_t kUsesKept = 4096;
/// The disk keeps this much free, or a twentieth of it if that is less.
constexpr std::uint64_t kFloorBytes = 1ULL << 30U;

Error Missing() {
  return {Errc::kNotFound, "the content is no longer in the cache"};
}

}  // namespace

struct Cache::Statements {
  Statement put;
  Statement get;
  Statement has;
  Statement use;
  Statement oldest;
  Statement remove;
  Statement find_size;
  Statement put_size;

  Result<void> Prepare(Database& database);
};

Result<void> Cache::Statements::Prepare(Database& database) {
  WSFS_TRY(put, database.Prepare("INSERT OR IGNORE INTO small (hash, used, "
                                 "bytes) VALUES (?, ?, ?)"));
  WSFS_TRY(get, database.Prepare("SELECT id, bytes FROM small WHERE hash=?"));
  WSFS_TRY(has, database.Prepare("SELECT 1 FROM small WHERE hash=?"));
  WSFS_TRY(use, database.Prepare("UPDATE small SET used=? WHERE id=?"));
  WSFS_TRY(oldest, database.Prepare("SELECT id, length(bytes) FROM small "
                                    "ORDER BY used, id LIMIT 64"));
  WSFS_TRY(remove, database.Prepare("DELETE FROM small WHERE id=?"));
  WSFS_TRY(find_size,
           database.Prepare("SELECT size_bytes FROM sizes WHERE path=? AND "
                            "object_id=? AND modified_at=?"));
  WSFS_TRY(put_size,
           database.Prepare("REPLACE INTO sizes VALUES (?, ?, ?, ?)"));
  return {};
}

std::size_t Cache::HashOfHash::operator()(const Hash& hash) const {
  std::size_t value = 0;
  std::memcpy(&value, hash.bytes.data(), sizeof value);
  return value;
}

Cache::Cache(HostFs& host, const SqliteVfs& vfs, Options options)
    : host_(host), vfs_(vfs), options_(std::move(options)) {}

Cache::~Cache() = default;

Result<std::unique_ptr<Cache>> Cache::Open(HostFs& host, const SqliteVfs& vfs,
                                           Options options) {
  std::unique_ptr<Cache> cache(new Cache(host, vfs, std::move(options)));
  const MutexLock lock(cache->mutex_);
  WSFS_RETURN_IF_ERROR(cache->OpenDatabase());
  WSFS_RETURN_IF_ERROR(cache->LoadBlobs());
  return cache;
}

Result<void> Cache::OpenDatabase() {
  statements_.reset();
  database_.reset();
  WSFS_TRY(database_, OpenCache(host_, vfs_, options_.directory / "cache.db"));
  statements_ = std::make_unique<Statements>();
  WSFS_RETURN_IF_ERROR(statements_->Prepare(*database_));
  WSFS_TRY(const std::int64_t held,
           database_->AskInteger("SELECT sum(length(bytes)) FROM small"));
  WSFS_TRY(const std::int64_t used,
           database_->AskInteger("SELECT max(used) FROM small"));
  small_bytes_ = static_cast<std::uint64_t>(held);
  use_ = std::max(use_, used);
  return {};
}

Result<void> Cache::LoadBlobs() {
  WSFS_TRY(const auto names, host_.List(options_.directory / "blobs"));
  for (const std::string& name : names) {
    const auto hash = Hash::FromHex(name);
    const auto path = options_.directory / "blobs" / name;
    if (!hash.ok()) {
      WSFS_RETURN_IF_ERROR(host_.Remove(path));
      continue;
    }
    WSFS_TRY(const std::uint64_t size, host_.SizeOf(path));
    blobs_[*hash] = {.size_bytes = size};
    blob_bytes_ += size;
  }
  WSFS_TRY(Statement rows, database_->Prepare("SELECT hash, used FROM blobs"));
  while (true) {
    WSFS_TRY(const bool more, rows.Next());
    if (!more) break;
    WSFS_TRY(const Hash hash, DecodeHash(rows.Bytes()));
    const auto found = blobs_.find(hash);
    if (found == blobs_.end()) continue;
    found->second.used = rows.Integer();
    use_ = std::max(use_, found->second.used);
  }
  return {};
}

bool Cache::Heal(const Result<void>& result) {
  if (result.ok() || result.error().code() != Errc::kCorrupt) return false;
  const auto made = OpenDatabase();
  if (!made.ok()) Log(LogLevel::kError, "{}", made.error().message());
  return made.ok();
}

Result<void> Cache::InsertSmall(const Hash& hash, const std::string& bytes) {
  return database_->Transact([&]() REQUIRES(mutex_) -> Result<void> {
    WSFS_RETURN_IF_ERROR(
        statements_->put.Run(Blob{BytesOf(hash)}, ++use_, Blob{bytes}));
    WSFS_RETURN_IF_ERROR(FlushUses());
    small_bytes_ += bytes.size();
    return EvictSmall();
  });
}

Result<void> Cache::PutSmall(const Hash& hash, const std::string& bytes) {
  const MutexLock lock(mutex_);
  auto done = InsertSmall(hash, bytes);
  if (Heal(done)) return InsertSmall(hash, bytes);
  return done;
}

Result<void> Cache::FlushUses() {
  for (const std::int64_t id : small_used_) {
    WSFS_RETURN_IF_ERROR(statements_->use.Run(++use_, id));
  }
  small_used_.clear();
  return {};
}

Result<void> Cache::EvictSmall() {
  while (small_bytes_ > options_.cap_bytes / 4) {
    std::vector<std::pair<std::int64_t, std::uint64_t>> old;
    Statement& rows = statements_->oldest;
    rows.Query();
    while (true) {
      WSFS_TRY(const bool more, rows.Next());
      if (!more) break;
      const std::int64_t id = rows.Integer();
      old.emplace_back(id, rows.Number<std::uint64_t>());
    }
    if (old.empty()) {
      small_bytes_ = 0;
      return {};
    }
    for (const auto& [id, size] : old) {
      if (small_bytes_ <= options_.cap_bytes / 4) break;
      WSFS_RETURN_IF_ERROR(statements_->remove.Run(id));
      ++tally_.evictions;
      small_bytes_ -= std::min(small_bytes_, size);
    }
  }
  return {};
}

Error Cache::Missed() {
  ++tally_.misses;
  return Missing();
}

Result<std::string> Cache::GetSmall(const Hash& hash) {
  std::int64_t id = 0;
  std::string bytes;
  {
    const MutexLock lock(mutex_);
    Statement& row = statements_->get;
    row.Query(Blob{BytesOf(hash)});
    const auto there = row.Next();
    if (!there.ok()) {
      if (!Heal(there.error())) return there.error();
      return Missed();
    }
    if (!*there) return Missed();
    id = row.Integer();
    bytes = row.Text();
    row.End();
    if (small_used_.size() < kUsesKept) small_used_.insert(id);
  }
  if (HashOf(bytes) == hash) {
    ++tally_.hits;
    return bytes;
  }
  ++tally_.damaged;
  Log(LogLevel::kWarn, "a cached content was damaged; it is fetched again");
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(statements_->remove.Run(id));
  return Missing();
}

bool Cache::HoldsSmall(const Hash& hash) {
  const MutexLock lock(mutex_);
  statements_->has.Query(Blob{BytesOf(hash)});
  const auto there = statements_->has.Next();
  statements_->has.End();
  return there.ok() && *there;
}

std::filesystem::path Cache::BlobPath(const Hash& hash) const {
  return options_.directory / "blobs" / hash.Hex();
}

Result<void> Cache::TakeBlob(const std::filesystem::path& file,
                             const Hash& hash, std::uint64_t size_bytes) {
  const MutexLock lock(mutex_);
  const auto found = blobs_.find(hash);
  if (found != blobs_.end() && found->second.verified) {
    found->second.used = ++use_;
    return host_.Remove(file);
  }
  WSFS_RETURN_IF_ERROR(host_.Rename(file, BlobPath(hash)));
  if (found == blobs_.end()) blob_bytes_ += size_bytes;
  blobs_[hash] = {.size_bytes = size_bytes, .used = ++use_, .verified = true};
  return EvictBlobs();
}

void Cache::AddBlob(const Hash& hash, std::uint64_t size_bytes) {
  const MutexLock lock(mutex_);
  if (!blobs_.contains(hash)) blob_bytes_ += size_bytes;
  blobs_[hash] = {.size_bytes = size_bytes, .used = ++use_, .verified = true};
  const auto evicted = EvictBlobs();
  if (!evicted.ok()) Log(LogLevel::kWarn, "{}", evicted.error().message());
}

Result<bool> Cache::BelowFloor() const {
  WSFS_TRY(const DiskSpace space, host_.Space(options_.directory));
  return space.free_bytes < std::min(kFloorBytes, space.total_bytes / 20);
}

Result<void> Cache::EvictBlobs() {
  WSFS_TRY(bool tight, BelowFloor());
  const std::uint64_t cap = options_.cap_bytes / 4 * 3;
  if (blob_bytes_ <= cap && !tight) return {};
  const std::set<Hash> pinned = options_.pinned();
  std::vector<std::pair<std::int64_t, Hash>> by_use;
  for (const auto& [hash, blob] : blobs_)
    if (!pinned.contains(hash)) by_use.emplace_back(blob.used, hash);
  std::ranges::sort(by_use);
  // The newest stays: somebody has just asked for it.
  if (!by_use.empty()) by_use.pop_back();
  for (const auto& [used, hash] : by_use) {
    if (blob_bytes_ <= cap && !tight) break;
    WSFS_RETURN_IF_ERROR(RemoveBlob(hash));
    ++tally_.evictions;
    WSFS_TRY(tight, BelowFloor());
  }
  return {};
}

Result<void> Cache::RemoveBlob(const Hash& hash) {
  const auto found = blobs_.find(hash);
  if (found == blobs_.end()) return {};
  auto removed = host_.Remove(BlobPath(hash));
  if (!removed.ok() && removed.error().code() != Errc::kNotFound)
    return removed;
  blob_bytes_ -= std::min(blob_bytes_, found->second.size_bytes);
  blobs_.erase(found);
  return {};
}

Result<std::shared_ptr<HostFile>> Cache::OpenBlob(const Hash& hash) {
  bool verified = false;
  {
    const MutexLock lock(mutex_);
    const auto found = blobs_.find(hash);
    if (found == blobs_.end()) return Missed();
    found->second.used = ++use_;
    verified = found->second.verified;
  }
  auto opened = host_.Open(BlobPath(hash), OpenMode::kRead);
  if (!opened.ok() && opened.error().code() != Errc::kNotFound)
    return opened.error();
  bool sound = opened.ok();
  std::shared_ptr<HostFile> file;
  if (sound) file = *std::move(opened);
  if (sound && !verified) {
    WSFS_TRY(const std::uint64_t size, file->Size());
    const auto digest = DigestOfFile(*file, size);
    sound = digest.ok() && digest->raw == hash;
  }
  const MutexLock lock(mutex_);
  if (sound) {
    const auto found = blobs_.find(hash);
    if (found != blobs_.end()) found->second.verified = true;
    ++tally_.hits;
    return file;
  }
  ++tally_.damaged;
  Log(LogLevel::kWarn, "a cached content was damaged; it is fetched again");
  WSFS_RETURN_IF_ERROR(RemoveBlob(hash));
  return Missing();
}

Result<std::shared_ptr<HostFile>> Cache::OpenPinnedBlob(const Hash& hash) {
  WSFS_TRY(std::shared_ptr<HostFile> file,
           host_.Open(BlobPath(hash), OpenMode::kRead));
  return file;
}

bool Cache::HoldsBlob(const Hash& hash) {
  const MutexLock lock(mutex_);
  return blobs_.contains(hash);
}

Result<std::optional<std::uint64_t>> Cache::FindSize(const std::string& path,
                                                     const Version& version) {
  const MutexLock lock(mutex_);
  Statement& row = statements_->find_size;
  row.Query(Blob{path}, version.id, version.modified_at);
  const auto there = row.Next();
  std::optional<std::uint64_t> size;
  if (!there.ok() && !Heal(there.error())) return there.error();
  if (there.ok() && *there) {
    size = row.Number<std::uint64_t>();
    row.End();
  }
  return size;
}

Result<void> Cache::RememberSize(const KnownSize& known) {
  const MutexLock lock(mutex_);
  const auto put = [&]() REQUIRES(mutex_) -> Result<void> {
    return statements_->put_size.Run(Blob{known.path}, known.version.id,
                                     known.version.modified_at,
                                     known.size_bytes);
  };
  auto done = put();
  if (Heal(done)) return put();
  return done;
}

CacheCounts Cache::Counts() {
  CacheCounts counts;
  counts.cap_bytes = options_.cap_bytes;
  counts.hits = tally_.hits;
  counts.misses = tally_.misses;
  counts.evictions = tally_.evictions;
  counts.damaged = tally_.damaged;
  const MutexLock lock(mutex_);
  counts.small_bytes = small_bytes_;
  counts.blob_bytes = blob_bytes_;
  return counts;
}

Result<void> Cache::Drop() {
  const MutexLock lock(mutex_);
  const std::set<Hash> pinned = options_.pinned();
  std::vector<Hash> blobs;
  for (const auto& [hash, blob] : blobs_)
    if (!pinned.contains(hash)) blobs.push_back(hash);
  for (const Hash& hash : blobs) {
    WSFS_RETURN_IF_ERROR(RemoveBlob(hash));
  }
  small_used_.clear();
  small_bytes_ = 0;
  return database_->Execute("DELETE FROM small");
}

Result<void> Cache::Checkpoint() {
  const MutexLock lock(mutex_);
  return database_->Checkpoint(/*truncate=*/false);
}

Result<void> Cache::Close() {
  const MutexLock lock(mutex_);
  return database_->Transact([&]() REQUIRES(mutex_) -> Result<void> {
    WSFS_RETURN_IF_ERROR(FlushUses());
    WSFS_RETURN_IF_ERROR(database_->Execute("DELETE FROM blobs"));
    WSFS_TRY(Statement put,
             database_->Prepare("INSERT INTO blobs VALUES (?, ?)"));
    for (const auto& [hash, blob] : blobs_) {
      WSFS_RETURN_IF_ERROR(put.Run(Blob{BytesOf(hash)}, blob.used));
    }
    return {};
  });
}

}  // namespace wsfs
