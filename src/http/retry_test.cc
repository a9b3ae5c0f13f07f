#include "http/retry.h"

#include <gtest/gtest.h>

#include "base/rate_limit.h"
#include "http/http_date.h"

namespace wsfs {
namespace {

using std::chrono::seconds;

class RetryTest : public ::testing::Test {
 protected:
  Milliseconds Delay(int number, std::optional<Milliseconds> retry_after,
                     double chance) {
    const auto next = NextAttempt({}, {number, retry_after}, now_,
                                  now_ + seconds(1000), chance);
    return std::chrono::duration_cast<Milliseconds>(*next - now_);
  }

  FakeClock clock_;
  SteadyTime now_ = clock_.Now();
};

TEST_F(RetryTest, DoublesTheDelayUpToTheCap) {
  EXPECT_EQ(Delay(1, {}, 0), Milliseconds(200));
  EXPECT_EQ(Delay(2, {}, 0), Milliseconds(400));
  EXPECT_EQ(Delay(5, {}, 0), Milliseconds(3200));
  EXPECT_EQ(Delay(60, {}, 0), Milliseconds(8000));
}

TEST_F(RetryTest, LeavesUpToHalfToChance) {
  EXPECT_EQ(Delay(1, {}, 0.5), Milliseconds(150));
  EXPECT_GT(Delay(1, {}, 0.999), Milliseconds(100));
}

TEST_F(RetryTest, NeverComesBackBeforeTheServiceSaid) {
  EXPECT_EQ(Delay(1, seconds(3), 0), seconds(3));
  EXPECT_GE(Delay(1, seconds(3), 0.9), seconds(3));
}

TEST_F(RetryTest, DoesNotWaitForNothing) {
  EXPECT_EQ(NextAttempt({}, {1, seconds(5)}, now_, now_ + seconds(5), 0),
            std::nullopt);
  EXPECT_NE(NextAttempt({}, {1, seconds(5)}, now_, now_ + seconds(6), 0),
            std::nullopt);
}

TEST_F(RetryTest, ReadsWholeSecondsOnly) {
  EXPECT_EQ(ParseRetryAfter("0"), seconds(0));
  EXPECT_EQ(ParseRetryAfter("7"), seconds(7));
  EXPECT_EQ(ParseRetryAfter("99999999"), seconds(3600));
  for (const char* text :
       {"", "-1", "1.5", "soon", "1 ", "Sun, 06 Nov 1994 08:49:37 GMT",
        "99999999999999999999999"})
    EXPECT_EQ(ParseRetryAfter(text), std::nullopt) << text;
}

TEST_F(RetryTest, ACancelledPauseEndsAtOnce) {
  const auto token = std::make_shared<CancelToken>();
  token->Cancel();
  EXPECT_FALSE(RealPause().Until(RealClock().Now() + seconds(1000), token));
  EXPECT_TRUE(RealPause().Until(RealClock().Now(), nullptr));
}

TEST_F(RetryTest, TheBucketLetsABurstThroughThenTheRate) {
  RateLimit limit(2);
  EXPECT_EQ(limit.Take(now_), std::nullopt);
  EXPECT_EQ(limit.Take(now_), std::nullopt);
  const auto again = limit.Take(now_);
  ASSERT_TRUE(again.has_value());
  EXPECT_NEAR(std::chrono::duration<double>(*again - now_).count(), 0.5, 0.001);
  EXPECT_EQ(limit.Take(*again), std::nullopt);
  EXPECT_NE(limit.Take(*again), std::nullopt);
}

TEST_F(RetryTest, ASlowBucketStillLetsTheFirstThrough) {
  RateLimit limit(0.1);
  EXPECT_EQ(limit.Take(now_), std::nullopt);
  EXPECT_NE(limit.Take(now_), std::nullopt);
  EXPECT_EQ(limit.Take(now_ + seconds(11)), std::nullopt);
}

TEST_F(RetryTest, WithoutALimitNothingWaits) {
  RateLimit limit(0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(limit.Take(now_), std::nullopt);
}

TEST(HttpDateTest, ReadsTheOneForm) {
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777000);
  EXPECT_EQ(ParseHttpDate("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  for (const char* text :
       {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Xxx 1994 08:49:37 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT"})
    EXPECT_EQ(ParseHttpDate(text), std::nullopt) << text;
}

}  // namespace
}  // namespace wsfs
