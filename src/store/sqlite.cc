#include "store/sqlite.h"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.h"
#include "base/log.h"

namespace wsfs {
namespace {

Errc ErrcOf(int code) {
  switch (code & 0xFF) {
    case SQLITE_FULL:
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG: return Errc::kNoSpace;
    case SQLITE_READONLY: return Errc::kReadOnly;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Errc::kCorrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Errc::kBusy;
    default: return Errc::kIo;
  }
}

Error ErrorOf(sqlite3* connection, int code) {
  const char* name = sqlite3_db_filename(connection, "main");
  return {ErrcOf(code),
          fmt::format("database {}: {} ({})", name == nullptr ? "" : name,
                      sqlite3_errmsg(connection),
                      sqlite3_extended_errcode(connection))};
}

/// Whether SQLite copies what is bound.
sqlite3_destructor_type DestructorOf(Statement::Lifetime lifetime) {
  if (lifetime == Statement::Lifetime::kUntilFinish) return SQLITE_STATIC;
  return SQLITE_TRANSIENT;  // NOLINT: a cast in SQLite's header.
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  connection_ = other.connection_;
  std::swap(statement_, other.statement_);
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

void Statement::Begin(Lifetime lifetime) {
  sqlite3_reset(statement_);
  lifetime_ = lifetime;
  bound_ = 0;
}

// A bind fails only for a wrong index or want of memory: both end here.
void Statement::BindInteger(std::int64_t value) {
  WSFS_CHECK(sqlite3_bind_int64(statement_, ++bound_, value) == SQLITE_OK);
}

void Statement::Bind(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();
  WSFS_CHECK(sqlite3_bind_text64(statement_, ++bound_, data, text.size(),
                                 DestructorOf(lifetime_),
                                 SQLITE_UTF8) == SQLITE_OK);
}

void Statement::Bind(Blob blob) {
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  WSFS_CHECK(sqlite3_bind_blob64(statement_, ++bound_, data, blob.bytes.size(),
                                 DestructorOf(lifetime_)) == SQLITE_OK);
}

void Statement::Bind(std::nullopt_t /*null*/) {
  WSFS_CHECK(sqlite3_bind_null(statement_, ++bound_) == SQLITE_OK);
}

Result<void> Statement::Finish() {
  int code = sqlite3_step(statement_);
  while (code == SQLITE_ROW) code = sqlite3_step(statement_);
  if (code != SQLITE_DONE) {
    Error error = ErrorOf(connection_, code);
    sqlite3_reset(statement_);
    return error;
  }
  sqlite3_reset(statement_);
  return {};
}

Result<bool> Statement::Next() {
  read_ = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  Error error = ErrorOf(connection_, code);
  sqlite3_reset(statement_);
  return error;
}

void Statement::End() {
  sqlite3_reset(statement_);
}

std::int64_t Statement::Integer() {
  return sqlite3_column_int64(statement_, read_++);
}

std::optional<std::int64_t> Statement::MaybeInteger() {
  if (sqlite3_column_type(statement_, read_) == SQLITE_NULL) {
    ++read_;
    return std::nullopt;
  }
  return Integer();
}

std::string Statement::Text() {
  return std::string(Bytes());
}

std::string_view Statement::Bytes() {
  const int column = read_++;
  const auto* data =
      static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int length = sqlite3_column_bytes(statement_, column);
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(length)};
}

std::optional<std::string_view> Statement::MaybeBytes() {
  if (sqlite3_column_type(statement_, read_) == SQLITE_NULL) {
    ++read_;
    return std::nullopt;
  }
  return Bytes();
}

Result<std::unique_ptr<Database>> Database::Open(
    const SqliteVfs& vfs, const std::filesystem::path& file, Use use) {
  sqlite3* connection = nullptr;
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
  if (use == Use::kMake) flags |= SQLITE_OPEN_CREATE;
  const int code =
      sqlite3_open_v2(file.c_str(), &connection, flags, vfs.name().c_str());
  std::unique_ptr<Database> database(new Database(connection, file));
  if (code != SQLITE_OK) return ErrorOf(connection, code);
  WSFS_RETURN_IF_ERROR(database->SetUp());
  return database;
}

Result<void> Database::SetUp() {
  sqlite3_extended_result_codes(connection_, 1);
  sqlite3_busy_timeout(connection_, 5'000);
  WSFS_RETURN_IF_ERROR(
      Execute("PRAGMA temp_store=MEMORY; PRAGMA cache_size=-2048;"
              "PRAGMA foreign_keys=OFF; PRAGMA trusted_schema=OFF;"));
  WSFS_TRY(const std::string mode, AskText("PRAGMA journal_mode=WAL"));
  if (mode != "wal") {
    return Error(Errc::kUnsupported,
                 fmt::format("database {} cannot use a write-ahead log",
                             file_.native()));
  }
  // Checkpoints have a thread of their own; commits sync when asked to. A log
  // that was checkpointed is cut when it begins anew, so that its size tells
  // how much there is to do.
  WSFS_RETURN_IF_ERROR(
      Execute("PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0;"
              "PRAGMA journal_size_limit=1048576;"));
  WSFS_TRY(begin_, Prepare("BEGIN IMMEDIATE"));
  WSFS_TRY(commit_, Prepare("COMMIT"));
  return {};
}

Database::~Database() {
  begin_ = Statement();
  commit_ = Statement();
  sqlite3_close_v2(connection_);
}

Result<Statement> Database::Prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(connection_, code);
  return Statement(connection_, statement);
}

Result<void> Database::Execute(std::string_view sql) {
  const int code = sqlite3_exec(connection_, std::string(sql).c_str(), nullptr,
                                nullptr, nullptr);
  if (code != SQLITE_OK) return ErrorOf(connection_, code);
  return {};
}

Result<std::int64_t> Database::AskInteger(std::string_view sql) {
  WSFS_TRY(Statement statement, Prepare(sql));
  WSFS_TRY(const bool row, statement.Next());
  return row ? statement.Integer() : 0;
}

Result<std::string> Database::AskText(std::string_view sql) {
  WSFS_TRY(Statement statement, Prepare(sql));
  WSFS_TRY(const bool row, statement.Next());
  return row ? statement.Text() : std::string();
}

Result<void> Database::Transact(const std::function<Result<void>()>& work) {
  WSFS_RETURN_IF_ERROR(begin_.Run());
  auto done = work();
  if (done.ok()) done = commit_.Run();
  if (!done.ok()) RollBack();
  return done;
}

void Database::RollBack() {
  // SQLite itself has rolled back after some errors; then there is nothing to.
  if (sqlite3_get_autocommit(connection_) != 0) return;
  const auto done = Execute("ROLLBACK");
  if (!done.ok()) Log(LogLevel::kError, "{}", done.error().message());
}

Result<void> Database::Checkpoint(bool truncate) {
  const int code = sqlite3_wal_checkpoint_v2(
      connection_, "main",
      truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
      nullptr, nullptr);
  if (code != SQLITE_OK && (truncate || code != SQLITE_BUSY))
    return ErrorOf(connection_, code);
  return {};
}

}  // namespace wsfs
