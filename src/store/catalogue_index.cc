#include "store/catalogue_state.h"

namespace wsfs {

namespace {

/// Takes one entry out, and the set with its last one.
template <typename Sets, typename Entry>
void EraseFrom(Sets& sets, std::uint64_t key, const Entry& entry) {
  const auto found = sets.find(key);
  if (found == sets.end()) return;
  found->second.erase(entry);
  if (found->second.empty()) sets.erase(found);
}

}  // namespace

void Catalogue::State::Index(Node& node) {
  if (node.parent != kNoNode) {
    children[node.parent].emplace(node.name, node.id);
  }
  if (node.bind != kNoObject) bound[node.bind] = node.id;
  if (node.src != kNoObject) borrowers[node.src].insert(node.id);
}

void Catalogue::State::Unindex(const Node& node) {
  if (node.parent != kNoNode) {
    EraseFrom(children, node.parent,
              std::pair<std::string_view, std::uint64_t>(node.name, node.id));
  }
  const auto holder = bound.find(node.bind);
  if (holder != bound.end() && holder->second == node.id) bound.erase(holder);
  if (node.src != kNoObject) EraseFrom(borrowers, node.src, node.id);
}

void Catalogue::State::Index(Object& object) {
  if (object.parent != kNoObject) {
    object_children[object.parent].emplace(object.name, object.key);
  }
  IndexView(object);
}

void Catalogue::State::Unindex(const Object& object) {
  if (object.parent != kNoObject) {
    EraseFrom(
        object_children, object.parent,
        std::pair<std::string_view, std::uint64_t>(object.name, object.key));
  }
  UnindexView(object.key);
}

void Catalogue::State::IndexView(const Object& object) {
  UnindexView(object.key);
  if (object.parent == kNoObject || object.view == object.name) return;
  views[object.parent].emplace(object.view, object.key);
  viewed.try_emplace(object.key, object.parent, object.view);
}

void Catalogue::State::UnindexView(ObjectKey key) {
  const auto found = viewed.find(key);
  if (found == viewed.end()) return;
  const auto& [parent, view] = found->second;
  EraseFrom(views, parent, std::pair<std::string, ObjectKey>(view, key));
  viewed.erase(found);
}

}  // namespace wsfs
