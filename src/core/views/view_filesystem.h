#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/sync.h"
#include "core/fs/forwarding_filesystem.h"
#include "core/views/open_view.h"
#include "core/views/view_target.h"
#include "core/views/view_texts.h"
#include "core/views/written_views.h"

namespace wsfs {

/// The filesystem with the other views of its notebooks: names that no listing
/// shows, that are found when they are asked for, and that read and write the
/// notebook through its cells (docs/decisions/0018). All else is passed on.
///
/// A view has an inode number of its own, and no lifetime in any kernel. A
/// name is a view only as long as no entry has it: who writes a file of that
/// name without having read the view, or removes the view, gets the name for
/// himself.
///
/// Resource type, owned by the engine. Thread-safe.
class ViewFilesystem final : public ForwardingFilesystem {
 public:
  ViewFilesystem(std::unique_ptr<Filesystem> files, Ledger& ledger)
      : ForwardingFilesystem(std::move(files)),
        ledger_(ledger),
        texts_(this->files(), ledger),
        written_(ledger.clock()) {}

  Result<Stat> Lookup(MountId mount, NodeId directory, std::string_view name,
                      const Caller& caller, const Waiting& waiting) override;
  /// Its notebook may come, and with it the view.
  bool StaysMissing(std::string_view name) const override;
  Result<std::pair<Stat, Opened>> Create(MountId mount, NodeId directory,
                                         std::string_view name,
                                         std::uint32_t mode,
                                         const OpenFlags& flags, bool exclusive,
                                         const Caller& caller,
                                         const Waiting& waiting) override;
  void Forget(MountId mount, NodeId node, std::uint64_t count) override;
  Result<void> Unlink(MountId mount, NodeId directory, std::string_view name,
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
  Result<std::string> GetXattr(NodeId node, std::string_view name) override {
    return files().GetXattr(NodeOf(node), name);
  }
  Result<std::vector<std::string>> ListXattrs(NodeId node) override {
    return files().ListXattrs(NodeOf(node));
  }
  Result<void> SetXattr(MountId mount, NodeId node, std::string_view name,
                        std::string_view value, XattrMode mode) override {
    return files().SetXattr(mount, NodeOf(node), name, value, mode);
  }
  Result<void> RemoveXattr(MountId mount, NodeId node,
                           std::string_view name) override {
    return files().RemoveXattr(mount, NodeOf(node), name);
  }
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
  Result<void> Allocate(MountId mount, HandleId handle, int mode,
                        std::uint64_t offset, std::uint64_t length,
                        const Waiting& waiting) override;
  Result<std::uint64_t> SeekIn(HandleId handle, std::uint64_t offset, Seek what,
                               const Waiting& waiting) override;
  Result<std::size_t> CopyRange(MountId mount, HandleId from,
                                std::uint64_t from_offset, HandleId to,
                                std::uint64_t to_offset, std::size_t length,
                                const Waiting& waiting) override;
  void OnTimer() override;
  void SealIdleDrafts() override;
  /// At the end of the engine: what was written through views and could not be
  /// saved until now goes to the store's trash, with a notice.
  void GiveUpUnsaved();

 private:
  /// One open(2) of a view.
  struct Handle {
    ViewTarget target;
    std::shared_ptr<OpenView> view;
    OpenFlags flags;
    std::int32_t process = 0;  ///< Only its FLUSH saves.
    /// Something was written through it that is not saved.
    mutable std::atomic<bool> changed = false;
  };
  using HandlePtr = std::shared_ptr<const Handle>;
  struct Maker {
    std::int32_t process = 0;
    SteadyTime until;
  };
  /// A new file, renamed to a view's name.
  struct RenamedSave {
    MountId mount = 0;
    ViewTarget target;
    NodeId source = kNoNode;
    NodeId from_directory = kNoNode;
    std::string_view from;
    NodeId to_directory = kNoNode;
    std::string_view to;
  };
  enum class SizeIs : std::uint8_t { kAskedLater, kAskedNow };

  /// In the numbers of handles that are of views.
  static constexpr HandleId kViewHandles = HandleId{1} << 63U;

  static NodeId NodeOf(NodeId id) {
    const auto target = TargetOf(id);
    return target ? target->notebook : id;
  }

  /// The view that a name without an entry stands for, as far as is known.
  std::optional<ViewTarget> ViewNamed(NodeId directory, std::string_view name);
  /// The same for certain: which views a notebook has hangs on its format, and
  /// if nobody asked for that yet, its bytes are read.
  Result<std::optional<ViewTarget>> FindLearning(NodeId directory,
                                                 std::string_view name,
                                                 const Waiting& waiting);
  Result<void> SaveByRename(const RenamedSave& save, const Waiting& waiting);
  NodeId EntryOf(NodeId directory, std::string_view name);
  bool IsNewFile(NodeId id);
  Generation GenerationOf(NodeId id);
  /// kNone: a notebook whose format nobody asked for yet.
  NotebookFormat FormatOf(NodeId node);
  /// A call that waits may learn the format of this notebook.
  bool MayFlip(NodeId node, const Waiting& waiting);
  /// kStale when the notebook turned out to be an ipynb: whoever asked looks
  /// its name up again, and finds the view that this is now.
  Result<void> CheckName(NodeId node, bool may_have_flipped);
  static Error ForReading();

  Result<Stat> StatOf(const ViewTarget& target, SizeIs size,
                      const Waiting& waiting);
  Result<void> ResizeView(MountId mount, const ViewTarget& target,
                          std::uint64_t size, std::optional<HandleId> handle,
                          const Waiting& waiting) EXCLUDES(mutex_);
  Result<Opened> OpenTarget(const ViewTarget& target, const OpenFlags& flags,
                            const Caller& caller, const Waiting& waiting)
      EXCLUDES(mutex_);

  Result<void> SaveHandle(MountId mount, const Handle& handle,
                          ViewTexts::Reach reach, const Waiting& waiting);
  void SaveLeft(const WrittenViews::Unsaved& left);

  HandlePtr Find(HandleId id) EXCLUDES(mutex_);
  bool IsMaker(NodeId notebook, std::int32_t process) EXCLUDES(mutex_);
  bool IsHidden(const ViewTarget& target) EXCLUDES(mutex_);
  void Hide(const ViewTarget& target) EXCLUDES(mutex_);

  Ledger& ledger_;
  ViewTexts texts_;
  WrittenViews written_;

  Mutex mutex_;  // A leaf.
  std::map<HandleId, HandlePtr> handles_ GUARDED_BY(mutex_);
  HandleId last_handle_ GUARDED_BY(mutex_) = 0;
  /// Who made a file here. A program that makes a notebook makes what stands
  /// beside it, and asks for no view.
  std::map<NodeId, Maker> makers_ GUARDED_BY(mutex_);
  /// Somebody wants the name for a file of his own.
  std::set<NodeId> hidden_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
