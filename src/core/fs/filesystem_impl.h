#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/fs/filesystem.h"
#include "core/fs/handles.h"
#include "core/fs/inode_table.h"
#include "core/fs/kernel_counts.h"
#include "core/fs/policies.h"
#include "core/fs/sizes_ahead.h"
#include "core/fs/stat_of.h"
#include "core/fs/tree_change.h"

namespace wsfs {

/// The Filesystem, one source file per family of operations: lookup,
/// attributes, xattrs, directories, create_unlink, links, rename, open_read,
/// sources, write, close, space.
///
/// Locks: handle → Inode::op → ledger → leaves (Inode::state, tables, draft).
/// None is held while the syncer is waited for.
class FilesystemImpl final : public Filesystem {
 public:
  FilesystemImpl(Ledger& ledger, Syncer& syncer, const Options& options);

  Result<NodeId> ResolveRoot(std::string_view path,
                             const Waiting& waiting) override;
  void SetPolicy(MountId mount, const MountPolicy& policy) override {
    policies_.Set(mount, policy);
  }
  Result<Stat> Lookup(MountId mount, NodeId directory, std::string_view name,
                      const Caller& caller, const Waiting& waiting) override;
  bool StaysMissing(std::string_view /*name*/) const override { return true; }
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
  Result<std::string> ReadLink(NodeId id) override;
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
  Result<std::string> GetXattr(NodeId id, std::string_view name) override;
  Result<std::vector<std::string>> ListXattrs(NodeId id) override;
  Result<void> SetXattr(MountId mount, NodeId id, std::string_view name,
                        std::string_view value, XattrMode mode) override;
  Result<void> RemoveXattr(MountId mount, NodeId id,
                           std::string_view name) override;
  Result<VolumeStat> StatVolume() override;
  Result<OpenedDirectory> OpenDirectory(NodeId directory,
                                        const Waiting& waiting) override;
  Result<void> ReadDirectory(
      MountId mount, HandleId id, std::uint64_t from, bool plus,
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
  Result<std::size_t> Read(HandleId id, std::uint64_t offset,
                           std::span<std::byte> into,
                           const Waiting& waiting) override;
  Result<std::size_t> Write(MountId mount, HandleId id, std::uint64_t offset,
                            std::span<const std::byte> bytes,
                            const Waiting& waiting) override;
  Result<void> Flush(MountId mount, HandleId id, const Caller& caller,
                     const Waiting& waiting) override;
  void Release(MountId mount, HandleId id) override;
  Result<void> Fsync(MountId mount, HandleId id, bool data_only,
                     const Waiting& waiting) override;
  Result<Replaced> Replace(MountId mount, NodeId node,
                           const Replacement& replacement,
                           const Waiting& waiting) override;
  Result<void> FsyncDirectory(NodeId directory,
                              const Waiting& waiting) override;
  Result<void> Allocate(MountId mount, HandleId id, int mode,
                        std::uint64_t offset, std::uint64_t length,
                        const Waiting& waiting) override;
  Result<std::uint64_t> SeekIn(HandleId id, std::uint64_t offset, Seek what,
                               const Waiting& waiting) override;
  Result<std::size_t> CopyRange(MountId mount, HandleId from,
                                std::uint64_t from_offset, HandleId to,
                                std::uint64_t to_offset, std::size_t length,
                                const Waiting& waiting) override;
  void OnTimer() override;
  void SealIdleDrafts() override;

 private:
  // -- close.cc
  void SealDraftsQuietFor(Milliseconds quiet);

  // -- lookup.cc
  /// Every name in the directory is known afterwards. kNotFound,
  /// kNotADirectory; kWouldBlock when a listing is needed and may not wait.
  Result<void> EnsureListed(NodeId directory, const Waiting& waiting);
  /// A name in a directory, after a listing where one is needed.
  struct Entry {
    NodeId node = kNoNode;  ///< kNoNode: no such name.
    NodeKind kind = NodeKind::kFile;
    bool alias = false;  ///< A notebook's name without its extension.
  };
  Result<Entry> FindEntry(NodeId directory, std::string_view name,
                          const Waiting& waiting);
  /// The node as stat(2) shows it now, waiting for nothing.
  Result<Stat> StatNow(NodeId id);
  Result<Stat> StatForKernel(MountId mount, NodeId node);
  ChangeTimes Now();

  // -- create_unlink.cc
  /// What a new entry is before it has a number and times.
  struct NewEntry {
    MountId mount = 0;
    NodeId directory = kNoNode;
    std::string name;
    Node node;
    bool opened = false;  ///< Created open for writing.
  };
  Result<void> CheckNewEntry(NodeId directory, std::string_view name,
                             const Waiting& waiting);
  static NewEntry NewEntryOf(MountId mount, NodeId directory,
                             std::string_view name, NodeKind kind,
                             std::uint32_t mode);
  Result<NodeId> AddEntry(NewEntry entry, const Caller& caller);
  Result<std::pair<Stat, Opened>> OpenCreated(MountId mount, NodeId node,
                                              std::shared_ptr<Draft> draft,
                                              const OpenFlags& flags,
                                              const Caller& caller);

  // -- rename.cc
  struct Move;
  Result<void> PrepareMove(Move& move, const Waiting& waiting);
  static Result<void> CheckDirectoryMove(const Catalogue& catalogue,
                                         const Move& move);
  static Result<void> ApplyMove(Catalogue& catalogue, Move& move);
  static Result<void> ApplyExchange(Catalogue& catalogue, Move& move);
  Result<void> CommitMove(Move& move);
  static std::vector<Awaited> AwaitedOf(const Catalogue& catalogue,
                                        const Move& move);
  static Result<void> CheckUnchanged(const Catalogue& catalogue,
                                     const Move& move);
  static Result<void> RemoveTarget(Catalogue& catalogue, Move& move);
  /// For a file that leaves the service: its bytes as content of our own, which
  /// no cache drops (none: they are so already), and their generation.
  using OwnContent = std::pair<std::optional<Content>, Generation>;
  Result<OwnContent> OwnBytes(NodeId id, const Waiting& waiting);

  // -- attributes.cc
  Result<void> CheckOwner(NodeId node, const AttributeChange& change,
                          const Caller& caller);
  Result<void> SetRowAttributes(MountId mount, Inode& inode,
                                const AttributeChange& change);
  Result<void> Resize(MountId mount, Inode& inode, FileHandle* handle,
                      std::uint64_t size_bytes, const Waiting& waiting);

  // -- sources.cc
  /// What the row says of where a file's bytes are.
  struct FileRow {
    bool exists = false;
    NodeId parent = kNoNode;
    Place place = Place::kRemote;
    Generation gen = 0;
    std::optional<Content> content;
    std::optional<std::uint64_t> known_size;
    bool remote_bytes = false;  ///< At an object of ours, if not here.
    bool unreadable = false;
    bool unclosed = false;
  };
  FileRow RowOf(NodeId id);
  /// The readers of this inode find a draft, a body or a hydration: that of
  /// the present generation, or (kAny) the one they read so far.
  enum class Pin : std::uint8_t { kAny, kNewest };
  Result<void> PinSource(Inode& inode, Pin which, const Waiting& waiting);
  /// Begins or joins the download of generation `gen`.
  Result<void> PinDownload(Inode& inode, Generation gen);
  Result<std::shared_ptr<Body>> LocalBody(const FileRow& row);
  /// The whole content is here and filed.
  Result<void> WaitForBytes(NodeId id, const Waiting& waiting);
  /// A draft of the present content, or of its first `keep_bytes`.
  Result<void> EnsureDraft(Inode& inode, std::uint64_t keep_bytes,
                           const Waiting& waiting);
  Result<std::shared_ptr<Draft>> MakeDraft(Inode& inode, const FileRow& row,
                                           std::uint64_t keep_bytes,
                                           const Waiting& waiting);
  Result<bool> InstallDraft(Inode& inode, const FileRow& row,
                            std::shared_ptr<Draft> draft);
  Result<std::shared_ptr<Draft>> DraftOfRemoved(Inode& inode,
                                                std::uint64_t keep_bytes,
                                                const Waiting& waiting);
  /// A content of our own with the bytes of a cached one; none: dropped.
  Result<std::optional<Content>> CopyOfCached(const Content& content,
                                              const Waiting& waiting);
  /// None: what it was read from is over; look again.
  Result<std::optional<std::size_t>> ReadOnce(Inode& inode,
                                              std::uint64_t offset,
                                              std::span<std::byte> into,
                                              const Waiting& waiting);
  Result<std::size_t> ReadFrom(Inode& inode, std::uint64_t offset,
                               std::span<std::byte> into,
                               const Waiting& waiting);

  // -- open_read.cc
  /// The size and the first bytes are here afterwards; `whole`: all of them.
  Result<void> FetchToOpen(Inode& inode, bool whole, bool size_known,
                           const Waiting& waiting);
  Result<Opened> AttachHandle(MountId mount, Inode& inode,
                              const std::shared_ptr<Inode>& pointer,
                              const OpenFlags& flags, const Caller& caller);
  Result<void> BeginTruncated(MountId mount, Inode& inode);
  bool KeepsCache(MountId mount, Inode& inode);

  // -- write.cc
  using Edit = std::function<Result<bool>(Draft&)>;
  /// Runs `edit` on the inode's draft under its lock; true from it: bytes or
  /// size changed.
  Result<void> EditDraft(MountId mount, Inode& inode, FileHandle* handle,
                         const Edit& edit, const Waiting& waiting);
  Result<void> CheckLimit(NodeId id, std::uint64_t end_bytes);
  void MarkChanged(MountId mount, Inode& inode);
  /// Tells the catalogue who writes the node now.
  void PublishOpenState(Inode& inode);
  Result<std::size_t> WriteReleased(MountId mount, HandleId id,
                                    std::uint64_t offset,
                                    std::span<const std::byte> bytes,
                                    const Waiting& waiting);

  // -- verdict.cc
  /// How long a call waits for what the service says; nullopt: not at all.
  struct Wait {
    Persistence persistence = Persistence::kFirstTry;
    Milliseconds time{0};
  };
  /// Until it is taken or refused.
  static Wait WaitThrough();
  /// Of the node, or of the nearest folder above that has it; "": none has.
  std::string AttributeAt(NodeId node, std::string_view name);
  WritePolicy WritesAt(MountId mount, NodeId node);
  FsyncPolicy FsyncAt(MountId mount, NodeId node);
  std::optional<Wait> WaitAtClose(MountId mount, NodeId node,
                                  const Waiting& waiting);
  /// kWouldBlock where it would have to wait and may not.
  Result<std::optional<Wait>> WaitForName(MountId mount, NodeId directory,
                                          const Waiting& waiting);
  /// Under no lock, after the change.
  Result<void> AwaitClosed(const Wait& wait, const Awaited& what,
                           const Waiting& waiting);
  Result<void> AwaitNames(const std::optional<Wait>& wait,
                          const std::vector<Awaited>& what,
                          const Waiting& waiting);

  // -- close.cc. All under Inode::op.
  enum class SealFor : std::uint8_t { kPushing, kRecovery };
  Result<void> Seal(Inode& inode, SealFor purpose);
  Result<bool> CommitSealed(Inode& inode, SealFor purpose,
                            const Content& content);
  Result<void> FinishClose(Inode& inode);
  static bool SealsMuch(const Inode& inode);
  Result<bool> CloseHandle(FileHandle& handle);
  Result<void> SealForFsync(Inode& inode, SealFor purpose) EXCLUDES(inode.op);
  void GiveUpDraft(Inode& inode);
  Result<std::uint64_t> NewBodyId();
  /// Of a sealed content whose transaction failed.
  void Discard(const Content& content);

  // -- replace.cc
  Result<bool> CommitReplaced(Inode& inode, const Replacement& replacement,
                              const Content& content);
  Result<void> AwaitReplaced(bool synced, const std::optional<Wait>& wait,
                             const Awaited& what, const Waiting& waiting);

  Ledger& ledger_;
  Syncer& syncer_;
  const Options options_;
  KernelCounts counts_;
  InodeTable inodes_{counts_};
  SizesAhead sizes_ahead_;
  HandleTable handles_;
  Policies policies_;
  SaveRhythm rhythm_;

  Mutex ids_mutex_;
  std::uint64_t next_body_ GUARDED_BY(ids_mutex_) = 0;
  std::uint64_t end_body_ GUARDED_BY(ids_mutex_) = 0;
};

}  // namespace wsfs
