#pragma once

#include <string_view>

#include "base/result.h"
#include "store/catalogue.h"

namespace wsfs {

/// kNameTooLong beyond 255 bytes; kInvalidArgument for "", "." and "..".
Result<void> CheckName(std::string_view name);

/// Also refuses the one name wsfs itself invents at the service for a moment
/// (planner.md §5, parked).
Result<void> CheckNewName(std::string_view name);

/// The parked names are not shown (design.md §2, *Causal*).
bool IsHiddenName(std::string_view name);

/// Every name in it is known: listed, made here, or local.
bool IsListed(const Node& directory);

/// The notebook that a name without extension stands for: `nb` beside the
/// notebook shown as `nb.py` (tools-and-editors.md R17); null if none.
const Node* AliasedNotebook(const Catalogue& catalogue, const Node& directory,
                            std::string_view name);

/// Where a node of this kind lives under a new name: the rules of core/places,
/// but an existing remote path wins, and what is no file or directory is local.
Place PlaceOfNewName(const Catalogue& catalogue, NodeId directory,
                     std::string_view name, NodeKind kind);

/// An editor's or a desktop's leftover, class A (tools-and-editors.md §3.2),
/// that may go with its directory.
bool IsLeftover(const Node& node);

/// Of a type whose content the service does not give out.
bool IsUnreadable(const Catalogue& catalogue, const Node& node);

}  // namespace wsfs
