#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "store/catalogue.h"

namespace wsfs {

inline constexpr PlanMillis kSettleMs = 2'000;
inline constexpr PlanMillis kSettleCapMs = 10'000;
inline constexpr PlanMillis kHoldMs = 60'000;

/// What the rules need to know beside the catalogue.
struct PlannerContext {
  PlanMillis now = 0;
  WallNanos wall = 0;  ///< For conflict names and times of new nodes.
  std::string host;    ///< To the first dot.
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool merge = true;  ///< Of what changed on both sides, where it can be.
  /// Counts calls of ours that took effect after they were given up; null:
  /// nobody wants to know. Outlives the run.
  std::uint64_t* late_calls = nullptr;
};

/// Settles everything that needs no call (planner.md §3), to a fixed point,
/// in the open transaction. Looks only at what was touched since the last
/// call and what that reaches.
void Normalise(Catalogue& catalogue, const PlannerContext& context);

enum class ActionOp : std::uint8_t {
  kResolve,
  kHydrate,  ///< Download a node's bytes.
  kFetch,    ///< Download the news of an object, to decide.
  kDigest,   ///< Hash a large sealed content; no call.
  kMerge,    ///< Of what both sides changed; no call.
  kSecure,   ///< Copy bytes out of the cache, which may drop them; no call.
  kMkdir,
  kPut,
  kMove,
  kPark,
  kCreate,
  kRmtree,
  kDelete,
  kWait,  ///< Only as a blocker: nothing to do here before a rule decides.
};

/// Which action: the operation and its object, or its node.
struct ActionKey {
  ActionOp op = ActionOp::kWait;
  ObjectKey object = kNoObject;
  NodeId node = kNoNode;
  friend auto operator<=>(const ActionKey&, const ActionKey&) = default;
};

inline ActionKey OfObject(ActionOp op, ObjectKey key) {
  return {.op = op, .object = key, .node = kNoNode};
}
inline ActionKey OfNode(ActionOp op, NodeId id) {
  return {.op = op, .object = kNoObject, .node = id};
}

/// One call (or download) that the catalogue makes necessary.
struct Action {
  ActionKey key;
  PlanMillis ready = 0;             ///< May not start before.
  std::vector<ActionKey> blockers;  ///< Nor before these are gone.
  std::string destination;          ///< move: the path it goes to.
};

using Plan = std::map<ActionKey, Action>;

struct PlanOptions {
  /// `sync`, unmount: settle times are over (but not the 60 s hold of backup
  /// names, and not back-off).
  bool settle_now = false;
  /// Settle times are over for these nodes and objects: somebody waits.
  // NOLINTNEXTLINE(readability-redundant-member-init): so it can be left out
  std::set<std::uint64_t> urgent = {};
  /// Plans what the service refused for good once more. Whoever notes a
  /// refusal sets the node's `again`: not before 30 s (design.md §3).
  bool retry_refused = true;
};

/// Derives the calls (planner.md §5). Pure: changes nothing, keeps nothing.
Plan MakePlan(const Catalogue& catalogue, const PlannerContext& context,
              const PlanOptions& options = {});

}  // namespace wsfs
