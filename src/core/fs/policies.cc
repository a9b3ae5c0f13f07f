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
