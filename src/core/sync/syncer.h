#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/workspace.h"
#include "base/cancel.h"
#include "core/ledger.h"
#include "core/sync/awaited.h"
#include "core/sync/health.h"
#include "core/sync/windows.h"

namespace wsfs {

/// One thing that is not at the service yet, as `wsfs status` shows it.
struct PendingItem {
  std::string path;       ///< In the mount.
  std::string operation;  ///< "put", "create", "move", …
  enum class State : std::uint8_t { kWaiting, kSending, kRefused } state;
  std::string error;        ///< Of the last try; "" when none.
  std::uint64_t bytes = 0;  ///< To be sent.
  PlanMillis since = 0;
  std::int64_t next_try_ms = 0;  ///< From now; 0 = as soon as possible.
};

struct SyncStatus {
  std::vector<PendingItem> pending;  ///< First 1,000 by age.
  std::size_t pending_count = 0;
  std::uint64_t pending_bytes = 0;
  std::size_t refused_count = 0;
  std::size_t conflict_count = 0;
  PlanMillis oldest_pending = 0;
  HealthState service;
  std::string last_error;
  /// Plans made since the start, and the sum of their actions.
  std::uint64_t plans = 0;
  std::uint64_t planned_actions = 0;
  std::vector<WindowCount> windows;

  bool reachable() const { return service.health != Health::kOffline; }
};

/// How long who waits for the service's answer to a change goes on.
enum class Persistence : std::uint8_t {
  kFirstTry,   ///< Until the first try has failed, if it fails.
  kSettleNow,  ///< Through failures; settle times are over for the change.
};

/// A file that is being downloaded: readers wait only for what they need.
/// Shared by its readers and the worker. Thread-safe.
class Hydration {
 public:
  virtual ~Hydration() = default;
  /// Reads what has arrived, waiting for [offset, offset + size) or the end.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset,
                                     std::span<std::byte> into,
                                     const Waiting& waiting) = 0;
  /// Until all is here and filed in the catalogue.
  virtual Result<void> WaitDone(const Waiting& waiting) = 0;
};

/// Brings the catalogue and the service together: runs the plan's actions by
/// the protocols of planner.md §6, reads listings and contents that someone
/// waits for, applies answers by §7.
///
/// Resource type: one per engine, over one Ledger and one Workspace.
/// Thread-safe. Its workers take the ledger's lock only between calls, never
/// during one. In tests, without Start(), RunReady() does the same work on the
/// calling thread, step by step, under a FakeClock.
class Syncer {
 public:
  struct Options {
    int workers = 16;  ///< Actions on the way at once.
    Milliseconds call_deadline{30'000};
  };
  static std::unique_ptr<Syncer> Make(Ledger& ledger, Workspace& workspace,
                                      const Options& options);
  virtual ~Syncer() = default;

  /// Starts the planning thread and the workers.
  virtual void Start() = 0;
  /// Cancels what waits, leaves intents for the next start, joins. Data stays.
  virtual void Stop() = 0;

  /// One planning round on this thread: runs every action that is ready and
  /// does not overlap; the number of actions run. Only without Start().
  virtual int RunReady() = 0;

  // -- What the filesystem asks for; each joins an equal one on the way.

  /// A complete listing of a directory that has none (or a new one when
  /// `renew`). kNotFound when the service has it no more.
  virtual Result<void> LoadDirectory(NodeId directory, bool renew,
                                     const Waiting& waiting) = 0;
  /// Renews the listing in the background, if it is older.
  virtual void Refresh(NodeId directory, Milliseconds older_than) = 0;
  /// Lists a directory that has no listing, ahead of whoever will want it, when
  /// nothing else is to be done; `done` runs afterwards on a thread of the
  /// syncer. False: it is on its way already, or too much is.
  virtual bool ListAhead(NodeId directory, std::function<void()> done) = 0;
  /// Begins (or joins) the download of a file's bytes.
  virtual Result<std::shared_ptr<Hydration>> Hydrate(NodeId file,
                                                     CallClass call_class) = 0;
  /// A get-status of a file's object ahead of its put (design.md §2,
  /// *Checked*): asked at the first write, nobody waits.
  virtual void CheckAhead(NodeId file) = 0;

  /// Waits until the service has taken a change of ours, or has refused it
  /// (the error says why, as close(2) tells it). kTimeout: not yet; it goes on
  /// without the waiter.
  virtual Result<void> WaitTaken(const Awaited& what, Persistence persistence,
                                 const Waiting& waiting) = 0;
  /// How the service answers, and how many changes are on their way to it.
  virtual HealthState Service() = 0;
  virtual std::size_t PushesInFlight() = 0;
  /// For Awaited::after, taken before the change.
  virtual FailureNumber LastFailure() = 0;
  /// Why the last try to send this node, or its object, failed; "" if none.
  virtual std::string ErrorOf(NodeId node) = 0;

  // -- Draining

  /// Settle times are over for all that is pending now; returns when nothing
  /// is pending, or nothing can progress, or the wait is over, or Stop() was
  /// called.
  virtual Result<SyncStatus> Drain(const Waiting& waiting) = 0;
  virtual SyncStatus Status() = 0;
};

}  // namespace wsfs
