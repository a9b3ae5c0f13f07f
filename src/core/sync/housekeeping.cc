#include "core/sync/housekeeping.h"

#include <algorithm>
#include <vector>

#include "core/sync/protocols.h"

namespace wsfs {
namespace {

template <typename Table>
bool AnyOver(const Table& table, PlanMillis now) {
  return std::ranges::any_of(
      table, [&](const auto& entry) { return entry.second < now; });
}

template <typename Table>
void EraseOver(Table& table, PlanMillis now) {
  std::erase_if(table, [&](const auto& entry) { return entry.second < now; });
}

}  // namespace

Result<void> PurgeSides(Ledger& ledger) {
  const bool any = ledger.Read([&](const Catalogue& catalogue) {
    const SideTables& sides = catalogue.sides();
    const PlanMillis now = ledger.Now();
    return AnyOver(sides.echo, now) || AnyOver(sides.echo_delete_path, now) ||
           AnyOver(sides.echo_delete_row, now) || AnyOver(sides.recent, now);
  });
  if (!any) return {};
  return ledger.Transact([&](Catalogue& catalogue) -> Result<void> {
    SideTables& sides = catalogue.EditSides();
    const PlanMillis now = ledger.Now();
    EraseOver(sides.echo, now);
    EraseOver(sides.echo_delete_path, now);
    EraseOver(sides.echo_delete_row, now);
    EraseOver(sides.recent, now);
    return {};
  });
}

Result<void> TidyContents(Ledger& ledger, Protocols& protocols) {
  const std::vector<NodeId> files = ledger.Read([](const Catalogue& catalogue) {
    std::vector<NodeId> found;
    for (const NodeId id : catalogue.AllNodes()) {
      const Node& node = catalogue.node(id);
      if (node.kind == NodeKind::kFile && node.content && !node.detached())
        found.push_back(id);
    }
    return found;
  });
  for (const NodeId id : files) {
    if (protocols.stopping()) return {};
    WSFS_RETURN_IF_ERROR(protocols.Tidy(id));
  }
  return {};
}

}  // namespace wsfs
