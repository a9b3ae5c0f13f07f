#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ledger.h"
#include "core/planner/planner.h"
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

/// Derives the plan after every commit and has its actions run, as many at
/// once as do not overlap (planner.md §5).
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
  /// Something was committed, or has ended.
  void Wake() EXCLUDES(mutex_);

  int RunReady();

  /// Settle times are over while any drain is on.
  void BeginDrain() EXCLUDES(mutex_);
  void EndDrain();

  /// The plan as it is now.
  Plan PlanNow(bool retry_refused) const;
  std::set<ActionKey> InFlight() const EXCLUDES(mutex_);
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
  void PlanningLoop() EXCLUDES(mutex_);
  /// Starts what may start; the time of the next that becomes ready.
  std::optional<SteadyTime> Launch() EXCLUDES(mutex_);
  bool MayLaunch(const Action& action, PlanMillis now) const REQUIRES(mutex_);
  void ForgetRepeats(const Plan& plan) REQUIRES(mutex_);
  void RunFlight(const Action& action) EXCLUDES(mutex_);
  void WaitUntilDue(std::optional<SteadyTime> next, SteadyTime not_before)
      EXCLUDES(mutex_);

  Ledger& ledger_;
  Protocols& protocols_;
  const std::size_t most_flights_;
  TaskPool pool_;

  mutable Mutex mutex_;
  CondVar changed_;
  bool woken_ GUARDED_BY(mutex_) = true;
  bool started_ GUARDED_BY(mutex_) = false;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::uint64_t ended_ GUARDED_BY(mutex_) = 0;
  SteadyTime disk_pause_ GUARDED_BY(mutex_);
  std::map<ActionKey, Footprint> flights_ GUARDED_BY(mutex_);
  std::map<ActionKey, Repeats> repeats_ GUARDED_BY(mutex_);
  Thread planner_;
};

}  // namespace wsfs
