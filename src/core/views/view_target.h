#pragma once

#include <optional>
#include <string_view>

#include "notebook/view_names.h"
#include "store/catalogue.h"

namespace wsfs {

/// A notebook under another name than its own: `nb.ipynb` of a notebook that
/// is shown as `nb.py` (notebooks.md §4.5). Value type.
struct ViewTarget {
  NodeId notebook = kNoNode;
  View view = View::kSource;
  friend bool operator==(const ViewTarget&, const ViewTarget&) = default;
};

/// The inode number of a view, which no node has; and back.
NodeId IdOf(const ViewTarget& target);
std::optional<ViewTarget> TargetOf(NodeId id);

/// What a node is at the service, or will be, if that is a notebook. Its
/// format is kNone as long as nobody asked for it.
std::optional<Form> NotebookFormOf(const Catalogue& catalogue,
                                   const Node& node);

/// The view that a name in this folder stands for, as far as is known: of a
/// notebook whose format is not known it may turn out to be another. None
/// where an entry has the name.
std::optional<ViewTarget> FindView(const Catalogue& catalogue,
                                   const Node& directory,
                                   std::string_view name);

}  // namespace wsfs
