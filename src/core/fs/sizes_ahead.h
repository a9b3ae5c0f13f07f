#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/sync.h"
#include "store/catalogue.h"

namespace wsfs {

/// Guesses whose sizes a program asks for next. Where no list tells a size,
/// only the bytes do: `ls -l` would wait for one download after another.
/// Whoever has waited for two in one folder is taken to go on in the folder's
/// order.
///
/// Resource type, one per Filesystem. Thread-safe; a leaf lock.
class SizesAhead {
 public:
  /// So many downloads are begun ahead of who waits.
  static constexpr std::ptrdiff_t kWindow = 64;

  /// The size of this node had to be waited for. The nodes behind it without
  /// a known size, kWindow of them; none at the first time, nor while half of
  /// the last window is still ahead.
  std::vector<NodeId> AfterMiss(const Catalogue& catalogue, NodeId node,
                                SteadyTime now) EXCLUDES(mutex_);

 private:
  struct Folder {
    SteadyTime last_miss;
    std::vector<NodeId> window;  ///< What was named ahead last.
  };

  Mutex mutex_;
  std::unordered_map<NodeId, Folder> folders_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
