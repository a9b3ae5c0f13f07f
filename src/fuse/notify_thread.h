#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/sync.h"
#include "base/thread.h"
#include "core/notifier.h"

namespace wsfs {

/// What a kernel can be told. Each may wait for requests on the same object
/// (fuse.md §0.8): called from the notify thread only, under no lock.
class KernelPort {
 public:
  virtual ~KernelPort() = default;
  virtual void ExpireEntry(NodeId parent, const std::string& name) = 0;
  virtual void EntryRemoved(NodeId parent, NodeId node,
                            const std::string& name) = 0;
  virtual void AttributesChanged(NodeId node) = 0;
  virtual void ContentChanged(NodeId node) = 0;
  /// Everything this kernel knows may be wrong.
  virtual void ExpireAll() = 0;
};

/// Hears what a kernel was told ("entry", "removed", "attributes", "content" or
/// "all") and how long it took. On the notify thread, under no lock; short.
using OnTold =
    std::function<void(std::string_view what, std::chrono::nanoseconds took)>;

/// Tells one kernel what changed, from a thread of its own, in order. When
/// more than kMaxQueued wait, they are dropped and everything is expired.
///
/// Resource type, one per mount; the port outlives it. Thread-safe.
class NotifyThread final : public KernelNotifier {
 public:
  static constexpr std::size_t kMaxQueued = 16'384;

  explicit NotifyThread(KernelPort& port, OnTold on_told = nullptr);
  ~NotifyThread() override;

  void Notify(std::vector<Invalidation> invalidations) override
      EXCLUDES(mutex_);
  void ExpireAll() EXCLUDES(mutex_);
  /// What is queued is dropped and nothing more is taken: the kernel is about
  /// to go, and must not be waited for.
  void Disarm() EXCLUDES(mutex_);
  /// After Disarm(): until the thread has ended.
  void Join() { thread_.Join(); }
  /// Until all that was queued before has been told (tests).
  void WaitIdle() EXCLUDES(mutex_);

 private:
  void Run() EXCLUDES(mutex_);
  /// Nothing: everything is expired.
  void Tell(const std::optional<Invalidation>& one);
  std::string_view TellOne(const Invalidation& one);

  KernelPort& port_;
  const OnTold on_told_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Invalidation> queue_ GUARDED_BY(mutex_);
  bool expire_all_ GUARDED_BY(mutex_) = false;
  bool telling_ GUARDED_BY(mutex_) = false;
  bool disarmed_ GUARDED_BY(mutex_) = false;
  Thread thread_;  // Last: it uses all of the above.
};

}  // namespace wsfs
