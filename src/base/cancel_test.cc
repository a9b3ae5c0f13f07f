#include "base/cancel.h"

#include <gtest/gtest.h>

#include "base/thread.h"

namespace wsfs {
namespace {

TEST(CancelTokenTest, WakesWhoeverWaitsOnce) {
  CancelToken token;
  int woken = 0;
  token.OnCancel([&woken] { ++woken; });

  token.Cancel();
  token.Cancel();

  EXPECT_TRUE(token.cancelled());
  EXPECT_EQ(woken, 1);
}

TEST(CancelTokenTest, WakesAtOnceWhenItIsCancelledAlready) {
  CancelToken token;
  token.Cancel();
  int woken = 0;

  EXPECT_EQ(token.OnCancel([&woken] { ++woken; }), 0U);

  EXPECT_EQ(woken, 1);
}

TEST(CancelTokenTest, AForgottenWakeNeverRuns) {
  CancelToken token;
  int woken = 0;
  const auto handle = token.OnCancel([&woken] { ++woken; });

  token.Forget(handle);
  token.Cancel();

  EXPECT_EQ(woken, 0);
}

TEST(CancelTokenTest, ForgetWaitsForAWakeThatIsRunning) {
  for (int round = 0; round < 200; ++round) {
    CancelToken token;
    // Guarded by the promise of Forget alone: a race here is a TSan report.
    auto target = std::make_unique<int>(0);
    const auto handle = token.OnCancel([&target] { ++*target; });
    Thread canceller("canceller", [&token] { token.Cancel(); });
    token.Forget(handle);
    target.reset();
  }
}

TEST(WaitingTest, NeverIsNotAllowedToWait) {
  EXPECT_FALSE(Waiting::Never().allowed());
  EXPECT_TRUE(Waiting::Until(SteadyTime()).allowed());
}

}  // namespace
}  // namespace wsfs
