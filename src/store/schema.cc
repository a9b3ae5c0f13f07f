#include "store/schema.h"

#include <array>
#include <string_view>

#include <fmt/format.h>

#include "base/log.h"

namespace wsfs {
namespace {

/// Version 1. Words and meaning: store/rows.h; enums are their numbers there;
/// times are ns (attributes) or PlanMillis; content and xattrs columns:
/// store/row_codec.h.
///
/// `names` is keyed by node, one row for each of its names. That names are
/// unique in a directory is the catalogue's rule, not an index here: while two
/// names are exchanged, row by row, they are not.
constexpr std::string_view kVersion1 = R"sql(
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE nodes (
  id INTEGER PRIMARY KEY, kind INTEGER, place INTEGER, conflict_copy INTEGER,
  mode INTEGER, uid INTEGER, gid INTEGER,
  atime INTEGER, mtime INTEGER, ctime INTEGER,
  rdev INTEGER, symlink_target TEXT, xattrs BLOB,
  gen INTEGER, content BLOB, known_size INTEGER,
  bind INTEGER, src INTEGER,
  touched INTEGER, closed INTEGER, again INTEGER, refused TEXT,
  loaded INTEGER, listed_at INTEGER);
CREATE TABLE names (
  node INTEGER, parent INTEGER, name BLOB,
  PRIMARY KEY (node, parent, name)) WITHOUT ROWID;
CREATE TABLE objects (
  key INTEGER PRIMARY KEY, parent INTEGER, name BLOB, view BLOB,
  kind INTEGER, language INTEGER, format INTEGER, type_name TEXT,
  object_id INTEGER, modified_at INTEGER, size_bytes INTEGER,
  gen INTEGER, base BLOB,
  news INTEGER, news_kind INTEGER, news_language INTEGER, news_format INTEGER,
  news_type_name TEXT, news_object_id INTEGER, news_modified_at INTEGER,
  news_size_bytes INTEGER, news_content BLOB,
  fresh INTEGER, changed INTEGER, touched INTEGER, asked INTEGER,
  again INTEGER, always_empty INTEGER);
CREATE TABLE intents (
  of_object INTEGER, owner INTEGER, op INTEGER, gen INTEGER, content BLOB,
  node INTEGER, path BLOB, dst BLOB, parent INTEGER, name BLOB, view BLOB,
  kind INTEGER, language INTEGER, format INTEGER,
  base_object_id INTEGER, base_modified_at INTEGER, at INTEGER,
  acked_sent_ms INTEGER, acked_answered_ms INTEGER,
  PRIMARY KEY (of_object, owner)) WITHOUT ROWID;
CREATE TABLE echo (
  name BLOB, hash BLOB, until INTEGER,
  PRIMARY KEY (name, hash)) WITHOUT ROWID;
CREATE TABLE echo_delete_path (
  path BLOB PRIMARY KEY, until INTEGER) WITHOUT ROWID;
CREATE TABLE echo_delete_row (
  parent INTEGER, name BLOB, until INTEGER,
  PRIMARY KEY (parent, name)) WITHOUT ROWID;
CREATE TABLE recent (
  path BLOB, object_id INTEGER, until INTEGER,
  PRIMARY KEY (path, object_id)) WITHOUT ROWID;
CREATE TABLE notices (
  number INTEGER PRIMARY KEY, at INTEGER, path BLOB, text TEXT);
CREATE TABLE trash (
  number INTEGER PRIMARY KEY, at INTEGER, path BLOB, content BLOB);
CREATE TABLE bodies (id INTEGER PRIMARY KEY, bytes BLOB);
CREATE TABLE sealed (
  body INTEGER PRIMARY KEY, file INTEGER, size_bytes INTEGER, synced INTEGER,
  blob BLOB);
CREATE TABLE fallbacks (
  node INTEGER PRIMARY KEY, body INTEGER, gen INTEGER, content BLOB,
  known_size INTEGER, dropped INTEGER);
)sql";

/// Version 2: what a merge starts from.
constexpr std::string_view kVersion2 =
    "ALTER TABLE objects ADD COLUMN ancestor BLOB;";

/// Version 3: what a conflict copy is a copy of.
constexpr std::string_view kVersion3 =
    "ALTER TABLE nodes ADD COLUMN conflict_of BLOB;"
    "ALTER TABLE nodes ADD COLUMN ancestor BLOB;";

constexpr std::string_view kCacheVersion1 = R"sql(
CREATE TABLE small (
  id INTEGER PRIMARY KEY, hash BLOB UNIQUE, used INTEGER, bytes BLOB);
CREATE INDEX small_by_use ON small (used, id);
CREATE TABLE blobs (hash BLOB PRIMARY KEY, used INTEGER) WITHOUT ROWID;
CREATE TABLE sizes (
  path BLOB PRIMARY KEY, object_id INTEGER, modified_at INTEGER,
  size_bytes INTEGER) WITHOUT ROWID;
)sql";

