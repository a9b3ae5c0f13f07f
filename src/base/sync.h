#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

/// The std primitives with Clang's thread-safety attributes. Use these, never
/// std::mutex: only they let the compiler prove which lock guards which field.
#if defined(__clang__)
#define WSFS_TSA(x) __attribute__((x))
#else
#define WSFS_TSA(x)
#endif

#define GUARDED_BY(m) WSFS_TSA(guarded_by(m))
#define REQUIRES(...) WSFS_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) WSFS_TSA(locks_excluded(__VA_ARGS__))
#define ACQUIRED_BEFORE(...) WSFS_TSA(acquired_before(__VA_ARGS__))
#define RETURN_CAPABILITY(m) WSFS_TSA(lock_returned(m))

namespace wsfs {

class WSFS_TSA(capability("mutex")) Mutex {
 public:
  Mutex() = default;
  Mutex(const Mutex&) = delete;
  Mutex& operator=(const Mutex&) = delete;

  void Lock() WSFS_TSA(acquire_capability()) { mutex_.lock(); }
  void Unlock() WSFS_TSA(release_capability()) { mutex_.unlock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class WSFS_TSA(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) WSFS_TSA(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.Lock();
  }
  ~MutexLock() WSFS_TSA(release_capability()) { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

class CondVar {
 public:
  /// Waits until Notify. May wake for no reason: call it in a loop.
  void Wait(Mutex& mutex) REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    cv_.wait(lock);
    lock.release();
  }

  /// The same until `deadline` at the latest; false when it has passed.
  bool WaitUntil(Mutex& mutex, std::chrono::steady_clock::time_point deadline)
      REQUIRES(mutex) {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    const bool in_time =
        cv_.wait_until(lock, deadline) == std::cv_status::no_timeout;
    lock.release();
    return in_time;
  }

  void NotifyAll() { cv_.notify_all(); }
  void NotifyOne() { cv_.notify_one(); }

 private:
  std::condition_variable cv_;
};

}  // namespace wsfs
