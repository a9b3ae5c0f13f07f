#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/result.h"
#include "base/sync.h"

namespace wsfs {

/// Says "stop waiting" to whoever waits: a FUSE interrupt, an unmount, a
/// shutdown. Once cancelled it stays so.
///
/// Resource type, shared by `shared_ptr`. Thread-safe.
class CancelToken {
 public:
  using Handle = std::uint64_t;

  void Cancel() EXCLUDES(mutex_);
  bool cancelled() const EXCLUDES(mutex_);

  /// Runs `wake` when cancelled, on the thread that cancels, or at once when
  /// it is already so (then the handle is 0). `wake` must be short and take
  /// no lock that is held around OnCancel or Forget.
  Handle OnCancel(std::function<void()> wake) EXCLUDES(mutex_);

  /// After this returns, `wake` of `handle` neither runs nor will run.
  void Forget(Handle handle) EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  CondVar idle_;
  bool cancelled_ GUARDED_BY(mutex_) = false;
  bool running_ GUARDED_BY(mutex_) = false;
  Handle next_ GUARDED_BY(mutex_) = 1;
  std::map<Handle, std::function<void()>> wakes_ GUARDED_BY(mutex_);
};

/// How long a call may wait: not at all, or until a time, or until cancelled.
///
/// Value type. An operation that is asked with Never() and finds that it needs
/// the network or a long copy returns kWouldBlock before it has changed
/// anything, and may be run again with Until() (docs/threading.md).
class Waiting {
 public:
  static Waiting Never() { return Waiting(); }
  static Waiting Until(SteadyTime deadline,
                       std::shared_ptr<CancelToken> cancel = nullptr) {
    Waiting waiting;
    waiting.deadline_ = deadline;
    waiting.cancel_ = std::move(cancel);
    return waiting;
  }

  bool allowed() const { return deadline_.has_value(); }
  SteadyTime deadline() const { return deadline_.value_or(SteadyTime()); }
  const std::shared_ptr<CancelToken>& cancel() const { return cancel_; }
  /// Nobody waits any more.
  bool cancelled() const { return cancel_ != nullptr && cancel_->cancelled(); }

 private:
  Waiting() = default;
  std::optional<SteadyTime> deadline_;
  std::shared_ptr<CancelToken> cancel_;
};

}  // namespace wsfs
