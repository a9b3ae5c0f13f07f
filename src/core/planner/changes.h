#pragma once

#include <optional>
#include <string_view>

#include "core/planner/planner.h"
#include "notebook/names.h"
#include "store/catalogue.h"

namespace wsfs {

// The changes that rules, answers and file operations have in common
// (planner.md §2 and §3). Each belongs to the catalogue's open transaction;
// Normalise() must follow before it is committed.

Form FormOf(const Object& object);
Form FormOf(const RemoteInfo& info);

/// The hash by which contents of such an object are compared (planner.md §9):
/// all bytes of a file, a source notebook without its header line, an ipynb
/// cell by cell.
Hash NormalHash(const Content::Digest& digest, const Form& form);
/// None while the content has not been hashed.
std::optional<Hash> NormalHash(const Content& content, const Form& form);

/// What a new file of this name and content becomes; none while only its
/// digest can tell.
std::optional<NewForm> FormFor(std::string_view shown_name,
                               const Content& content);

/// The service takes no source notebook of this size: nothing of it is sent.
inline constexpr std::string_view kTooLargeText =
    "a source notebook may have at most 10 MiB";
bool IsTooLargeToSend(const Catalogue& catalogue, const Node& node,
                      const Content& content);

/// Programs are writing it: nothing is pulled or decided meanwhile.
inline bool IsBusy(const Node& node) {
  return node.writers > 0 || node.drafting;
}

/// The cache may drop the bytes: enough for what the service still holds, not
/// for what is only here.
inline bool IsCached(const Content& content) {
  return content.place == BodyPlace::kClean ||
         content.place == BodyPlace::kBlob;
}

/// The object of a clean node goes away: what the cache alone has of it leaves
/// the cache first, for the file that goes on without an object, or for the
/// trash. Larger ones that only the trash would have stay where they are: it
/// takes them while the cache does.
bool LeavesCacheFirst(const Catalogue& catalogue, const Object& object,
                      const Node& node, PlanMillis now);

/// Removes a node with all below it. Those with an intent stay as detached
/// rows: the answer must still find them. Says nothing about bytes: they are
/// dropped unless KeepInTrash() was called.
void DropNode(Catalogue& catalogue, NodeId id);

/// Forgets an object with all below it, as it is no longer at the service.
/// Every refusal is forgotten too: what stood in the way may be gone.
void DropObject(Catalogue& catalogue, ObjectKey key);

/// The node goes on without its object. A clean one is given `src`: the object
/// still holds its bytes.
void Unbind(Catalogue& catalogue, NodeId id, PlanMillis now);

/// What the service says becomes what was agreed; news are settled. `base` is
/// the normal hash of that version, if known.
void TakeVersion(Catalogue& catalogue, ObjectKey key, const RemoteInfo& info,
                 const std::optional<Hash>& base);

/// Merging more than this would hold up what waits behind it.
inline constexpr std::uint64_t kMergeAtMostBytes = 1'048'576;

/// The node is about to have other bytes than those that were agreed: they
/// are kept with the object, as what a merge starts from.
void KeepAncestor(Catalogue& catalogue, const Node& node);

/// Its cells are JSON: a notebook stored so, or a file of that name.
bool IsIpynb(const Object& object);

/// Both sides changed, their bytes and the ancestor's are here, and nobody
/// has found yet that these cannot be merged.
bool MayMerge(const PlannerContext& context, const Object& object,
              const Node& node);

/// A time of the service, as this machine writes times. One that is too late
/// to be written so is the latest that can.
WallNanos WallOf(ServiceMillis at);
/// `now`, but later than `before`: whoever compares times sees a change (R1).
WallNanos Ascending(WallNanos now, WallNanos before);
/// The next generation of a file: these bytes, closed then.
void NextGeneration(Node& node, const Content& content, PlanMillis closed);
/// Its bytes are of that time.
void StampContent(Node& node, WallNanos wall);

/// Bytes for this leaf name were sent, got no answer, and may still appear.
bool HasEcho(const Catalogue& catalogue, std::string_view leaf, PlanMillis now);
bool IsEcho(const Catalogue& catalogue, std::string_view leaf, const Hash& hash,
            PlanMillis now);
/// A delete of the object got no answer and may still happen.
bool ExpectsLateDelete(const Catalogue& catalogue, const Object& object,
                       PlanMillis now);

}  // namespace wsfs
