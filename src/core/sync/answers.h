#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/planner/changes.h"
#include "core/sync/calls.h"
#include "store/catalogue.h"

namespace wsfs {

/// How long a check is believed: a put within it asks no second one.
inline constexpr PlanMillis kCheckAgeMs = 2'000;
/// Answers that contradict an own change this young are asked again.
inline constexpr PlanMillis kSuspectMs = 10'000;
/// A rename without an answer holds both its names for so long.
inline constexpr PlanMillis kLateRenameMs = 30'000;
/// A request without an answer may still take effect for so long.
inline constexpr PlanMillis kHorizonMs = 120'000;

/// When to look again for what a call made at `at` may still do until `window`
/// is over: soon at first, then ever less often, at its end at the latest
/// (docs/decisions/0016).
inline PlanMillis NextLook(PlanMillis at, PlanMillis now, PlanMillis window) {
  constexpr PlanMillis kSoonest = 2'000;
  return std::min(now + std::max(kSoonest, 2 * (now - at)), at + window);
}

/// How what the service says becomes rows (planner.md §6, §7): each function
/// belongs to the open transaction of the catalogue it is given.

RemoteInfo Reduce(const ObjectInfo& info);

/// Of the same id and time; a field that is not given does not count.
bool SameVersion(const Version& one, const Version& other);
bool DiffersFrom(const Object& object, const RemoteInfo& info);

/// The object is not there any more.
void MarkGone(Object& object);

enum class Verdict : std::uint8_t {
  kSame,
  kChanged,
  kGone,
  kAgain,  ///< No answer, or one not to be believed: ask again later.
};

/// Compares a get-status with what was agreed, and notes the difference.
Verdict See(Catalogue& catalogue, ObjectKey key, const Reply<ObjectInfo>& reply,
            PlanMillis now);

/// A listing does not tell whether a notebook is stored as source or as ipynb
/// (databricks-api.md §2.1); a get-status or its bytes do. The first time it
/// is known to be an ipynb it is shown under that name.
void LearnFormat(Catalogue& catalogue, ObjectKey key, NotebookFormat format);

/// Something was found under `parent` that the catalogue may not know.
void Newcomer(Catalogue& catalogue, ObjectKey parent, const ObjectInfo& found,
              std::string_view name, PlanMillis now);

/// A complete listing, asked at `asked`.
void Ingest(Catalogue& catalogue, ObjectKey directory,
            const std::vector<ObjectInfo>& entries, PlanMillis asked,
            PlanMillis now);

/// A call without an answer may still take this name.
bool IsClaimed(const Catalogue& catalogue, std::string_view path);

/// A call is on the way for the object or a directory above it.
bool Unsettled(const Catalogue& catalogue, const Object& object);

/// Some node's only bytes are in this object.
bool Needed(const Catalogue& catalogue, const Object& object);

/// The delete was done: the object and all below are forgotten.
void Removed(Catalogue& catalogue, ObjectKey key, PlanMillis now);

/// The rename of the object's intent was done. False when another object's
/// unanswered call still holds the target: the intent stays, ask again.
bool Moved(Catalogue& catalogue, ObjectKey key, PlanMillis now);

/// The put of `intent` was done and gave this version.
void Agree(Catalogue& catalogue, ObjectKey key, const RemoteInfo& info,
           const Intent& intent, PlanMillis now);

/// The object that the create or mkdir of `intent` made; kNoObject when its
/// place is taken or gone.
ObjectKey BindCreated(Catalogue& catalogue, NodeId id, const Intent& intent,
                      const RemoteInfo& info, PlanMillis now);

void ExpectEcho(Catalogue& catalogue, const Intent& intent, PlanMillis now);
void ExpectLateDelete(Catalogue& catalogue, const Object& object,
                      PlanMillis now);
/// We took this object away from this path moments ago.
bool WasRecentlyHere(const Catalogue& catalogue, const std::string& path,
                     ObjectId id, PlanMillis now);

/// Of contents that may be absent or not hashed yet.
std::optional<Hash> NormalHash(const std::optional<Content>& content,
                               const Form& form);

/// A call to be filled in and sent.
Intent NewIntent(IntentOp op, const Form& form, PlanMillis now);

std::string_view LeafName(std::string_view path);
std::string ChildPath(const std::string& directory, std::string_view name);

}  // namespace wsfs
