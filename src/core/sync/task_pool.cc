#include "core/sync/task_pool.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace wsfs {
namespace {

/// What the threads of one RunTogether() share; one that comes after its end
/// finds nothing left.
struct Share {
  Mutex mutex;
  CondVar left;
  const std::function<bool(std::size_t)>* each GUARDED_BY(mutex) = nullptr;
  std::size_t next GUARDED_BY(mutex) = 0;
  std::size_t count GUARDED_BY(mutex) = 0;
  std::size_t running GUARDED_BY(mutex) = 0;
};

void TakePart(Share& share) {
  const std::function<bool(std::size_t)>* each = nullptr;
  {
    const MutexLock lock(share.mutex);
    if (share.next >= share.count) return;
    ++share.running;
    each = share.each;
  }
  bool go_on = true;
  while (true) {
    std::size_t mine = 0;
    {
      const MutexLock lock(share.mutex);
      if (!go_on) share.next = share.count;
      if (share.next >= share.count) {
        --share.running;
        share.left.NotifyAll();
        return;
      }
      mine = share.next++;
    }
    go_on = (*each)(mine);
  }
}

}  // namespace

void RunTogether(TaskPool* pool, CallClass call_class, std::size_t most,
                 std::size_t count,
                 const std::function<bool(std::size_t index)>& each) {
  const auto share = std::make_shared<Share>();
  {
    const MutexLock lock(share->mutex);
    share->each = &each;
    share->count = count;
  }
  const std::size_t parts = pool == nullptr ? 1 : std::min(most, count);
  for (std::size_t i = 1; i < parts; ++i)
    if (!pool->Add(call_class, [share] { TakePart(*share); })) break;
  TakePart(*share);
  const MutexLock lock(share->mutex);
  while (share->running > 0) share->left.Wait(share->mutex);
}

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
