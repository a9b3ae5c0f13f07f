#include "store/catalogue.h"

#include <algorithm>

#include "base/check.h"
#include "store/catalogue_state.h"

namespace wsfs {

Catalogue::Catalogue() : state_(std::make_unique<State>()) {
  Node root;
  root.id = kRootNode;
  root.kind = NodeKind::kDirectory;
  root.attributes.mode = 0755;
  root.bind = kRootObject;
  Object top;
  top.key = kRootObject;
  top.kind = ObjectKind::kDirectory;
  LoadObject(std::move(top));
  LoadNode(std::move(root));
}

Catalogue::~Catalogue() = default;

void Catalogue::LoadNode(Node node) {
  State& s = *state_;
  const NodeId id = node.id;
  const auto old = s.nodes.find(id);
  if (old != s.nodes.end()) s.Unindex(old->second);
  const auto holder = s.bound.find(node.bind);
  if (holder != s.bound.end() && holder->second != id) {
    s.nodes.at(holder->second).bind = kNoObject;
  }
  Node& row = s.nodes.insert_or_assign(id, std::move(node)).first->second;
  s.Index(row);
  for (const Content* content : ContentsOf(row)) {
    ++s.content_rows[IdOf(*content)];
  }
  s.stale_nodes.insert(id);
  s.next_id = std::max(s.next_id, id + 1);
}

void Catalogue::LoadObject(Object object) {
  State& s = *state_;
  const ObjectKey key = object.key;
  const auto old = s.objects.find(key);
  if (old != s.objects.end()) s.Unindex(old->second);
  Object& row =
      s.objects.insert_or_assign(key, std::move(object)).first->second;
  s.Index(row);
  for (const Content* content : ContentsOf(row)) {
    ++s.content_rows[IdOf(*content)];
  }
  // Rules that were waiting for something far away are not on disk.
  if (row.fresh || row.has_news()) s.look_again.insert(key);
  s.stale_objects.insert(key);
  s.next_id = std::max(s.next_id, key + 1);
}

void Catalogue::LoadSides(SideTables sides, Capabilities capabilities,
                          std::uint64_t next_id) {
  state_->sides = std::move(sides);
  state_->capabilities = capabilities;
  state_->next_id = std::max(state_->next_id, next_id);
}

std::uint64_t Catalogue::NewId() {
  return state_->next_id++;
}

Node& Catalogue::AddNode(Node node) {
  State& s = *state_;
  const NodeId id = node.id;
  WSFS_CHECK(id != kNoNode && id < s.next_id && !s.nodes.contains(id));
  s.Keep(id);
  const ObjectKey bind = std::exchange(node.bind, kNoObject);
  Node& row = s.nodes.emplace(id, std::move(node)).first->second;
  s.Index(row);
  s.Touch(row);
  if (bind != kNoObject) Bind(id, bind);
  return row;
}

Object& Catalogue::AddObject(Object object) {
  State& s = *state_;
  const ObjectKey key = object.key;
  WSFS_CHECK(key != kNoObject && key < s.next_id && !s.objects.contains(key));
  s.KeepObject(key);
  Object& row = s.objects.emplace(key, std::move(object)).first->second;
  s.Index(row);
  s.Touch(row);
  return row;
}

Node& Catalogue::EditNode(NodeId id) {
  const auto found = state_->nodes.find(id);
  WSFS_CHECK(found != state_->nodes.end());
  Node& row = found->second;
  state_->Keep(id);
  state_->Touch(row);
  return row;
}

void Catalogue::SetOpenState(NodeId id, int writers, bool drafting) {
  const auto found = state_->nodes.find(id);
  WSFS_CHECK(found != state_->nodes.end());
  Node& row = found->second;
  row.writers = writers;
  row.drafting = drafting;
  state_->Touch(row);
}

Object& Catalogue::EditObject(ObjectKey key) {
  const auto found = state_->objects.find(key);
  WSFS_CHECK(found != state_->objects.end());
  Object& row = found->second;
  state_->KeepObject(key);
  state_->Touch(row);
  return row;
}

void Catalogue::RenameNode(NodeId id, NodeId parent, std::string_view name) {
  State& s = *state_;
  Node& row = EditNode(id);
  s.TouchPlace(row.parent, row.name);
  s.Unindex(row);
  std::string copy(name);
  row.parent = parent;
  row.name = std::move(copy);
  s.Index(row);
}

void Catalogue::Detach(NodeId id) {
  const std::string name = node(id).name;
  RenameNode(id, kNoNode, name);
}

void Catalogue::Bind(NodeId id, ObjectKey key) {
  State& s = *state_;
  Node& row = EditNode(id);
  if (row.bind == key) return;
  const auto holder = s.bound.find(key);
  if (key != kNoObject && holder != s.bound.end())
    Bind(holder->second, kNoObject);
  for (const ObjectKey which : {row.bind, key}) {
    const auto object = s.objects.find(which);
    if (object != s.objects.end()) s.Touch(object->second);
    s.stale_objects.insert(which);
  }
  s.Unindex(row);
  row.bind = key;
  s.Index(row);
  if (row.kind != NodeKind::kDirectory) return;
  const auto children = s.children.find(id);
  if (children == s.children.end()) return;
  for (const auto& [name, child] : children->second) {
    s.stale_nodes.insert(child);
  }
}

void Catalogue::SetSource(NodeId id, ObjectKey key) {
  State& s = *state_;
  Node& row = EditNode(id);
  if (row.src == key) return;
  for (const ObjectKey which : {row.src, key}) {
    const auto object = s.objects.find(which);
    if (object != s.objects.end()) s.Touch(object->second);
  }
  s.Unindex(row);
  row.src = key;
  s.Index(row);
}

void Catalogue::RenameObject(ObjectKey key, ObjectKey parent,
                             std::string_view name) {
  State& s = *state_;
  Object& row = EditObject(key);
  if (s.objects.contains(row.parent)) s.Touch(s.objects.at(row.parent));
  s.Unindex(row);
  std::string copy(name);
  row.parent = parent;
  row.name = std::move(copy);
  s.Index(row);
}

void Catalogue::SetView(ObjectKey key, std::string_view view) {
  Object& row = EditObject(key);
  std::string copy(view);
  row.view = std::move(copy);
  state_->IndexView(row);
}

void Catalogue::RemoveNode(NodeId id) {
  State& s = *state_;
  WSFS_CHECK(id != kRootNode && !HasChildren(id));
  const Node& row = EditNode(id);
  s.TouchPlace(row.parent, row.name);
  for (const ObjectKey which : {row.bind, row.src}) {
    const auto object = s.objects.find(which);
    if (object != s.objects.end()) s.Touch(object->second);
  }
  s.Unindex(row);
  s.nodes.erase(id);
}

void Catalogue::RemoveObject(ObjectKey key) {
  State& s = *state_;
  WSFS_CHECK(key != kRootObject);
  const auto holder = s.bound.find(key);
  if (holder != s.bound.end()) Bind(holder->second, kNoObject);
  for (const NodeId id : Borrowers(key)) SetSource(id, kNoObject);
  const Object& row = EditObject(key);
  const auto parent = s.objects.find(row.parent);
  if (parent != s.objects.end()) s.Touch(parent->second);
  s.Unindex(row);
  s.objects.erase(key);
}

SideTables& Catalogue::EditSides() {
  State& s = *state_;
  if (!s.sides_before) s.sides_before = s.sides;
  return s.sides;
}

Capabilities& Catalogue::EditCapabilities() {
  State& s = *state_;
  if (!s.capabilities_before) s.capabilities_before = s.capabilities;
  // A moved object that can no longer follow its node lets it go.
  for (const ObjectKey key : UnsettledObjects()) s.touched_objects.insert(key);
  return s.capabilities;
}

void Catalogue::AddNotice(Notice notice) {
  state_->notices.push_back(std::move(notice));
}

void Catalogue::KeepInTrash(std::string path, const Content& content) {
  state_->trashed.emplace_back(std::move(path), content);
}

}  // namespace wsfs
