#include "core/sync/task_pool.h"

#include <utility>

namespace wsfs {

TaskPool::TaskPool(std::string name, std::size_t most_threads,
                   std::size_t most_queued)
    : name_(std::move(name)),
      most_threads_(most_threads),
      most_queued_(most_queued) {}

TaskPool::~TaskPool() {
  Stop();
}

bool TaskPool::Add(CallClass call_class, std::function<void()> task) {
  const MutexLock lock(mutex_);
  if (stopped_ || queued_ >= most_queued_) return false;
  queues_[static_cast<std::size_t>(call_class)].push_back(std::move(task));
  ++queued_;
  if (idle_ < queued_ && threads_.size() < most_threads_) {
    threads_.emplace_back(name_ + std::to_string(threads_.size()),
                          [this] { Work(); });
  }
  changed_.NotifyOne();
  return true;
}

void TaskPool::Stop() {
  std::vector<Thread> threads;
  {
    const MutexLock lock(mutex_);
    stopped_ = true;
    for (auto& queue : queues_) queue.clear();
    queued_ = 0;
    threads.swap(threads_);
    changed_.NotifyAll();
  }
  for (Thread& thread : threads) thread.Join();
}

bool TaskPool::Take(std::function<void()>& task) {
  for (auto& queue : queues_) {
    if (queue.empty()) continue;
    task = std::move(queue.front());
    queue.pop_front();
    --queued_;
    return true;
  }
  return false;
}

void TaskPool::Work() {
  while (true) {
    std::function<void()> task;
    {
      const MutexLock lock(mutex_);
      while (!Take(task)) {
        if (stopped_) return;
        ++idle_;
        changed_.Wait(mutex_);
        --idle_;
      }
    }
    task();
  }
}

}  // namespace wsfs
