#include <algorithm>
#include <utility>

#include "core/planner/changes.h"
#include "core/planner/plan_builder.h"

namespace wsfs {

bool IsStructural(IntentOp op) {
  switch (op) {
    case IntentOp::kMove:
    case IntentOp::kPark:
    case IntentOp::kDelete:
    case IntentOp::kRmtree: return true;
    case IntentOp::kPut:
    case IntentOp::kCreate:
    case IntentOp::kMkdir: return false;
  }
  std::unreachable();
}

Plan MakePlan(const Catalogue& catalogue, const PlannerContext& context,
              const PlanOptions& options) {
  return PlanBuilder(catalogue, context, options).Make();
}

Plan PlanBuilder::Make() {
  CollectIntents();
  std::vector<std::pair<std::size_t, ObjectKey>> objects;
  for (const ObjectKey key : catalogue_.UnsettledObjects()) {
    const Object& object = catalogue_.object(key);
    if (object.parent == kNoObject) continue;
    objects.emplace_back(catalogue_.Depth(object), key);
  }
  std::ranges::sort(objects);
  for (const auto& [depth, key] : objects) {
    PlanObject(catalogue_.object(key));
    const Node* node = catalogue_.NodeOf(key);
    if (node != nullptr) BringTakerHere(*node);
  }
  for (const NodeId id : catalogue_.UnsettledNodes()) {
    const Node& node = catalogue_.node(id);
    PlanNode(node);
    BringTakerHere(node);
  }
  BlockClaimedNames();
  BlockUnresolvedAncestors();
  BreakCycles(catalogue_, actions_);
  return std::move(actions_).Finish();
}

void PlanBuilder::CollectIntents() {
  for (const ObjectKey key : catalogue_.UnsettledObjects()) {
    const Object& object = catalogue_.object(key);
    if (!object.intent) continue;
    intents_.push_back(
        {OfObject(ActionOp::kResolve, key), key, &*object.intent});
  }
  for (const NodeId id : catalogue_.UnsettledNodes()) {
    const Node& node = catalogue_.node(id);
    if (!node.intent) continue;
    intents_.push_back(
        {OfNode(ActionOp::kResolve, id), kNoObject, &*node.intent});
  }
}

/// The path at the service that the action makes something at; "" if none.
std::string PlanBuilder::DestinationOf(const Action& action) const {
  if (action.key.op == ActionOp::kMove) return action.destination;
  const bool makes =
      action.key.op == ActionOp::kCreate || action.key.op == ActionOp::kMkdir;
  if (!makes) return "";
  const Node& node = catalogue_.node(action.key.node);
  const Object* parent =
      catalogue_.FindObject(catalogue_.node(node.parent).bind);
  if (parent == nullptr) return "";
  std::string name = node.name;
  if (node.content) {
    if (auto form = FormFor(node.name, *node.content)) name = form->remote_name;
  }
  const std::string path = catalogue_.RemotePathOf(*parent);
  return path == "/" ? path + name : path + "/" + name;
}

/// A name that an unanswered call may still take is not used.
void PlanBuilder::BlockClaimedNames() {
  std::map<std::string, ActionKey> claimed;
  for (const OpenIntent& open : intents_) {
    if (!open.intent->dst.empty()) claimed[open.intent->dst] = open.resolve;
  }
  if (claimed.empty()) return;
  for (ActionList::Entry& entry : actions_.entries()) {
    const std::string path = DestinationOf(entry.action);
    const auto claim = claimed.find(path);
    if (claim != claimed.end() && claim->second != entry.action.key) {
      entry.action.blockers.push_back(claim->second);
    }
  }
}

/// The object whose path the action uses.
const Object* PlanBuilder::PlaceOf(const Action& action) const {
  if (action.key.object != kNoObject) {
    return catalogue_.FindObject(action.key.object);
  }
  const Node& node = catalogue_.node(action.key.node);
  if (action.key.op == ActionOp::kDigest) return nullptr;
  if (node.intent) return catalogue_.FindObject(node.intent->parent);
  if (action.key.op == ActionOp::kHydrate) {
    return catalogue_.FindObject(node.src != kNoObject ? node.src : node.bind);
  }
  const Node* directory = catalogue_.FindNode(node.parent);
  return directory == nullptr ? nullptr
                              : catalogue_.FindObject(directory->bind);
}

/// The object that the action puts something into, when that is another than
/// PlaceOf.
const Object* PlanBuilder::TargetOf(const Action& action) const {
  if (action.key.op != ActionOp::kMove) return nullptr;
  const Node* node = catalogue_.NodeOf(action.key.object);
  const Node* directory =
      node == nullptr ? nullptr : catalogue_.FindNode(node->parent);
  return directory == nullptr ? nullptr
                              : catalogue_.FindObject(directory->bind);
}

/// From `place` upwards: what an unanswered call may have moved or removed.
void PlanBuilder::BlockUnresolvedFrom(const Object* place, Action& action) {
  for (; place != nullptr; place = catalogue_.FindObject(place->parent)) {
    if (!place->intent || !IsStructural(place->intent->op)) continue;
    const ActionKey resolve = OfObject(ActionOp::kResolve, place->key);
    if (resolve != action.key) action.blockers.push_back(resolve);
  }
}

/// The present path of what lies under an unanswered move or delete is not
/// known: neither where the action takes from, nor where it goes.
void PlanBuilder::BlockUnresolvedAncestors() {
  const bool any = std::ranges::any_of(intents_, [](const OpenIntent& open) {
    return open.object != kNoObject && IsStructural(open.intent->op);
  });
  if (!any) return;
  for (ActionList::Entry& entry : actions_.entries()) {
    BlockUnresolvedFrom(PlaceOf(entry.action), entry.action);
    BlockUnresolvedFrom(TargetOf(entry.action), entry.action);
  }
}

}  // namespace wsfs
