#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/log.h"
#include "core/fs/filesystem_impl.h"
#include "core/planner/changes.h"

namespace wsfs {
namespace {

// How often an edit looks for its draft again when another thread gives it up.
constexpr int kTries = 4;
// fallocate(2): the size stays.
constexpr int kKeepSize = 0x01;
constexpr std::uint64_t kCopyChunkBytes = 1'048'576;
constexpr std::size_t kCopyAtMost = 16U * kCopyChunkBytes;

Error BadHandle() {
  return {Errc::kInvalidArgument, "this file is not open for writing"};
}

}  // namespace

// The service's limit holds for what would go there; on local nodes the disk
// decides (design.md §3).
Result<void> FilesystemImpl::CheckLimit(NodeId id, std::uint64_t end_bytes) {
  if (end_bytes <= kMaxFileBytes) return {};
  const FileRow row = RowOf(id);
  if (!row.exists || row.place == Place::kLocal) return {};
  return Error(
      Errc::kTooLarge,
      fmt::format("the service takes at most {} bytes a file", kMaxFileBytes));
}

void FilesystemImpl::PublishOpenState(Inode& inode) {
  int writers = 0;
  bool changed = false;
  {
    const MutexLock lock(inode.state);
    writers = inode.writers;
    changed = inode.changed;
  }
  const auto differs = [&](const Catalogue& catalogue) {
    const Node* node = catalogue.FindNode(inode.id);
    return node != nullptr && !node->detached() &&
           (node->writers != writers || node->drafting != changed);
  };
  if (!ledger_.Read(differs)) return;
  const auto publish = [&](Catalogue& catalogue) -> Result<void> {
    if (differs(catalogue)) catalogue.SetOpenState(inode.id, writers, changed);
    return {};
  };
  const auto done = ledger_.Transact(Durability::kProcess, 0, publish);
  if (!done.ok())
    Log(LogLevel::kError, "who writes node {} could not be noted: {}", inode.id,
        done.error().message());
}

void FilesystemImpl::MarkChanged(MountId mount, Inode& inode) {
  struct Row {
    WallNanos mtime = 0;
    bool clean = false;
  };
  const Row row = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* node = catalogue.FindNode(inode.id);
    if (node == nullptr) return Row();
    const Object* object = catalogue.FindObject(node->bind);
    return Row{.mtime = node->attributes.mtime,
               .clean = object != nullptr && object->gen == node->gen};
  });
  bool first = false;
  {
    const MutexLock lock(inode.state);
    first = !inode.changed;
    inode.changed = true;
    inode.stamp = Ascending(ledger_.clock().Wall(),
                            std::max(row.mtime, inode.stamp.value_or(0)));
    inode.last_write = ledger_.clock().Now();
    if (inode.writer_mount == 0)
      inode.writer_mount = mount;
    else if (inode.writer_mount != mount)
      inode.writer_mount = kNoKernel;
  }
  if (!first) return;
  PublishOpenState(inode);
  if (row.clean) syncer_.CheckAhead(inode.id);
}

Result<void> FilesystemImpl::EditDraft(MountId mount, Inode& inode,
                                       FileHandle* handle, const Edit& edit,
                                       const Waiting& waiting) {
  for (int i = 0; i < kTries; ++i) {
    WSFS_RETURN_IF_ERROR(
        EnsureDraft(inode, std::numeric_limits<std::uint64_t>::max(), waiting));
    const MutexLock lock(inode.op);
    std::shared_ptr<Draft> draft;
    {
      const MutexLock state(inode.state);
      draft = inode.draft;
    }
    if (draft == nullptr) continue;  // sealed and given up meanwhile
    WSFS_TRY(const bool changed, edit(*draft));
    if (!changed) return {};
    if (handle != nullptr) handle->changed = true;
    MarkChanged(mount, inode);
    return {};
  }
  return Error(Errc::kBusy, "the file is closed faster than it is written");
}

