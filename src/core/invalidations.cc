#include "core/invalidations.h"

#include <utility>

namespace wsfs {
namespace {

using What = Invalidation::What;

Invalidation Entry(What what, const ShownState& at, NodeId node) {
  return {.what = what, .parent = at.parent, .name = at.name, .node = node};
}

/// A node that went away, came, or changed.
void Compare(NodeId id, const std::optional<ShownState>& before,
             const std::optional<ShownState>& now,
             std::vector<Invalidation>& out) {
  if (before == now) return;
  if (!now) {
    out.push_back(Entry(What::kRemoved, *before, id));
    return;
  }
  if (!before) {
    // A kernel may hold "no such name".
    out.push_back(Entry(What::kEntry, *now, id));
    return;
  }
  if (before->parent != now->parent || before->name != now->name) {
    // Not kRemoved: the kernel would take a moved directory for a dead one.
    out.push_back(Entry(What::kEntry, *before, id));
    out.push_back(Entry(What::kEntry, *now, id));
  }
  if (before->gen != now->gen) {
    out.push_back(Entry(What::kContent, *now, id));
  } else if (before->attributes != now->attributes ||
             before->size_bytes != now->size_bytes) {
    out.push_back(Entry(What::kAttributes, *now, id));
  }
}

}  // namespace

std::optional<ShownState> Shown(const Node* node) {
  if (node == nullptr || node->detached()) return std::nullopt;
  ShownState state{.parent = node->parent,
                   .name = node->name,
                   .kind = node->kind,
                   .attributes = node->attributes,
                   .gen = node->gen,
                   .size_bytes = node->known_size};
  if (node->content) state.size_bytes = node->content->size_bytes;
  return state;
}

ShownStates ChangedNodesNow(const Catalogue& catalogue,
                            const Changes& changes) {
  ShownStates states;
  for (const NodeId id : changes.nodes)
    states.emplace(id, Shown(catalogue.FindNode(id)));
  return states;
}

ShownStates ChangedNodesBefore(const Catalogue& catalogue,
                               const Changes& changes) {
  ShownStates states;
  for (const NodeId id : changes.nodes)
    states.emplace(id, Shown(catalogue.NodeBefore(id)));
  return states;
}

std::vector<Invalidation> Difference(const ShownStates& before,
                                     const ShownStates& fallback,
                                     const ShownStates& now) {
  std::vector<Invalidation> out;
  for (const auto& [id, state] : now) {
    const auto known = before.find(id);
    if (known != before.end()) {
      Compare(id, known->second, state, out);
    } else if (const auto old = fallback.find(id); old != fallback.end()) {
      Compare(id, old->second, state, out);
    }
  }
  return out;
}

}  // namespace wsfs
