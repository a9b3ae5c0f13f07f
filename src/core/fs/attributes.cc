#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/fs/filesystem_impl.h"
#include "core/planner/changes.h"

namespace wsfs {
namespace {

/// The service gives these bytes to nobody, or not to us. Such an entry is
/// shown all the same, and who opens it is told why.
bool IsForGood(Errc code) {
  return code == Errc::kPermissionDenied || code == Errc::kUnsupported ||
         code == Errc::kTooLarge;
}

}  // namespace

// A stat waits for its own object only, and only where no size is known
// (design.md §3).
Result<Stat> FilesystemImpl::GetAttributes(NodeId node,
                                           const Waiting& waiting) {
  WSFS_TRY(const Stat stat, StatNow(node));
  if (stat.size_known || !options_.strict_sizes) return stat;
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock, "a size that only the bytes tell");
  WSFS_TRY(const auto hydration,
           syncer_.Hydrate(node, CallClass::kSomeoneWaits));
  const std::vector<NodeId> ahead =
      ledger_.Read([&](const Catalogue& catalogue) {
        return sizes_ahead_.AfterMiss(catalogue, node, ledger_.clock().Now());
      });
  // What comes of these is asked when somebody waits for one.
  for (const NodeId id : ahead) (void)syncer_.Hydrate(id, CallClass::kPrefetch);
  const auto done = hydration->WaitDone(waiting);
  if (!done.ok() && !IsForGood(done.error().code())) return done.error();
  return StatNow(node);
}

Result<void> FilesystemImpl::CheckOwner(NodeId node,
                                        const AttributeChange& change,
                                        const Caller& caller) {
  if (!change.uid.has_value() && !change.gid.has_value()) return {};
  WSFS_TRY(const Stat stat, StatNow(node));
  if (caller.uid == 0 && RowOf(node).place == Place::kLocal) return {};
  const PlannerContext context = ledger_.Context();
  const auto is = [](const std::optional<std::uint32_t>& wanted,
                     std::initializer_list<std::uint32_t> allowed) {
    return !wanted.has_value() ||
           std::ranges::find(allowed, *wanted) != allowed.end();
  };
  if (is(change.uid, {stat.attributes.uid, context.uid, caller.uid}) &&
      is(change.gid, {stat.attributes.gid, context.gid, caller.gid}))
    return {};
  return Error(Errc::kProtected,
               "the owner of an entry is who mounts, and cannot be another");
}

Result<void> FilesystemImpl::SetRowAttributes(MountId mount, Inode& inode,
                                              const AttributeChange& change) {
  constexpr std::uint32_t kPermissionBits = 07777;
  const WallNanos wall = ledger_.clock().Wall();
  const auto apply = [&](Attributes& attributes) {
    if (change.mode.has_value())
      attributes.mode = *change.mode & kPermissionBits;
    attributes.uid = change.uid.value_or(attributes.uid);
    attributes.gid = change.gid.value_or(attributes.gid);
    attributes.atime = change.atime.value_or(attributes.atime);
    attributes.mtime = change.mtime.value_or(attributes.mtime);
    attributes.ctime = Ascending(wall, attributes.ctime);
  };
  bool gone = false;
  const auto edit = [&](Catalogue& catalogue) -> Result<void> {
    const Node* node = catalogue.FindNode(inode.id);
    gone = node == nullptr || node->detached();
    if (!gone) apply(catalogue.EditNode(inode.id).attributes);
    return {};
  };
  WSFS_RETURN_IF_ERROR(ledger_.Transact(Durability::kProcess, mount, edit));
  const MutexLock lock(inode.state);
  if (gone && inode.last.has_value()) apply(inode.last->attributes);
  if (change.mtime.has_value()) inode.stamp.reset();  // this one was asked for
  return {};
}

// truncate(2) and ftruncate(2). Without a handle nobody will close it: the
// timer does, when it has been quiet (design.md §2, *Closed*).
Result<void> FilesystemImpl::Resize(MountId mount, Inode& inode,
                                    FileHandle* handle,
                                    std::uint64_t size_bytes,
                                    const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(CheckLimit(inode.id, size_bytes));
  WSFS_RETURN_IF_ERROR(EnsureDraft(inode, size_bytes, waiting));
  const auto resize = [&](Draft& draft) -> Result<bool> {
    WSFS_RETURN_IF_ERROR(draft.Truncate(size_bytes));
    return true;
  };
  auto done = EditDraft(mount, inode, handle, resize, waiting);
  if (!done.ok()) {
    const MutexLock lock(inode.op);
    GiveUpDraft(inode);
  }
  return done;
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<Stat> FilesystemImpl::SetAttributes(MountId mount, NodeId node,
                                           const AttributeChange& change,
                                           std::optional<HandleId> handle,
                                           const Caller& caller,
                                           const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(CheckOwner(node, change, caller));
  WSFS_TRY(const Stat before, StatNow(node));
  const InodeTable::Use use = inodes_.Ensure(node);
  if (change.size_bytes.has_value()) {
    if (before.kind != NodeKind::kFile)
      return Error(before.kind == NodeKind::kDirectory ? Errc::kIsADirectory
                                                       : Errc::kInvalidArgument,
                   "only a file has a size to set");
    const auto open = handle.has_value() ? handles_.File(*handle) : nullptr;
    WSFS_RETURN_IF_ERROR(
        Resize(mount, *use, open.get(), *change.size_bytes, waiting));
  }
  AttributeChange rest = change;
  rest.size_bytes.reset();
  if (!rest.empty()) {
    const MutexLock lock(use->op);
    WSFS_RETURN_IF_ERROR(SetRowAttributes(mount, *use, rest));
  }
  return StatNow(node);
}

}  // namespace wsfs
