#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/sync.h"
#include "core/ledger.h"

namespace wsfs {

/// What each mount's kernel holds: how often it looked a node up, and which
/// generation its page cache was filled from.
///
/// Resource type: one per Filesystem. Thread-safe; a leaf lock.
class KernelCounts {
 public:
  void Add(MountId mount, NodeId node) EXCLUDES(mutex_);
  /// True when no kernel knows the node any more.
  bool Forget(MountId mount, NodeId node, std::uint64_t count) EXCLUDES(mutex_);
  void ForgetMount(MountId mount) EXCLUDES(mutex_);
  bool Known(NodeId node) const EXCLUDES(mutex_);

  /// Says that this kernel's pages are of `gen` from now on (kNoGeneration: of
  /// no known one); true when they were before.
  bool SetCached(MountId mount, NodeId node, Generation gen) EXCLUDES(mutex_);
  /// What this kernel wrote itself became `to`: its pages of `from` are it.
  void Advance(MountId mount, NodeId node, Generation from, Generation to)
      EXCLUDES(mutex_);

 private:
  struct Held {
    std::uint64_t lookups = 0;
    Generation cached = kNoGeneration;
  };
  mutable Mutex mutex_;
  std::unordered_map<MountId, std::unordered_map<NodeId, Held>> mounts_
      GUARDED_BY(mutex_);
};

}  // namespace wsfs
