#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "merge/text_merge.h"

namespace wsfs {

/// A notebook with the edits of both sides, as JSON.
struct MergedIpynb {
  std::string text;
  std::size_t meets = 0;  ///< Places that are marked for a person.
  /// Something around the sources that only our side has is not in it, as
  /// outputs of a cell that both sides ran: our version is worth keeping.
  bool left_out = false;
};

/// Merges three versions of a Jupyter notebook by cell. Ids, metadata, order of
/// keys and white space decide nothing about what a cell is: the service
/// writes an ipynb anew (notebooks.md §4.4).
///
/// A cell's source, and with it its outputs, are those of the side that edited
/// the source. Where neither did, outputs are those of the side whose outputs
/// changed, and theirs if both did. Of metadata and of fields that are not
/// known here each key is merged for itself; where both sides changed one,
/// it is from the side that edited the source, else theirs.
///
/// Where one side is as the base, the result is the other, byte for byte.
/// Otherwise it is indented as ours is, with sorted keys, as Jupyter, VS Code
/// and the service write it.
///
/// None where both sides edited the source of one cell, edited what the other
/// deleted, or put different cells into one place; and where one version is
/// not JSON of nbformat 4 or the sides are too far from the base. Pure.
std::optional<MergedIpynb> MergeIpynb(const Versions& versions);

/// The same, with marks where the above finds none: sources of one cell are
/// merged by line, and its source has the marks; of cells put into one place
/// each side's stand between cells with the marks. Always an ipynb.
std::optional<MergedIpynb> MergeIpynbMarked(const Versions& versions);

}  // namespace wsfs
