#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/planner/planner.h"
#include "store/catalogue.h"

namespace wsfs {

/// One line of tools/export_catalogues.py: what the executable model of the
/// planner made of a catalogue.
struct ExportedCase {
  std::string name;  ///< File and line.
  PlannerContext context;
  /// As the last normalisation left it, and the rows that had changed when the
  /// next one began.
  std::vector<Node> last_nodes;
  std::vector<Object> last_objects;
  std::vector<Node> nodes;
  std::vector<Object> objects;
  std::set<std::uint64_t> removed_nodes;
  std::set<std::uint64_t> removed_objects;
  SideTables sides;
  Capabilities capabilities;
  std::uint64_t next_id = 0;
  /// What must come out.
  std::map<NodeId, std::optional<Node>> expected_nodes;
  std::map<ObjectKey, std::optional<Object>> expected_objects;
  Plan plan;
};

std::vector<ExportedCase> ReadExportedCases(const std::filesystem::path& file);

/// The catalogue when the normalisation began.
void LoadBefore(const ExportedCase& exported, Catalogue& catalogue);
/// As the one before it left it.
void LoadLast(const ExportedCase& exported, Catalogue& catalogue);
/// Makes the changes in between, by the catalogue's own setters.
void ApplyChanges(const ExportedCase& exported, Catalogue& catalogue);

/// Rows as text, for comparison: all that the model knows.
std::string Describe(const Node& node);
std::string Describe(const Object& object);
std::string Describe(const Action& action);

}  // namespace wsfs
