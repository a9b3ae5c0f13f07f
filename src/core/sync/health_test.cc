#include "core/sync/health.h"

#include <gmock/gmock.h>

namespace wsfs {
namespace {

using CallKind = ServiceHealth::CallKind;

class HealthTest : public testing::Test {
 protected:
  void Call(const std::optional<Error>& error) {
    health_.End(health_.Begin(CallKind::kSmall), error);
  }

  FakeClock clock_;
  ServiceHealth health_{clock_};
};

TEST_F(HealthTest, IsOnlineUntilSomethingFails) {
  EXPECT_EQ(health_.Now().health, Health::kOnline);
  Call(std::nullopt);
  Call(Error(Errc::kNotFound, "no such object"));
  Call(Error(Errc::kPermissionDenied, "not for you"));
  EXPECT_EQ(health_.Now().health, Health::kOnline);
  EXPECT_EQ(health_.Now().why, "");
}

TEST_F(HealthTest, KnowsSinceWhenItIsOffline) {
  Call(std::nullopt);
  clock_.Advance(Milliseconds(5'000));
  Call(Error(Errc::kUnreachable, "nobody listens"));
  const WallNanos since = clock_.Wall();
  clock_.Advance(Milliseconds(60'000));
  Call(Error(Errc::kTimeout, "no answer"));

  const HealthState state = health_.Now();
  EXPECT_EQ(state.health, Health::kOffline);
  EXPECT_EQ(state.since, since);
  EXPECT_EQ(state.why, "no answer");
  Call(std::nullopt);
  EXPECT_EQ(health_.Now().health, Health::kOnline);
  EXPECT_EQ(health_.Now().since, clock_.Wall());
}

TEST_F(HealthTest, WhoAsksForPatienceIsDegraded) {
  Call(Error(Errc::kThrottled, "slow down"));
  EXPECT_EQ(health_.Now().health, Health::kDegraded);
  Call(Error(Errc::kUnavailable, "later"));
  EXPECT_EQ(health_.Now().health, Health::kDegraded);
}

TEST_F(HealthTest, SilenceIsFirstDegradedThenOffline) {
  Call(std::nullopt);
  const auto ticket = health_.Begin(CallKind::kSmall);
  clock_.Advance(Milliseconds(1'999));
  EXPECT_EQ(health_.Now().health, Health::kOnline);
  clock_.Advance(Milliseconds(1));
  EXPECT_EQ(health_.Now().health, Health::kDegraded);
  clock_.Advance(Milliseconds(8'000));
  EXPECT_EQ(health_.Now().health, Health::kOffline);
  health_.End(ticket, std::nullopt);
  EXPECT_EQ(health_.Now().health, Health::kOnline);
}

TEST_F(HealthTest, WhoAnswersOthersIsNotSilent) {
  const auto slow = health_.Begin(CallKind::kSmall);
  for (int i = 0; i < 10; ++i) {
    clock_.Advance(Milliseconds(1'500));
    Call(std::nullopt);
  }
  EXPECT_EQ(health_.Now().health, Health::kOnline);
  health_.End(slow, std::nullopt);
}

TEST_F(HealthTest, ATransferMayTakeItsTime) {
  const auto upload = health_.Begin(CallKind::kTransfer);
  clock_.Advance(Milliseconds(60'000));
  EXPECT_EQ(health_.Now().health, Health::kOnline);
  health_.End(upload, std::nullopt);
}

TEST_F(HealthTest, WhoStoppedWaitingSaysNothing) {
  Call(Error(Errc::kUnreachable, "nobody listens"));
  Call(Error(Errc::kCancelled, "the caller went away"));
  EXPECT_EQ(health_.Now().health, Health::kOffline);
}

}  // namespace
}  // namespace wsfs
