#pragma once

#include <set>
#include <string>
#include <string_view>

#include "core/planner/changes.h"
#include "core/planner/planner.h"
#include "store/catalogue.h"

namespace wsfs {

/// One run of Normalise(). Private to core/planner: a rule looks at one
/// object, changes the catalogue if it applies, and says whether it did.
struct RuleRun {
  Catalogue& catalogue;
  const PlannerContext& context;
  /// Objects whose rule waits for something that touches neither them nor
  /// their place: they are looked at again after every change.
  std::set<ObjectKey> waiting;

  /// The answer of a rule that must look again.
  bool Wait(const Object& object) {
    waiting.insert(object.key);
    return false;
  }
  void Tell(std::string path, std::string text);
  void CountLateCall() const {
    if (context.late_calls != nullptr) ++*context.late_calls;
  }
};

// In this order (planner.md §3); the first that applies is the one.
bool RuleGone(RuleRun& run, const Object& object);       // N1, N2
bool RuleChanged(RuleRun& run, const Object& object);    // N3, §4
bool RuleRelease(RuleRun& run, const Object& object);    // N4
bool RuleFresh(RuleRun& run, const Object& object);      // N5, N6
bool RuleTaken(RuleRun& run, const Object& object);      // N7
bool RuleAdopt(RuleRun& run, const Object& object);      // N8, N9
bool RuleSameBytes(RuleRun& run, const Object& object);  // N10
/// N11, of a node.
bool RuleGhost(RuleRun& run, const Node& node);

/// What a step aside came to.
enum class Aside : std::uint8_t {
  kDone,
  kNotYet,  ///< Something below is on the way, open, or not fetched.
};

/// The service holds this node's name for something else (planner.md §8): a
/// move is undone, a folder takes the next free name, a file becomes a
/// conflict copy.
Aside StepAside(RuleRun& run, NodeId id);

/// Ours becomes a conflict copy: same node, same bytes, another name, local.
/// `why` completes "it was …".
void MakeConflictCopy(RuleRun& run, NodeId id, std::string_view why);

/// Shows the object under a name of its own, as a node has its shown name.
void ShowBeside(RuleRun& run, ObjectKey key);

/// A new node for an object found in `directory`.
void ShowObject(RuleRun& run, ObjectKey key, NodeId directory);

/// The names in it changed.
void StampDirectory(RuleRun& run, NodeId directory);

/// The rule of an object that was empty at every upload: its first content
/// makes it a notebook, so it is made anew (design.md §5).
bool TurnsIntoNotebook(const Object& object, const Node& node);

}  // namespace wsfs
