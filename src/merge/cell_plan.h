#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace wsfs {

/// By what a cell is known again in another version of its notebook.
struct CellName {
  std::string says;  ///< Its type and source.
  std::string id;    ///< "": it has none.
};
using CellNames = std::vector<CellName>;

enum class CellFate : std::uint8_t {
  kStays,    ///< One cell of the result; at most one place in each list.
  kDeleted,  ///< By one side; the other, if it has it, did not edit it.
  /// Edited on both sides, or edited on one and deleted on the other, or both
  /// sides put different cells into one place.
  kMeets,
};

/// Places of the same cell, or of cells that meet, in three versions.
struct CellStep {
  std::vector<std::size_t> base;
  std::vector<std::size_t> ours;
  std::vector<std::size_t> theirs;
  CellFate fate = CellFate::kStays;
};

/// The cells of the merged notebook, in order.
///
/// A cell of a side is one of the base if it says the same, of several such the
/// one with its id; of the cells between two such, if it has the same id; of
/// those still left over between, if there are as many of them on both sides,
/// by its place. A cell that says the same as in the base counts as not edited,
/// whatever else is in it: what deletes it meets nothing.
///
/// None when a side is too far from the base (sequence_merge.h). Pure; the same
/// from both sides.
std::optional<std::vector<CellStep>> PlanCells(
    std::span<const CellName> base, std::span<const CellName> ours,
    std::span<const CellName> theirs);

}  // namespace wsfs
