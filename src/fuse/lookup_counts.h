#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "base/sync.h"
#include "store/rows.h"

namespace wsfs {

/// The nodes the kernel of one mount knows, with its lookup counts: what can
/// be told to it, and what must be expired when a second mount overlaps.
/// Thread-safe (a leaf lock).
class LookupCounts {
 public:
  void Add(NodeId node) EXCLUDES(mutex_);
  void Forget(NodeId node, std::uint64_t count) EXCLUDES(mutex_);
  bool Knows(NodeId node) const EXCLUDES(mutex_);
  std::vector<NodeId> All() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::unordered_map<NodeId, std::uint64_t> counts_ GUARDED_BY(mutex_);
};

/// How many reads of a node wait for the network: invalidating its pages
/// would wait for them (fuse.md §5). Thread-safe (a leaf lock).
class WaitingReads {
 public:
  void Begin(NodeId node) EXCLUDES(mutex_);
  void End(NodeId node) EXCLUDES(mutex_);
  bool Any(NodeId node) const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::unordered_map<NodeId, int> reads_ GUARDED_BY(mutex_);
};

/// The handles a mount has open, so that its end can release what the kernel
/// never will (an aborted connection sends no RELEASE). Thread-safe.
class OpenHandles {
 public:
  enum class Kind : std::uint8_t { kFile, kDirectory };

  void Add(std::uint64_t handle, Kind kind, NodeId node) EXCLUDES(mutex_);
  void Remove(std::uint64_t handle, Kind kind) EXCLUDES(mutex_);
  /// A descriptor or a mapping of the node is open through this mount.
  bool Any(NodeId node) const EXCLUDES(mutex_);
  std::vector<std::uint64_t> TakeAll(Kind kind) EXCLUDES(mutex_);

 private:
  using NodeOf = std::unordered_map<std::uint64_t, NodeId>;
  NodeOf& Of(Kind kind) REQUIRES(mutex_);

  mutable Mutex mutex_;
  NodeOf files_ GUARDED_BY(mutex_);
  NodeOf directories_ GUARDED_BY(mutex_);
  std::unordered_map<NodeId, int> opens_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
