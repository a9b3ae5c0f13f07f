#include "core/sync/check_gate.h"

#include <atomic>

#include <gtest/gtest.h>

#include "base/thread.h"

namespace wsfs {
namespace {

TEST(CheckGateTest, LetsOneCheckOfAnObjectInAndAnyOfOthers) {
  CheckGate gate;
  const auto first = gate.TryEnter(7);
  ASSERT_TRUE(first.has_value());

  EXPECT_FALSE(gate.TryEnter(7).has_value());
  EXPECT_TRUE(gate.TryEnter(8).has_value());
}

TEST(CheckGateTest, IsOpenAgainWhenThePassIsGiven) {
  CheckGate gate;
  {
    const auto pass = gate.Enter(7);
  }

  EXPECT_TRUE(gate.TryEnter(7).has_value());
}

TEST(CheckGateTest, TheSecondComesInWhenTheFirstHasLeft) {
  CheckGate gate;
  std::atomic<bool> answered = false;
  Thread second;
  {
    const auto first = gate.Enter(7);
    second = Thread("second", [&] {
      const auto pass = gate.Enter(7);
      EXPECT_TRUE(answered);
    });
    answered = true;
  }
  second.Join();
}

}  // namespace
}  // namespace wsfs
