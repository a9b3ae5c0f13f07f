#include "base/cancel.h"

#include <utility>

namespace wsfs {

void CancelToken::Cancel() {
  std::map<Handle, std::function<void()>> wakes;
  {
    const MutexLock lock(mutex_);
    if (cancelled_) return;
    cancelled_ = true;
    running_ = true;
    wakes.swap(wakes_);
  }
  for (const auto& [handle, wake] : wakes) wake();
  const MutexLock lock(mutex_);
  running_ = false;
  idle_.NotifyAll();
}

bool CancelToken::cancelled() const {
  const MutexLock lock(mutex_);
  return cancelled_;
}

CancelToken::Handle CancelToken::OnCancel(std::function<void()> wake) {
  {
    const MutexLock lock(mutex_);
    if (!cancelled_) {
      wakes_.emplace(next_, std::move(wake));
      return next_++;
    }
  }
  wake();
  return 0;
}

void CancelToken::Forget(Handle handle) {
  const MutexLock lock(mutex_);
  if (handle == 0 || wakes_.erase(handle) != 0) return;
  while (running_) idle_.Wait(mutex_);
}

}  // namespace wsfs
