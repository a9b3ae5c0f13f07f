#include "server/model_tree.h"

#include <algorithm>
#include <ranges>

#include "base/check.h"
#include "server/tree_store.h"

namespace wsfs {
namespace {

// Enough for seconds of writes; a stale read asks for milliseconds.
constexpr std::size_t kMaxHistory = 4096;
constexpr std::uint64_t kMaxHistoryBytes = 64 << 20;

std::string ChildKey(const std::string& key, std::string_view name) {
  std::string child = key == "/" ? "" : key;
  return child.append("/").append(name);
}

std::uint64_t HeldBytes(const std::optional<ObjectState>& state) {
  return state && state->content ? state->content->size_bytes() : 0;
}

TreeRow RowOf(std::int64_t row, std::int64_t parent, std::string_view name,
              const ObjectState& state) {
  TreeRow out;
  out.row = row;
  out.parent = parent;
  out.name = name;
  out.state = state;
  if (state.content != nullptr) {
    out.has_content = true;
    out.content_number = state.content->number();
    out.content_bytes = state.content->size_bytes();
    out.content_hash = state.content->hash();
  }
  return out;
}

/// `key` without its last component, if that is what `parent` says.
bool IsChildKey(const std::string& key, const std::string& parent) {
  const std::size_t slash = key.rfind('/');
  return key.size() > 1 &&
         key.compare(0, std::max<std::size_t>(slash, 1), parent) == 0;
}

}  // namespace

WorkspaceModel::Node* WorkspaceModel::Find(const ServicePath& path) {
  Node* node = root_.get();
  for (const std::string& part : path.parts()) {
    const auto found = node->children.find(part);
    if (found == node->children.end()) return nullptr;
    node = found->second.get();
  }
  return node;
}

WorkspaceModel::Node* WorkspaceModel::FindParent(const ServicePath& path) {
  Node* node = root_.get();
  for (std::size_t i = 0; i + 1 < path.parts().size(); ++i) {
    const auto found = node->children.find(path.parts()[i]);
    if (found == node->children.end()) return nullptr;
    node = found->second.get();
  }
  return HoldsChildren(node->state.type) ? node : nullptr;
}

std::optional<SteadyTime> WorkspaceModel::When(Milliseconds age) const {
  if (age <= Milliseconds(0)) return std::nullopt;
  return options_.clock->Now() - age;
}

std::optional<ObjectState> WorkspaceModel::StateAt(const ServicePath& path,
                                                   Milliseconds age) {
  if (const auto when = When(age)) {
    const std::string key = path.Key();
    // The oldest change after `when` tells what was there at `when`.
    for (const Undo& undo : history_) {
      if (undo.at > *when && undo.key == key) return undo.before;
    }
  }
  const Node* node = Find(path);
  if (node == nullptr) return std::nullopt;
  return node->state;
}

std::map<std::string, ObjectState> WorkspaceModel::ChildrenAt(
    const ServicePath& path, Milliseconds age) {
  std::map<std::string, ObjectState> children;
  if (const Node* node = Find(path)) {
    for (const auto& [name, child] : node->children)
      children.emplace(name, child->state);
  }
  const auto when = When(age);
  if (!when) return children;
  const std::string key = path.Key();
  for (const Undo& undo : std::views::reverse(history_)) {
    if (undo.at <= *when) break;
    if (!IsChildKey(undo.key, key)) continue;
    const std::string name = undo.key.substr(undo.key.rfind('/') + 1);
    children.erase(name);
    if (undo.before) children.emplace(name, *undo.before);
  }
  return children;
}

void WorkspaceModel::Remember(const std::string& key,
                              std::optional<ObjectState> before) {
  history_bytes_ += HeldBytes(before);
  history_.push_back({options_.clock->Now(), key, std::move(before)});
  while (history_.size() > kMaxHistory ||
         (history_bytes_ > kMaxHistoryBytes && history_.size() > 1)) {
    history_bytes_ -= HeldBytes(history_.front().before);
    history_.pop_front();
  }
}

/// `gone`: the tree leaves `key`; otherwise it is about to appear there.
void WorkspaceModel::RememberTree(const Node& node, const std::string& key,
                                  bool gone) {
  Remember(key, gone ? std::optional(node.state) : std::nullopt);
  for (const auto& [name, child] : node.children)
    RememberTree(*child, ChildKey(key, name), gone);
}

WorkspaceModel::NodePtr WorkspaceModel::MakeNode(Node* parent, std::string name,
                                                 ObjectState state) {
  auto node = std::make_unique<Node>();
  node->row = next_row_++;
  node->parent = parent;
  node->name = std::move(name);
  node->state = std::move(state);
  return node;
}

ObjectState WorkspaceModel::NewDirectory() {
  ObjectState state;
  state.id = next_id_++;
  state.created_ms = state.modified_ms = NowMs();
  return state;
}

Answer<void> WorkspaceModel::CommitNew(const Node& top) {
  if (store_ == nullptr) return {};
  std::vector<TreeRow> rows;
  std::vector<const Node*> todo = {&top};
  while (!todo.empty()) {
    const Node* node = todo.back();
    todo.pop_back();
    rows.push_back(RowOf(node->row, node->parent ? node->parent->row : 0,
                         node->name, node->state));
    for (const auto& [name, child] : node->children)
      todo.push_back(child.get());
  }
  const auto done = store_->Commit(rows, {}, {next_id_, next_row_});
  if (!done.ok()) return api_error::Internal(done.error().message());
  return {};
}

Answer<void> WorkspaceModel::CommitChange(const Node& node, const Node& parent,
                                          std::string_view name,
                                          const ObjectState& state,
                                          const Node* removed) {
  if (store_ == nullptr) return {};
  const TreeRow row = RowOf(node.row, parent.row, name, state);
  std::vector<std::int64_t> remove;
  if (removed != nullptr) remove.push_back(removed->row);
  const auto done = store_->Commit({&row, 1}, remove, {next_id_, next_row_});
  if (!done.ok()) return api_error::Internal(done.error().message());
  return {};
}

Answer<void> WorkspaceModel::CommitRemoval(const Node& node) {
  if (store_ == nullptr) return {};
  std::vector<std::int64_t> remove;
  std::vector<const Node*> todo = {&node};
  while (!todo.empty()) {
    const Node* next = todo.back();
    todo.pop_back();
    remove.push_back(next->row);
    for (const auto& [name, child] : next->children)
      todo.push_back(child.get());
  }
  const auto done = store_->Commit({}, remove, {next_id_, next_row_});
  if (!done.ok()) return api_error::Internal(done.error().message());
  return {};
}

}  // namespace wsfs
