#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "store/catalogue.h"

namespace wsfs {

/// What a program that walks a tree comes to next, as far as it is not here.
struct Ahead {
  std::vector<NodeId> folders;  ///< Not listed, or long ago.
  std::vector<NodeId> files;    ///< Without bytes, of a known small size.
};

/// So much is named at most.
struct AheadLimits {
  std::size_t folders = 0;
  std::size_t files = 0;
};

/// Behind `at` in the tree below `root`: what is in a folder, folder by folder,
/// then what follows it. Looks at a few thousand nodes at most. Nothing that is
/// of this machine only. Pure.
///
/// `is_current` says of a folder whether its listing can be used as it is.
using IsCurrent = std::function<bool(const Node& folder)>;
Ahead BehindInTree(const Catalogue& catalogue, NodeId root, NodeId at,
                   const AheadLimits& limits, const IsCurrent& is_current);

}  // namespace wsfs
