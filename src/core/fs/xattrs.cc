#include <utility>

#include <fmt/format.h>

#include "core/fs/filesystem_impl.h"
#include "core/planner/changes.h"

namespace wsfs {
namespace {

constexpr std::string_view kOwnPrefix = "user.wsfs.";
constexpr std::string_view kUserPrefix = "user.";
constexpr std::size_t kMaxBytesPerNode = 65'536;
constexpr std::size_t kMaxAttributeName = 255;

std::string_view StateOf(const Catalogue& catalogue, const Node& node) {
  if (node.conflict_copy) return "conflict";
  if (!node.refused.empty()) return "refused";
  if (node.place == Place::kLocal) return "clean";
  const Object* object = catalogue.FindObject(node.bind);
  if (node.intent.has_value() ||
      (object != nullptr && object->intent.has_value()))
    return "sending";
  if (node.id == kRootNode) return "clean";
  if (object == nullptr || node.drafting || !catalogue.InPlace(node, *object))
    return "pending";
  const bool clean =
      node.kind == NodeKind::kDirectory || node.gen == object->gen;
  return clean ? "clean" : "pending";
}

bool IsPolicy(std::string_view name) {
  return name == kWritesAttribute || name == kFsyncAttribute;
}

// `user.wsfs.*` (design.md §4): computed, never stored.
Result<std::string> OwnAttribute(const Catalogue& catalogue, const Node& node,
                                 const std::string& failure,
                                 std::string_view name) {
  if (IsPolicy(name)) {
    const std::string_view value = NearestAttribute(catalogue, node.id, name);
    if (!value.empty()) return std::string(value);
  }
  name.remove_prefix(kOwnPrefix.size());
  if (name == "place")
    return std::string(node.place == Place::kLocal ? "local" : "remote");
  if (name == "state") return std::string(StateOf(catalogue, node));
  const Object* object = catalogue.FindObject(node.bind);
  if (name == "object_id" && object != nullptr && object->version.id != 0)
    return std::to_string(object->version.id);
  if (name == "error" && !node.refused.empty()) return node.refused;
  if (name == "error" && !failure.empty()) return failure;
  return Error(Errc::kNoAttribute, "there is no such attribute");
}

Result<void> CheckPolicy(std::string_view name, std::string_view value) {
  const bool known = name == kWritesAttribute
                         ? ParseWritePolicy(value).has_value()
                         : ParseFsyncPolicy(value).has_value();
  if (known) return {};
  return Error(Errc::kInvalidArgument,
               fmt::format("{} is {}", name,
                           name == kWritesAttribute ? "auto, through or back"
                                                    : "local or remote"));
}

Result<void> CheckSettable(std::string_view name) {
  if (IsPolicy(name)) return {};
  if (name.starts_with(kOwnPrefix))
    return Error(Errc::kProtected,
                 fmt::format("{}: this attribute is wsfs's own", name));
  if (!name.starts_with(kUserPrefix) || name.size() == kUserPrefix.size())
    return Error(
        Errc::kUnsupported,
        fmt::format("{}: only attributes of the user class are kept", name));
  if (name.size() > kMaxAttributeName)
    return Error(Errc::kNameTooLong, "the attribute's name is too long");
  return {};
}

std::size_t BytesOf(const Node& node) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : node.xattrs)
    bytes += name.size() + value.size();
  return bytes;
}

Error EntryGone() {
  return {Errc::kNotFound, "the entry is gone"};
}

Error Missing(std::string_view name) {
  return {Errc::kNoAttribute,
          fmt::format("{}: there is no such attribute", name)};
}

}  // namespace

Result<std::string> FilesystemImpl::GetXattr(NodeId id, std::string_view name) {
  if (!name.starts_with(kUserPrefix)) return Missing(name);
  const std::string failure =
      name.starts_with(kOwnPrefix) ? syncer_.ErrorOf(id) : std::string();
  return ledger_.Read([&](const Catalogue& catalogue) -> Result<std::string> {
    const Node* node = catalogue.FindNode(id);
    if (node == nullptr) return EntryGone();
    if (name.starts_with(kOwnPrefix))
      return OwnAttribute(catalogue, *node, failure, name);
    const auto found = node->xattrs.find(std::string(name));
    if (found == node->xattrs.end()) return Missing(name);
    return found->second;
  });
}

// Without `user.wsfs.*`: who copies a file with its attributes must not copy,
// or fail at, what wsfs says of it.
Result<std::vector<std::string>> FilesystemImpl::ListXattrs(NodeId id) {
  using Names = std::vector<std::string>;
  return ledger_.Read([&](const Catalogue& catalogue) -> Result<Names> {
    const Node* node = catalogue.FindNode(id);
    if (node == nullptr) return EntryGone();
    Names names;
    names.reserve(node->xattrs.size());
    for (const auto& [name, value] : node->xattrs)
      if (!name.starts_with(kOwnPrefix)) names.push_back(name);
    return names;
  });
}

Result<void> FilesystemImpl::SetXattr(MountId mount, NodeId id,
                                      std::string_view name,
                                      std::string_view value, XattrMode mode) {
  WSFS_RETURN_IF_ERROR(CheckSettable(name));
  if (IsPolicy(name)) {
    WSFS_RETURN_IF_ERROR(CheckPolicy(name, value));
  }
  const WallNanos wall = ledger_.clock().Wall();
  const auto set = [&](Catalogue& catalogue) -> Result<void> {
    const Node* node = catalogue.FindNode(id);
    if (node == nullptr) return EntryGone();
    const auto found = node->xattrs.find(std::string(name));
    const bool there = found != node->xattrs.end();
    if (there && mode == XattrMode::kCreate)
      return Error(Errc::kAlreadyExists,
                   fmt::format("{}: the attribute exists", name));
    if (!there && mode == XattrMode::kReplace) return Missing(name);
    const std::size_t before =
        there ? found->first.size() + found->second.size() : 0;
    if (BytesOf(*node) - before + name.size() + value.size() > kMaxBytesPerNode)
      return Error(Errc::kNoSpace,
                   "an entry's attributes may take at most 64 KiB together");
    Node& edited = catalogue.EditNode(id);
    edited.xattrs[std::string(name)] = value;
    edited.attributes.ctime = Ascending(wall, edited.attributes.ctime);
    return {};
  };
  return ledger_.Transact(Durability::kProcess, mount, set);
}

Result<void> FilesystemImpl::RemoveXattr(MountId mount, NodeId id,
                                         std::string_view name) {
  if (!name.starts_with(kUserPrefix)) return Missing(name);
  WSFS_RETURN_IF_ERROR(CheckSettable(name));
  const WallNanos wall = ledger_.clock().Wall();
  const auto remove = [&](Catalogue& catalogue) -> Result<void> {
    const Node* node = catalogue.FindNode(id);
    if (node == nullptr) return EntryGone();
    if (!node->xattrs.contains(std::string(name))) return Missing(name);
    Node& edited = catalogue.EditNode(id);
    edited.xattrs.erase(std::string(name));
    edited.attributes.ctime = Ascending(wall, edited.attributes.ctime);
    return {};
  };
  return ledger_.Transact(Durability::kProcess, mount, remove);
}

}  // namespace wsfs
