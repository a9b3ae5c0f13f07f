#include "fuse/waiting_pool.h"

#include <atomic>

#include <gtest/gtest.h>

#include "fuse/errno_map.h"

namespace wsfs {
namespace {

/// Opens once; the jobs of a test wait at it.
class Gate {
 public:
  void Pass() EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    ++inside_;
    changed_.NotifyAll();
    while (!open_) changed_.Wait(mutex_);
  }
  void Open() EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  void WaitFor(int count) EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    while (inside_ < count) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int inside_ GUARDED_BY(mutex_) = 0;
  bool open_ GUARDED_BY(mutex_) = false;
};

TEST(WaitingPool, RunsAsManyWaitsAtOnceAsItMayHaveThreads) {
  Gate gate;
  WaitingPool pool({.max_threads = 8});

  for (int i = 0; i < 8; ++i) ASSERT_TRUE(pool.Post([&] { gate.Pass(); }));

  gate.WaitFor(8);
  EXPECT_EQ(pool.thread_count(), 8U);
  gate.Open();
}

TEST(WaitingPool, RefusesWhatItsQueueCannotHold) {
  Gate gate;
  WaitingPool pool({.max_threads = 1, .max_queued = 2});
  ASSERT_TRUE(pool.Post([&] { gate.Pass(); }));
  gate.WaitFor(1);

  EXPECT_TRUE(pool.Post([] {}));
  EXPECT_TRUE(pool.Post([] {}));
  EXPECT_FALSE(pool.Post([] {}));

  gate.Open();
}

TEST(WaitingPool, RunsWhatIsQueuedBeforeItEnds) {
  std::atomic<int> ran = 0;
  {
    WaitingPool pool({.max_threads = 2});
    for (int i = 0; i < 100; ++i)
      ASSERT_TRUE(pool.Post([&] { ran.fetch_add(1); }));
  }
  EXPECT_EQ(ran, 100);
}

TEST(ErrnoMap, NeverSaysTryAgain) {
  for (int code = 0; code <= static_cast<int>(Errc::kIo); ++code) {
    EXPECT_NE(ToErrno(static_cast<Errc>(code)), EAGAIN);
    EXPECT_NE(ToErrno(static_cast<Errc>(code)), 0);
  }
}

TEST(ErrnoMap, TellsAnOutageFromADeadline) {
  EXPECT_EQ(ToErrno(Errc::kTimeout), ETIMEDOUT);
  EXPECT_EQ(ToErrno(Errc::kThrottled), ETIMEDOUT);
  EXPECT_EQ(ToErrno(Errc::kUnreachable), EHOSTUNREACH);
  EXPECT_EQ(ToErrno(Errc::kCancelled), EINTR);
}

}  // namespace
}  // namespace wsfs
