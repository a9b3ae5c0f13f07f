#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/sync.h"

namespace wsfs {

/// What the connections of this process to one database share: SQLite's file
/// lock, and its WAL index with the locks of that. The rules are those of
/// SQLite's own os_unix.c, without the part for other processes.
///
/// Resource type, shared by the open files of one database. Thread-safe.
class SqliteLocks {
 public:
  /// SQLite's lock levels, with its own numbers.
  enum Level : int { kNone, kShared, kReserved, kPending, kExclusive };
  static constexpr std::size_t kSlots = 8;

  /// What one connection holds. Only passed back to the functions here.
  struct Holder {
    int level = kNone;
    unsigned shared_slots = 0;
    unsigned exclusive_slots = 0;
    bool mapped = false;
  };

  /// False when another connection is in the way.
  bool Lock(Holder& holder, int level) EXCLUDES(mutex_);
  void Unlock(Holder& holder, int level) EXCLUDES(mutex_);
  bool IsReserved() const EXCLUDES(mutex_);

  /// Region `number` of the WAL index; null when it is missing and `extend`
  /// is false. Zeroed when new; stays where it is while anyone is mapped.
  void* Map(Holder& holder, std::size_t number, std::size_t bytes, bool extend)
      EXCLUDES(mutex_);
  void Unmap(Holder& holder) EXCLUDES(mutex_);
  bool LockSlots(Holder& holder, unsigned mask, bool exclusive)
      EXCLUDES(mutex_);
  void UnlockSlots(Holder& holder, unsigned mask) EXCLUDES(mutex_);
  /// What one connection wrote into the index before is seen by others after.
  void Barrier() EXCLUDES(mutex_);

 private:
  /// Another connection holds `slot` so that `holder` cannot lock it.
  bool IsInTheWay(const Holder& holder, unsigned slot, bool exclusive) const
      REQUIRES(mutex_);
  void ReleaseSlots(Holder& holder, unsigned mask) REQUIRES(mutex_);

  mutable Mutex mutex_;
  int level_ GUARDED_BY(mutex_) = kNone;
  int holders_ GUARDED_BY(mutex_) = 0;
  int mapped_ GUARDED_BY(mutex_) = 0;
  std::array<int, kSlots> shared_ GUARDED_BY(mutex_){};
  std::array<bool, kSlots> exclusive_ GUARDED_BY(mutex_){};
  std::vector<std::unique_ptr<std::uint64_t[]>> regions_  // NOLINT
      GUARDED_BY(mutex_);
};

}  // namespace wsfs
