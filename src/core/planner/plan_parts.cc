#include <algorithm>

#include "core/planner/changes.h"
#include "core/planner/plan_builder.h"

namespace wsfs {

void PlanBuilder::Add(ActionKey key, PlanMillis ready,
                      std::vector<ActionKey> blockers,
                      std::vector<ActionKey> soft) {
  actions_.Add({{.key = key,
                 .ready = ready,
                 .blockers = std::move(blockers),
                 .destination = {}},
                std::move(soft)});
}

void PlanBuilder::Hydrate(const Node& node) {
  Add(OfNode(ActionOp::kHydrate, node.id), node.again, {});
}

void PlanBuilder::SecureFirst(const Node& node,
                              std::vector<ActionKey>& blockers) {
  if (!node.content || !IsCached(*node.content)) return;
  const ActionKey key = OfNode(ActionOp::kSecure, node.id);
  Add(key, 0, {});
  blockers.push_back(key);
}

void PlanBuilder::BringHere(const Node& node) {
  if (node.kind != NodeKind::kFile) return;
  std::vector<ActionKey> ignored;
  if (node.content) return SecureFirst(node, ignored);
  if (node.src != kNoObject || node.bind != kNoObject) Hydrate(node);
}

void PlanBuilder::HydrateFrom(const Object& object,
                              std::vector<ActionKey>& blockers) {
  const auto add = [&](const Node& node) {
    if (node.content || node.kind != NodeKind::kFile) return;
    Hydrate(node);
    blockers.push_back(OfNode(ActionOp::kHydrate, node.id));
  };
  for (const NodeId id : catalogue_.Borrowers(object.key)) {
    add(catalogue_.node(id));
  }
  const Node* node = catalogue_.NodeOf(object.key);
  if (node != nullptr && node->place == Place::kLocal) add(*node);
}

void PlanBuilder::DigestFirst(const Node& node,
                              std::vector<ActionKey>& blockers) {
  if (!node.content || node.content->digest) return;
  const ActionKey key = OfNode(ActionOp::kDigest, node.id);
  Add(key, 0, {});
  blockers.push_back(key);
}

void PlanBuilder::BlockOpenBelow(const Object& object,
                                 std::vector<ActionKey>& blockers) {
  if (object.kind != ObjectKind::kDirectory) return;
  for (const OpenIntent& open : intents_) {
    const Object* holder = catalogue_.FindObject(open.object);
    const Object* target = catalogue_.FindObject(open.intent->parent);
    const bool below = holder != nullptr && holder->key != object.key &&
                       catalogue_.IsUnder(*holder, object.key);
    const bool into = target != nullptr &&
                      catalogue_.IsUnder(*target, object.key) &&
                      open.object != object.key;
    if (below || into) blockers.push_back(open.resolve);
  }
}

void PlanBuilder::BlockCopies(const Object& object,
                              std::vector<ActionKey>& soft) const {
  for (const NodeId id : catalogue_.Borrowers(object.key)) {
    const Node& node = catalogue_.node(id);
    if (node.place == Place::kRemote && node.bind == kNoObject &&
        node.gen > 0) {
      soft.push_back(OfNode(ActionOp::kCreate, id));
    }
  }
}

PlanMillis PlanBuilder::Quiet(std::uint64_t row, PlanMillis since,
                              const Node* a, const Node* b) const {
  if (options_.settle_now || options_.urgent.contains(row)) return 0;
  PlanMillis last = since;
  if (a != nullptr) last = std::max(last, a->touched);
  if (b != nullptr) last = std::max(last, b->touched);
  return std::min(last + kSettleMs, since + kSettleCapMs);
}

const Object* PlanBuilder::DeadTop(const Object& object) const {
  const Object* top = nullptr;
  for (const Object* at = &object; at != nullptr && at->parent != kNoObject;
       at = catalogue_.FindObject(at->parent)) {
    if (at->kind != ObjectKind::kDirectory || at->fresh) continue;
    const Node* node = catalogue_.NodeOf(at->key);
    if (node == nullptr || node->place == Place::kLocal) top = at;
  }
  return top;
}

/// The action that takes the object out of its present name.
ActionKey PlanBuilder::LeavingKey(const Object& object) const {
  if (object.intent) return OfObject(ActionOp::kResolve, object.key);
  const Node* node = catalogue_.NodeOf(object.key);
  if (node != nullptr && node->place == Place::kRemote) {
    return OfObject(ActionOp::kMove, object.key);
  }
  const Object* top = DeadTop(object);
  if (top != nullptr) return OfObject(ActionOp::kRmtree, top->key);
  return OfObject(ActionOp::kDelete, object.key);
}

/// What to wait for before a new object can take this one's name.
ActionKey PlanBuilder::HolderKey(const Object& object) const {
  return object.fresh || object.has_news()
             ? OfObject(ActionOp::kWait, object.key)
             : LeavingKey(object);
}

const Object* PlanBuilder::Slot(ObjectKey parent, std::string_view name,
                                ObjectKey except) const {
  const Object* found = catalogue_.ObjectChild(parent, name);
  if (found == nullptr || found->key != except) return found;
  for (const ObjectKey key : catalogue_.ObjectsNamed(parent, name)) {
    if (key != except) return &catalogue_.object(key);
  }
  return nullptr;
}

}  // namespace wsfs
