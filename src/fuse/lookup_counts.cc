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

OpenHandles::Set& OpenHandles::SetOf(Kind kind) {
  return kind == Kind::kFile ? files_ : directories_;
}

void OpenHandles::Add(std::uint64_t handle, Kind kind) {
  const MutexLock lock(mutex_);
  SetOf(kind).insert(handle);
}

void OpenHandles::Remove(std::uint64_t handle, Kind kind) {
  const MutexLock lock(mutex_);
  SetOf(kind).erase(handle);
}

std::vector<std::uint64_t> OpenHandles::TakeAll(Kind kind) {
  const MutexLock lock(mutex_);
  const Set taken = std::exchange(SetOf(kind), {});
  return {taken.begin(), taken.end()};
}

}  // namespace wsfs
