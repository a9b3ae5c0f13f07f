#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "server/model.h"

namespace wsfs {

/// One object as the database keeps it.
struct TreeRow {
  std::int64_t row = 0;
  std::int64_t parent = 0;  ///< 0 for the root.
  std::string name;
  ObjectState state;  ///< Without the content, which Load() tells apart.
  bool has_content = false;
  std::uint64_t content_number = 0;
  std::uint64_t content_bytes = 0;
  Hash content_hash;
};

/// Counters that must never go back, not even after a deletion.
struct TreeCounters {
  ObjectId next_id = 0;
  std::int64_t next_row = 0;
};

/// The tree on disk: one SQLite database, each change one power-safe
/// transaction (WAL, synchronous=FULL). Resource type, owned by the model,
/// used under its lock.
class TreeStore {
 public:
  /// Opens or makes DIR/workspace.db. kBusy when another process has it.
  static Result<std::unique_ptr<TreeStore>> Open(
      const std::filesystem::path& folder);
  virtual ~TreeStore() = default;

  /// All rows, parents before children; empty when new.
  virtual Result<std::vector<TreeRow>> Load(TreeCounters& counters) = 0;
  virtual Result<void> Commit(std::span<const TreeRow> put,
                              std::span<const std::int64_t> remove,
                              const TreeCounters& counters) = 0;
};

}  // namespace wsfs
