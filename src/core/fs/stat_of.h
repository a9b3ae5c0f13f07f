#pragma once

#include <optional>

#include "core/fs/filesystem.h"
#include "core/fs/inode_table.h"

namespace wsfs {

/// What an open generation shows instead of the row. Taken *before* the row is
/// read: a seal writes the row first and gives the draft up afterwards, so
/// that order never shows a state that is over.
struct OpenState {
  std::optional<std::uint64_t> size_bytes;
  std::optional<WallNanos> stamp;
};
OpenState OpenStateOf(const Inode& inode);

/// The row as stat(2) shows it.
Stat StatOf(const Catalogue& catalogue, const Node& node);

/// A row that is gone, while something still holds its node.
Stat StatOfRemoved(const Node& node);

/// The same while a generation is open.
Stat WithOpenState(Stat stat, const OpenState& open);

}  // namespace wsfs
