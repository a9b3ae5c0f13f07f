#pragma once

#include <map>
#include <optional>
#include <vector>

#include "core/notifier.h"
#include "store/catalogue.h"

namespace wsfs {

/// What a kernel may have cached of a node. Value type.
struct ShownState {
  NodeId parent = kNoNode;
  std::string name;
  NodeKind kind = NodeKind::kFile;
  Attributes attributes;
  Generation gen = 0;
  std::optional<std::uint64_t> size_bytes;
  friend bool operator==(const ShownState&, const ShownState&) = default;
};

/// The node as a kernel sees it; nothing when it is not there or detached.
std::optional<ShownState> Shown(const Node* node);

/// The nodes the open transaction changed, as they are now.
using ShownStates = std::map<NodeId, std::optional<ShownState>>;
ShownStates ChangedNodesNow(const Catalogue& catalogue, const Changes& changes);

/// The same nodes as they were before the open transaction.
ShownStates ChangedNodesBefore(const Catalogue& catalogue,
                               const Changes& changes);

/// What a kernel that saw `before` must forget when the tree is as in `now`.
/// A node that `before` does not name is taken as it is in `fallback`.
std::vector<Invalidation> Difference(const ShownStates& before,
                                     const ShownStates& fallback,
                                     const ShownStates& now);

}  // namespace wsfs
