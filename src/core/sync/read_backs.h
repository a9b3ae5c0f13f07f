#pragma once

#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/ledger.h"
#include "core/planner/changes.h"
#include "core/sync/calls.h"
#include "core/sync/export_content.h"
#include "core/sync/task_pool.h"
#include "core/sync/windows.h"

namespace wsfs {

/// Puts that were on their way so long that somebody else's edit may lie
/// inside them and pass the clock test are read back in the background and
/// compared with what was sent (design.md §2, *Checked*). Equal bytes change
/// nothing. Others are a failed clock test: ours, then somebody's.
///
/// Resource type: one per syncer. Thread-safe. In memory only: what was not
/// read back before a restart keeps the window it had.
class ReadBacks {
 public:
  struct Parts {
    Ledger& ledger;
    Calls& calls;
    Windows& windows;
  };
  explicit ReadBacks(const Parts& parts) : parts_(parts) {}

  /// Is this put, confirmed by an answer that came at `confirmed_ms`, so long
  /// and so small that it is read back? Of the first one after a start all
  /// counts that was before its confirmation: of the service's clock only a
  /// `Date` is known then, and an edit seconds after the put passes the test.
  static bool IsWorthIt(const Intent& put, bool first_put,
                        std::int64_t confirmed_ms);

  /// From now on they run in `pool`; null: when RunDue() is called.
  void UsePool(TaskPool* pool) { pool_ = pool; }

  /// The object's bytes at this version are to be what we sent.
  void Ask(ObjectKey key, const Version& version) EXCLUDES(mutex_);
  /// Starts those whose time has come.
  void RunDue() EXCLUDES(mutex_);

 private:
  struct Pending {
    ObjectKey key = kNoObject;
    Version version;
    PlanMillis due = 0;
    int tries = 0;
  };
  struct Order {
    std::string path;
    Form form;
    Hash sent;
    PlanMillis asked = 0;
  };
  enum class Next : std::uint8_t { kNothing, kAgain };

  std::vector<Pending> TakeDue() EXCLUDES(mutex_);
  void Run(Pending pending) EXCLUDES(mutex_);
  Result<Next> Compare(const Pending& pending);
  std::optional<Order> Look(const Pending& pending);
  Next Judge(Catalogue& catalogue, ObjectKey key, const Order& order,
             const FetchedContent& exported, const Reply<ObjectInfo>& status);

  Parts parts_;
  std::atomic<TaskPool*> pool_ = nullptr;
  Mutex mutex_;
  std::map<ObjectKey, Pending> pending_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
