#include <fmt/format.h>

#include "server/model_tree.h"

namespace wsfs {
namespace {

ApiError Taken(const ServicePath& path) {
  return api_error::Make(400, "RESOURCE_ALREADY_EXISTS",
                         fmt::format("{} already exists.", path.Echo()));
}

}  // namespace

/// Undocumented; the rules are the server decision of §1.7.
Answer<void> WorkspaceModel::Rename(Text from, Text to) {
  if (switches_.Is(Switch::kRename, "absent"))
    return api_error::NoSuchApi("POST", "/workspace/rename");
  WSFS_TRY(const ServicePath source, Parse(from));
  WSFS_TRY(const ServicePath target, Parse(to));
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckRename(source, target));
  if (source.Key() == target.Key()) return {};
  return Move(*Find(source), source, target);
}

Answer<void> WorkspaceModel::CheckRename(const ServicePath& from,
                                         const ServicePath& to) {
  WSFS_RETURN_IF_ERROR(CheckReadable(from));
  const Node* source = Find(from);
  if (source == nullptr) return api_error::NotFound(from.request());
  if (IsProtected(from))
    return api_error::Protected(from.IsRoot() ? "/" : from.Name());
  WSFS_RETURN_IF_ERROR(CheckWritable(from));
  WSFS_RETURN_IF_ERROR(CheckWritable(to));
  const ObjectState& state = source->state;
  if (Find(to) == source)
    return state.type == NodeType::kFile ? Answer<void>() : Taken(to);
  if (to.IsWithin(from))
    return api_error::Invalid(
        fmt::format("Cannot move {} into itself", from.Echo()));
  WSFS_RETURN_IF_ERROR(CheckRenameTarget(*source, to));
  const Node* clash =
      Clashing(to, {state.type, state.language, state.format, to});
  if (clash != nullptr && clash != source) return Taken(to);
  return {};
}

/// May `source` take the place at `to`, or the place of what is there?
Answer<void> WorkspaceModel::CheckRenameTarget(const Node& source,
                                               const ServicePath& to) {
  if (const Node* old = Find(to)) {
    const bool replace = switches_.Is(Switch::kRename, "replace") &&
                         old->state.type == NodeType::kFile &&
                         source.state.type == NodeType::kFile;
    return replace ? Answer<void>() : Taken(to);
  }
  const auto room = RoomFor(to);
  if (room.ok()) return {};
  // Within a full folder there is room for a new name.
  const bool stays = FindParent(to) == source.parent &&
                     room.error().CodeText() == "MAX_CHILD_NODE_SIZE_EXCEEDED";
  return stays ? Answer<void>() : room.error();
}

Answer<void> WorkspaceModel::Move(Node& source, const ServicePath& from,
                                  const ServicePath& to) {
  Node& parent = *FindParent(to);
  Node* replaced = Find(to);
  const std::string name(to.Name());
  ObjectState state = source.state;
  if (switches_.Is(Switch::kIdAfterRename, "new")) state.id = next_id_++;
  if (switches_.Is(Switch::kModifiedAtAfterRename, "bump"))
    state.modified_ms = Bumped(state.modified_ms);
  WSFS_RETURN_IF_ERROR(CommitChange(source, parent, name, state, replaced));

  RememberTree(source, from.Key(), /*gone=*/true);
  if (replaced != nullptr) {
    RememberTree(*replaced, to.Key(), /*gone=*/true);
    replaced->state.content->Drop();
  } else {
    RememberTree(source, to.Key(), /*gone=*/false);
  }
  auto handle = source.parent->children.extract(source.name);
  source.name = name;
  source.parent = &parent;
  source.state = state;
  parent.children.insert_or_assign(name, std::move(handle.mapped()));
  return {};
}

}  // namespace wsfs
