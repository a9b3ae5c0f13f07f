#include <algorithm>

#include "core/places.h"
#include "core/planner/changes.h"
#include "core/planner/plan_builder.h"

namespace wsfs {

namespace {

bool IsSealedFile(const Node* node) {
  return node != nullptr && node->kind == NodeKind::kFile && !IsBusy(*node) &&
         node->gen > 0;
}

/// Whether the news mean anything for `ours` only the bytes of both tell.
bool MustCompare(const Object& object, const Node& ours, bool echoes) {
  if (object.fresh)
    return ours.bind == kNoObject && ours.place == Place::kRemote;
  return ours.gen != object.gen || echoes;
}

}  // namespace

void PlanBuilder::PlanObject(const Object& object) {
  const Node* node = catalogue_.NodeOf(object.key);
  if (object.intent) {
    return Add(OfObject(ActionOp::kResolve, object.key), object.again, {});
  }
  if (object.gone()) {
    if (node != nullptr &&
        LeavesCacheFirst(catalogue_, object, *node, context_.now)) {
      BringHere(*node);
    }
    return;
  }
  if (object.fresh || object.has_news()) return PlanNews(object, node);
  if (node == nullptr || node->place == Place::kLocal) {
    return PlanRemoval(object, node);
  }
  PlanPut(object, *node);
  if (catalogue_.capabilities().rename && !catalogue_.InPlace(*node, object)) {
    PlanMove(object, *node);
  }
}

void PlanBuilder::PlanNews(const Object& object, const Node* node) {
  const bool fetch = NeedsFetch(object, node);
  if (object.fresh) HydrateInTheWay(object);
  if (fetch) Add(OfObject(ActionOp::kFetch, object.key), object.again, {});
  // What a rule could decide it has decided: only a merge is left.
  if (node != nullptr && MayMerge(context_, object, *node))
    Add(OfObject(ActionOp::kMerge, object.key), 0, {});
}

/// Must the news' bytes be here to decide? Downloads and hashes ours too.
bool PlanBuilder::NeedsFetch(const Object& object, const Node* node) {
  if (object.kind == ObjectKind::kDirectory) return false;
  const bool echoes = HasEcho(catalogue_, object.name, context_.now);
  bool compare = false;
  const Node* ours = object.fresh ? catalogue_.Occupant(object) : node;
  if (IsSealedFile(ours)) {
    if (!ours->content && ours->src != kNoObject) Hydrate(*ours);
    compare = MustCompare(object, *ours, echoes);
    std::vector<ActionKey> ignored;
    if (compare) DigestFirst(*ours, ignored);
    // It may end as a conflict copy, which has its bytes from nobody.
    if (compare && ours->gen != object.gen) SecureFirst(*ours, ignored);
  }
  return !object.news_content && (compare || (object.fresh && echoes));
}

/// What stands where a found object, or a deleted directory above it, will be
/// shown steps aside with its bytes.
void PlanBuilder::HydrateInTheWay(const Object& object) {
  const Object* above = &catalogue_.object(object.parent);
  while (catalogue_.NodeOf(above->key) == nullptr &&
         above->parent != kNoObject) {
    const Node* there = catalogue_.Occupant(*above);
    if (there != nullptr) BringHere(*there);
    above = &catalogue_.object(above->parent);
  }
  const Node* there = catalogue_.Occupant(object);
  if (there == nullptr) return;
  const Object* held = catalogue_.FindObject(there->bind);
  if (held == nullptr || !catalogue_.InPlace(*there, *held)) BringHere(*there);
}

void PlanBuilder::PlanRemoval(const Object& object, const Node* node) {
  std::vector<ActionKey> blockers;
  const Object* top = DeadTop(object);
  if (top != nullptr && top != &object) {
    // The recursive delete of that directory takes it along.
    return HydrateFrom(object, blockers);
  }
  PlanMillis ready = std::max(Quiet(object.key, object.touched,
                                    catalogue_.NodeOf(object.parent), nullptr),
                              object.again);
  if (object.kind == ObjectKind::kDirectory) return PlanRmtree(object, ready);
  if (node != nullptr && IsEphemera(node->name)) {
    // An editor's backup: its new file must not cost the object its identity.
    ready = std::max(ready, object.touched + kHoldMs);
  }
  HydrateFrom(object, blockers);
  std::vector<ActionKey> soft;
  BlockCopies(object, soft);
  Add(OfObject(ActionOp::kDelete, object.key), ready, std::move(blockers),
      std::move(soft));
}

void PlanBuilder::PlanRmtree(const Object& object, PlanMillis ready) {
  std::vector<ActionKey> blockers;
  std::vector<ActionKey> soft;
  BlockOpenBelow(object, blockers);
  for (const ObjectKey key : catalogue_.ObjectsBelow(object.key)) {
    const Object& below = catalogue_.object(key);
    const Node* node = catalogue_.NodeOf(key);
    if (node != nullptr && node->place == Place::kRemote) {
      blockers.push_back(OfObject(ActionOp::kMove, key));
    }
    if (below.fresh || below.has_news()) {
      blockers.push_back(OfObject(ActionOp::kWait, key));
    }
    HydrateFrom(below, blockers);
    BlockCopies(below, soft);
  }
  Add(OfObject(ActionOp::kRmtree, object.key), ready, std::move(blockers),
      std::move(soft));
}

void PlanBuilder::PlanPut(const Object& object, const Node& node) {
  if (object.kind == ObjectKind::kDirectory || node.gen == 0 || node.unclosed ||
      node.gen == object.gen) {
    return;
  }
  if (!node.content) return Hydrate(node);
  // Sealed by an fsync, for recovery: the save is not over.
  if (node.unclosed) return;
  PlanMillis ready = object.again;
  if (!node.refused.empty()) {
    if (!options_.retry_refused) return;
    ready = std::max(ready, node.again);
  }
  std::vector<ActionKey> blockers;
  HydrateFrom(object, blockers);
  DigestFirst(node, blockers);
  Add(OfObject(ActionOp::kPut, object.key), ready, std::move(blockers));
}

void PlanBuilder::PlanMove(const Object& object, const Node& node) {
  const Node& directory = catalogue_.node(node.parent);
  const auto name = NameFits(FormOf(object), node.name);
  if (!name) return;
  Action action;
  action.key = OfObject(ActionOp::kMove, object.key);
  action.ready =
      std::max(Quiet(object.key, std::max(object.touched, node.touched),
                     &directory, catalogue_.NodeOf(object.parent)),
               object.again);
  BlockOpenBelow(object, action.blockers);
  BlockMoveTarget(object, directory, *name, action);
  actions_.Add({std::move(action), {}});
}

void PlanBuilder::BlockMoveTarget(const Object& object, const Node& directory,
                                  std::string_view name, Action& action) {
  if (directory.bind == kNoObject) {
    action.blockers.push_back(OfNode(ActionOp::kMkdir, directory.id));
    return;
  }
  const Object& parent = catalogue_.object(directory.bind);
  action.destination = catalogue_.RemotePathOf(parent);
  if (action.destination.size() > 1) action.destination += '/';
  action.destination += name;
  if (catalogue_.IsUnder(parent, object.key)) {
    // Into its own former child: that one leaves first.
    for (const Object* at = &parent; at->key != object.key;
         at = &catalogue_.object(at->parent)) {
      const Node* node = catalogue_.NodeOf(at->key);
      if (node != nullptr && !catalogue_.InPlace(*node, *at)) {
        action.blockers.push_back(OfObject(ActionOp::kMove, at->key));
      }
    }
  }
  const Object* holder = Slot(parent.key, name, object.key);
  if (holder != nullptr) action.blockers.push_back(LeavingKey(*holder));
}

}  // namespace wsfs
