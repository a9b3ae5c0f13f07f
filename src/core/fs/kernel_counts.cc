#include "core/fs/kernel_counts.h"

#include <algorithm>

namespace wsfs {

void KernelCounts::Add(MountId mount, NodeId node) {
  const MutexLock lock(mutex_);
  ++mounts_[mount][node].lookups;
}

bool KernelCounts::Forget(MountId mount, NodeId node, std::uint64_t count) {
  const MutexLock lock(mutex_);
  const auto held = mounts_.find(mount);
  if (held != mounts_.end()) {
    const auto found = held->second.find(node);
    if (found != held->second.end()) {
      found->second.lookups -= std::min(found->second.lookups, count);
      if (found->second.lookups > 0) return false;
      held->second.erase(found);
    }
  }
  return std::ranges::none_of(
      mounts_, [&](const auto& entry) { return entry.second.contains(node); });
}

void KernelCounts::ForgetMount(MountId mount) {
  const MutexLock lock(mutex_);
  mounts_.erase(mount);
}

bool KernelCounts::Known(NodeId node) const {
  const MutexLock lock(mutex_);
  return std::ranges::any_of(
      mounts_, [&](const auto& entry) { return entry.second.contains(node); });
}

bool KernelCounts::SetCached(MountId mount, NodeId node, Generation gen) {
  const MutexLock lock(mutex_);
  const auto held = mounts_.find(mount);
  if (held == mounts_.end()) return false;
  const auto found = held->second.find(node);
  if (found == held->second.end()) return false;
  const bool same = gen != kNoGeneration && found->second.cached == gen;
  found->second.cached = gen;
  return same;
}

void KernelCounts::Advance(MountId mount, NodeId node, Generation from,
                           Generation to) {
  const MutexLock lock(mutex_);
  const auto held = mounts_.find(mount);
  if (held == mounts_.end()) return;
  const auto found = held->second.find(node);
  if (found == held->second.end() || found->second.cached != from) return;
  found->second.cached = to;
}

}  // namespace wsfs
