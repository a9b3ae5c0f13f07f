#include "core/fs/naming.h"

#include <fmt/format.h>

#include "core/places.h"
#include "core/planner/changes.h"
#include "notebook/names.h"

namespace wsfs {
namespace {

// The object of that name at the service, if there is one to our knowledge.
bool ExistsRemotely(const Catalogue& catalogue, const Node& directory,
                    std::string_view name) {
  if (const Node* child = catalogue.Child(directory.id, name))
    return child->place == Place::kRemote;
  if (directory.bind == kNoObject) return false;
  const Object* object = catalogue.ObjectChild(directory.bind, name);
  return object != nullptr && !object->gone() && object->view == name;
}

}  // namespace

Result<void> CheckName(std::string_view name) {
  if (name.empty() || name == "." || name == "..")
    return Error(Errc::kInvalidArgument, "a name may not be empty, . or ..");
  if (name.size() > kMaxShownNameBytes)
    return Error(Errc::kNameTooLong,
                 fmt::format("a name may have at most {} bytes, this one has "
                             "{}; use a shorter one",
                             kMaxShownNameBytes, name.size()));
  return {};
}

Result<void> CheckNewName(std::string_view name) {
  WSFS_RETURN_IF_ERROR(CheckName(name));
  if (IsHiddenName(name))
    return Error(Errc::kInvalidArgument,
                 fmt::format("{}: names that begin with {} are wsfs's own; use "
                             "another one",
                             name, kParkPrefix));
  return {};
}

bool IsHiddenName(std::string_view name) {
  return IsParkedName(name);
}

bool IsListed(const Node& directory) {
  return directory.loaded || directory.bind == kNoObject;
}

const Node* AliasedNotebook(const Catalogue& catalogue, const Node& directory,
                            std::string_view name) {
  if (directory.bind == kNoObject) return nullptr;
  const Object* object = catalogue.ObjectChild(directory.bind, name);
  if (object == nullptr || object->kind != ObjectKind::kNotebook)
    return nullptr;
  const Node* node = catalogue.NodeOf(object->key);
  const bool stands_beside = node != nullptr && node->parent == directory.id &&
                             node->name == object->view && node->name != name;
  return stands_beside ? node : nullptr;
}

Place PlaceOfNewName(const Catalogue& catalogue, NodeId directory,
                     std::string_view name, NodeKind kind) {
  if (kind != NodeKind::kFile && kind != NodeKind::kDirectory)
    return Place::kLocal;
  if (catalogue.InLocalTree(directory)) return Place::kLocal;
  if (ExistsRemotely(catalogue, catalogue.node(directory), name))
    return Place::kRemote;
  return IsLocalByName(name, kind) ? Place::kLocal : Place::kRemote;
}

bool IsLeftover(const Node& node) {
  return node.place == Place::kLocal && node.kind != NodeKind::kDirectory &&
         !node.conflict_copy && IsEphemera(node.name);
}

bool IsUnreadable(const Catalogue& catalogue, const Node& node) {
  const Object* object = catalogue.FindObject(node.bind);
  return object != nullptr && object->kind == ObjectKind::kOpaque;
}

}  // namespace wsfs
