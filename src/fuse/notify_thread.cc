#include "fuse/notify_thread.h"

#include <utility>

namespace wsfs {

NotifyThread::NotifyThread(KernelPort& port, OnTold on_told)
    : port_(port),
      on_told_(std::move(on_told)),
      thread_("wsfs-notify", [this] { Run(); }) {}

NotifyThread::~NotifyThread() {
  Disarm();
  thread_.Join();
}

void NotifyThread::Notify(std::vector<Invalidation> invalidations) {
  const MutexLock lock(mutex_);
  if (disarmed_ || expire_all_) return;
  if (queue_.size() + invalidations.size() > kMaxQueued) {
    queue_.clear();
    expire_all_ = true;
  } else {
    for (Invalidation& one : invalidations) queue_.push_back(std::move(one));
  }
  changed_.NotifyAll();
}

void NotifyThread::ExpireAll() {
  const MutexLock lock(mutex_);
  if (disarmed_) return;
  queue_.clear();
  expire_all_ = true;
  changed_.NotifyAll();
}

void NotifyThread::Disarm() {
  const MutexLock lock(mutex_);
  disarmed_ = true;
  expire_all_ = false;
  queue_.clear();
  changed_.NotifyAll();
}

void NotifyThread::WaitIdle() {
  const MutexLock lock(mutex_);
  while (!queue_.empty() || expire_all_ || telling_) changed_.Wait(mutex_);
}

void NotifyThread::Run() {
  while (true) {
    std::optional<Invalidation> one;
    bool all = false;
    {
      const MutexLock lock(mutex_);
      telling_ = false;
      changed_.NotifyAll();
      while (queue_.empty() && !expire_all_ && !disarmed_)
        changed_.Wait(mutex_);
      if (disarmed_) return;
      telling_ = true;
      all = std::exchange(expire_all_, false);
      // One at a time, so that Disarm() stops a long queue at once.
      if (!all) {
        one = std::move(queue_.front());
        queue_.pop_front();
      }
    }
    Tell(one);
  }
}

void NotifyThread::Tell(const std::optional<Invalidation>& one) {
  if (one.has_value() && one->what == Invalidation::What::kMark) return;
  const SteadyTime begun = std::chrono::steady_clock::now();
  std::string_view what = "all";
  if (one.has_value())
    what = TellOne(*one);
  else
    port_.ExpireAll();
  if (on_told_) on_told_(what, std::chrono::steady_clock::now() - begun);
}

std::string_view NotifyThread::TellOne(const Invalidation& one) {
  switch (one.what) {
    case Invalidation::What::kEntry:
      port_.ExpireEntry(one.parent, one.name);
      return "entry";
    case Invalidation::What::kRemoved:
      port_.EntryRemoved(one.parent, one.node, one.name);
      return "removed";
    case Invalidation::What::kAttributes:
      port_.AttributesChanged(one.node);
      return "attributes";
    case Invalidation::What::kContent:
      port_.ContentChanged(one.node);
      return "content";
    case Invalidation::What::kMark: return "mark";
  }
  std::unreachable();
}

}  // namespace wsfs
