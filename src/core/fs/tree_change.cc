#include "core/fs/tree_change.h"

#include <fmt/format.h>

#include "core/fs/naming.h"
#include "core/fs/stat_of.h"
#include "core/planner/changes.h"

namespace wsfs {
namespace {

/// Another content: what was said of the last one says nothing of it.
void TryAtOnce(Catalogue& catalogue, Node& node) {
  node.again = 0;
  if (node.bind != kNoObject) catalogue.EditObject(node.bind).again = 0;
}

}  // namespace

void Touch(Catalogue& catalogue, NodeId id, PlanMillis now) {
  Node& node = catalogue.EditNode(id);
  node.touched = now;
  if (catalogue.FindObject(node.bind) != nullptr)
    catalogue.EditObject(node.bind).touched = now;
}

void TouchDirectory(Catalogue& catalogue, NodeId id, const ChangeTimes& times) {
  Touch(catalogue, id, times.plan);
  Attributes& attributes = catalogue.EditNode(id).attributes;
  attributes.mtime = Ascending(times.wall, attributes.mtime);
  attributes.ctime = Ascending(times.wall, attributes.ctime);
}

Node& TakeSealed(Catalogue& catalogue, NodeId id, const Content& content,
                 PlanMillis now) {
  const bool too_large =
      IsTooLargeToSend(catalogue, catalogue.node(id), content);
  KeepAncestor(catalogue, catalogue.node(id));
  Node& node = catalogue.EditNode(id);
  if (!node.refused.empty()) TryAtOnce(catalogue, node);
  node.refused = too_large ? kTooLargeText : "";
  NextGeneration(node, content, now);
  return node;
}

Error TooLargeToSend() {
  return {Errc::kTooLarge,
          fmt::format("{}; the bytes are kept on this machine and not sent",
                      kTooLargeText)};
}

void EndConflict(Node& node) {
  node.conflict_copy = false;
  node.conflict_of.clear();
  node.ancestor.reset();
}

void RemoveEntry(Catalogue& catalogue, NodeId id, std::vector<Node>& removed) {
  const Node& node = catalogue.node(id);
  removed.push_back(node);
  KeepAncestor(catalogue, node);
  if (!node.intent.has_value()) {
    catalogue.RemoveNode(id);
    return;
  }
  catalogue.EditNode(id).place = Place::kLocal;
  catalogue.Bind(id, kNoObject);
  catalogue.Detach(id);
}

Result<void> CheckRemovable(const Catalogue& catalogue, const Node& directory) {
  const auto not_empty = [&](std::string_view what) {
    return Error(Errc::kNotEmpty,
                 fmt::format("{}: the folder is not empty, it holds {}",
                             catalogue.ShownPathOf(directory), what));
  };
  for (const NodeId id : catalogue.Children(directory.id)) {
    const Node& child = catalogue.node(id);
    if (!IsLeftover(child)) return not_empty(child.name);
  }
  if (directory.bind == kNoObject) return {};
  for (const ObjectKey key : catalogue.ObjectChildren(directory.bind)) {
    const Object& object = catalogue.object(key);
    if (object.fresh && !object.gone())
      return not_empty("an entry that is not shown: " + object.name);
  }
  return {};
}

void RemoveEmptiedDirectory(Catalogue& catalogue, NodeId id,
                            const ChangeTimes& times,
                            std::vector<Node>& removed) {
  for (const NodeId child : catalogue.Children(id)) {
    const Node& node = catalogue.node(child);
    if (node.content.has_value())
      catalogue.KeepInTrash(catalogue.ShownPathOf(node), *node.content);
    RemoveEntry(catalogue, child, removed);
  }
  Touch(catalogue, id, times.plan);
  RemoveEntry(catalogue, id, removed);
}

}  // namespace wsfs
