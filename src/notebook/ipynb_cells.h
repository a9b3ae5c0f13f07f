#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "model/object_info.h"
#include "notebook/cells.h"

namespace wsfs {

/// The cells of a notebook of ReadIpynb().
Cells CellsOfIpynb(const nlohmann::json& notebook);

/// A new notebook of these cells, without outputs, as the service converts a
/// source: of nbformat 4.5, each cell named by its place.
std::string IpynbOfCells(const Cells& cells, Language language);

/// What becomes of a notebook's cells.
struct IpynbCellEdit {
  Cell now;
  /// Its place in the notebook, and how the view showed it; none: it is new.
  std::optional<std::size_t> place;
  Cell shown;
};

/// Gives the notebook these cells instead of its own. All fields stay but those
/// that say what `now` says and `shown` did not.
void EditCells(nlohmann::json& notebook,
               const std::vector<IpynbCellEdit>& cells);

}  // namespace wsfs
