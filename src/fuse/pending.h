#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>

#include "base/cancel.h"
#include "base/sync.h"

struct fuse_req;

namespace wsfs {

/// libfuse's fuse_req_t, without its header.
using FuseRequest = fuse_req*;

/// What an INTERRUPT does to a request that waits.
enum class OnInterrupt : std::uint8_t {
  kCancel,        ///< The operation stops waiting and says how it went.
  kAnswerAtOnce,  ///< A FLUSH cannot be killed: EINTR now, the work goes on.
};

/// A request that waits on the pool. It is answered exactly once: by its job
/// or by its interrupt, whoever is first; the other must not touch `request`.
///
/// Resource type, shared by its job and the mount's PendingSet. Thread-safe.
class Pending : public std::enable_shared_from_this<Pending> {
 public:
  Pending(FuseRequest request, OnInterrupt on_interrupt);

  /// Lets libfuse tell us of interrupts. False: one came already, and it is
  /// answered.
  [[nodiscard]] bool Arm();
  /// The job begins: false when the interrupt has answered it.
  bool Begin();
  /// The job wants to answer: null when it was answered already, otherwise
  /// the request, which no interrupt touches any more.
  FuseRequest TakeForAnswer();
  void Interrupt();

  const std::shared_ptr<CancelToken>& cancel() const { return cancel_; }

 private:
  enum class State : std::uint8_t {
    kArming,
    kInterruptedArming,  ///< Arm() answers: libfuse must not see it done there.
    kQueued,
    kRunning,
    kAnswered,
  };

  FuseRequest request_;
  OnInterrupt on_interrupt_;
  std::shared_ptr<CancelToken> cancel_ = std::make_shared<CancelToken>();
  std::atomic<State> state_ = State::kArming;
};

/// The waiting requests of a mount, so that its end can cancel them all.
/// Thread-safe.
class PendingSet {
 public:
  void Add(const std::shared_ptr<Pending>& pending) EXCLUDES(mutex_);
  void Remove(const std::shared_ptr<Pending>& pending) EXCLUDES(mutex_);
  /// Cancels all there are, and all that come.
  void CancelAll() EXCLUDES(mutex_);
  void WaitEmpty() EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  CondVar empty_;
  bool closed_ GUARDED_BY(mutex_) = false;
  std::set<std::shared_ptr<Pending>> all_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
