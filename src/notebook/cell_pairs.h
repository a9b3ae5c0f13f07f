#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "notebook/cells.h"

namespace wsfs {

/// For each cell of `now` its place in `before`; none for a new one. No place
/// is told twice.
///
/// A cell is known again by what it says, wherever it is now; then by its id;
/// then by its place among those that are (cell_plan.h), and by being like one
/// that is still missing.
std::vector<std::optional<std::size_t>> PairCells(const Cells& before,
                                                  const Cells& now);

}  // namespace wsfs
