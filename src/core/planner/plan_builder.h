#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/planner/planner.h"
#include "store/catalogue.h"

namespace wsfs {

/// Move, park, delete, rmtree: the paths below are not known until answered.
bool IsStructural(IntentOp op);

/// Actions in the order they were found: cycles are looked for in that order,
/// so the same catalogue always gives the same plan. Private to core/planner.
class ActionList {
 public:
  struct Entry {
    Action action;
    /// Blockers that may be dropped to break a cycle: copy, then delete.
    std::vector<ActionKey> soft;
  };

  /// Replaces the entry of that key, which keeps its place.
  void Add(Entry entry);
  bool Has(const ActionKey& key) const { return index_.contains(key); }
  std::vector<Entry>& entries() { return entries_; }
  const std::vector<Entry>& entries() const { return entries_; }
  /// Where the action is in entries(), or npos.
  std::size_t Find(const ActionKey& key) const;
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  /// Puts `parked` in the place of the move it stands for.
  void Replace(const ActionKey& move, Entry parked);
  Plan Finish() &&;

 private:
  std::vector<Entry> entries_;
  std::map<ActionKey, std::size_t> index_;
};

/// Drops soft edges, then parks moved objects, until no cycle is left
/// (planner.md §5).
void BreakCycles(const Catalogue& catalogue, ActionList& actions);

/// Derives the actions of one plan. Value of one call of MakePlan().
class PlanBuilder {
 public:
  PlanBuilder(const Catalogue& catalogue, const PlannerContext& context,
              const PlanOptions& options)
      : catalogue_(catalogue), context_(context), options_(options) {}

  Plan Make();

 private:
  // plan.cc
  void CollectIntents();
  void BlockClaimedNames();
  void BlockUnresolvedAncestors();
  void BlockUnresolvedFrom(const Object* place, Action& action);
  std::string DestinationOf(const Action& action) const;
  const Object* PlaceOf(const Action& action) const;
  const Object* TargetOf(const Action& action) const;

  // plan_objects.cc
  void PlanObject(const Object& object);
  void PlanNews(const Object& object, const Node* node);
  bool NeedsFetch(const Object& object, const Node* node);
  void HydrateInTheWay(const Object& object);
  void PlanRemoval(const Object& object, const Node* node);
  void PlanRmtree(const Object& object, PlanMillis ready);
  void PlanPut(const Object& object, const Node& node);
  void PlanMove(const Object& object, const Node& node);
  void BlockMoveTarget(const Object& object, const Node& directory,
                       std::string_view name, Action& action);

  // plan_nodes.cc
  void PlanNode(const Node& node);
  void PlanCreate(const Node& node, const Object* parent, Action action);
  void BringTakerHere(const Node& node);
  const Object* HolderFor(const Object& parent, const Node& node,
                          const std::string& remote_name) const;

  // plan_parts.cc
  void Add(ActionKey key, PlanMillis ready, std::vector<ActionKey> blockers,
           std::vector<ActionKey> soft = {});
  void Hydrate(const Node& node);
  /// Bytes of a file that is about to be on its own: downloads them, or
  /// copies them out of the cache.
  void BringHere(const Node& node);
  void SecureFirst(const Node& node, std::vector<ActionKey>& blockers);
  /// Downloads what has its only bytes in the object; gives the keys.
  void HydrateFrom(const Object& object, std::vector<ActionKey>& blockers);
  /// A content without digest is hashed first.
  void DigestFirst(const Node& node, std::vector<ActionKey>& blockers);
  void BlockOpenBelow(const Object& object, std::vector<ActionKey>& blockers);
  void BlockCopies(const Object& object, std::vector<ActionKey>& soft) const;
  /// Until when `row` waits for its directories `a` and `b` to settle.
  PlanMillis Quiet(std::uint64_t row, PlanMillis since, const Node* a,
                   const Node* b) const;
  const Object* DeadTop(const Object& object) const;
  ActionKey LeavingKey(const Object& object) const;
  ActionKey HolderKey(const Object& object) const;
  const Object* Slot(ObjectKey parent, std::string_view name,
                     ObjectKey except) const;

  /// An open intent: who has it, and the directory it writes into.
  struct OpenIntent {
    ActionKey resolve;
    ObjectKey object;  ///< kNoObject when a node has it.
    const Intent* intent;
  };

  const Catalogue& catalogue_;
  const PlannerContext& context_;
  const PlanOptions& options_;
  std::vector<OpenIntent> intents_;
  ActionList actions_;
};

}  // namespace wsfs
