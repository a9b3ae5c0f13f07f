#include "store/catalogue_state.h"

namespace wsfs {

// Which objects' rules can have another answer after a change. The rules of
// planner.md §3 read, for an object: its row, its node, the node at its shown
// name and at its remote name, its parent with its node, and its children.
// What they read further away (all below a node that would step aside, the
// directories above a found object) they ask to be looked at again for, by
// LookAgain().

void Catalogue::State::Touch(const Node& node) {
  touched_nodes.insert(node.id);
  stale_nodes.insert(node.id);
  stale_refused.insert(node.id);
  if (node.bind != kNoObject) stale_objects.insert(node.bind);
  if (node.kind == NodeKind::kDirectory) {
    directory_nodes.try_emplace(
        node.id, DirectoryNode{node.place, node.loaded, node.intent.has_value(),
                               node.bind});
  }
}

void Catalogue::State::Touch(const Object& object) {
  touched_objects.insert(object.key);
  stale_objects.insert(object.key);
  if (object.kind == ObjectKind::kDirectory) {
    directory_objects.try_emplace(
        object.key, DirectoryObject{object.intent.has_value(), object.fresh,
                                    object.news.index()});
  }
}

void Catalogue::State::TouchPlace(NodeId directory, std::string_view name) {
  if (directory != kNoNode) touched_places.emplace(directory, name);
}

void Catalogue::State::AddPlace(NodeId directory, std::string_view name,
                                std::set<ObjectKey>& out) const {
  const auto node = nodes.find(directory);
  if (node == nodes.end() || node->second.bind == kNoObject) return;
  const ObjectKey parent = node->second.bind;
  const auto named = object_children.find(parent);
  if (named != object_children.end()) {
    auto at = named->second.lower_bound({name, 0});
    for (; at != named->second.end() && at->first == name; ++at) {
      out.insert(at->second);
    }
  }
  const auto shown = views.find(parent);
  if (shown == views.end()) return;
  auto at = shown->second.lower_bound({std::string(name), 0});
  for (; at != shown->second.end() && at->first == name; ++at) {
    out.insert(at->second);
  }
}

void Catalogue::State::AddDirectoryReach(NodeId id, ObjectKey object,
                                         std::set<ObjectKey>& out) const {
  const auto kids = children.find(id);
  if (kids != children.end()) {
    for (const auto& [name, child] : kids->second) {
      const ObjectKey bind = nodes.at(child).bind;
      if (bind != kNoObject) out.insert(bind);
    }
  }
  const auto listed = object_children.find(object);
  if (listed == object_children.end()) return;
  for (const auto& [name, child] : listed->second) out.insert(child);
}

void Catalogue::State::AddNodeReach(NodeId id, std::set<ObjectKey>& out) const {
  const auto found = nodes.find(id);
  const auto before = directory_nodes.find(id);
  if (found == nodes.end()) {
    if (before != directory_nodes.end()) {
      AddDirectoryReach(id, before->second.bind, out);
    }
    return;
  }
  const Node& node = found->second;
  if (node.bind != kNoObject) out.insert(node.bind);
  if (node.src != kNoObject) out.insert(node.src);
  AddPlace(node.parent, node.name, out);
  if (before == directory_nodes.end()) return;
  const DirectoryNode& was = before->second;
  if (was.place != node.place || was.loaded != node.loaded ||
      was.intent != node.intent.has_value() || was.bind != node.bind) {
    AddDirectoryReach(id, node.bind, out);
    if (was.bind != node.bind) AddDirectoryReach(id, was.bind, out);
  }
}

void Catalogue::State::AddObjectReach(ObjectKey key,
                                      std::set<ObjectKey>& out) const {
  const auto found = objects.find(key);
  if (found == objects.end()) return;
  const Object& object = found->second;
  out.insert(key);
  const auto parent = objects.find(object.parent);
  if (parent != objects.end() && parent->second.gone()) {
    out.insert(object.parent);
  }
  const auto node = bound.find(key);
  if (node != bound.end()) {
    const Node& at = nodes.at(node->second);
    AddPlace(at.parent, at.name, out);
  }
  const auto before = directory_objects.find(key);
  if (before == directory_objects.end()) return;
  const DirectoryObject& was = before->second;
  if (was.intent != object.intent.has_value() || was.fresh != object.fresh ||
      was.news != object.news.index()) {
    AddDirectoryReach(kNoNode, key, out);
  }
}

Catalogue::Touched Catalogue::State::Take() {
  Touched out;
  for (const ObjectKey key : touched_objects) {
    const auto object = objects.find(key);
    if (object != objects.end()) IndexView(object->second);
  }
  for (const ObjectKey key : touched_objects) AddObjectReach(key, out.objects);
  for (const NodeId id : touched_nodes) AddNodeReach(id, out.objects);
  for (const auto& [directory, name] : touched_places) {
    AddPlace(directory, name, out.objects);
  }
  for (const ObjectKey key : look_again) {
    if (objects.contains(key)) out.objects.insert(key);
  }
  for (const NodeId id : touched_nodes) {
    if (nodes.contains(id)) out.nodes.insert(id);
  }
  touched_objects.clear();
  touched_nodes.clear();
  touched_places.clear();
  // Not clear(): that costs what the table once held.
  Rows<DirectoryNode>().swap(directory_nodes);
  Rows<DirectoryObject>().swap(directory_objects);
  look_again.clear();
  return out;
}

Catalogue::Touched Catalogue::TakeTouched() {
  Touched out = state_->Take();
  state_->taken.nodes.insert(out.nodes.begin(), out.nodes.end());
  state_->taken.objects.insert(out.objects.begin(), out.objects.end());
  return out;
}

void Catalogue::LookAgain(ObjectKey key) {
  state_->look_again.insert(key);
}

void Catalogue::TouchAll() {
  for (const auto& [id, node] : state_->nodes) state_->touched_nodes.insert(id);
  for (const auto& [key, object] : state_->objects) {
    state_->touched_objects.insert(key);
  }
}

}  // namespace wsfs
