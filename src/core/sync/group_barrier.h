#pragma once

#include <cstdint>

#include "base/result.h"
#include "base/sync.h"
#include "store/store.h"

namespace wsfs {

/// One power-safe commit for all who ask while another is on the way: what a
/// caller committed before Reach() is on disk when it returns (planner.md §6.3,
/// "one per batch").
///
/// Resource type: one per syncer. Thread-safe; waits for the disk, so never
/// under the ledger's lock.
class GroupBarrier {
 public:
  explicit GroupBarrier(Store& store) : store_(store) {}
  Result<void> Reach() EXCLUDES(mutex_);

 private:
  Store& store_;
  Mutex mutex_;
  CondVar done_;
  std::uint64_t next_ticket_ GUARDED_BY(mutex_) = 1;
  std::uint64_t reached_ GUARDED_BY(mutex_) = 0;  ///< Tickets up to this one.
  bool running_ GUARDED_BY(mutex_) = false;
};

}  // namespace wsfs
