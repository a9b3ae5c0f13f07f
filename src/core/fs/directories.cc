#include <algorithm>
#include <utility>

#include "core/fs/filesystem_impl.h"
#include "core/fs/naming.h"

namespace wsfs {
namespace {

using Names = std::vector<DirectoryHandle::Entry>;

Error BadHandle() {
  return {Errc::kInvalidArgument, "this folder is not open (any more)"};
}

std::shared_ptr<const Names> NamesOf(const Catalogue& catalogue,
                                     NodeId directory) {
  auto names = std::make_shared<Names>();
  if (catalogue.FindNode(directory) == nullptr) return names;  // removed: empty
  const auto children = catalogue.Children(directory);
  names->reserve(children.size());
  for (const NodeId id : children) {
    const Node& node = catalogue.node(id);
    if (!IsHiddenName(node.name))
      names->push_back({.name = node.name, .node = id, .kind = node.kind});
  }
  return names;
}

}  // namespace

Result<OpenedDirectory> FilesystemImpl::OpenDirectory(NodeId directory,
                                                      const Waiting& waiting) {
  const auto listed = EnsureListed(directory, waiting);
  if (!listed.ok()) {
    // A removed folder that is still held is an empty one.
    const bool removed = listed.error().code() == Errc::kNotFound &&
                         static_cast<bool>(inodes_.Find(directory));
    if (!removed) return listed.error();
  } else {
    syncer_.Refresh(directory, options_.refresh_after);
  }
  return OpenedDirectory{.handle = handles_.AddDirectory(directory)};
}

Result<void> FilesystemImpl::ReadDirectory(
    MountId mount, HandleId id, std::uint64_t from, bool plus,
    const std::function<bool(std::uint64_t next, const DirectoryEntry&)>&
        take) {
  const auto handle = handles_.Directory(id);
  if (handle == nullptr) return BadHandle();
  std::shared_ptr<const Names> names;
  {
    const MutexLock lock(handle->mutex);
    if (from == 0 || handle->names == nullptr)
      handle->names = ledger_.Read([&](const Catalogue& catalogue) {
        return NamesOf(catalogue, handle->node);
      });
    names = handle->names;
  }
  for (std::uint64_t at = from; at < names->size(); ++at) {
    const auto& name = (*names)[at];
    DirectoryEntry entry;
    entry.name = name.name;
    if (plus) {
      const auto stat = StatNow(name.node);
      if (!stat.ok()) continue;  // removed since
      entry.stat = *stat;
    } else {
      entry.stat.id = name.node;
      entry.stat.kind = name.kind;
    }
    if (!take(at + 1, entry)) return {};
    if (plus) counts_.Add(mount, name.node);
  }
  return {};
}

void FilesystemImpl::ReleaseDirectory(HandleId handle) {
  handles_.DropDirectory(handle);
}

Result<void> FilesystemImpl::FsyncDirectory(NodeId /*directory*/,
                                            const Waiting& waiting) {
  if (!waiting.allowed())
    return Error(Errc::kWouldBlock, "the disk is waited for");
  return ledger_.store().Barrier();
}

}  // namespace wsfs
