#include "core/fs/policies.h"

#include <string>

namespace wsfs {

void Policies::Set(MountId mount, const MountPolicy& policy) {
  const MutexLock lock(mutex_);
  mounts_[mount] = policy;
}

void Policies::Remove(MountId mount) {
  const MutexLock lock(mutex_);
  mounts_.erase(mount);
}

MountPolicy Policies::Of(MountId mount) const {
  const MutexLock lock(mutex_);
  const auto found = mounts_.find(mount);
  if (found != mounts_.end()) return found->second;
  return {.writes = WritePolicy::kBack, .fsync = FsyncPolicy::kLocal};
}

bool SaveRhythm::MayWait(SteadyTime now) {
  constexpr std::size_t kMost = 4;
  constexpr Milliseconds kWindow{10'000};
  const MutexLock lock(mutex_);
  while (!waits_.empty() && now - waits_.front() >= kWindow) waits_.pop_front();
  if (waits_.size() >= kMost) return false;
  waits_.push_back(now);
  return true;
}

std::string_view NearestAttribute(const Catalogue& catalogue, NodeId node,
                                  std::string_view attribute) {
  const std::string name(attribute);
  for (const Node* at = catalogue.FindNode(node); at != nullptr;
       at = catalogue.FindNode(at->parent)) {
    const auto found = at->xattrs.find(name);
    if (found != at->xattrs.end()) return found->second;
  }
  return "";
}

}  // namespace wsfs
