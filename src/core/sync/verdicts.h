#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/cancel.h"
#include "base/sync.h"
#include "core/ledger.h"
#include "core/sync/awaited.h"
#include "core/sync/scheduler.h"
#include "core/sync/syncer.h"
#include "core/sync/urgency.h"

namespace wsfs {

/// Those who wait for what the service says of a change: a close, an fsync, a
/// rename (design.md §3, write policy). They look again after each commit.
///
/// Resource type: one per syncer. Thread-safe; its lock is a leaf.
class Verdicts {
 public:
  struct Parts {
    Ledger& ledger;
    Scheduler& scheduler;
    Retries& retries;
    Urgency& urgency;
  };
  explicit Verdicts(const Parts& parts) : parts_(parts) {}

  /// Syncer::WaitTaken.
  Result<void> Wait(const Awaited& what, Persistence persistence,
                    const Waiting& waiting) EXCLUDES(mutex_);
  /// Something was committed. Under no lock.
  void Changed() EXCLUDES(mutex_);
  /// Ends all waits, now and from now on, with kCancelled.
  void Stop() EXCLUDES(mutex_);

 private:
  Result<void> WaitOn(const Awaited& what, Persistence persistence,
                      const Waiting& waiting) EXCLUDES(mutex_);
  /// The outcome, as far as there is one or the waiter gives up.
  std::optional<Result<void>> Look(const Awaited& what,
                                   Persistence persistence);
  void Hurry(const Awaited& what, UrgentRows& urgent);
  bool GoOn(std::uint64_t seen, const Waiting& waiting) EXCLUDES(mutex_);
  /// False: stopped, or cancelled, or the time is over.
  bool WaitForChange(std::uint64_t seen, const Waiting& waiting)
      EXCLUDES(mutex_);
  std::uint64_t changes() const EXCLUDES(mutex_);
  bool stopped() const EXCLUDES(mutex_);

  Parts parts_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::uint64_t changes_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
};

}  // namespace wsfs
