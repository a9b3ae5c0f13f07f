#include "server/tree_store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/host_fs.h"

namespace wsfs {
namespace {

constexpr std::string_view kSchema = R"(
CREATE TABLE IF NOT EXISTS objects(
  row INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name TEXT NOT NULL,
  type INTEGER NOT NULL, language INTEGER NOT NULL, format INTEGER NOT NULL,
  id INTEGER NOT NULL, created_ms INTEGER NOT NULL,
  modified_ms INTEGER NOT NULL, content INTEGER, bytes INTEGER, hash TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS counters(
  one INTEGER PRIMARY KEY CHECK (one = 1),
  next_id INTEGER NOT NULL, next_row INTEGER NOT NULL) STRICT;
)";

constexpr int kSchemaVersion = 1;

struct CloseDb {
  void operator()(sqlite3* db) const { ::sqlite3_close(db); }
};
struct EndStatement {
  void operator()(sqlite3_stmt* statement) const {
    ::sqlite3_finalize(statement);
  }
};
using Db = std::unique_ptr<sqlite3, CloseDb>;
using Statement = std::unique_ptr<sqlite3_stmt, EndStatement>;

Error Failed(sqlite3* db, std::string_view step) {
  const int code = ::sqlite3_errcode(db);
  const Errc errc = code == SQLITE_BUSY      ? Errc::kBusy
                    : code == SQLITE_FULL    ? Errc::kNoSpace
                    : code == SQLITE_CORRUPT ? Errc::kCorrupt
                    : code == SQLITE_NOTADB  ? Errc::kCorrupt
                                             : Errc::kIo;
  return {errc, fmt::format("the workspace database: {}: {}", step,
                            ::sqlite3_errmsg(db))};
}

Result<void> Run(sqlite3* db, std::string_view sql) {
  if (::sqlite3_exec(db, std::string(sql).c_str(), nullptr, nullptr, nullptr) !=
      SQLITE_OK)
    return Failed(db, sql.substr(0, 20));
  return {};
}

Result<Statement> Prepare(sqlite3* db, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  if (::sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &statement,
                           nullptr) != SQLITE_OK)
    return Failed(db, "prepare");
  return Statement(statement);
}

void Bind(sqlite3_stmt* statement, int at, std::int64_t value) {
  ::sqlite3_bind_int64(statement, at, value);
}

void Bind(sqlite3_stmt* statement, int at, const std::string& text) {
  ::sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
}

class SqliteTree final : public TreeStore {
 public:
  explicit SqliteTree(Db db) : db_(std::move(db)) {}

  Result<void> SetUp() {
    // One server each: the lock is taken at the first write and kept.
    WSFS_RETURN_IF_ERROR(Run(db_.get(),
                             "PRAGMA locking_mode=EXCLUSIVE;"
                             "PRAGMA journal_mode=WAL;"
                             "PRAGMA synchronous=FULL;"));
    WSFS_RETURN_IF_ERROR(CheckVersion());
    WSFS_RETURN_IF_ERROR(Run(db_.get(), kSchema));
    WSFS_TRY(put_, Prepare(db_.get(),
                           "INSERT OR REPLACE INTO objects "
                           "VALUES(?,?,?,?,?,?,?,?,?,?,?,?)"));
    WSFS_TRY(remove_, Prepare(db_.get(), "DELETE FROM objects WHERE row = ?"));
    WSFS_TRY(count_, Prepare(db_.get(),
                             "INSERT OR REPLACE INTO counters VALUES(1,?,?)"));
    return {};
  }

  Result<std::vector<TreeRow>> Load(TreeCounters& counters) override {
    WSFS_TRY(const auto numbers,
             Prepare(db_.get(), "SELECT next_id, next_row FROM counters"));
    if (::sqlite3_step(numbers.get()) == SQLITE_ROW) {
      counters.next_id = ::sqlite3_column_int64(numbers.get(), 0);
      counters.next_row = ::sqlite3_column_int64(numbers.get(), 1);
    }
    // Parents first: a moved folder may have a younger parent.
    WSFS_TRY(const auto read,
             Prepare(db_.get(),
                     "WITH RECURSIVE tree(row, depth) AS ("
                     "SELECT row, 0 FROM objects WHERE parent = 0 UNION ALL "
                     "SELECT o.row, depth + 1 FROM objects o "
                     "JOIN tree t ON o.parent = t.row) "
                     "SELECT o.* FROM tree JOIN objects o USING(row) "
                     "ORDER BY depth"));
    std::vector<TreeRow> rows;
    int step = 0;
    while ((step = ::sqlite3_step(read.get())) == SQLITE_ROW) {
      WSFS_TRY(TreeRow row, ReadRow(read.get()));
      rows.push_back(std::move(row));
    }
    if (step != SQLITE_DONE) return Failed(db_.get(), "read");
    return rows;
  }

