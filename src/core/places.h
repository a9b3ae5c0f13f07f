#pragma once

#include <string_view>

#include "store/rows.h"

namespace wsfs {

/// Names that editors and desktops make for a moment, and names people's
/// machines are full of: never uploaded, and never deleted by us
/// (tools-and-editors.md §3.2, class A). A pure function of the name.
///
/// Where the service holds an object of that name in that folder, that object
/// wins: ask only for names that no object has.
bool IsEphemera(std::string_view name);

/// Folders (and a few files) that belong to one machine or can be made again:
/// `.git`, `.venv`, `node_modules`, … (class B). The same precedence.
bool IsLocalTree(std::string_view name);

/// Is a new entry of this name local, in a folder of the service that holds no
/// such object? A folder never counts as an editor's temporary file.
bool IsLocalByName(std::string_view name, NodeKind kind);

}  // namespace wsfs
