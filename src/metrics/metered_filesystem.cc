#include "metrics/metered_filesystem.h"

#include <chrono>
#include <optional>

namespace wsfs {

template <typename Call>
auto MeteredFilesystem::Count(FileOperation operation, const Waiting& waiting,
                              Call call) {
  const SteadyTime begun = std::chrono::steady_clock::now();
  auto result = call();
  std::optional<Errc> error;
  if (!result.ok()) error = result.error().code();
  const bool waits = waiting.allowed();
  if (!waits && error == Errc::kWouldBlock) return result;
  metrics_.Record(operation, waits ? Served::kWaited : Served::kLocal,
                  std::chrono::steady_clock::now() - begun, error);
  return result;
}

// NOLINTBEGIN(readability-function-size): its interface

Result<Stat> MeteredFilesystem::Lookup(MountId mount, NodeId directory,
                                       std::string_view name,
                                       const Caller& caller,
                                       const Waiting& waiting) {
  return Count(FileOperation::kLookup, waiting, [&] {
    return files().Lookup(mount, directory, name, caller, waiting);
  });
}

Result<Stat> MeteredFilesystem::MakeDirectory(MountId mount, NodeId directory,
                                              std::string_view name,
                                              std::uint32_t mode,
                                              const Caller& caller,
                                              const Waiting& waiting) {
  return Count(FileOperation::kMakeDirectory, waiting, [&] {
    return files().MakeDirectory(mount, directory, name, mode, caller, waiting);
  });
}

Result<Stat> MeteredFilesystem::MakeNode(MountId mount, NodeId directory,
                                         std::string_view name, NodeKind kind,
                                         std::uint32_t mode, std::uint64_t rdev,
                                         const Caller& caller,
                                         const Waiting& waiting) {
  return Count(FileOperation::kMakeNode, waiting, [&] {
    return files().MakeNode(mount, directory, name, kind, mode, rdev, caller,
                            waiting);
  });
}

Result<Stat> MeteredFilesystem::Symlink(MountId mount, NodeId directory,
                                        std::string_view name,
                                        std::string_view target,
                                        const Caller& caller,
                                        const Waiting& waiting) {
  return Count(FileOperation::kSymlink, waiting, [&] {
    return files().Symlink(mount, directory, name, target, caller, waiting);
  });
}

Result<std::string> MeteredFilesystem::ReadLink(NodeId node) {
  return Count(FileOperation::kReadLink, Waiting::Never(),
               [&] { return files().ReadLink(node); });
}

Result<Stat> MeteredFilesystem::Link(MountId mount, NodeId node,
                                     NodeId directory, std::string_view name,
                                     const Waiting& waiting) {
  return Count(FileOperation::kLink, waiting, [&] {
    return files().Link(mount, node, directory, name, waiting);
  });
}

Result<void> MeteredFilesystem::Unlink(MountId mount, NodeId directory,
                                       std::string_view name,
                                       const Waiting& waiting) {
  return Count(FileOperation::kUnlink, waiting,
               [&] { return files().Unlink(mount, directory, name, waiting); });
}

Result<void> MeteredFilesystem::RemoveDirectory(MountId mount, NodeId directory,
                                                std::string_view name,
                                                const Waiting& waiting) {
  return Count(FileOperation::kRemoveDirectory, waiting, [&] {
    return files().RemoveDirectory(mount, directory, name, waiting);
  });
}

Result<void> MeteredFilesystem::Rename(MountId mount, NodeId from_directory,
                                       std::string_view from,
                                       NodeId to_directory, std::string_view to,
                                       RenameMode mode,
                                       const Waiting& waiting) {
  return Count(FileOperation::kRename, waiting, [&] {
    return files().Rename(mount, from_directory, from, to_directory, to, mode,
                          waiting);
  });
}

Result<Stat> MeteredFilesystem::GetAttributes(NodeId node,
                                              const Waiting& waiting) {
  return Count(FileOperation::kGetAttributes, waiting,
               [&] { return files().GetAttributes(node, waiting); });
}

Result<Stat> MeteredFilesystem::SetAttributes(MountId mount, NodeId node,
                                              const AttributeChange& change,
                                              std::optional<HandleId> handle,
                                              const Caller& caller,
                                              const Waiting& waiting) {
  return Count(FileOperation::kSetAttributes, waiting, [&] {
    return files().SetAttributes(mount, node, change, handle, caller, waiting);
  });
}

Result<std::string> MeteredFilesystem::GetXattr(NodeId node,
                                                std::string_view name) {
  return Count(FileOperation::kGetXattr, Waiting::Never(),
               [&] { return files().GetXattr(node, name); });
}

Result<std::vector<std::string>> MeteredFilesystem::ListXattrs(NodeId node) {
  return Count(FileOperation::kListXattrs, Waiting::Never(),
               [&] { return files().ListXattrs(node); });
}

Result<void> MeteredFilesystem::SetXattr(MountId mount, NodeId node,
                                         std::string_view name,
                                         std::string_view value,
                                         XattrMode mode) {
  return Count(FileOperation::kSetXattr, Waiting::Never(), [&] {
    return files().SetXattr(mount, node, name, value, mode);
  });
}

Result<void> MeteredFilesystem::RemoveXattr(MountId mount, NodeId node,
                                            std::string_view name) {
  return Count(FileOperation::kRemoveXattr, Waiting::Never(),
               [&] { return files().RemoveXattr(mount, node, name); });
}

Result<VolumeStat> MeteredFilesystem::StatVolume() {
  return Count(FileOperation::kStatVolume, Waiting::Never(),
               [&] { return files().StatVolume(); });
}

Result<OpenedDirectory> MeteredFilesystem::OpenDirectory(
    NodeId directory, const Waiting& waiting) {
  return Count(FileOperation::kOpenDirectory, waiting,
               [&] { return files().OpenDirectory(directory, waiting); });
}

Result<void> MeteredFilesystem::ReadDirectory(
    MountId mount, HandleId handle, std::uint64_t from, bool plus,
    const std::function<bool(std::uint64_t next, const DirectoryEntry&)>&
        take) {
  return Count(FileOperation::kReadDirectory, Waiting::Never(), [&] {
    return files().ReadDirectory(mount, handle, from, plus, take);
  });
}

Result<void> MeteredFilesystem::FsyncDirectory(NodeId directory,
                                               const Waiting& waiting) {
  return Count(FileOperation::kFsyncDirectory, waiting,
               [&] { return files().FsyncDirectory(directory, waiting); });
}

Result<std::pair<Stat, Opened>> MeteredFilesystem::Create(
    MountId mount, NodeId directory, std::string_view name, std::uint32_t mode,
    const OpenFlags& flags, bool exclusive, const Caller& caller,
    const Waiting& waiting) {
  return Count(FileOperation::kCreate, waiting, [&] {
    return files().Create(mount, directory, name, mode, flags, exclusive,
                          caller, waiting);
  });
}

Result<Opened> MeteredFilesystem::Open(MountId mount, NodeId node,
                                       const OpenFlags& flags,
                                       const Caller& caller,
                                       const Waiting& waiting) {
  return Count(FileOperation::kOpen, waiting, [&] {
    return files().Open(mount, node, flags, caller, waiting);
  });
}

Result<std::size_t> MeteredFilesystem::Read(HandleId handle,
                                            std::uint64_t offset,
                                            std::span<std::byte> into,
                                            const Waiting& waiting) {
  return Count(FileOperation::kRead, waiting,
               [&] { return files().Read(handle, offset, into, waiting); });
}

Result<std::size_t> MeteredFilesystem::Write(MountId mount, HandleId handle,
                                             std::uint64_t offset,
                                             std::span<const std::byte> bytes,
                                             const Waiting& waiting) {
  return Count(FileOperation::kWrite, waiting, [&] {
    return files().Write(mount, handle, offset, bytes, waiting);
  });
}

Result<void> MeteredFilesystem::Flush(MountId mount, HandleId handle,
                                      const Caller& caller,
                                      const Waiting& waiting) {
  return Count(FileOperation::kFlush, waiting,
               [&] { return files().Flush(mount, handle, caller, waiting); });
}

Result<void> MeteredFilesystem::Fsync(MountId mount, HandleId handle,
                                      bool data_only, const Waiting& waiting) {
  return Count(FileOperation::kFsync, waiting, [&] {
    return files().Fsync(mount, handle, data_only, waiting);
  });
}

Result<void> MeteredFilesystem::Allocate(MountId mount, HandleId handle,
                                         int mode, std::uint64_t offset,
                                         std::uint64_t length,
                                         const Waiting& waiting) {
  return Count(FileOperation::kAllocate, waiting, [&] {
    return files().Allocate(mount, handle, mode, offset, length, waiting);
  });
}

Result<std::uint64_t> MeteredFilesystem::SeekIn(HandleId handle,
                                                std::uint64_t offset, Seek what,
                                                const Waiting& waiting) {
  return Count(FileOperation::kSeek, waiting,
               [&] { return files().SeekIn(handle, offset, what, waiting); });
}

Result<std::size_t> MeteredFilesystem::CopyRange(
    MountId mount, HandleId from, std::uint64_t from_offset, HandleId to,
    std::uint64_t to_offset, std::size_t length, const Waiting& waiting) {
  return Count(FileOperation::kCopyRange, waiting, [&] {
    return files().CopyRange(mount, from, from_offset, to, to_offset, length,
                             waiting);
  });
}

// NOLINTEND(readability-function-size)

}  // namespace wsfs
