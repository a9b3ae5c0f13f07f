#include <algorithm>
#include <ranges>

#include "base/check.h"
#include "store/catalogue_state.h"

namespace wsfs {

namespace {

template <typename Rows>
auto Find(const Rows& rows, std::uint64_t key) -> const
    typename Rows::mapped_type* {
  const auto found = rows.find(key);
  return found == rows.end() ? nullptr : &found->second;
}

template <typename Rows>
std::vector<std::uint64_t> SortedKeys(const Rows& rows) {
  std::vector<std::uint64_t> out;
  out.reserve(rows.size());
  for (const auto& [key, row] : rows) out.push_back(key);
  std::ranges::sort(out);
  return out;
}

/// All below `top`, depth first, each before its own children.
template <typename Index>
std::vector<std::uint64_t> DepthFirst(const Index& index, std::uint64_t top) {
  std::vector<std::uint64_t> out;
  std::vector<std::uint64_t> open{top};
  while (!open.empty()) {
    const std::uint64_t at = open.back();
    open.pop_back();
    if (at != top) out.push_back(at);
    const auto* names = Find(index, at);
    if (names == nullptr) continue;
    for (auto name = names->rbegin(); name != names->rend(); ++name) {
      open.push_back(name->second);
    }
  }
  return out;
}

template <typename Index>
std::vector<std::uint64_t> IdsIn(const Index& index, std::uint64_t directory) {
  std::vector<std::uint64_t> out;
  const auto* names = Find(index, directory);
  if (names == nullptr) return out;
  out.reserve(names->size());
  for (const auto& [name, id] : *names) out.push_back(id);
  return out;
}

/// The id of the first row called `name`, 0 if there is none.
template <typename Index>
std::uint64_t FirstNamed(const Index& index, std::uint64_t directory,
                         std::string_view name) {
  const auto* names = Find(index, directory);
  if (names == nullptr) return 0;
  const auto at = names->lower_bound({name, 0});
  return at != names->end() && at->first == name ? at->second : 0;
}

std::string Join(std::vector<std::string_view>& reversed) {
  if (reversed.empty()) return "/";
  std::string out;
  for (const std::string_view part : std::views::reverse(reversed)) {
    out += '/';
    out += part;
  }
  return out;
}

}  // namespace

const Node* Catalogue::FindNode(NodeId id) const {
  return Find(state_->nodes, id);
}

const Object* Catalogue::FindObject(ObjectKey key) const {
  return Find(state_->objects, key);
}

const Node& Catalogue::node(NodeId id) const {
  const Node* found = FindNode(id);
  WSFS_CHECK(found != nullptr);
  return *found;
}

const Object& Catalogue::object(ObjectKey key) const {
  const Object* found = FindObject(key);
  WSFS_CHECK(found != nullptr);
  return *found;
}

const Node* Catalogue::Child(NodeId directory, std::string_view name) const {
  return FindNode(FirstNamed(state_->children, directory, name));
}

std::vector<NodeId> Catalogue::Children(NodeId directory) const {
  return IdsIn(state_->children, directory);
}

bool Catalogue::HasChildren(NodeId directory) const {
  return state_->children.contains(directory);
}

const Node* Catalogue::NodeOf(ObjectKey key) const {
  const NodeId* id = Find(state_->bound, key);
  return id == nullptr ? nullptr : FindNode(*id);
}

std::vector<ObjectKey> Catalogue::ObjectChildren(ObjectKey directory) const {
  return IdsIn(state_->object_children, directory);
}

const Object* Catalogue::ObjectChild(ObjectKey directory,
                                     std::string_view name) const {
  return FindObject(FirstNamed(state_->object_children, directory, name));
}

std::vector<ObjectKey> Catalogue::ObjectsNamed(ObjectKey directory,
                                               std::string_view name) const {
  std::vector<ObjectKey> out;
  const auto* names = Find(state_->object_children, directory);
  if (names == nullptr) return out;
  auto at = names->lower_bound({name, 0});
  for (; at != names->end() && at->first == name; ++at) {
    out.push_back(at->second);
  }
  return out;
}

std::vector<ObjectKey> Catalogue::ObjectsShownAs(ObjectKey directory,
                                                 std::string_view view) const {
  std::vector<ObjectKey> out;
  for (const ObjectKey key : ObjectsNamed(directory, view)) {
    if (object(key).view == view) out.push_back(key);
  }
  if (const auto* views = Find(state_->views, directory)) {
    auto at = views->lower_bound({std::string(view), 0});
    for (; at != views->end() && at->first == view; ++at) {
      out.push_back(at->second);
    }
  }
  std::ranges::sort(out);
  return out;
}

std::vector<NodeId> Catalogue::Borrowers(ObjectKey key) const {
  const std::set<NodeId>* found = Find(state_->borrowers, key);
  if (found == nullptr) return {};
  return {found->begin(), found->end()};
}

std::vector<NodeId> Catalogue::Below(NodeId directory) const {
  return DepthFirst(state_->children, directory);
}

std::vector<ObjectKey> Catalogue::ObjectsBelow(ObjectKey directory) const {
  return DepthFirst(state_->object_children, directory);
}

std::vector<NodeId> Catalogue::AllNodes() const {
  return SortedKeys(state_->nodes);
}

std::vector<ObjectKey> Catalogue::AllObjects() const {
  return SortedKeys(state_->objects);
}

std::size_t Catalogue::node_count() const {
  return state_->nodes.size();
}

std::string Catalogue::RemotePathOf(const Object& object) const {
  std::vector<std::string_view> parts;
  const Object* at = &object;
  while (at != nullptr && at->parent != kNoObject) {
    parts.push_back(at->name);
    at = FindObject(at->parent);
  }
  return Join(parts);
}

std::string Catalogue::ShownPathOf(const Node& node) const {
  std::vector<std::string_view> parts;
  const Node* at = &node;
  while (at != nullptr && at->id != kRootNode) {
    parts.push_back(at->name);
    at = FindNode(at->parent);
  }
  return Join(parts);
}

std::size_t Catalogue::Depth(const Object& object) const {
  std::size_t depth = 0;
  const Object* at = &object;
  while (at != nullptr && at->parent != kNoObject) {
    ++depth;
    at = FindObject(at->parent);
  }
  return depth;
}

const Node* Catalogue::Occupant(const Object& object) const {
  if (object.parent == kNoObject) return FindNode(kRootNode);
  const Node* directory = NodeOf(object.parent);
  return directory == nullptr ? nullptr : Child(directory->id, object.view);
}

bool Catalogue::InPlace(const Node& node, const Object& object) const {
  if (object.parent == kNoObject) return true;
  const Node* directory = FindNode(node.parent);
  return directory != nullptr && directory->bind == object.parent &&
         node.name == object.view;
}

bool Catalogue::InLocalTree(NodeId id) const {
  for (const Node* at = FindNode(id); at != nullptr;
       at = FindNode(at->parent)) {
    if (at->place == Place::kLocal) return true;
  }
  return false;
}

bool Catalogue::IsUnder(const Object& object, ObjectKey top) const {
  for (const Object* at = &object; at != nullptr; at = FindObject(at->parent)) {
    if (at->key == top) return true;
  }
  return false;
}

const SideTables& Catalogue::sides() const {
  return state_->sides;
}

const Capabilities& Catalogue::capabilities() const {
  return state_->capabilities;
}

std::uint64_t Catalogue::next_id() const {
  return state_->next_id;
}

}  // namespace wsfs
