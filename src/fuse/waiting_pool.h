#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <vector>

#include "base/clock.h"
#include "base/sync.h"
#include "base/thread.h"

namespace wsfs {

/// Threads that may block, for requests that need the network: grows with
/// what waits, shrinks when idle (design.md §8).
///
/// Resource type, one per mount. Thread-safe. Post never waits. Destruction
/// runs what is queued (its owner has cancelled it, so that is quick) and
/// joins.
class WaitingPool {
 public:
  struct Options {
    std::size_t max_threads = 512;
    std::size_t max_queued = 8'192;
    Milliseconds idle{10'000};  ///< A thread without work ends after this.
    /// Small, but enough for the log's redaction, which is recursive. Only
    /// pages that were touched cost memory.
    std::size_t stack_bytes = std::size_t{1} << 20U;
  };
  using Job = std::function<void()>;

  explicit WaitingPool(const Options& options);
  ~WaitingPool();
  WaitingPool(const WaitingPool&) = delete;
  WaitingPool& operator=(const WaitingPool&) = delete;

  /// False when max_queued jobs wait already: the job was not taken.
  [[nodiscard]] bool Post(Job job) EXCLUDES(mutex_);
  std::size_t thread_count() const EXCLUDES(mutex_);

 private:
  struct Worker {
    Thread thread;
    bool done = false;
  };

  void Work(Worker* self) EXCLUDES(mutex_);
  bool WaitForJob() REQUIRES(mutex_);
  void Spawn() REQUIRES(mutex_);
  std::list<Worker> TakeDone() REQUIRES(mutex_);

  const Options options_;
  mutable Mutex mutex_;
  CondVar work_;
  std::deque<Job> queue_ GUARDED_BY(mutex_);
  std::list<Worker> workers_ GUARDED_BY(mutex_);
  std::size_t idle_ GUARDED_BY(mutex_) = 0;
  std::size_t alive_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace wsfs
