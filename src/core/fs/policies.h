#pragma once

#include <deque>
#include <map>
#include <string_view>

#include "base/sync.h"
#include "core/ledger.h"
#include "core/policy.h"

namespace wsfs {

/// The extended attributes by which a path has a policy of its own; folders
/// give theirs to what is in them.
inline constexpr std::string_view kWritesAttribute = "user.wsfs.writes";
inline constexpr std::string_view kFsyncAttribute = "user.wsfs.fsync";

/// What each mount was told. Thread-safe; a leaf lock.
class Policies {
 public:
  void Set(MountId mount, const MountPolicy& policy) EXCLUDES(mutex_);
  void Remove(MountId mount) EXCLUDES(mutex_);
  /// `back`, `local` for a mount nobody set anything for.
  MountPolicy Of(MountId mount) const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::map<MountId, MountPolicy> mounts_ GUARDED_BY(mutex_);
};

/// Tells a person's saves from a program's, which makes many (docs/decisions
/// 0012). Thread-safe; a leaf lock.
class SaveRhythm {
 public:
  /// May one more close wait at this time? Four in ten seconds may.
  bool MayWait(SteadyTime now) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  std::deque<SteadyTime> waits_ GUARDED_BY(mutex_);
};

/// The nearest value of the attribute, at the node or a folder above; "" when
/// the mount decides.
std::string_view NearestAttribute(const Catalogue& catalogue, NodeId node,
                                  std::string_view attribute);

}  // namespace wsfs
