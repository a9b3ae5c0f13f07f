#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "base/call_class.h"
#include "base/sync.h"
#include "base/thread.h"

namespace wsfs {

/// A few named threads that run tasks, who is waited for first. Threads are
/// made when there is work for them, up to a limit.
///
/// Resource type. Thread-safe. The queue is bounded: Add says no beyond it.
class TaskPool {
 public:
  TaskPool(std::string name, std::size_t most_threads, std::size_t most_queued);
  ~TaskPool();

  /// False when the queue is full or the pool is stopped; then `task` never
  /// runs.
  bool Add(CallClass call_class, std::function<void()> task) EXCLUDES(mutex_);

  /// Drops what is queued, waits for what runs.
  void Stop() EXCLUDES(mutex_);

 private:
  void Work() EXCLUDES(mutex_);
  bool Take(std::function<void()>& task) REQUIRES(mutex_);

  const std::string name_;
  const std::size_t most_threads_;
  const std::size_t most_queued_;
  Mutex mutex_;
  CondVar changed_;
  std::array<std::deque<std::function<void()>>, 4> queues_ GUARDED_BY(mutex_);
  std::size_t queued_ GUARDED_BY(mutex_) = 0;
  std::size_t idle_ GUARDED_BY(mutex_) = 0;
  bool stopped_ GUARDED_BY(mutex_) = false;
  std::vector<Thread> threads_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
