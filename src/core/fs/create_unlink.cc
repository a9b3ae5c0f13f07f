#include <memory>
#include <utility>

#include <fmt/format.h>

#include "core/fs/filesystem_impl.h"
#include "core/fs/naming.h"

namespace wsfs {
namespace {

constexpr std::uint32_t kSetGroup = 02000;

// Entries of the service belong to who mounts (design.md §3); local ones to
// who makes them, and to the group of a set-group folder, as POSIX has it.
void GiveOwner(Node& node, const Node& directory, const PlannerContext& context,
               const Caller& caller) {
  const bool local = node.place == Place::kLocal;
  node.attributes.uid = local ? caller.uid : context.uid;
  node.attributes.gid = local ? caller.gid : context.gid;
  if (!local || (directory.attributes.mode & kSetGroup) == 0) return;
  node.attributes.gid = directory.attributes.gid;
  if (node.kind == NodeKind::kDirectory) node.attributes.mode |= kSetGroup;
}

/// What the service is to lose.
std::vector<Awaited> RemovalsOf(const std::vector<Node>& rows,
                                FailureNumber after) {
  std::vector<Awaited> removals;
  for (const Node& row : rows) {
    if (row.place == Place::kLocal) continue;
    if (row.bind != kNoObject)
      removals.push_back(
          {.change = ObjectGone{.object = row.bind}, .after = after});
    if (row.intent)
      removals.push_back({.change = NodeUnmade{.node = row.id,
                                               .directory = row.intent->parent,
                                               .name = row.intent->name},
                          .after = after});
  }
  return removals;
}

Error Exists(std::string_view name) {
  return {Errc::kAlreadyExists, fmt::format("{}: this name is taken", name)};
}

Error IsAlias(std::string_view name) {
  return {Errc::kProtected,
          fmt::format("{0}: this is another name of the notebook beside it; "
                      "use the name that `ls` shows",
                      name)};
}

}  // namespace

Result<void> FilesystemImpl::CheckNewEntry(NodeId directory,
                                           std::string_view name,
                                           const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(CheckNewName(name));
  WSFS_TRY(const Entry entry, FindEntry(directory, name, waiting));
  if (entry.node != kNoNode) return Exists(name);
  return {};
}

FilesystemImpl::NewEntry FilesystemImpl::NewEntryOf(MountId mount,
                                                    NodeId directory,
                                                    std::string_view name,
                                                    NodeKind kind,
                                                    std::uint32_t mode) {
  constexpr std::uint32_t kPermissionBits = 07777;
  NewEntry entry;
  entry.mount = mount;
  entry.directory = directory;
  entry.name = name;
  entry.node.kind = kind;
  entry.node.attributes.mode = mode & kPermissionBits;
  return entry;
}

// One transaction: the name, the node, and that it is open (design.md §2).
Result<NodeId> FilesystemImpl::AddEntry(NewEntry entry, const Caller& caller) {
  const ChangeTimes now = Now();
  const PlannerContext context = ledger_.Context();
  NodeId id = kNoNode;
  const auto add = [&](Catalogue& catalogue) -> Result<void> {
    const Node* directory = catalogue.FindNode(entry.directory);
    if (directory == nullptr || directory->detached())
      return Error(Errc::kNotFound, "the folder is gone");
    if (catalogue.Child(entry.directory, entry.name) != nullptr ||
        AliasedNotebook(catalogue, *directory, entry.name) != nullptr)
      return Exists(entry.name);
    Node node = entry.node;
    node.id = id = catalogue.NewId();
    node.parent = entry.directory;
    node.name = entry.name;
    node.place = PlaceOfNewName(catalogue, node.parent, node.name, node.kind);
    node.loaded = node.kind == NodeKind::kDirectory;
    node.touched = now.plan;
    node.closed = node.gen > 0 ? now.plan : 0;
    GiveOwner(node, *directory, context, caller);
    node.attributes.atime = node.attributes.mtime = node.attributes.ctime =
        now.wall;
    catalogue.AddNode(std::move(node));
    if (entry.opened) catalogue.SetOpenState(id, 1, true);
    TouchDirectory(catalogue, entry.directory, now);
    return {};
  };
  WSFS_RETURN_IF_ERROR(
      ledger_.Transact(Durability::kProcess, entry.mount, add));
  return id;
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<std::pair<Stat, Opened>> FilesystemImpl::Create(
    MountId mount, NodeId directory, std::string_view name, std::uint32_t mode,
    const OpenFlags& flags, bool exclusive, const Caller& caller,
    const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(CheckNewName(name));
  WSFS_TRY(const Entry found, FindEntry(directory, name, waiting));
  if (found.node != kNoNode && (exclusive || found.alias)) return Exists(name);
  if (found.node != kNoNode) {  // somebody made it since the kernel looked
    WSFS_TRY(const Opened opened,
             Open(mount, found.node, flags, caller, waiting));
    WSFS_TRY(const Stat stat, StatForKernel(mount, found.node));
    return std::pair(stat, opened);
  }
  if (!flags.write) {  // no close will ever seal it: it is whole now
    WSFS_TRY(const Stat stat, MakeNode(mount, directory, name, NodeKind::kFile,
                                       mode, 0, caller, waiting));
    WSFS_TRY(const Opened opened, Open(mount, stat.id, flags, caller, waiting));
    return std::pair(stat, opened);
  }
  WSFS_TRY(auto draft, ledger_.store().contents().NewDraft());
  NewEntry entry = NewEntryOf(mount, directory, name, NodeKind::kFile, mode);
  entry.opened = true;
  WSFS_TRY(const NodeId node, AddEntry(std::move(entry), caller));
  return OpenCreated(mount, node, std::move(draft), flags, caller);
}

Result<std::pair<Stat, Opened>> FilesystemImpl::OpenCreated(
    MountId mount, NodeId node, std::shared_ptr<Draft> draft,
    const OpenFlags& flags, const Caller& caller) {
  const InodeTable::Use use = inodes_.Ensure(node);
  counts_.Add(mount, node);
  Opened opened;
  {
    const MutexLock lock(use->op);
    {
      const MutexLock state(use->state);
      if (use->draft == nullptr) {
        use->draft = std::move(draft);
        use->changed = true;  // never sealed: its close is one (planner.md §4)
        use->last_write = ledger_.clock().Now();
        use->writer_mount = mount;
      }
    }
    counts_.SetCached(mount, node, 0);
    WSFS_TRY(opened, AttachHandle(mount, *use, use.pointer(), flags, caller));
  }
  WSFS_TRY(const Stat stat, StatNow(node));
  return std::pair(stat, opened);
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<Stat> FilesystemImpl::MakeDirectory(MountId mount, NodeId directory,
                                           std::string_view name,
                                           std::uint32_t mode,
                                           const Caller& caller,
                                           const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(CheckNewEntry(directory, name, waiting));
  WSFS_TRY(const auto wait, WaitForName(mount, directory, waiting));
  const FailureNumber before = syncer_.LastFailure();
  WSFS_TRY(const NodeId made, AddEntry(NewEntryOf(mount, directory, name,
                                                  NodeKind::kDirectory, mode),
                                       caller));
  WSFS_RETURN_IF_ERROR(AwaitNames(
      wait, {{.change = NodeStands{.node = made}, .after = before}}, waiting));
  return StatForKernel(mount, made);
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<Stat> FilesystemImpl::MakeNode(MountId mount, NodeId directory,
                                      std::string_view name, NodeKind kind,
                                      std::uint32_t mode, std::uint64_t rdev,
                                      const Caller& caller,
                                      const Waiting& waiting) {
  if (kind == NodeKind::kDirectory || kind == NodeKind::kSymlink)
    return Error(Errc::kInvalidArgument,
                 "mknod makes files, pipes and sockets only");
  WSFS_RETURN_IF_ERROR(CheckNewEntry(directory, name, waiting));
  NewEntry entry = NewEntryOf(mount, directory, name, kind, mode);
  entry.node.rdev = rdev;
  if (kind == NodeKind::kFile) {  // nobody will close it: it is whole now
    WSFS_TRY(const auto draft, ledger_.store().contents().NewDraft());
    WSFS_TRY(const std::uint64_t body, NewBodyId());
    WSFS_TRY(entry.node.content,
             ledger_.store().contents().Seal(*draft, body, false));
    entry.node.gen = 1;
  }
  const std::optional<Content> sealed = entry.node.content;
  const auto node = AddEntry(std::move(entry), caller);
  if (!node.ok()) {
    if (sealed.has_value()) Discard(*sealed);
    return node.error();
  }
  return StatForKernel(mount, *node);
}

Result<void> FilesystemImpl::Unlink(MountId mount, NodeId directory,
                                    std::string_view name,
                                    const Waiting& waiting) {
  WSFS_TRY(const Entry entry, FindEntry(directory, name, waiting));
  if (entry.node == kNoNode)
    return Error(Errc::kNotFound,
                 fmt::format("{}: there is no such entry", name));
  if (entry.alias) return IsAlias(name);
  WSFS_TRY(const auto wait, WaitForName(mount, directory, waiting));
  const FailureNumber before = syncer_.LastFailure();
  const ChangeTimes now = Now();
  std::vector<Node> removed;
  const auto unlink = [&](Catalogue& catalogue) -> Result<void> {
    const Node* node = catalogue.Child(directory, name);
    if (node == nullptr)
      return Error(Errc::kNotFound,
                   fmt::format("{}: there is no such entry", name));
    if (node->kind == NodeKind::kDirectory)
      return Error(Errc::kIsADirectory,
                   fmt::format("{} is a folder; use rmdir", name));
    const NodeId id = node->id;
    Touch(catalogue, id, now.plan);
    TouchDirectory(catalogue, directory, now);
    RemoveEntry(catalogue, id, removed);
    return {};
  };
  WSFS_RETURN_IF_ERROR(ledger_.Transact(Durability::kProcess, mount, unlink));
  const std::vector<Awaited> gone = RemovalsOf(removed, before);
  inodes_.Removed(std::move(removed));
  return AwaitNames(wait, gone, waiting);
}

Result<void> FilesystemImpl::RemoveDirectory(MountId mount, NodeId directory,
                                             std::string_view name,
                                             const Waiting& waiting) {
  WSFS_TRY(const Entry entry, FindEntry(directory, name, waiting));
  if (entry.node == kNoNode)
    return Error(Errc::kNotFound,
                 fmt::format("{}: there is no such folder", name));
  if (entry.alias || entry.kind != NodeKind::kDirectory)
    return Error(Errc::kNotADirectory, fmt::format("{} is no folder", name));
  WSFS_RETURN_IF_ERROR(EnsureListed(entry.node, waiting));
  WSFS_TRY(const auto wait, WaitForName(mount, directory, waiting));
  const FailureNumber before = syncer_.LastFailure();
  const ChangeTimes now = Now();
  std::vector<Node> removed;
  const auto remove = [&](Catalogue& catalogue) -> Result<void> {
    const Node* node = catalogue.Child(directory, name);
    if (node == nullptr || node->id != entry.node)
      return Error(Errc::kNotFound,
                   fmt::format("{}: there is no such folder", name));
    WSFS_RETURN_IF_ERROR(CheckRemovable(catalogue, *node));
    TouchDirectory(catalogue, directory, now);
    RemoveEmptiedDirectory(catalogue, entry.node, now, removed);
    return {};
  };
  WSFS_RETURN_IF_ERROR(ledger_.Transact(Durability::kProcess, mount, remove));
  const std::vector<Awaited> gone = RemovalsOf(removed, before);
  inodes_.Removed(std::move(removed));
  return AwaitNames(wait, gone, waiting);
}

}  // namespace wsfs
