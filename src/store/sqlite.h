#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/sqlite_vfs.h"

struct sqlite3;
struct sqlite3_stmt;

namespace wsfs {

/// A blob to bind; its bytes must live until the call returns.
struct Blob {
  std::string_view bytes;
};

/// A prepared statement. Values are bound, and columns read, in order: the
/// lists in the SQL and in the code stand side by side.
///
/// Resource type: movable, outlived by its Database. One thread at a time.
class Statement {
 public:
  Statement() = default;
  Statement(sqlite3* connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  /// Binds all values and runs the statement to its end.
  template <typename... Values>
  Result<void> Run(const Values&... values) {
    Begin(Lifetime::kUntilFinish);
    (Bind(values), ...);
    return Finish();
  }

  /// Binds all values; then Next() for each row, and End() (or the next
  /// Query or Run) to let go.
  template <typename... Values>
  void Query(const Values&... values) {
    Begin(Lifetime::kThisCall);
    (Bind(values), ...);
  }
  /// False when there is no further row.
  Result<bool> Next();
  void End();

  /// The next column of this row.
  std::int64_t Integer();
  std::optional<std::int64_t> MaybeInteger();
  bool Flag() { return Integer() != 0; }
  template <typename T>
  T Number() {
    return static_cast<T>(Integer());
  }
  std::string Text();
  /// Valid until Next() or End().
  std::string_view Bytes();
  /// Nothing when the column is NULL.
  std::optional<std::string_view> MaybeBytes();

  /// How long the bound texts and blobs stay where they are.
  enum class Lifetime : std::uint8_t { kThisCall, kUntilFinish };
  // Bind in order; used by Run and Query.
  void Begin(Lifetime lifetime);
  template <std::integral T>
  void Bind(T value) {
    BindInteger(static_cast<std::int64_t>(value));
  }
  void Bind(std::string_view text);
  void Bind(const std::string& text) { Bind(std::string_view(text)); }
  void Bind(const char* text) { Bind(std::string_view(text)); }
  void Bind(Blob blob);
  void Bind(std::nullopt_t /*null*/);
  template <typename T>
  void Bind(const std::optional<T>& value) {
    if (value) {
      Bind(*value);
    } else {
      Bind(std::nullopt);
    }
  }
  Result<void> Finish();

 private:
  void BindInteger(std::int64_t value);

  sqlite3* connection_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  Lifetime lifetime_ = Lifetime::kThisCall;
  int bound_ = 0;
  int read_ = 0;
};

/// One connection to a SQLite database in WAL mode.
///
/// Resource type. One thread at a time. Failures: kNoSpace, kReadOnly,
/// kCorrupt, kBusy, kIo, each with a sentence that names the file.
class Database {
 public:
  enum class Use : std::uint8_t { kMake, kExisting };

  static Result<std::unique_ptr<Database>> Open(
      const SqliteVfs& vfs, const std::filesystem::path& file, Use use);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  Result<Statement> Prepare(std::string_view sql);
  /// Runs statements that give no rows.
  Result<void> Execute(std::string_view sql);
  /// The first column of the first row.
  Result<std::int64_t> AskInteger(std::string_view sql);
  Result<std::string> AskText(std::string_view sql);

  /// Runs `work` in one transaction; rolled back when it or the commit fails.
  Result<void> Transact(const std::function<Result<void>()>& work);

  /// Moves the log into the database; a part of it when others read. With
  /// `truncate`, waits for them and empties the log.
  Result<void> Checkpoint(bool truncate);

  const std::filesystem::path& file() const { return file_; }

 private:
  Database(sqlite3* connection, std::filesystem::path file)
      : connection_(connection), file_(std::move(file)) {}
  Result<void> SetUp();
  void RollBack();

  sqlite3* connection_;
  std::filesystem::path file_;
  Statement begin_;
  Statement commit_;
};

}  // namespace wsfs
