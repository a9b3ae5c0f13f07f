#include "store/side_rows.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "store/row_codec.h"

namespace wsfs {
namespace {

/// Calls `put(key, value)` for what is new or other in `now`, and
/// `remove(key)` for what is only in `old`.
template <typename Map, typename Put, typename Remove>
Result<void> Differences(const Map& old, const Map& now, Put put,
                         Remove remove) {
  auto a = old.begin();
  auto b = now.begin();
  while (a != old.end() || b != now.end()) {
    if (b == now.end() || (a != old.end() && a->first < b->first)) {
      WSFS_RETURN_IF_ERROR(remove(a->first));
      ++a;
    } else if (a == old.end() || b->first < a->first) {
      WSFS_RETURN_IF_ERROR(put(b->first, b->second));
      ++b;
    } else {
      if (a->second != b->second) {
        WSFS_RETURN_IF_ERROR(put(b->first, b->second));
      }
      ++a;
      ++b;
    }
  }
  return {};
}

/// Runs a query without parameters and calls `take(row)` for each row.
template <typename Take>
Result<void> ForEachRow(Database& database, std::string_view sql, Take take) {
  WSFS_TRY(Statement row, database.Prepare(sql));
  while (true) {
    WSFS_TRY(const bool more, row.Next());
    if (!more) return {};
    WSFS_RETURN_IF_ERROR(take(row));
  }
}

}  // namespace

Result<void> SideRows::Prepare(Database& database) {
  const auto prepare = [&](Statement& to,
                           std::string_view sql) -> Result<void> {
    WSFS_TRY(to, database.Prepare(sql));
    return {};
  };
  WSFS_RETURN_IF_ERROR(prepare(put_echo_, "REPLACE INTO echo VALUES (?,?,?)"));
  WSFS_RETURN_IF_ERROR(
      prepare(remove_echo_, "DELETE FROM echo WHERE name=? AND hash=?"));
  WSFS_RETURN_IF_ERROR(
      prepare(put_path_, "REPLACE INTO echo_delete_path VALUES (?,?)"));
  WSFS_RETURN_IF_ERROR(
      prepare(remove_path_, "DELETE FROM echo_delete_path WHERE path=?"));
  WSFS_RETURN_IF_ERROR(
      prepare(put_row_, "REPLACE INTO echo_delete_row VALUES (?,?,?)"));
  WSFS_RETURN_IF_ERROR(prepare(
      remove_row_, "DELETE FROM echo_delete_row WHERE parent=? AND name=?"));
  WSFS_RETURN_IF_ERROR(
      prepare(put_recent_, "REPLACE INTO recent VALUES (?,?,?)"));
  return prepare(remove_recent_,
                 "DELETE FROM recent WHERE path=? AND object_id=?");
}

Result<SideTables> SideRows::Load(Database& database) {
  SideTables sides;
  WSFS_RETURN_IF_ERROR(
      ForEachRow(database, "SELECT name, hash, until FROM echo",
                 [&](Statement& row) -> Result<void> {
                   std::string name = row.Text();
                   WSFS_TRY(const Hash hash, DecodeHash(row.Bytes()));
                   sides.echo[{std::move(name), hash}] = row.Integer();
                   return {};
                 }));
  WSFS_RETURN_IF_ERROR(
      ForEachRow(database, "SELECT path, until FROM echo_delete_path",
                 [&](Statement& row) -> Result<void> {
                   std::string path = row.Text();
                   sides.echo_delete_path[std::move(path)] = row.Integer();
                   return {};
                 }));
  WSFS_RETURN_IF_ERROR(ForEachRow(
      database, "SELECT parent, name, until FROM echo_delete_row",
      [&](Statement& row) -> Result<void> {
        const auto parent = row.Number<ObjectKey>();
        std::string name = row.Text();
        sides.echo_delete_row[{parent, std::move(name)}] = row.Integer();
        return {};
      }));
  WSFS_RETURN_IF_ERROR(
      ForEachRow(database, "SELECT path, object_id, until FROM recent",
                 [&](Statement& row) -> Result<void> {
                   std::string path = row.Text();
                   const ObjectId id = row.Integer();
                   sides.recent[{std::move(path), id}] = row.Integer();
                   return {};
                 }));
  written_ = sides;
  return sides;
}

Result<void> SideRows::Put(const SideTables& sides) {
  WSFS_RETURN_IF_ERROR(Differences(
      written_.echo, sides.echo,
      [&](const auto& key, PlanMillis until) {
        return put_echo_.Run(Blob{key.first}, Blob{BytesOf(key.second)}, until);
      },
      [&](const auto& key) {
        return remove_echo_.Run(Blob{key.first}, Blob{BytesOf(key.second)});
      }));
  WSFS_RETURN_IF_ERROR(Differences(
      written_.echo_delete_path, sides.echo_delete_path,
      [&](const auto& path, PlanMillis until) {
        return put_path_.Run(Blob{path}, until);
      },
      [&](const auto& path) { return remove_path_.Run(Blob{path}); }));
  WSFS_RETURN_IF_ERROR(Differences(
      written_.echo_delete_row, sides.echo_delete_row,
      [&](const auto& key, PlanMillis until) {
        return put_row_.Run(key.first, Blob{key.second}, until);
      },
      [&](const auto& key) {
        return remove_row_.Run(key.first, Blob{key.second});
      }));
  return Differences(
      written_.recent, sides.recent,
      [&](const auto& key, PlanMillis until) {
        return put_recent_.Run(Blob{key.first}, key.second, until);
      },
      [&](const auto& key) {
        return remove_recent_.Run(Blob{key.first}, key.second);
      });
}

Result<void> MetaRows::Prepare(Database& database) {
  WSFS_TRY(get_, database.Prepare("SELECT value FROM meta WHERE key=?"));
  WSFS_TRY(put_, database.Prepare("REPLACE INTO meta VALUES (?, ?)"));
  WSFS_TRY(add_notice_, database.Prepare("INSERT INTO notices (at, path, "
                                         "text) VALUES (?, ?, ?)"));
  WSFS_TRY(prune_notices_,
           database.Prepare("DELETE FROM notices WHERE number <= "
                            "(SELECT max(number) FROM notices) - ?"));
  WSFS_TRY(notices_, database.Prepare("SELECT at, path, text FROM notices "
                                      "ORDER BY number DESC LIMIT ?"));
  WSFS_TRY(add_trash_, database.Prepare("INSERT INTO trash (at, path, content)"
                                        " VALUES (?, ?, ?)"));
  WSFS_TRY(trash_, database.Prepare(
                       "SELECT at, path, content FROM trash ORDER BY number"));
  WSFS_TRY(remove_trash_, database.Prepare("DELETE FROM trash WHERE at < ?"));
  return {};
}

Result<std::optional<std::string>> MetaRows::Get(std::string_view key) {
  get_.Query(key);
  WSFS_TRY(const bool there, get_.Next());
  if (!there) return std::optional<std::string>();
  auto value = std::optional(get_.Text());
  get_.End();
  return value;
}

Result<std::int64_t> MetaRows::GetInteger(std::string_view key,
                                          std::int64_t otherwise) {
  WSFS_TRY(const auto text, Get(key));
  if (!text) return otherwise;
  std::int64_t value = 0;
  const auto read =
      std::from_chars(text->data(), text->data() + text->size(), value);
  if (read.ec != std::errc()) {
    return Error(Errc::kCorrupt,
                 fmt::format("the catalogue's {} is no number", key));
  }
  return value;
}

Result<void> MetaRows::Put(std::string_view key, std::string_view value) {
  return put_.Run(key, value);
}

Result<void> MetaRows::PutInteger(std::string_view key, std::int64_t value) {
  return put_.Run(key, fmt::format("{}", value));
}

Result<void> MetaRows::AddNotice(const Notice& notice) {
  WSFS_RETURN_IF_ERROR(
      add_notice_.Run(notice.at, Blob{notice.path}, notice.text));
  return prune_notices_.Run(kNoticesKept);
}

Result<std::vector<Notice>> MetaRows::Notices(std::size_t limit) {
  std::vector<Notice> notices;
  notices_.Query(limit);
  while (true) {
    WSFS_TRY(const bool more, notices_.Next());
    if (!more) return notices;
    Notice notice;
    notice.at = notices_.Integer();
    notice.path = notices_.Text();
    notice.text = notices_.Text();
    notices.push_back(std::move(notice));
  }
}

Result<void> MetaRows::AddTrash(const TrashItem& item) {
  return add_trash_.Run(item.at, Blob{item.path},
                        Blob{EncodeContent(item.content)});
}

Result<std::vector<TrashItem>> MetaRows::Trash() {
  std::vector<TrashItem> items;
  trash_.Query();
  while (true) {
    WSFS_TRY(const bool more, trash_.Next());
    if (!more) return items;
    TrashItem item;
    item.at = trash_.Integer();
    item.path = trash_.Text();
    WSFS_TRY(item.content, DecodeContent(trash_.Bytes()));
    items.push_back(std::move(item));
  }
}

Result<std::vector<TrashItem>> MetaRows::TakeTrashBefore(PlanMillis time) {
  WSFS_TRY(std::vector<TrashItem> items, Trash());
  std::erase_if(items,
                [time](const TrashItem& item) { return item.at >= time; });
  if (!items.empty()) {
    WSFS_RETURN_IF_ERROR(remove_trash_.Run(time));
  }
  return items;
}

}  // namespace wsfs
