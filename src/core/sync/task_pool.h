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

/// Runs each(0) to each(count - 1), on this thread and on up to `most` - 1 of
/// the pool as it has time for them; returns when all that began have ended.
/// One that says false keeps those from beginning that have not yet. Without
/// a pool: one after another.
void RunTogether(TaskPool* pool, CallClass call_class, std::size_t most,
                 std::size_t count,
                 const std::function<bool(std::size_t index)>& each);

}  // namespace wsfs
