#include <algorithm>

#include "core/planner/changes.h"
#include "core/planner/plan_builder.h"

namespace wsfs {

void PlanBuilder::PlanNode(const Node& node) {
  if (node.intent) {
    return Add(OfNode(ActionOp::kResolve, node.id), node.again, {});
  }
  if (node.parent == kNoNode || node.place == Place::kLocal ||
      node.bind != kNoObject) {
    return;
  }
  if (!node.refused.empty() && !options_.retry_refused) return;
  if (catalogue_.InLocalTree(node.parent)) return;
  const Node& directory = catalogue_.node(node.parent);
  Action action;
  action.ready = std::max(
      Quiet(node.id, std::max(node.touched, node.closed), &directory, nullptr),
      node.again);
  const Object* parent = catalogue_.FindObject(directory.bind);
  if (parent == nullptr) {
    action.blockers.push_back(OfNode(ActionOp::kMkdir, directory.id));
  } else if (parent->fresh || parent->has_news() || parent->intent) {
    action.blockers.push_back(OfObject(ActionOp::kWait, parent->key));
  }
  if (node.kind == NodeKind::kFile) {
    return PlanCreate(node, parent, std::move(action));
  }
  if (node.kind != NodeKind::kDirectory) return;
  action.key = OfNode(ActionOp::kMkdir, node.id);
  if (parent != nullptr) {
    const Object* holder = Slot(parent->key, node.name, kNoObject);
    if (holder != nullptr) action.blockers.push_back(HolderKey(*holder));
  }
  actions_.Add({std::move(action), {}});
}

void PlanBuilder::PlanCreate(const Node& node, const Object* parent,
                             Action action) {
  if (node.gen == 0 || node.unclosed) return;
  if (!node.content) {
    if (node.src != kNoObject) Hydrate(node);
    return;
  }
  if (node.unclosed) return;
  action.key = OfNode(ActionOp::kCreate, node.id);
  DigestFirst(node, action.blockers);
  SecureFirst(node, action.blockers);
  if (parent != nullptr) {
    const auto form = FormFor(node.name, *node.content);
    const Object* holder =
        HolderFor(*parent, node, form ? form->remote_name : node.name);
    if (holder != nullptr) action.blockers.push_back(HolderKey(*holder));
  }
  actions_.Add({std::move(action), {}});
}

/// Who has the name at the service, or the shown one.
const Object* PlanBuilder::HolderFor(const Object& parent, const Node& node,
                                     const std::string& remote_name) const {
  const Object* holder = Slot(parent.key, remote_name, kNoObject);
  if (holder == nullptr) {
    const auto shown = catalogue_.ObjectsShownAs(parent.key, node.name);
    if (!shown.empty()) holder = &catalogue_.object(shown.front());
  }
  if (holder == nullptr || remote_name == node.name) return holder;
  const Node* held = catalogue_.NodeOf(holder->key);
  if (held == nullptr || !catalogue_.InPlace(*held, *holder)) return holder;
  // The notebook's name is taken for good: it goes up as a plain file.
  return Slot(parent.key, node.name, kNoObject);
}

/// A node at the remote name of a notebook shown otherwise must step aside,
/// and takes its bytes with it.
void PlanBuilder::BringTakerHere(const Node& node) {
  if (node.kind != NodeKind::kFile || node.place != Place::kRemote) return;
  const Node* directory = catalogue_.FindNode(node.parent);
  if (directory == nullptr || directory->bind == kNoObject) return;
  const Object* held = catalogue_.FindObject(node.bind);
  if (held != nullptr && catalogue_.InPlace(node, *held)) return;
  for (const ObjectKey key :
       catalogue_.ObjectsNamed(directory->bind, node.name)) {
    const Object& object = catalogue_.object(key);
    if (object.view == object.name || object.intent || object.fresh ||
        object.has_news()) {
      continue;
    }
    const Node* shown = catalogue_.NodeOf(key);
    if (shown != nullptr && catalogue_.InPlace(*shown, object)) {
      BringHere(node);
    }
  }
}

}  // namespace wsfs