Result<std::size_t> FilesystemImpl::Write(MountId mount, HandleId id,
                                          std::uint64_t offset,
                                          std::span<const std::byte> bytes,
                                          const Waiting& waiting) {
  const auto handle = handles_.File(id);
  if (handle == nullptr)
    return WriteReleased(mount, id, offset, bytes, waiting);
  if (!handle->flags.write) return BadHandle();
  if (bytes.empty()) return std::size_t{0};
  const bool append = handle->flags.append;
  if (!append) {
    WSFS_RETURN_IF_ERROR(CheckLimit(handle->inode->id, offset + bytes.size()));
  }
  const auto write = [&](Draft& draft) -> Result<bool> {
    if (append) {  // our end of file, not the one the kernel believes in
      WSFS_RETURN_IF_ERROR(
          CheckLimit(handle->inode->id, draft.size_bytes() + bytes.size()));
      WSFS_TRY([[maybe_unused]] const auto at, draft.Append(bytes));
    } else {
      WSFS_RETURN_IF_ERROR(draft.WriteAt(offset, bytes));
    }
    return true;
  };
  WSFS_RETURN_IF_ERROR(
      EditDraft(mount, *handle->inode, handle.get(), write, waiting));
  return bytes.size();
}

// A page of a shared mapping that outlived its descriptor (fuse.md §2).
Result<std::size_t> FilesystemImpl::WriteReleased(
    MountId mount, HandleId id, std::uint64_t offset,
    std::span<const std::byte> bytes, const Waiting& waiting) {
  const auto node = handles_.ReleasedWriter(id);
  if (!node.has_value()) return BadHandle();
  WSFS_RETURN_IF_ERROR(CheckLimit(*node, offset + bytes.size()));
  const InodeTable::Use use = inodes_.Ensure(*node);
  const auto write = [&](Draft& draft) -> Result<bool> {
    WSFS_RETURN_IF_ERROR(draft.WriteAt(offset, bytes));
    return true;
  };
  WSFS_RETURN_IF_ERROR(EditDraft(mount, *use, nullptr, write, waiting));
  return bytes.size();
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<void> FilesystemImpl::Allocate(MountId mount, HandleId id, int mode,
                                      std::uint64_t offset,
                                      std::uint64_t length,
                                      const Waiting& waiting) {
  const auto handle = handles_.File(id);
  if (handle == nullptr || !handle->flags.write) return BadHandle();
  if (length == 0 || offset + length < offset)
    return Error(Errc::kInvalidArgument, "the range to allocate is not one");
  WSFS_RETURN_IF_ERROR(CheckLimit(handle->inode->id, offset + length));
  const auto allocate = [&](Draft& draft) -> Result<bool> {
    const std::uint64_t before = draft.size_bytes();
    WSFS_RETURN_IF_ERROR(draft.Allocate(mode, offset, length));
    return mode != kKeepSize && (mode != 0 || draft.size_bytes() != before);
  };
  return EditDraft(mount, *handle->inode, handle.get(), allocate, waiting);
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<std::size_t> FilesystemImpl::CopyRange(
    MountId mount, HandleId from, std::uint64_t from_offset, HandleId to,
    std::uint64_t to_offset, std::size_t length, const Waiting& waiting) {
  if (length > kCopyChunkBytes && !waiting.allowed())
    return Error(Errc::kWouldBlock, "a long copy");
  std::vector<std::byte> chunk(std::min<std::size_t>(length, kCopyChunkBytes));
  std::size_t copied = 0;
  while (copied < std::min(length, kCopyAtMost)) {
    const std::size_t want = std::min(chunk.size(), length - copied);
    const auto got =
        Read(from, from_offset + copied, std::span(chunk).first(want), waiting);
    if (!got.ok() && copied == 0) return got.error();
    if (!got.ok() || *got == 0) break;
    const auto put = Write(mount, to, to_offset + copied,
                           std::span(chunk).first(*got), waiting);
    if (!put.ok() && copied == 0) return put.error();
    if (!put.ok()) break;
    copied += *got;
  }
  return copied;
}

}  // namespace wsfs
