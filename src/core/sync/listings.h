#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ledger.h"
#include "core/sync/calls.h"
#include "core/sync/check_gate.h"
#include "core/sync/task_pool.h"

namespace wsfs {

/// The listings of directories and the early checks of files: what the
/// filesystem asks of the service by itself (planner.md §7).
///
/// Sizes: the first listing whose files lack them is followed by one
/// `list-files`; if that tells them it is asked first from then on, if it is
/// refused never again (databricks-api.md §1.2).
///
/// Resource type: one per syncer. Thread-safe; one listing of a directory at a
/// time, joined by all who want it.
class Listings {
 public:
  struct Parts {
    Ledger& ledger;
    Calls& calls;
    CheckGate& checks;
  };
  explicit Listings(const Parts& parts)
      : ledger_(parts.ledger), calls_(parts.calls), checks_(parts.checks) {}

  /// Background work runs in `pool`; null: on the caller's thread.
  void UsePool(TaskPool* pool) { pool_ = pool; }

  Result<void> Load(NodeId directory, bool renew, const Waiting& waiting)
      EXCLUDES(mutex_);
  void Refresh(NodeId directory, Milliseconds older_than) EXCLUDES(mutex_);
  bool ListAhead(NodeId directory, std::function<void()> done) EXCLUDES(mutex_);
  /// Without a pool: what ListAhead() began. The number of listings.
  int RunAhead() EXCLUDES(mutex_);
  void CheckAhead(NodeId file);
  /// Those who wait for a listing are told to go.
  void CancelAll() EXCLUDES(mutex_);

 private:
  struct Flight {
    /// Until then, whoever waits for it leads it himself.
    bool begun = false;
    bool done = false;
    std::optional<Error> error;
  };
  using FlightPtr = std::shared_ptr<Flight>;
  /// What is asked, as the catalogue held it before.
  struct Order {
    ObjectKey object = kNoObject;
    std::string path;
    PlanMillis asked = 0;
    bool sizes_by_list_files = false;
    bool unsettled = false;
  };
  enum class Taken : std::uint8_t { kYes, kDiscarded };

  Result<bool> IsLoaded(NodeId directory, bool renew);
  FlightPtr JoinOrLead(NodeId directory, bool& leads) EXCLUDES(mutex_);
  /// None: there is one.
  FlightPtr FlyLater(NodeId directory) EXCLUDES(mutex_);
  /// False: somebody else leads it.
  bool Begin(const FlightPtr& flight) EXCLUDES(mutex_);
  Result<void> Await(const FlightPtr& flight, const Waiting& waiting)
      EXCLUDES(mutex_);
  void End(NodeId directory, const FlightPtr& flight,
           const Result<void>& result) EXCLUDES(mutex_);
  Result<void> Lead(NodeId directory, const Calls::Wait& wait);
  /// kNotFound: it was taken that the service has no such folder.
  Result<Taken> AskAndTake(NodeId directory, const Order& order,
                           const Calls::Wait& wait);
  Result<void> WaitForOwnCall(const std::string& path, const Waiting& waiting)
      EXCLUDES(mutex_);
  Result<Order> Look(NodeId directory);
  Reply<std::vector<ObjectInfo>> Ask(const Order& order,
                                     const Calls::Wait& wait);
  Result<void> NoListFiles();
  void FillSizes(const Order& order, std::vector<ObjectInfo>& entries);
  Result<Taken> Take(NodeId directory, const Order& order,
                     const Reply<std::vector<ObjectInfo>>& reply);
  void Pause(const Waiting& waiting) EXCLUDES(mutex_);
  void Check(NodeId file);

  Ledger& ledger_;
  Calls& calls_;
  CheckGate& checks_;
  std::atomic<TaskPool*> pool_ = nullptr;
  std::atomic<bool> list_files_first_ = false;
  std::atomic<bool> stopped_ = false;
  Mutex mutex_;
  CondVar changed_;
  std::map<NodeId, FlightPtr> flights_ GUARDED_BY(mutex_);
  std::deque<std::function<void()>> ahead_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
