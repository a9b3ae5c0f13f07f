#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/fs/filesystem_impl.h"

namespace wsfs {
namespace {

// An open whose bytes are given up between its two looks looks again.
constexpr int kOpenTries = 4;

Error BadHandle() {
  return {Errc::kInvalidArgument, "this file is not open (any more)"};
}

Result<void> CheckOpens(NodeKind kind, bool unreadable,
                        const OpenFlags& flags) {
  if (kind == NodeKind::kDirectory)
    return Error(Errc::kIsADirectory, "this is a folder");
  if (kind != NodeKind::kFile)
    return Error(Errc::kInvalidArgument, "this is no file that can be read");
  if (unreadable)
    return Error(flags.write ? Errc::kPermissionDenied : Errc::kUnsupported,
                 "the service gives out no content of this type of object");
  return {};
}

}  // namespace

// Waiting happens here, never first in a READ (design.md §8): the size and
// the first bytes are here when open returns.
Result<void> FilesystemImpl::FetchToOpen(Inode& inode, bool whole,
                                         bool size_known,
                                         const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(PinSource(inode, Pin::kNewest, waiting));
  std::shared_ptr<Hydration> hydration;
  {
    const MutexLock lock(inode.state);
    if (inode.draft == nullptr && inode.body == nullptr)
      hydration = inode.hydration;
  }
  if (hydration == nullptr) return {};
  std::array<std::byte, 1> first{};
  WSFS_TRY([[maybe_unused]] const std::size_t got,
           hydration->ReadAt(0, first, waiting));
  if (!whole && size_known) return {};
  const auto done = hydration->WaitDone(waiting);
  if (done.ok()) return PinSource(inode, Pin::kNewest, waiting);
  // A long download of unknown size is read while it arrives.
  if (!whole && done.error().code() == Errc::kTimeout) return {};
  return done.error();
}

Result<Opened> FilesystemImpl::Open(MountId mount, NodeId node,
                                    const OpenFlags& flags,
                                    const Caller& caller,
                                    const Waiting& waiting) {
  WSFS_TRY(const Stat stat, StatNow(node));
  const FileRow row = RowOf(node);
  WSFS_RETURN_IF_ERROR(CheckOpens(stat.kind, row.unreadable, flags));
  const bool truncates = flags.truncate && flags.write;
  const InodeTable::Use use = inodes_.Ensure(node);
  for (int i = 0; i < kOpenTries; ++i) {
    if (!truncates) {
      WSFS_RETURN_IF_ERROR(
          FetchToOpen(*use, flags.write, row.known_size.has_value(), waiting));
    }
    if (row.parent != kNoNode)
      syncer_.Refresh(row.parent, options_.refresh_after);
    const MutexLock lock(use->op);
    if (truncates) {
      WSFS_RETURN_IF_ERROR(BeginTruncated(mount, *use));
    } else {
      // Whoever wrote may have closed meanwhile and given up the draft that
      // was found: a handle is attached to bytes that stay.
      const auto pinned = PinSource(*use, Pin::kAny, Waiting::Never());
      if (!pinned.ok() && pinned.error().code() == Errc::kWouldBlock) continue;
      WSFS_RETURN_IF_ERROR(pinned);
    }
    return AttachHandle(mount, *use, use.pointer(), flags, caller);
  }
  return Error(Errc::kBusy,
               "the file changes faster than it can be opened; try again");
}

// O_TRUNC changes the open generation only: the sealed content stays in the
// row until the next close, so a crash shows the last state that was closed.
Result<void> FilesystemImpl::BeginTruncated(MountId mount, Inode& inode) {
  std::shared_ptr<Draft> draft;
  {
    const MutexLock lock(inode.state);
    draft = inode.draft;
  }
  if (draft != nullptr) {
    WSFS_RETURN_IF_ERROR(draft->Truncate(0));
  } else {
    WSFS_TRY(auto fresh, ledger_.store().contents().NewDraft());
    const MutexLock lock(inode.state);
    inode.draft = std::move(fresh);
    inode.body.reset();
    inode.hydration.reset();
  }
  MarkChanged(mount, inode);
  return {};
}

Result<Opened> FilesystemImpl::AttachHandle(
    MountId mount, Inode& inode, const std::shared_ptr<Inode>& pointer,
    const OpenFlags& flags, const Caller& caller) {
  const auto row = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* node = catalogue.FindNode(inode.id);
    return node == nullptr ? std::optional<Node>() : std::optional(*node);
  });
  {
    const MutexLock lock(inode.state);
    if (!row.has_value() && !inode.last.has_value())
      return Error(Errc::kStale, "the file was removed meanwhile");
    if (row.has_value()) {
      inode.last = row;
      if (row->content.has_value())
        inode.last->known_size = row->content->size_bytes;
      inode.last->content.reset();
    }
    ++inode.handles;
    if (flags.write) ++inode.writers;
  }
  if (flags.write) PublishOpenState(inode);
  FileHandle handle;
  handle.inode = pointer;
  handle.mount = mount;
  handle.flags = flags;
  handle.process = caller.process;
  const bool keep_cache = KeepsCache(mount, inode);
  return Opened{.handle = handles_.AddFile(std::move(handle)),
                .keep_cache = keep_cache};
}

bool FilesystemImpl::KeepsCache(MountId mount, Inode& inode) {
  const FileRow row = RowOf(inode.id);
  Generation version = row.exists ? row.gen : kNoGeneration;
  {
    const MutexLock lock(inode.state);
    const bool foreign_draft = inode.changed && inode.writer_mount != mount;
    const bool other = inode.draft == nullptr && inode.body != nullptr &&
                       inode.body_gen != row.gen;
    if (foreign_draft || other) version = kNoGeneration;
  }
  return counts_.SetCached(mount, inode.id, version);
}

Result<std::size_t> FilesystemImpl::Read(HandleId id, std::uint64_t offset,
                                         std::span<std::byte> into,
                                         const Waiting& waiting) {
  const auto handle = handles_.File(id);
  if (handle == nullptr) return BadHandle();
  return ReadFrom(*handle->inode, offset, into, waiting);
}

Result<std::uint64_t> FilesystemImpl::SeekIn(HandleId id, std::uint64_t offset,
                                             Seek what,
                                             const Waiting& waiting) {
  const auto handle = handles_.File(id);
  if (handle == nullptr) return BadHandle();
  std::shared_ptr<Draft> draft;
  {
    const MutexLock lock(handle->inode->state);
    draft = handle->inode->draft;
  }
  WSFS_TRY(const Stat stat, GetAttributes(handle->inode->id, waiting));
  if (offset >= stat.size_bytes)
    return Error(Errc::kNoSuchOffset, "the offset is behind the end");
  if (draft == nullptr)  // sealed contents are told as data throughout
    return what == Seek::kData ? offset : stat.size_bytes;
  if (what == Seek::kHole) return draft->SeekHole(offset);
  WSFS_TRY(const std::uint64_t data, draft->SeekData(offset));
  if (data >= stat.size_bytes)
    return Error(Errc::kNoSuchOffset, "there is only a hole behind the offset");
  return data;
}

}  // namespace wsfs
