#include "store/catalogue_state.h"

namespace wsfs {

bool Catalogue::State::IsUnsettled(const Object& object) const {
  if (object.parent == kNoObject) return object.intent.has_value();
  if (object.intent || object.fresh || object.has_news()) return true;
  const auto at = bound.find(object.key);
  if (at == bound.end()) return true;
  const Node& node = nodes.at(at->second);
  if (node.place == Place::kLocal) return true;
  // A directory has no content that could differ.
  if (object.kind != ObjectKind::kDirectory && node.gen > 0 &&
      node.gen != object.gen) {
    return true;
  }
  const auto directory = nodes.find(node.parent);
  return directory == nodes.end() || directory->second.bind != object.parent ||
         node.name != object.view;
}

bool Catalogue::State::IsUnsettled(const Node& node) const {
  if (node.intent || !node.refused.empty()) return true;
  return node.parent != kNoNode && node.place == Place::kRemote &&
         node.bind == kNoObject;
}

namespace {

void Put(std::set<std::uint64_t>& set, std::uint64_t key, bool in) {
  if (in) {
    set.insert(key);
  } else {
    set.erase(key);
  }
}

}  // namespace

void Catalogue::State::JudgeRefused() {
  for (const NodeId id : stale_refused) {
    const auto node = nodes.find(id);
    Put(refused_nodes, id,
        node != nodes.end() && !node->second.refused.empty());
  }
  std::unordered_set<NodeId>().swap(stale_refused);
}

void Catalogue::State::JudgeStale() {
  for (const NodeId id : stale_nodes) {
    const auto node = nodes.find(id);
    Put(unsettled_nodes, id, node != nodes.end() && IsUnsettled(node->second));
    if (node != nodes.end() && node->second.bind != kNoObject) {
      stale_objects.insert(node->second.bind);
    }
    stale_refused.insert(id);
  }
  JudgeRefused();
  for (const ObjectKey key : stale_objects) {
    const auto object = objects.find(key);
    Put(unsettled_objects, key,
        object != objects.end() && IsUnsettled(object->second));
  }
  std::erase_if(stale_nodes,
                [&](NodeId id) { return !node_before.contains(id); });
  std::erase_if(stale_objects,
                [&](ObjectKey key) { return !object_before.contains(key); });
}

const std::set<ObjectKey>& Catalogue::UnsettledObjects() const {
  state_->JudgeStale();
  return state_->unsettled_objects;
}

const std::set<NodeId>& Catalogue::UnsettledNodes() const {
  state_->JudgeStale();
  return state_->unsettled_nodes;
}

std::vector<NodeId> Catalogue::RefusedNodes() const {
  state_->JudgeRefused();
  return {state_->refused_nodes.begin(), state_->refused_nodes.end()};
}

}  // namespace wsfs
