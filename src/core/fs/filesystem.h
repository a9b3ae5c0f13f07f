#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "core/ledger.h"
#include "core/policy.h"
#include "core/sync/syncer.h"

namespace wsfs {

/// Who calls, from the request's header. `process` is the thread group (Tgid)
/// of the header's thread id, looked up once per request that needs it.
struct Caller {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int32_t process = 0;
};

/// What stat(2) shows of a node, and how long the kernel may believe it.
struct Stat {
  NodeId id = kNoNode;
  NodeKind kind = NodeKind::kFile;
  std::uint64_t size_bytes = 0;
  std::uint32_t links = 1;
  std::uint64_t rdev = 0;
  Attributes attributes;
  bool size_known = true;  ///< False: no attribute lifetime may be given.
  /// Reached by a notebook's name without its extension, which no listing
  /// shows and no notification names: no entry lifetime may be given.
  bool alias = false;
};

struct DirectoryEntry {
  std::string name;
  Stat stat;
};

enum class RenameMode : std::uint8_t { kReplace, kNoReplace, kExchange };

/// What an open asked for.
struct OpenFlags {
  bool read = true;
  bool write = false;
  bool append = false;
  bool truncate = false;
};

using HandleId = std::uint64_t;

struct Opened {
  HandleId handle = 0;
  /// The content is the one the kernel's page cache was filled from.
  bool keep_cache = false;
  /// The kernel keeps no pages of it: two handles may read two contents.
  bool uncached = false;
};

struct OpenedDirectory {
  HandleId handle = 0;
  /// All that changed in it the kernel has been told, or will be.
  bool keep_cache = true;
};

/// setattr(2): what is set has a value.
struct AttributeChange {
  std::optional<std::uint64_t> size_bytes;
  std::optional<std::uint32_t> mode;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<WallNanos> atime;
  std::optional<WallNanos> mtime;

  bool empty() const {
    return !size_bytes && !mode && !uid && !gid && !atime && !mtime;
  }
};

struct VolumeStat {
  std::uint64_t total_bytes = 0;
  std::uint64_t free_bytes = 0;
  std::uint64_t nodes = 0;
};

/// The filesystem: one per engine, seen by each mount through a Mount-bound
/// adapter. Knows neither libfuse nor the network's words; every call answers
/// from the ledger when it can and asks the syncer when it must.
///
/// Every operation takes a Waiting. With Waiting::Never() it either completes
/// from local knowledge or returns kWouldBlock *before it changed anything*;
/// run again with Until(), it may wait (deadline → kTimeout, interrupt →
/// kCancelled, unreachable → kUnreachable). Thread-safe.
///
/// Lookup counts: each Stat/entry that is handed to the kernel by Lookup,
/// Create, MakeDirectory, MakeNode, Symlink or ReadDirectoryPlus adds one;
/// Forget takes them back. A node stays known while it is named, looked up,
/// open or dirty.
class Filesystem {
 public:
  struct Options {
    bool strict_sizes = true;
    /// Of a listing, when something is opened in it.
    Milliseconds refresh_after{30'000};
  };
  static std::unique_ptr<Filesystem> Make(Ledger& ledger, Syncer& syncer,
                                          const Options& options);
  virtual ~Filesystem() = default;

  /// The node of a folder to mount, listed up to there. kNotFound,
  /// kNotADirectory. `path` is as the user sees it ("/" is the workspace).
  virtual Result<NodeId> ResolveRoot(std::string_view path,
                                     const Waiting& waiting) = 0;

  /// Until ForgetMount(); a mount nobody set anything for is `back`, `local`.
  virtual void SetPolicy(MountId mount, const MountPolicy& policy) = 0;

  // -- Names
  /// Of the caller only `process` counts; a thread of it is good enough.
  virtual Result<Stat> Lookup(MountId mount, NodeId directory,
                              std::string_view name, const Caller& caller,
                              const Waiting& waiting) = 0;
  /// A name that was not found stays so until the kernel is told.
  virtual bool StaysMissing(std::string_view name) const = 0;
  virtual void Forget(MountId mount, NodeId node, std::uint64_t count) = 0;
  /// All counts of a mount that went away.
  virtual void ForgetMount(MountId mount) = 0;
  virtual Result<Stat> MakeDirectory(MountId mount, NodeId directory,
                                     std::string_view name, std::uint32_t mode,
                                     const Caller& caller,
                                     const Waiting& waiting) = 0;
  virtual Result<Stat> MakeNode(MountId mount, NodeId directory,
                                std::string_view name, NodeKind kind,
                                std::uint32_t mode, std::uint64_t rdev,
                                const Caller& caller,
                                const Waiting& waiting) = 0;
  virtual Result<Stat> Symlink(MountId mount, NodeId directory,
                               std::string_view name, std::string_view target,
                               const Caller& caller,
                               const Waiting& waiting) = 0;
  virtual Result<std::string> ReadLink(NodeId node) = 0;
  virtual Result<Stat> Link(MountId mount, NodeId node, NodeId directory,
                            std::string_view name, const Waiting& waiting) = 0;
  virtual Result<void> Unlink(MountId mount, NodeId directory,
                              std::string_view name,
                              const Waiting& waiting) = 0;
  virtual Result<void> RemoveDirectory(MountId mount, NodeId directory,
                                       std::string_view name,
                                       const Waiting& waiting) = 0;
  virtual Result<void> Rename(MountId mount, NodeId from_directory,
                              std::string_view from, NodeId to_directory,
                              std::string_view to, RenameMode mode,
                              const Waiting& waiting) = 0;

