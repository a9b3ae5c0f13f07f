#pragma once

#include <map>
#include <set>
#include <string>

#include "core/fs/filesystem.h"

namespace wsfs {

/// A filesystem in memory, for tests of the adapter alone: the names and
/// bytes are right, and a file whose name begins with "stalled" answers
/// nothing that opens, reads or flushes it until Unstall is called; one
/// whose name begins with "unanswered", nothing that asks for its attributes.
///
/// Thread-safe.
class FakeFilesystem final : public Filesystem {
 public:
  FakeFilesystem();

  /// Puts a file there, as if the service had it.
  NodeId Put(NodeId directory, const std::string& name,
             const std::string& content) EXCLUDES(mutex_);
  NodeId PutDirectory(NodeId directory, const std::string& name)
      EXCLUDES(mutex_);
  void Remove(NodeId directory, const std::string& name) EXCLUDES(mutex_);
  void Rewrite(NodeId file, const std::string& content) EXCLUDES(mutex_);
  std::string ContentOf(NodeId node) EXCLUDES(mutex_);
  std::uint64_t LookupsOf(NodeId node) EXCLUDES(mutex_);
  std::size_t OpenHandleCount() EXCLUDES(mutex_);
  int calls(const std::string& operation) EXCLUDES(mutex_);
  std::set<std::int32_t> flushers() EXCLUDES(mutex_);
  int waiting() EXCLUDES(mutex_);
  void Unstall() EXCLUDES(mutex_);

  Result<NodeId> ResolveRoot(std::string_view path,
                             const Waiting& waiting) override;
  void SetPolicy(MountId /*mount*/, const MountPolicy& /*policy*/) override {}
  Result<Stat> Lookup(MountId mount, NodeId directory, std::string_view name,
                      const Caller& caller, const Waiting& waiting) override;
  bool StaysMissing(std::string_view /*name*/) const override { return true; }
  Result<Replaced> Replace(MountId mount, NodeId node,
                           const Replacement& replacement,
                           const Waiting& waiting) override;
  void Forget(MountId mount, NodeId node, std::uint64_t count) override;
  void ForgetMount(MountId mount) override;
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
  void ReleaseDirectory(HandleId handle) override;
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
  void Release(MountId mount, HandleId handle) override;
  Result<void> Fsync(MountId mount, HandleId handle, bool data_only,
                     const Waiting& waiting) override;
  Result<void> FsyncDirectory(NodeId directory,
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
  void OnTimer() override {}
  void SealIdleDrafts() override {}

 private:
  struct Entry {
    NodeKind kind = NodeKind::kFile;
    std::string name;
    std::string content;
    std::string target;
    std::uint32_t mode = 0644;
    std::map<std::string, NodeId> children;
    std::uint64_t lookups = 0;
  };

  Entry* Find(NodeId node) REQUIRES(mutex_);
  Result<NodeId> Child(NodeId directory, std::string_view name)
      REQUIRES(mutex_);
  Result<Stat> Add(NodeId directory, std::string_view name, Entry entry)
      REQUIRES(mutex_);
  Stat StatOf(NodeId node) REQUIRES(mutex_);
  HandleId NewHandle(NodeId node) REQUIRES(mutex_);
  /// What a call on a stalled file does: kWouldBlock, or waits.
  Result<void> Stall(NodeId node, std::string_view prefix,
                     const Waiting& waiting) REQUIRES(mutex_);

  Mutex mutex_;
  CondVar changed_;
  std::map<NodeId, Entry> nodes_ GUARDED_BY(mutex_);
  std::map<HandleId, NodeId> handles_ GUARDED_BY(mutex_);
  std::map<std::string, int> calls_ GUARDED_BY(mutex_);
  std::set<std::int32_t> flushers_ GUARDED_BY(mutex_);
  NodeId next_ GUARDED_BY(mutex_) = 100;
  int waiting_ GUARDED_BY(mutex_) = 0;
  bool stalled_ GUARDED_BY(mutex_) = true;
};

}  // namespace wsfs
