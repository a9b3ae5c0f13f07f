#include "fuse/waiting_pool.h"

#include <utility>

namespace wsfs {

WaitingPool::WaitingPool(const Options& options) : options_(options) {}

WaitingPool::~WaitingPool() {
  std::list<Worker> workers;
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    work_.NotifyAll();
    // Work() finds its Worker by pointer: splicing keeps it where it is.
    workers.splice(workers.end(), workers_);
  }
  workers.clear();
}

bool WaitingPool::Post(Job job) {
  std::list<Worker> done;
  const MutexLock lock(mutex_);
  if (queue_.size() >= options_.max_queued) return false;
  queue_.push_back(std::move(job));
  if (idle_ >= queue_.size()) {
    work_.NotifyOne();
  } else if (alive_ < options_.max_threads) {
    done = TakeDone();
    Spawn();
  }
  return true;
}

std::size_t WaitingPool::thread_count() const {
  const MutexLock lock(mutex_);
  return alive_;
}

void WaitingPool::Spawn() {
  ++alive_;
  Worker& worker = workers_.emplace_back();
  worker.thread = Thread(
      "wsfs-wait", [this, &worker] { Work(&worker); }, options_.stack_bytes);
}

std::list<WaitingPool::Worker> WaitingPool::TakeDone() {
  std::list<Worker> done;
  for (auto it = workers_.begin(); it != workers_.end();) {
    const auto next = std::next(it);
    if (it->done) done.splice(done.end(), workers_, it);
    it = next;
  }
  return done;
}

bool WaitingPool::WaitForJob() {
  const SteadyTime until = std::chrono::steady_clock::now() + options_.idle;
  ++idle_;
  bool in_time = true;
  while (queue_.empty() && !stopping_ && in_time)
    in_time = work_.WaitUntil(mutex_, until);
  --idle_;
  return !queue_.empty();
}

void WaitingPool::Work(Worker* self) {
  while (true) {
    Job job;
    {
      const MutexLock lock(mutex_);
      if (!WaitForJob()) {
        --alive_;
        self->done = true;
        return;
      }
      job = std::move(queue_.front());
      queue_.pop_front();
    }
    job();
  }
}

}  // namespace wsfs
