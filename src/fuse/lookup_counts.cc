#include "fuse/lookup_counts.h"

#include <utility>

namespace wsfs {

void LookupCounts::Add(NodeId node) {
  const MutexLock lock(mutex_);
  ++counts_[node];
}

void LookupCounts::Forget(NodeId node, std::uint64_t count) {
  const MutexLock lock(mutex_);
  const auto found = counts_.find(node);
  if (found == counts_.end()) return;
  if (found->second <= count)
    counts_.erase(found);
  else
    found->second -= count;
}

bool LookupCounts::Knows(NodeId node) const {
  const MutexLock lock(mutex_);
  return counts_.contains(node);
}

std::vector<NodeId> LookupCounts::All() const {
  const MutexLock lock(mutex_);
  std::vector<NodeId> all;
  all.reserve(counts_.size());
  for (const auto& [node, count] : counts_) all.push_back(node);
  return all;
}

void WaitingReads::Begin(NodeId node) {
  const MutexLock lock(mutex_);
  ++reads_[node];
}

void WaitingReads::End(NodeId node) {
  const MutexLock lock(mutex_);
  const auto found = reads_.find(node);
  if (found != reads_.end() && --found->second == 0) reads_.erase(found);
}

bool WaitingReads::Any(NodeId node) const {
  const MutexLock lock(mutex_);
  return reads_.contains(node);
}

OpenHandles::NodeOf& OpenHandles::Of(Kind kind) {
  return kind == Kind::kFile ? files_ : directories_;
}

void OpenHandles::Add(std::uint64_t handle, Kind kind, NodeId node) {
  const MutexLock lock(mutex_);
  if (Of(kind).emplace(handle, node).second) ++opens_[node];
}

void OpenHandles::Remove(std::uint64_t handle, Kind kind) {
  const MutexLock lock(mutex_);
  const auto found = Of(kind).find(handle);
  if (found == Of(kind).end()) return;
  const auto opens = opens_.find(found->second);
  if (--opens->second == 0) opens_.erase(opens);
  Of(kind).erase(found);
}

bool OpenHandles::Any(NodeId node) const {
  const MutexLock lock(mutex_);
  return opens_.contains(node);
}

std::vector<std::uint64_t> OpenHandles::TakeAll(Kind kind) {
  std::vector<std::uint64_t> all;
  {
    const MutexLock lock(mutex_);
    for (const auto& [handle, node] : Of(kind)) all.push_back(handle);
  }
  for (const std::uint64_t handle : all) Remove(handle, kind);
  return all;
}

}  // namespace wsfs
