#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "notebook/cells.h"

namespace wsfs {

/// For each cell of `now` its place in `before`; none for a new one. No place
/// is told twice.
///
/// As PlanCells pairs them, and before its ids and places count: a cell that
/// was moved is known again by what it says, then by its id.
std::vector<std::optional<std::size_t>> PairCells(const Cells& before,
                                                  const Cells& now);

}  // namespace wsfs