/// kSteps[n] brings version n to n + 1.
constexpr std::array kSteps = {kVersion1, kVersion2, kVersion3};
static_assert(kSteps.size() == kCatalogueVersion);

Result<void> Apply(Database& database, std::string_view step, int version) {
  return database.Transact([&]() -> Result<void> {
    WSFS_RETURN_IF_ERROR(database.Execute(step));
    return database.Execute(fmt::format("PRAGMA user_version={}", version));
  });
}

Result<std::unique_ptr<Database>> TryOpenCache(
    const SqliteVfs& vfs, const std::filesystem::path& file) {
  WSFS_TRY(auto database, Database::Open(vfs, file, Database::Use::kMake));
  WSFS_TRY(const std::int64_t version,
           database->AskInteger("PRAGMA user_version"));
  if (version == 0) {
    WSFS_RETURN_IF_ERROR(Apply(*database, kCacheVersion1, kCacheVersion));
  } else if (version != kCacheVersion) {
    return Error(Errc::kUnsupported, "the cache has another form");
  }
  WSFS_RETURN_IF_ERROR(database->AskInteger("SELECT count(*) FROM blobs"));
  return database;
}

}  // namespace

Result<std::unique_ptr<Database>> OpenCatalogue(
    const SqliteVfs& vfs, const std::filesystem::path& file) {
  WSFS_TRY(auto database, Database::Open(vfs, file, Database::Use::kMake));
  WSFS_TRY(std::int64_t version, database->AskInteger("PRAGMA user_version"));
  if (version > kCatalogueVersion) {
    return Error(
        Errc::kUnsupported,
        fmt::format("the store {} was made by a newer wsfs (form {}, this one "
                    "reads up to {}): use that one, or another --store",
                    file.parent_path().native(), version, kCatalogueVersion));
  }
  for (; version < kCatalogueVersion; ++version) {
    WSFS_RETURN_IF_ERROR(Apply(*database,
                               kSteps.at(static_cast<std::size_t>(version)),
                               static_cast<int>(version) + 1));
  }
  return database;
}

Result<std::unique_ptr<Database>> OpenCache(HostFs& host, const SqliteVfs& vfs,
                                            const std::filesystem::path& file) {
  auto first = TryOpenCache(vfs, file);
  if (first.ok() || first.error().code() == Errc::kNoSpace ||
      first.error().code() == Errc::kReadOnly) {
    return first;
  }
  Log(LogLevel::kWarn, "the cache is made anew: {}", first.error().message());
  for (const char* suffix : {"", "-wal", "-journal"}) {
    const auto removed = host.Remove(file.native() + suffix);
    if (!removed.ok() && removed.error().code() != Errc::kNotFound)
      return removed.error();
  }
  return TryOpenCache(vfs, file);
}

}  // namespace wsfs
