#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ledger.h"
#include "core/planner/planner.h"
#include "core/sync/plan_need.h"
#include "core/sync/protocols.h"
#include "core/sync/task_pool.h"

namespace wsfs {

/// What an action uses while it is on the way (planner.md §5, Overlap). Value
/// type.
struct Footprint {
  std::set<std::uint64_t> rows;       ///< Nodes and objects: one counter.
  std::set<ObjectKey> mkdir_parents;  ///< One mkdir a parent.
  std::vector<std::string> paths;     ///< At the service.
  bool structural = false;            ///< Moves or removes what is below.
};
Footprint FootprintOf(const Catalogue& catalogue, const Action& action);
bool Overlaps(const Footprint& one, const Footprint& other);

/// Derives the plan when something has changed and has its actions run, as
/// many at once as do not overlap (planner.md §5).
///
/// What a plan allows is started one after another as workers have time, and
/// the next plan is made when it is worth it (PlanNeed): each action looks at
/// its conditions again in the transaction that writes its intent. Only moves
/// and recursive deletes are started from a fresh plan alone: what must be
/// ended below them is in no transaction of theirs.
///
/// Resource type: one per syncer. One planning thread between Start() and
/// Stop(), and the pool's workers; or none, and RunReady() does the same, one
/// action after another, on the caller's thread.
class Scheduler {
 public:
  struct Parts {
    Ledger& ledger;
    Protocols& protocols;
  };
  Scheduler(const Parts& parts, std::size_t workers);
  ~Scheduler();

  void Start() EXCLUDES(mutex_);
  void Stop() EXCLUDES(mutex_);
  /// Something was committed. What an action of ours commits is told when it
  /// ends.
  void Wake() EXCLUDES(mutex_);

  /// What planning has cost since the start.
  struct Work {
    std::uint64_t plans = 0;
    std::uint64_t planned = 0;  ///< The sum of their actions.
  };
  Work work() const EXCLUDES(mutex_);

  int RunReady();

  /// Settle times are over while any drain is on.
  void BeginDrain() EXCLUDES(mutex_);
  void EndDrain();

  /// The plan as it is now.
  Plan PlanNow(bool retry_refused) const;
  std::set<ActionKey> InFlight() const EXCLUDES(mutex_);
  std::size_t in_flight_count() const EXCLUDES(mutex_);
  bool started() const EXCLUDES(mutex_);
  /// Waits until something has ended or was planned, or `until`.
  void WaitForProgress(SteadyTime until) EXCLUDES(mutex_);

  TaskPool& pool() { return pool_; }

 private:
  /// The same action again and again without a wait: something does not fit.
  struct Repeats {
    int count = 0;
    SteadyTime not_before;
  };
  enum class Next : std::uint8_t { kPlan, kStart, kStop };
  void PlanningLoop() EXCLUDES(mutex_);
  Next WaitForWork() EXCLUDES(mutex_);
  std::optional<SteadyTime> PlanDueAt() const REQUIRES(mutex_);
  /// Makes a plan and starts what may start; the rest waits in the queue.
  void PlanAndStart() EXCLUDES(mutex_);
  void TakePlan(const Catalogue& catalogue, const Plan& plan, PlanMillis now,
                std::vector<Action>& started) REQUIRES(mutex_);
  /// Starts what the last plan allowed.
  void StartQueued() EXCLUDES(mutex_);
  bool IsPaused(const ActionKey& key) REQUIRES(mutex_);
  bool TryStart(const Catalogue& catalogue, const Action& action)
      REQUIRES(mutex_);
  void Run(const std::vector<Action>& started) EXCLUDES(mutex_);
  void PlanNoLaterThan(SteadyTime at) REQUIRES(mutex_);
  void ForgetRepeats(const Plan& plan) REQUIRES(mutex_);
  void RunFlight(const Action& action) EXCLUDES(mutex_);
  bool EndedAsMeant(const ActionKey& key);

  Ledger& ledger_;
  Protocols& protocols_;
  const std::size_t most_flights_;
  TaskPool pool_;

  mutable Mutex mutex_;
  CondVar changed_;
  PlanNeed need_ GUARDED_BY(mutex_);
  Work work_ GUARDED_BY(mutex_);
  /// The time at which the plan changes by itself.
  std::optional<SteadyTime> next_ GUARDED_BY(mutex_);
  std::deque<Action> queue_ GUARDED_BY(mutex_);
  bool may_start_ GUARDED_BY(mutex_) = false;  ///< A worker has time again.
  bool stuck_ GUARDED_BY(mutex_) = false;      ///< All queued ones overlap.
  bool started_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::uint64_t ended_ GUARDED_BY(mutex_) = 0;
  SteadyTime disk_pause_ GUARDED_BY(mutex_);
  std::map<ActionKey, Footprint> flights_ GUARDED_BY(mutex_);
  std::map<ActionKey, Repeats> repeats_ GUARDED_BY(mutex_);
  Thread planner_;
};

}  // namespace wsfs
