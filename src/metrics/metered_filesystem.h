#pragma once

#include "core/fs/forwarding_filesystem.h"
#include "metrics/file_metrics.h"

namespace wsfs {

/// A filesystem whose calls are counted and timed. It stands between the
/// kernels and the engine's own, so what the engine does by itself does not
/// count. A call that would block is not counted: it comes again, waits, and
/// counts then.
///
/// Resource type, one per engine; both references outlive it. Thread-safe.
class MeteredFilesystem final : public ForwardingFilesystem {
 public:
  MeteredFilesystem(Filesystem& files, Metrics& metrics)
      : ForwardingFilesystem(files), metrics_(metrics) {}

  Result<Stat> Lookup(MountId mount, NodeId directory, std::string_view name,
                      const Caller& caller, const Waiting& waiting) override;
  Result<Stat> MakeDirectory(MountId mount, NodeId directory,
                             std::string_view name, std::uint32_t mode,
                             const Caller& caller,
                             const Waiting& waiting) override;
  Result<Stat> MakeNode(MountId mount, NodeId directory, std::string_view name,
                        NodeKind kind, std::uint32_t mode, std::uint64_t rdev,
                        const Caller& caller, const Waiting& waiting) override;
  Result<Stat> Symlink(MountId mount, NodeId directory, std::string_view name,
                       std::string_view target, const Caller& caller,
                       const Waiting& waiting) override;
  Result<std::string> ReadLink(NodeId node) override;
  Result<Stat> Link(MountId mount, NodeId node, NodeId directory,
                    std::string_view name, const Waiting& waiting) override;
  Result<void> Unlink(MountId mount, NodeId directory, std::string_view name,
                      const Waiting& waiting) override;
  Result<void> RemoveDirectory(MountId mount, NodeId directory,
                               std::string_view name,
                               const Waiting& waiting) override;
  Result<void> Rename(MountId mount, NodeId from_directory,
                      std::string_view from, NodeId to_directory,
                      std::string_view to, RenameMode mode,
                      const Waiting& waiting) override;
  Result<Stat> GetAttributes(NodeId node, const Waiting& waiting) override;
  Result<Stat> SetAttributes(MountId mount, NodeId node,
                             const AttributeChange& change,
                             std::optional<HandleId> handle,
                             const Caller& caller,
                             const Waiting& waiting) override;
  Result<std::string> GetXattr(NodeId node, std::string_view name) override;
  Result<std::vector<std::string>> ListXattrs(NodeId node) override;
  Result<void> SetXattr(MountId mount, NodeId node, std::string_view name,
                        std::string_view value, XattrMode mode) override;
  Result<void> RemoveXattr(MountId mount, NodeId node,
                           std::string_view name) override;
  Result<VolumeStat> StatVolume() override;
  Result<OpenedDirectory> OpenDirectory(NodeId directory,
                                        const Waiting& waiting) override;
  Result<void> ReadDirectory(
      MountId mount, HandleId handle, std::uint64_t from, bool plus,
      const std::function<bool(std::uint64_t next, const DirectoryEntry&)>&
          take) override;
  Result<void> FsyncDirectory(NodeId directory,
                              const Waiting& waiting) override;
  Result<std::pair<Stat, Opened>> Create(MountId mount, NodeId directory,
                                         std::string_view name,
                                         std::uint32_t mode,
                                         const OpenFlags& flags, bool exclusive,
                                         const Caller& caller,
                                         const Waiting& waiting) override;
  Result<Opened> Open(MountId mount, NodeId node, const OpenFlags& flags,
                      const Caller& caller, const Waiting& waiting) override;
  Result<std::size_t> Read(HandleId handle, std::uint64_t offset,
                           std::span<std::byte> into,
                           const Waiting& waiting) override;
  Result<std::size_t> Write(MountId mount, HandleId handle,
                            std::uint64_t offset,
                            std::span<const std::byte> bytes,
                            const Waiting& waiting) override;
  Result<void> Flush(MountId mount, HandleId handle, const Caller& caller,
                     const Waiting& waiting) override;
  Result<void> Fsync(MountId mount, HandleId handle, bool data_only,
                     const Waiting& waiting) override;
  Result<void> Allocate(MountId mount, HandleId handle, int mode,
                        std::uint64_t offset, std::uint64_t length,
                        const Waiting& waiting) override;
  Result<std::uint64_t> SeekIn(HandleId handle, std::uint64_t offset, Seek what,
                               const Waiting& waiting) override;
  Result<std::size_t> CopyRange(MountId mount, HandleId from,
                                std::uint64_t from_offset, HandleId to,
                                std::uint64_t to_offset, std::size_t length,
                                const Waiting& waiting) override;

 private:
  template <typename Call>
  auto Count(FileOperation operation, const Waiting& waiting, Call call);

  FileMetrics metrics_;
};

}  // namespace wsfs
