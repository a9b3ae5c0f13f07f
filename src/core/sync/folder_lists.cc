#include "core/sync/folder_lists.h"

#include <utility>

#include "core/sync/answers.h"

namespace wsfs {

std::optional<Reply<ObjectInfo>> FolderLists::Find(
    const Question& question) const {
  const MutexLock lock(mutex_);
  const auto listing = listings_.find(question.folder);
  if (listing == listings_.end()) return std::nullopt;
  const Listing& found = listing->second;
  if (question.now - found.when.answered > kCheckAgeMs ||
      found.path != question.folder_path ||
      question.changed >= found.when.asked)
    return std::nullopt;
  Reply<ObjectInfo> reply;
  reply.times = found.when.times;
  const auto entry = found.entries.find(question.name);
  if (entry == found.entries.end()) {
    reply.outcome = Outcome::kAbsent;
  } else {
    reply.outcome = Outcome::kOk;
    reply.value = entry->second;
  }
  return reply;
}

void FolderLists::Keep(ObjectKey folder, const std::string& path,
                       const When& when,
                       const std::vector<ObjectInfo>& entries) {
  Listing listing{.path = path, .when = when, .entries = {}};
  // Of twins, the first.
  for (const ObjectInfo& entry : entries)
    listing.entries.emplace(entry.path.Name(), entry);
  const MutexLock lock(mutex_);
  std::erase_if(listings_, [&](const auto& old) {
    return when.answered - old.second.when.answered > kCheckAgeMs;
  });
  listings_.insert_or_assign(folder, std::move(listing));
}

}  // namespace wsfs
