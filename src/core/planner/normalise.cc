#include <utility>

#include "base/log.h"
#include "core/planner/rules.h"

namespace wsfs {

namespace {

using Rule = bool (*)(RuleRun&, const Object&);
constexpr Rule kRules[] = {RuleGone,  RuleChanged, RuleRelease,  RuleFresh,
                           RuleTaken, RuleAdopt,   RuleSameBytes};

/// What a run still has to look at: objects from the top down, then nodes.
/// The outcome is that of looking at every row again after every change, as
/// TakeTouched() gives all whose rules can have another answer.
class Worklist {
 public:
  explicit Worklist(RuleRun& run) : run_(run) { Fill(); }

  std::size_t size() const { return objects_.size() + nodes_.size(); }

  /// Applies one rule; false when none applies any more.
  bool Step() {
    while (!objects_.empty()) {
      const ObjectKey key = objects_.extract(objects_.begin()).value().second;
      run_.waiting.erase(key);
      if (Apply(key)) {
        Add(key);
        Fill();
        return true;
      }
    }
    while (!nodes_.empty()) {
      const NodeId id = nodes_.extract(nodes_.begin()).value();
      const Node* node = run_.catalogue.FindNode(id);
      if (node != nullptr && RuleGhost(run_, *node)) {
        Fill();
        return true;
      }
    }
    return false;
  }

 private:
  bool Apply(ObjectKey key) {
    for (const Rule rule : kRules) {
      const Object* object = run_.catalogue.FindObject(key);
      if (object == nullptr || object->parent == kNoObject) return false;
      if (rule(run_, *object)) return true;
    }
    return false;
  }

  void Add(ObjectKey key) {
    const Object* object = run_.catalogue.FindObject(key);
    if (object != nullptr) {
      objects_.emplace(run_.catalogue.Depth(*object), key);
    }
  }

  void Fill() {
    const Catalogue::Touched touched = run_.catalogue.TakeTouched();
    for (const ObjectKey key : touched.objects) Add(key);
    nodes_.insert(touched.nodes.begin(), touched.nodes.end());
    for (const ObjectKey key : std::exchange(run_.waiting, {})) Add(key);
  }

  RuleRun& run_;
  std::set<std::pair<std::size_t, ObjectKey>> objects_;
  std::set<NodeId> nodes_;
};

}  // namespace

void RuleRun::Tell(std::string path, std::string text) {
  catalogue.AddNotice({context.now, std::move(path), std::move(text)});
}

void Normalise(Catalogue& catalogue, const PlannerContext& context) {
  // More than any catalogue was seen to need; only a mistake in the rules
  // gets here, and a mount that works beats one that hangs.
  constexpr std::size_t kStepsPerRow = 64;
  constexpr std::size_t kStepsAtLeast = 10'000;

  RuleRun run{catalogue, context, {}};
  Worklist work(run);
  const std::size_t limit = kStepsAtLeast + kStepsPerRow * work.size();
  std::size_t steps = 0;
  while (work.Step()) {
    if (++steps < limit) continue;
    Log(LogLevel::kError,
        "The rules did not come to rest after {} steps; going on with what "
        "they left. Please report this.",
        steps);
    break;
  }
  for (const ObjectKey key : run.waiting) catalogue.LookAgain(key);
}

}  // namespace wsfs
