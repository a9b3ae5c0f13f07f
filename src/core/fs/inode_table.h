#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/sync.h"
#include "core/fs/kernel_counts.h"
#include "core/sync/syncer.h"

namespace wsfs {

/// What is known of a file beyond its row while somebody holds it: its open
/// generation, the bytes its readers see, and, once its row went, what it was.
///
/// Two locks. `op` serialises what changes the file; it comes before the
/// ledger's lock and is never held over network. `state` is a leaf: a stat
/// takes only that one, so no stat waits for a write.
struct Inode {
  explicit Inode(NodeId number) : id(number) {}

  const NodeId id;
  Mutex op;
  mutable Mutex state;
  /// The open generation, if one was begun and not yet given up.
  std::shared_ptr<Draft> draft GUARDED_BY(state);
  /// The draft differs from what was sealed last.
  bool changed GUARDED_BY(state) = false;
  /// mtime and ctime of the open generation; none: the row's hold.
  std::optional<WallNanos> stamp GUARDED_BY(state);
  SteadyTime last_write GUARDED_BY(state);
  /// Whose kernel has seen all that changed; 0: nothing changed; kNoKernel:
  /// it was written through more than one mount.
  MountId writer_mount GUARDED_BY(state) = 0;

  /// Sealed bytes for the readers, of generation `body_gen`; kept while
  /// handles are open, so that a foreign change does not mix two contents.
  std::shared_ptr<Body> body GUARDED_BY(state);
  Generation body_gen GUARDED_BY(state) = kNoGeneration;
  /// The download of generation `hydration_gen`, until it is filed.
  std::shared_ptr<Hydration> hydration GUARDED_BY(state);
  Generation hydration_gen GUARDED_BY(state) = kNoGeneration;

  int handles GUARDED_BY(state) = 0;
  int writers GUARDED_BY(state) = 0;
  /// The row when it was last seen: what stat says once it is gone.
  std::optional<Node> last GUARDED_BY(state);
};

/// The inodes somebody holds: open, being written, or removed while a kernel
/// still knows them. All other nodes are rows only, so a million known
/// entries cost no inode.
///
/// Resource type: one per Filesystem. Thread-safe. Its lock comes before
/// Inode::state and after everything else.
class InodeTable {
 public:
  explicit InodeTable(const KernelCounts& counts) : counts_(counts) {}

  /// Holds an inode; gives it back to the table at the end.
  class Use {
   public:
    Use() = default;
    Use(InodeTable* table, std::shared_ptr<Inode> inode)
        : table_(table), inode_(std::move(inode)) {}
    Use(Use&& other) noexcept
        : table_(other.table_), inode_(std::move(other.inode_)) {}
    Use& operator=(Use&&) = delete;
    ~Use() {
      if (inode_ != nullptr) table_->Retire(inode_);
    }
    explicit operator bool() const { return inode_ != nullptr; }
    Inode& operator*() const { return *inode_; }
    Inode* operator->() const { return inode_.get(); }
    const std::shared_ptr<Inode>& pointer() const { return inode_; }

   private:
    InodeTable* table_ = nullptr;
    std::shared_ptr<Inode> inode_;
  };

  Use Ensure(NodeId id) EXCLUDES(mutex_);
  Use Find(NodeId id) EXCLUDES(mutex_);  ///< Empty when nobody holds it.
  std::vector<Use> All() EXCLUDES(mutex_);
  /// Drops the inode of a node no kernel knows any more, if nothing holds it.
  void Forgotten(NodeId id) { const Use use = Find(id); }
  /// These rows went while somebody may hold their nodes.
  void Removed(std::vector<Node> rows) EXCLUDES(mutex_);
  std::size_t size() const EXCLUDES(mutex_);

 private:
  void Retire(const std::shared_ptr<Inode>& inode) EXCLUDES(mutex_);
  bool Idle(const Inode& inode) const;

  const KernelCounts& counts_;
  mutable Mutex mutex_;
  std::unordered_map<NodeId, std::shared_ptr<Inode>> inodes_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
