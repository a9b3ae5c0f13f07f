#include <algorithm>

#include "core/planner/rules.h"

namespace wsfs {

namespace {

/// What was deleted here was edited there: it is found anew.
bool ShowAgain(RuleRun& run, ObjectKey key) {
  const RemoteInfo info = *run.catalogue.object(key).newer();
  TakeVersion(run.catalogue, key, info, std::nullopt);
  run.catalogue.EditObject(key).fresh = true;
  return true;
}

/// The same, and the person is told.
bool ShowEdited(RuleRun& run, ObjectKey key) {
  const Object& object = run.catalogue.object(key);
  run.Tell(run.catalogue.RemotePathOf(object),
           "was deleted here, and is shown again: it was changed at the "
           "service meanwhile");
  return ShowAgain(run, key);
}

/// A foreign change moves mtime on, so that whoever compares times sees it
/// (design.md §3).
void StampPull(RuleRun& run, Node& node, const RemoteInfo& info) {
  Attributes& times = node.attributes;
  times.mtime = Ascending(WallOf(info.version.modified_at), times.mtime);
  times.ctime = run.context.wall;
}

/// The next generation is the service's; its bytes are not here.
bool Pull(RuleRun& run, ObjectKey key, NodeId id) {
  const RemoteInfo info = *run.catalogue.object(key).newer();
  TakeVersion(run.catalogue, key, info, std::nullopt);
  run.catalogue.SetSource(id, kNoObject);
  Node& node = run.catalogue.EditNode(id);
  node.gen += 1;
  node.content.reset();
  node.known_size = info.size_bytes;
  StampPull(run, node, info);
  run.catalogue.EditObject(key).gen = node.gen;
  return true;
}

/// Both sides are here: who has what?
bool Decide(RuleRun& run, ObjectKey key, NodeId id, bool dirty) {
  Catalogue& catalogue = run.catalogue;
  const Object& object = catalogue.object(key);
  const Node& node = catalogue.node(id);
  if (!object.news_content || !node.content) return false;
  const RemoteInfo info = *object.newer();
  const Form form = FormOf(object);
  const auto theirs = NormalHash(*object.news_content, form);
  const auto ours = NormalHash(*node.content, form);
  if (!theirs || !ours) return false;
  if (*theirs == *ours) {
    TakeVersion(catalogue, key, info, theirs);
    catalogue.EditObject(key).gen = node.gen;
    return true;
  }
  const bool from_theirs = object.base && *object.base == *theirs;
  if (from_theirs || IsEcho(catalogue, object.name, *theirs, run.context.now)) {
    // Ours was made from it, or it is ours and late: push.
    if (!from_theirs) run.CountLateCall();
    const auto ancestor = from_theirs ? object.ancestor : object.news_content;
    TakeVersion(catalogue, key, info, theirs);
    Object& row = catalogue.EditObject(key);
    row.gen = kNoGeneration;
    row.ancestor = ancestor;
    return true;
  }
  if (!dirty) return Pull(run, key, id);
  if (MayMerge(run.context, object, node)) return false;
  // What is only here must not lie where it may be dropped.
  if (IsCached(*node.content)) return false;
  MakeConflictCopy(run, id, "changed here and at the service");
  return ShowAgain(run, key);
}

}  // namespace

bool RuleChanged(RuleRun& run, const Object& object) {
  if (object.newer() == nullptr || object.intent) return false;
  Catalogue& catalogue = run.catalogue;
  const ObjectKey key = object.key;
  if (object.fresh) {
    std::optional<Hash> base;
    if (object.news_content) {
      base = NormalHash(*object.news_content, FormOf(object));
    }
    const RemoteInfo info = *object.newer();
    TakeVersion(catalogue, key, info, base);
    return true;
  }
  const Node* node = catalogue.NodeOf(key);
  if (node == nullptr) return ShowEdited(run, key);
  if (node->place == Place::kLocal) {
    Unbind(catalogue, node->id, run.context.now);
    return ShowAgain(run, key);
  }
  if (IsBusy(*node)) return false;
  const bool dirty = node->gen != object.gen && node->gen > 0;
  const bool echoes = HasEcho(catalogue, object.name, run.context.now);
  if (!dirty && !(echoes && node->content)) return Pull(run, key, node->id);
  // An echo is over one day, with nobody touching anything.
  if (!node->content || !object.news_content) {
    return dirty ? false : run.Wait(object);
  }
  return Decide(run, key, node->id, dirty);
}

}  // namespace wsfs
