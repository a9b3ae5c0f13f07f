#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "base/host_fs.h"
#include "base/sync.h"
#include "testing/fault_file.h"

namespace wsfs {

/// A disk in memory that fails when told to, for crash tests.
///
/// Every call that changes the disk (write, sync, rename, remove, truncate,
/// allocate, copy, make a file or a folder, sync a folder) is one *step*. A
/// test counts the steps of a workload, then runs it again for each k with
/// StopAt(k): step k and all after it do nothing but fail, as if the process
/// had died there; a write at step k leaves its first half. Then either
/// KillProcess(): all that was done stays, or LosePower(): file bytes since
/// the last Sync() and directory entries since the last SyncDirectory() are
/// gone, or partly there.
///
/// Thread-safe. Handles from before a KillProcess() or LosePower() only fail.
class FaultFs final : public HostFs {
 public:
  FaultFs();
  ~FaultFs() override;

  // -- Faults
  std::size_t steps() const EXCLUDES(mutex_);
  /// Step number `step` (1 is the next one after a new FaultFs) and all after
  /// it fail with kIo. 0: none.
  void StopAt(std::size_t step) EXCLUDES(mutex_);
  /// Only this step fails, with `code`.
  void FailAt(std::size_t step, Errc code) EXCLUDES(mutex_);
  /// Stops now, so that what is destroyed next writes nothing more.
  void Stop() EXCLUDES(mutex_);
  /// The process has died, by Stop() or at a step, and was not started again.
  bool stopped() const EXCLUDES(mutex_);
  void KillProcess() EXCLUDES(mutex_);
  /// Everything unsynced is lost.
  void LosePower() EXCLUDES(mutex_);
  /// Any part of what is unsynced is lost: of file bytes by sectors in any
  /// order, of directory entries the later ones.
  void LosePower(std::uint64_t seed) EXCLUDES(mutex_);
  /// From now on the files together may hold so many bytes of data.
  void SetCapacity(std::uint64_t bytes) EXCLUDES(mutex_);
  void SetReadOnly(bool read_only) EXCLUDES(mutex_);
  /// Turns one bit of the byte at `offset`, on the platter too.
  void FlipBit(const Path& path, std::uint64_t offset) EXCLUDES(mutex_);
  /// Every file there is, sorted.
  std::vector<std::string> Files() const EXCLUDES(mutex_);

  // -- HostFs
  Result<std::unique_ptr<HostFile>> Open(const Path& path,
                                         OpenMode mode) override;
  Result<std::uint64_t> SizeOf(const Path& path) override;
  Result<bool> Exists(const Path& path) override;
  Result<void> Remove(const Path& path) override;
  Result<void> Rename(const Path& from, const Path& to) override;
  Result<void> MakeDirectories(const Path& path) override;
  Result<std::vector<std::string>> List(const Path& path) override;
  Result<void> SyncDirectory(const Path& path) override;
  Result<DiskSpace> Space(const Path& path) override;

 private:
  friend class FaultHandle;
  using InodePtr = std::shared_ptr<FaultInode>;
  /// Path -> file, or null for a folder.
  using Tree = std::map<std::string, InodePtr>;
  /// A change of the tree that is not on the platter yet.
  struct TreeChange {
    std::string from;  ///< Gone by it; "" when nothing is.
    std::string to;    ///< There by it; "" when nothing is.
    InodePtr inode;
  };

  /// Counts a step; an error when it must fail. `torn` is set when it is the
  /// very step the process dies at.
  Result<void> Step(bool* torn = nullptr) REQUIRES(mutex_);
  Result<void> CheckAlive() const REQUIRES(mutex_);
  Result<void> CheckParent(const std::string& path) const REQUIRES(mutex_);
  Result<void> CheckRoom(const FaultInode& inode, std::uint64_t offset,
                         std::uint64_t length) const REQUIRES(mutex_);
  bool HasChildren(const std::string& path) const REQUIRES(mutex_);
  std::uint64_t UsedBytes() const REQUIRES(mutex_);
  static void Apply(const TreeChange& change, Tree& tree);
  void Change(TreeChange change) REQUIRES(mutex_);
  void Lose(std::mt19937_64* chance) REQUIRES(mutex_);

  mutable Mutex mutex_;
  Tree live_ GUARDED_BY(mutex_);
  Tree platter_ GUARDED_BY(mutex_);
  std::deque<TreeChange> unsynced_ GUARDED_BY(mutex_);
  std::size_t steps_ GUARDED_BY(mutex_) = 0;
  std::size_t stop_at_ GUARDED_BY(mutex_) = 0;
  std::map<std::size_t, Errc> fail_at_ GUARDED_BY(mutex_);
  bool stopped_ GUARDED_BY(mutex_) = false;
  bool read_only_ GUARDED_BY(mutex_) = false;
  std::uint64_t capacity_ GUARDED_BY(mutex_) = 1ULL << 40U;
  /// Handles of an older life only fail.
  std::uint64_t life_ GUARDED_BY(mutex_) = 0;
};

}  // namespace wsfs