  // -- Attributes
  virtual Result<Stat> GetAttributes(NodeId node, const Waiting& waiting) = 0;
  virtual Result<Stat> SetAttributes(MountId mount, NodeId node,
                                     const AttributeChange& change,
                                     std::optional<HandleId> handle,
                                     const Caller& caller,
                                     const Waiting& waiting) = 0;
  virtual Result<std::string> GetXattr(NodeId node, std::string_view name) = 0;
  virtual Result<std::vector<std::string>> ListXattrs(NodeId node) = 0;
  enum class XattrMode : std::uint8_t { kAny, kCreate, kReplace };
  virtual Result<void> SetXattr(MountId mount, NodeId node,
                                std::string_view name, std::string_view value,
                                XattrMode mode) = 0;
  virtual Result<void> RemoveXattr(MountId mount, NodeId node,
                                   std::string_view name) = 0;
  virtual Result<VolumeStat> StatVolume() = 0;

  // -- Directories: a handle is a snapshot of names, so telldir is stable.
  virtual Result<OpenedDirectory> OpenDirectory(NodeId directory,
                                                const Waiting& waiting) = 0;
  /// Entries from position `from` (0 = first) on, "." and ".." not included;
  /// `take` returns false when its buffer is full. With `plus`, each entry
  /// taken adds one lookup count, and entries carry whatever is known now.
  virtual Result<void> ReadDirectory(
      MountId mount, HandleId handle, std::uint64_t from, bool plus,
      const std::function<bool(std::uint64_t next, const DirectoryEntry&)>&
          take) = 0;
  virtual void ReleaseDirectory(HandleId handle) = 0;

  // -- Files
  virtual Result<std::pair<Stat, Opened>> Create(
      MountId mount, NodeId directory, std::string_view name,
      std::uint32_t mode, const OpenFlags& flags, bool exclusive,
      const Caller& caller, const Waiting& waiting) = 0;
  virtual Result<Opened> Open(MountId mount, NodeId node,
                              const OpenFlags& flags, const Caller& caller,
                              const Waiting& waiting) = 0;
  virtual Result<std::size_t> Read(HandleId handle, std::uint64_t offset,
                                   std::span<std::byte> into,
                                   const Waiting& waiting) = 0;
  virtual Result<std::size_t> Write(MountId mount, HandleId handle,
                                    std::uint64_t offset,
                                    std::span<const std::byte> bytes,
                                    const Waiting& waiting) = 0;
  /// close(2) of one descriptor, by `caller.process` (planner/design "Closed").
  /// By the mount's policy it waits for the service's answer, and fails with
  /// what the service refuses it for.
  virtual Result<void> Flush(MountId mount, HandleId handle,
                             const Caller& caller, const Waiting& waiting) = 0;
  virtual void Release(MountId mount, HandleId handle) = 0;
  virtual Result<void> Fsync(MountId mount, HandleId handle, bool data_only,
                             const Waiting& waiting) = 0;
  /// Makes `bytes` the content of a file in one step, as one who writes and
  /// closes it does: a crash leaves the content before, or this. Nothing
  /// happens (kBusy) when the file is not at generation `seen` any more, or
  /// somebody is writing it.
  struct Replacement {
    std::string_view bytes;
    Generation seen = 0;
    bool synced = false;
  };
  struct Replaced {
    /// What Flush would have failed with, or with `synced` Fsync, though the
    /// bytes are taken.
    std::optional<Error> verdict;
  };
  virtual Result<Replaced> Replace(MountId mount, NodeId node,
                                   const Replacement& replacement,
                                   const Waiting& waiting) = 0;
  virtual Result<void> FsyncDirectory(NodeId directory,
                                      const Waiting& waiting) = 0;
  virtual Result<void> Allocate(MountId mount, HandleId handle, int mode,
                                std::uint64_t offset, std::uint64_t length,
                                const Waiting& waiting) = 0;
  enum class Seek : std::uint8_t { kData, kHole };
  /// kNoSuchOffset at and behind the end, and for data behind the last.
  virtual Result<std::uint64_t> SeekIn(HandleId handle, std::uint64_t offset,
                                       Seek what, const Waiting& waiting) = 0;
  virtual Result<std::size_t> CopyRange(MountId mount, HandleId from,
                                        std::uint64_t from_offset, HandleId to,
                                        std::uint64_t to_offset,
                                        std::size_t length,
                                        const Waiting& waiting) = 0;

  /// Called by the engine's timer, waits for nothing. Bytes that came from mmap
  /// after the last close are sealed when they have been quiet for 2 s
  /// (design.md §2 *Closed*, 3); folders that are watched are listed again.
  virtual void OnTimer() = 0;
  /// Seals without the 2 s: before a sync, an unmount, the end. What was
  /// truncated or mapped without an open handle is as saved as it gets.
  virtual void SealIdleDrafts() = 0;
};

}  // namespace wsfs
