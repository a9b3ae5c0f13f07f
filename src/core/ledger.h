#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/sync.h"
#include "core/notifier.h"
#include "core/planner/planner.h"
#include "store/plan_clock.h"
#include "store/store.h"

namespace wsfs {

/// Number of a mount in this engine; 0: not a mount (the engine itself).
using MountId = std::uint32_t;
/// No mount's kernel has seen what was written: each is told.
inline constexpr MountId kNoKernel = ~MountId{0};

/// The catalogue with its lock, its disk and its rules: the one way to read
/// or change the tree. Every change runs as
///   lock → change → Normalise → write to the store → commit → unlock
/// so the disk always holds a normalised prefix (planner.md §3, §12), and
/// then tells kernels what else changed and the syncer that there is work.
///
/// Resource type: one per engine. Thread-safe. Under the lock there is no
/// network and no wait but for one commit (docs/threading.md).
class Ledger {
 public:
  struct Options {
    Store* store = nullptr;
    Clock* clock = nullptr;
    std::string host_name;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool merge = true;  ///< What changed on both sides, where it can be.
  };
  /// Loads the catalogue, recovers (planner.md §12), normalises.
  static Result<std::unique_ptr<Ledger>> Open(const Options& options);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  /// A look at the tree; `look` must not keep references.
  template <typename Look>
  auto Read(Look&& look) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    return std::forward<Look>(look)(static_cast<const Catalogue&>(catalogue_));
  }

  using Change = std::function<Result<void>(Catalogue&)>;
  /// One transaction. When `change` fails, or the disk does, nothing has
  /// changed. `origin` is the mount whose kernel already knows what the change
  /// itself did (through its reply); other kernels, and this one for whatever
  /// the rules changed beyond `known` (nodes named by the caller), are told.
  Result<void> Transact(Durability durability, MountId origin,
                        const Change& change) EXCLUDES(mutex_);
  Result<void> Transact(const Change& change) EXCLUDES(mutex_) {
    return Transact(Durability::kProcess, 0, change);
  }

  PlannerContext Context() const;
  PlanMillis Now() const;
  /// Calls of ours that took effect after they were given up.
  std::uint64_t late_calls() EXCLUDES(mutex_);
  Store& store() { return *options_.store; }
  Clock& clock() { return *options_.clock; }

  void AddNotifier(MountId mount, KernelNotifier* notifier) EXCLUDES(mutex_);
  /// What all kernels must forget though no row changed.
  void TellKernels(const std::vector<Invalidation>& invalidations)
      EXCLUDES(mutex_);
  /// Until every kernel was told of what was committed before, or this long.
  /// Not from a thread that a kernel waits for.
  void WaitToldKernels(Milliseconds most) EXCLUDES(mutex_);
  /// After this returns the notifier is not called any more.
  void RemoveNotifier(MountId mount) EXCLUDES(mutex_);

  /// Called after every commit, under no lock: the syncer's wake-up. It may
  /// still run once after it was replaced by another.
  void OnCommit(std::function<void()> wake) EXCLUDES(mutex_);

 private:
  explicit Ledger(const Options& options);
  Result<void> Recover() EXCLUDES(mutex_);
  Result<void> Settle(Durability durability, MountId origin) REQUIRES(mutex_);

  Options options_;
  PlanClock plan_clock_;
  Mutex mutex_;
  Catalogue catalogue_ GUARDED_BY(mutex_);
  std::uint64_t late_calls_ GUARDED_BY(mutex_) = 0;
  std::map<MountId, KernelNotifier*> notifiers_ GUARDED_BY(mutex_);
  std::shared_ptr<const std::function<void()>> wake_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
