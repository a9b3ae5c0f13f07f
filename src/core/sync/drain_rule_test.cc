#include "core/sync/drain_rule.h"

#include <gtest/gtest.h>

#include "core/sync/answers.h"

namespace wsfs {
namespace {

constexpr PlanMillis kNow = 100'000;

Action ReadyAt(ActionOp op, PlanMillis ready) {
  return {.key = OfObject(op, 7),
          .ready = ready,
          .blockers = {},
          .destination = {}};
}

TEST(DrainRule, WhatIsReadyOrSoonIsWaitedFor) {
  EXPECT_FALSE(IsWaitedForInVain(ReadyAt(ActionOp::kPut, 0), kNow, false));
  EXPECT_FALSE(IsWaitedForInVain(ReadyAt(ActionOp::kPut, kNow), kNow, true));
  EXPECT_FALSE(
      IsWaitedForInVain(ReadyAt(ActionOp::kPut, kNow + 2'000), kNow, false));
}

TEST(DrainRule, WhatFailedOrIsHeldIsNot) {
  EXPECT_TRUE(
      IsWaitedForInVain(ReadyAt(ActionOp::kPut, kNow + 1'000), kNow, true));
  EXPECT_TRUE(IsWaitedForInVain(ReadyAt(ActionOp::kDelete, kNow + 60'000), kNow,
                                false));
  EXPECT_TRUE(
      IsWaitedForInVain(ReadyAt(ActionOp::kResolve, kNow + 1'000), kNow, true));
}

// The looks after a rename grow apart, up to the end of its window.
TEST(DrainRule, WhatBecameOfACallIsWaitedForAsLongAsItsWindow) {
  const PlanMillis sent = kNow - 6'000;
  const PlanMillis look = NextLook(sent, kNow, kLateRenameMs);
  ASSERT_GT(look - kNow, 4'000);
  EXPECT_FALSE(
      IsWaitedForInVain(ReadyAt(ActionOp::kResolve, look), kNow, false));
}

}  // namespace
}  // namespace wsfs
