#include "core/sync/task_pool.h"

#include <atomic>
#include <set>

#include <gtest/gtest.h>

namespace wsfs {
namespace {

TEST(RunTogether, RunsEachOnceOnThisThreadWithoutAPool) {
  std::vector<std::size_t> seen;
  RunTogether(nullptr, CallClass::kPush, 8, 3, [&](std::size_t index) {
    seen.push_back(index);
    return true;
  });
  EXPECT_EQ(seen, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(RunTogether, RunsAsManyAtOnceAsAllowed) {
  constexpr int kTogether = 3;
  TaskPool pool("test", 8, 100);
  Mutex mutex;
  CondVar changed;
  int inside = 0;
  int most = 0;
  std::set<std::size_t> seen;
  RunTogether(&pool, CallClass::kPush, kTogether, 12, [&](std::size_t index) {
    const MutexLock lock(mutex);
    seen.insert(index);
    most = std::max(most, ++inside);
    changed.NotifyAll();
    // The first ones wait for each other: they must be there together.
    while (most < kTogether) changed.Wait(mutex);
    --inside;
    return true;
  });
  EXPECT_EQ(most, kTogether);
  EXPECT_EQ(seen.size(), 12U);
}

TEST(RunTogether, BeginsNoOthersAfterAFalse) {
  int ran = 0;
  RunTogether(nullptr, CallClass::kPush, 8, 10,
              [&](std::size_t /*index*/) { return ++ran < 4; });
  EXPECT_EQ(ran, 4);
}

TEST(RunTogether, GoesOnAloneWhenThePoolTakesNothing) {
  TaskPool pool("test", 8, 100);
  pool.Stop();
  std::atomic<int> ran = 0;
  RunTogether(&pool, CallClass::kPush, 8, 10, [&](std::size_t /*index*/) {
    ++ran;
    return true;
  });
  EXPECT_EQ(ran, 10);
}

}  // namespace
}  // namespace wsfs
