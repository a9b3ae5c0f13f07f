#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/catalogue.h"
#include "store/sqlite.h"
#include "store/store.h"

namespace wsfs {

/// The side tables (planner.md §2). Writes what differs from what it wrote
/// last, so that a long list costs nothing while one entry changes. Part of
/// the store, under its writer lock.
class SideRows {
 public:
  Result<void> Prepare(Database& database);
  Result<SideTables> Load(Database& database);
  /// Then Commit(sides) when the transaction has succeeded.
  Result<void> Put(const SideTables& sides);
  void Commit(const SideTables& sides) { written_ = sides; }

 private:
  SideTables written_;
  Statement put_echo_;
  Statement remove_echo_;
  Statement put_path_;
  Statement remove_path_;
  Statement put_row_;
  Statement remove_row_;
  Statement put_recent_;
  Statement remove_recent_;
};

/// Facts by name, notices and trash: small tables that are only added to.
/// Part of the store, under its writer lock.
class MetaRows {
 public:
  Result<void> Prepare(Database& database);

  Result<std::optional<std::string>> Get(std::string_view key);
  Result<std::int64_t> GetInteger(std::string_view key, std::int64_t otherwise);
  Result<void> Put(std::string_view key, std::string_view value);
  Result<void> PutInteger(std::string_view key, std::int64_t value);

  /// The newest kNoticesKept stay.
  Result<void> AddNotice(const Notice& notice);
  Result<std::vector<Notice>> Notices(std::size_t limit);  ///< Newest first.
  Result<void> AddTrash(const TrashItem& item);
  Result<std::vector<TrashItem>> Trash();
  /// Removes the items from before `time` and gives them.
  Result<std::vector<TrashItem>> TakeTrashBefore(PlanMillis time);

  static constexpr std::int64_t kNoticesKept = 1'000;

 private:
  Statement get_;
  Statement put_;
  Statement add_notice_;
  Statement prune_notices_;
  Statement notices_;
  Statement add_trash_;
  Statement trash_;
  Statement remove_trash_;
};

}  // namespace wsfs
