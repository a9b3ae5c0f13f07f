#include "fuse/pending.h"

#include <vector>

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

#include "fuse/errno_map.h"

namespace wsfs {

Pending::Pending(FuseRequest request, OnInterrupt on_interrupt)
    : request_(request), on_interrupt_(on_interrupt) {}

bool Pending::Arm() {
  // libfuse calls this with the request's own lock held, so that clearing it
  // in TakeForAnswer waits for a call that runs.
  ::fuse_req_interrupt_func(
      request_,
      [](fuse_req_t /*request*/, void* data) {
        // The job's reference is alive here: it clears this function before
        // it lets go, unless this call is the one that answers.
        const auto self = static_cast<Pending*>(data)->shared_from_this();
        self->Interrupt();
      },
      this);
  State seen = State::kArming;
  if (state_.compare_exchange_strong(seen, State::kQueued)) return true;
  state_ = State::kAnswered;
  ::fuse_reply_err(request_, ToErrno(Errc::kCancelled));
  return false;
}

void Pending::Interrupt() {
  // A call out of fuse_req_interrupt_func() itself must not free the request.
  State seen = State::kArming;
  if (state_.compare_exchange_strong(seen, State::kInterruptedArming)) return;
  seen = State::kQueued;
  if (state_.compare_exchange_strong(seen, State::kAnswered)) {
    cancel_->Cancel();
    ::fuse_reply_err(request_, ToErrno(Errc::kCancelled));
    return;
  }
  if (on_interrupt_ == OnInterrupt::kCancel) return cancel_->Cancel();
  seen = State::kRunning;
  if (state_.compare_exchange_strong(seen, State::kAnswered))
    ::fuse_reply_err(request_, ToErrno(Errc::kCancelled));
}

bool Pending::Begin() {
  State seen = State::kQueued;
  return state_.compare_exchange_strong(seen, State::kRunning);
}

FuseRequest Pending::TakeForAnswer() {
  if (state_.exchange(State::kAnswered) == State::kAnswered) return nullptr;
  ::fuse_req_interrupt_func(request_, nullptr, nullptr);
  return request_;
}

void PendingSet::Add(const std::shared_ptr<Pending>& pending) {
  const MutexLock lock(mutex_);
  all_.insert(pending);
  if (closed_) pending->cancel()->Cancel();
}

void PendingSet::Remove(const std::shared_ptr<Pending>& pending) {
  const MutexLock lock(mutex_);
  all_.erase(pending);
  if (all_.empty()) empty_.NotifyAll();
}

void PendingSet::CancelAll() {
  std::vector<std::shared_ptr<Pending>> all;
  {
    const MutexLock lock(mutex_);
    closed_ = true;
    all.assign(all_.begin(), all_.end());
  }
  for (const auto& pending : all) pending->cancel()->Cancel();
}

void PendingSet::WaitEmpty() {
  const MutexLock lock(mutex_);
  while (!all_.empty()) empty_.Wait(mutex_);
}

}  // namespace wsfs