  Result<void> Commit(std::span<const TreeRow> put,
                      std::span<const std::int64_t> remove,
                      const TreeCounters& counters) override {
    WSFS_RETURN_IF_ERROR(Run(db_.get(), "BEGIN IMMEDIATE"));
    auto written = Write(put, remove, counters);
    if (written.ok()) written = Run(db_.get(), "COMMIT");
    // A failed rollback leaves nothing either: the connection is broken.
    if (!written.ok()) static_cast<void>(Run(db_.get(), "ROLLBACK").ok());
    return written;
  }

 private:
  Result<void> CheckVersion() {
    WSFS_TRY(const auto version, Prepare(db_.get(), "PRAGMA user_version"));
    if (::sqlite3_step(version.get()) != SQLITE_ROW)
      return Failed(db_.get(), "read the version");
    const int found = ::sqlite3_column_int(version.get(), 0);
    if (found > kSchemaVersion)
      return Error(Errc::kCorrupt,
                   fmt::format("the workspace database has version {}; this "
                               "program knows {}: use a newer one",
                               found, kSchemaVersion));
    return Run(db_.get(),
               fmt::format("PRAGMA user_version={}", kSchemaVersion));
  }

  static Result<TreeRow> ReadRow(sqlite3_stmt* read) {
    const auto number = [&](int column) {
      return ::sqlite3_column_int64(read, column);
    };
    const auto text = [&](int column) {
      const void* bytes = ::sqlite3_column_blob(read, column);
      const auto size =
          static_cast<std::size_t>(::sqlite3_column_bytes(read, column));
      return std::string(static_cast<const char*>(bytes), size);
    };
    TreeRow row;
    row.row = number(0);
    row.parent = number(1);
    if (row.parent != 0) row.name = text(2);
    row.state.type = static_cast<NodeType>(number(3));
    row.state.language = static_cast<Language>(number(4));
    row.state.format = static_cast<NotebookFormat>(number(5));
    row.state.id = number(6);
    row.state.created_ms = number(7);
    row.state.modified_ms = number(8);
    row.has_content = ::sqlite3_column_type(read, 9) != SQLITE_NULL;
    if (!row.has_content) return row;
    row.content_number = static_cast<std::uint64_t>(number(9));
    row.content_bytes = static_cast<std::uint64_t>(number(10));
    WSFS_TRY(row.content_hash, Hash::FromHex(text(11)));
    return row;
  }

  Result<void> Write(std::span<const TreeRow> put,
                     std::span<const std::int64_t> remove,
                     const TreeCounters& counters) {
    for (const std::int64_t row : remove) {
      Bind(remove_.get(), 1, row);
      WSFS_RETURN_IF_ERROR(Step(remove_.get()));
    }
    for (const TreeRow& row : put) {
      BindRow(row);
      WSFS_RETURN_IF_ERROR(Step(put_.get()));
    }
    Bind(count_.get(), 1, counters.next_id);
    Bind(count_.get(), 2, counters.next_row);
    return Step(count_.get());
  }

  void BindRow(const TreeRow& row) {
    sqlite3_stmt* put = put_.get();
    Bind(put, 1, row.row);
    Bind(put, 2, row.parent);
    Bind(put, 3, row.name);
    Bind(put, 4, static_cast<std::int64_t>(row.state.type));
    Bind(put, 5, static_cast<std::int64_t>(row.state.language));
    Bind(put, 6, static_cast<std::int64_t>(row.state.format));
    Bind(put, 7, row.state.id);
    Bind(put, 8, row.state.created_ms);
    Bind(put, 9, row.state.modified_ms);
    if (!row.has_content) {
      for (const int column : {10, 11, 12}) ::sqlite3_bind_null(put, column);
      return;
    }
    Bind(put, 10, static_cast<std::int64_t>(row.content_number));
    Bind(put, 11, static_cast<std::int64_t>(row.content_bytes));
    Bind(put, 12, row.content_hash.Hex());
  }

  Result<void> Step(sqlite3_stmt* statement) {
    const int done = ::sqlite3_step(statement);
    Result<void> result;
    if (done != SQLITE_DONE) result = Failed(db_.get(), "write");
    ::sqlite3_reset(statement);
    return result;
  }

  Db db_;
  Statement put_;
  Statement remove_;
  Statement count_;
};

}  // namespace

Result<std::unique_ptr<TreeStore>> TreeStore::Open(
    const std::filesystem::path& folder) {
  WSFS_RETURN_IF_ERROR(RealHostFs().MakeDirectories(folder));
  sqlite3* raw = nullptr;
  const std::string path = folder / "workspace.db";
  const int opened = ::sqlite3_open_v2(
      path.c_str(), &raw,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
      nullptr);
  Db db(raw);
  if (opened != SQLITE_OK)
    return Error(Errc::kIo, fmt::format("cannot open {}", path));
  auto tree = std::make_unique<SqliteTree>(std::move(db));
  WSFS_RETURN_IF_ERROR(tree->SetUp());
  return tree;
}

}  // namespace wsfs
