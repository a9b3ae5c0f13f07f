#include "core/sync/plan_need.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace wsfs {
namespace {

constexpr std::size_t kWorkers = 16;
constexpr std::size_t kMostFlights = 64;

struct Work {
  int plans = 0;
  std::size_t planned = 0;  ///< Sum of the plans' sizes.
};

/// Does so many actions, all ready at once, by the scheduler's rules; a plan
/// takes no time, so nothing but the number of ends holds one back.
Work Drain(std::size_t actions) {
  PlanNeed need(kWorkers);
  Work work;
  std::size_t left = actions;
  std::size_t queued = 0;
  std::size_t in_flight = 0;
  const SteadyTime now;
  while (left > 0) {
    const auto due =
        need.DueAt({.in_flight = in_flight, .can_start = queued > 0});
    if (due) {
      need.Begin();
      need.Planned(left, now, now);
      ++work.plans;
      work.planned += left;
      queued = left - in_flight;
    }
    const std::size_t started = std::min(queued, kMostFlights - in_flight);
    queued -= started;
    in_flight += started;
    EXPECT_GT(in_flight, 0U) << "nothing goes on, and no plan is due";
    if (in_flight == 0) break;
    --in_flight;
    --left;
    need.Ended();
  }
  return work;
}

TEST(PlanNeedTest, PlanningABulkIsLinear) {
  for (const std::size_t actions : {100U, 1'000U, 10'000U, 100'000U}) {
    const Work work = Drain(actions);
    EXPECT_LE(work.planned, 5 * actions) << actions;
    EXPECT_LE(work.plans, 80) << actions;
  }
}

TEST(PlanNeedTest, WhatHappensOutsideIsPlannedAtOnce) {
  PlanNeed need(kWorkers);
  need.Begin();
  const SteadyTime now;
  need.Planned(10'000, now, now);
  const PlanNeed::Load busy{.in_flight = kMostFlights, .can_start = true};
  need.Ended();
  EXPECT_FALSE(need.DueAt(busy));
  need.Ask();
  EXPECT_EQ(need.DueAt(busy), need.not_before());
}

TEST(PlanNeedTest, PlanningTakesAPartOfTheTimeOnly) {
  PlanNeed need(kWorkers);
  need.Begin();
  const SteadyTime now;
  need.Planned(10'000, now, now + Milliseconds(10));
  need.Ask();
  EXPECT_GE(*need.DueAt({}), now + Milliseconds(50));
}

TEST(PlanNeedTest, AnIdleWorkerIsWorthAPlanButNotManyLargeOnes) {
  PlanNeed need(kWorkers);
  need.Begin();
  const SteadyTime now;
  need.Planned(10'000, now, now + Milliseconds(10));
  const PlanNeed::Load idle{.in_flight = 1, .can_start = false};
  EXPECT_FALSE(need.DueAt(idle)) << "nothing has changed";
  need.Ended();
  EXPECT_GE(*need.DueAt(idle), now + Milliseconds(250));
  for (int i = 0; i < 200; ++i) need.Ended();
  EXPECT_EQ(need.DueAt(idle), need.not_before());
}

TEST(PlanNeedTest, TheLastOfASmallPlanIsFollowedByOne) {
  PlanNeed need(kWorkers);
  need.Begin();
  const SteadyTime now;
  need.Planned(1, now, now);
  EXPECT_FALSE(need.DueAt({.in_flight = 1, .can_start = false}));
  need.Ended();
  EXPECT_TRUE(need.DueAt({.in_flight = 0, .can_start = false}));
}

}  // namespace
}  // namespace wsfs
