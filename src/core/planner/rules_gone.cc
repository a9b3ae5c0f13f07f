#include <algorithm>

#include "core/planner/rules.h"

namespace wsfs {

namespace {

/// Its bytes go to local trash before the node goes.
void Trash(RuleRun& run, const Node& node) {
  if (!node.content) return;
  run.catalogue.KeepInTrash(run.catalogue.ShownPathOf(node), *node.content);
}

void DropWithStamp(RuleRun& run, NodeId id) {
  const NodeId directory = run.catalogue.node(id).parent;
  DropNode(run.catalogue, id);
  if (directory != kNoNode) StampDirectory(run, directory);
}

/// Marks what is below as gone too; true when that changed something.
bool MarkChildrenGone(RuleRun& run, const Object& object) {
  bool changed = false;
  for (const ObjectKey key : run.catalogue.ObjectChildren(object.key)) {
    const Object& child = run.catalogue.object(key);
    if (child.gone() || child.intent) continue;
    Object& row = run.catalogue.EditObject(key);
    row.news = Gone();
    row.news_content.reset();
    changed = true;
  }
  return changed;
}

/// The node of a directory that is gone: it stays, as a new one, when
/// something of ours is left in it.
void SettleDirectory(RuleRun& run, NodeId id) {
  Catalogue& catalogue = run.catalogue;
  const std::vector<NodeId> below = catalogue.Below(id);
  const bool all_local = std::ranges::all_of(below, [&](NodeId each) {
    return catalogue.node(each).place == Place::kLocal;
  });
  if (!all_local) {
    catalogue.EditNode(id).loaded = true;
    return;
  }
  for (const NodeId each : below) Trash(run, catalogue.node(each));
  DropWithStamp(run, id);
}

bool DirectoryIsGone(RuleRun& run, const Object& object) {
  if (MarkChildrenGone(run, object)) return true;
  const ObjectKey key = object.key;
  if (!run.catalogue.ObjectChildren(key).empty()) return false;
  const Node* node = run.catalogue.NodeOf(key);
  const NodeId id = node == nullptr ? kNoNode : node->id;
  DropObject(run.catalogue, key);
  if (id != kNoNode && run.catalogue.node(id).place == Place::kRemote) {
    SettleDirectory(run, id);
  }
  return true;
}

/// Bytes that only we have stay, in a file without an object; others go too.
void FileIsGone(RuleRun& run, const Object& object, const Node& node) {
  Catalogue& catalogue = run.catalogue;
  const bool dirty = node.gen != object.gen;
  const bool ours_late =
      node.content && ExpectsLateDelete(catalogue, object, run.context.now);
  const NodeId id = node.id;
  if (ours_late) run.CountLateCall();
  if (dirty || ours_late) {
    if (dirty)
      run.Tell(catalogue.ShownPathOf(node),
               "was deleted at the service, and is there again with your edit");
    catalogue.Bind(id, kNoObject);
    if (catalogue.node(id).src == object.key)
      catalogue.SetSource(id, kNoObject);
  } else {
    Trash(run, node);
    DropWithStamp(run, id);
  }
}

/// Nodes whose bytes were only in the object: they are nowhere now.
void DropBorrowers(RuleRun& run, ObjectKey key) {
  std::vector<NodeId> nodes = run.catalogue.Borrowers(key);
  if (const Node* node = run.catalogue.NodeOf(key)) nodes.push_back(node->id);
  std::ranges::sort(nodes);
  for (const NodeId id : nodes) {
    const Node* node = run.catalogue.FindNode(id);
    if (node != nullptr && node->kind == NodeKind::kFile && !node->content &&
        !IsBusy(*node)) {
      DropWithStamp(run, id);
    }
  }
}

}  // namespace

bool RuleGone(RuleRun& run, const Object& object) {
  if (!object.gone() || object.intent) return false;
  if (object.kind == ObjectKind::kDirectory)
    return DirectoryIsGone(run, object);
  Catalogue& catalogue = run.catalogue;
  const ObjectKey key = object.key;
  const Node* node = catalogue.NodeOf(key);
  if (node != nullptr && node->place == Place::kRemote && !object.fresh) {
    if (IsBusy(*node)) return false;
    if (LeavesCacheFirst(catalogue, object, *node, run.context.now))
      return false;
    FileIsGone(run, object, *node);
  }
  DropBorrowers(run, key);
  DropObject(catalogue, key);
  return true;
}

bool RuleGhost(RuleRun& run, const Node& node) {
  if (node.kind != NodeKind::kFile || node.gen == 0 || node.content ||
      node.bind != kNoObject || node.src != kNoObject || IsBusy(node) ||
      node.detached()) {
    return false;
  }
  DropWithStamp(run, node.id);
  return true;
}

}  // namespace wsfs
