#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/sync.h"
#include "core/sync/calls.h"
#include "store/rows.h"

namespace wsfs {

/// Listings that serve as the check of many deletes in one directory
/// (planner.md §6.1): each is good for as long as a check is believed.
///
/// Resource type: one per syncer. Thread-safe. Holds only what is that young.
class FolderLists {
 public:
  /// What a check asks for.
  struct Question {
    ObjectKey folder = kNoObject;
    std::string folder_path;
    std::string name;
    /// When we last changed the object; an older listing says nothing of it.
    PlanMillis changed = 0;
    PlanMillis now = 0;
  };
  /// The answer that a get-status would have given; nothing when no listing
  /// can tell.
  std::optional<Reply<ObjectInfo>> Find(const Question& question) const
      EXCLUDES(mutex_);

  struct When {
    PlanMillis asked = 0;
    PlanMillis answered = 0;
    CallTimes times;  ///< The same, as every reply has it.
  };
  void Keep(ObjectKey folder, const std::string& path, const When& when,
            const std::vector<ObjectInfo>& entries) EXCLUDES(mutex_);

 private:
  struct Listing {
    std::string path;
    When when;
    std::map<std::string, ObjectInfo, std::less<>> entries;
  };
  mutable Mutex mutex_;
  std::map<ObjectKey, Listing> listings_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
