#include "core/watch/watch_set.h"

#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr NodeId kFolder = 7;
constexpr double kPlenty = 1'000;

class WatchSetTest : public ::testing::Test {
 protected:
  void Pass(Milliseconds time) { now_ += time; }
  /// How often each is listed in that time.
  std::map<NodeId, int> ListedIn(WatchSet& set, Milliseconds time,
                                 std::size_t entries = 3) {
    constexpr Milliseconds kTick{500};
    std::map<NodeId, int> listed;
    for (Milliseconds passed{0}; passed < time; passed += kTick) {
      Pass(kTick);
      for (const NodeId id : set.Due(now_)) {
        if (!set.MayList(now_)) break;
        set.Listed(id, now_, entries);
        ++listed[id];
      }
    }
    return listed;
  }

  SteadyTime now_{Milliseconds{1'000'000}};
};

TEST_F(WatchSetTest, AFolderInUseIsListedEveryTwoSeconds) {
  WatchSet set(kPlenty);
  int listed = 0;
  for (int i = 0; i < 30; ++i) {
    set.Use(kFolder, now_);
    listed += ListedIn(set, Milliseconds{1'000})[kFolder];
  }
  EXPECT_GE(listed, 11);
  EXPECT_LE(listed, 15);
}

TEST_F(WatchSetTest, ItIsListedMoreRarelyTheLongerNobodyUsesIt) {
  WatchSet set(kPlenty);
  EXPECT_FALSE(set.Use(kFolder, now_));
  EXPECT_TRUE(set.Use(kFolder, now_));
  const int first = ListedIn(set, Milliseconds{10'000})[kFolder];
  Pass(Milliseconds{110'000});
  const int later = ListedIn(set, Milliseconds{60'000})[kFolder];
  EXPECT_GE(first, 3);
  EXPECT_GE(later, 2);
  EXPECT_LE(later, 3);
}

TEST_F(WatchSetTest, NothingIsListedWhenNothingIsUsed) {
  WatchSet set(kPlenty);
  set.Use(kFolder, now_);
  ListedIn(set, kWatchTime + Milliseconds{1'000});
  EXPECT_EQ(set.size(), 0U);
  EXPECT_THAT(ListedIn(set, Milliseconds{600'000}), IsEmpty());
}

TEST_F(WatchSetTest, AnOpenHandleIsAUse) {
  WatchSet set(kPlenty);
  set.Use(kFolder, now_);
  set.Hold(kFolder, now_);
  Pass(10 * kWatchTime);
  EXPECT_THAT(ListedIn(set, Milliseconds{60'000}), ElementsAre(testing::_));
  set.Release(kFolder, now_);
  Pass(2 * kWatchTime);
  EXPECT_THAT(ListedIn(set, Milliseconds{60'000}), IsEmpty());
}

TEST_F(WatchSetTest, TheBudgetIsSharedByHowLateEachIs) {
  WatchSet set(2);
  constexpr NodeId kHot = 1'000;
  for (NodeId id = 1; id <= 100; ++id) set.Use(id, now_);
  Pass(Milliseconds{120'000});
  std::map<NodeId, int> listed;
  for (int i = 0; i < 60; ++i) {
    set.Use(kHot, now_);
    for (const auto& [id, times] : ListedIn(set, Milliseconds{1'000}))
      listed[id] += times;
  }
  int all = 0;
  for (const auto& [id, times] : listed) all += times;
  EXPECT_LE(all, 60 * 2 + 2);
  EXPECT_GE(all, 60 * 2 - 2);
  EXPECT_GE(listed[kHot], 4);
  EXPECT_GE(listed.size(), 90U);  // Nobody starves.
}

TEST_F(WatchSetTest, AFolderThatTakesLongIsListedRarely) {
  WatchSet set(kPlenty);
  int listed = 0;
  for (int i = 0; i < 60; ++i) {
    set.Use(kFolder, now_);
    listed += ListedIn(set, Milliseconds{1'000}, 10'000)[kFolder];
  }
  EXPECT_LE(listed, 8);
  EXPECT_GE(listed, 5);
}

TEST_F(WatchSetTest, AListingIsCurrentThatIsNotOlderThanTheUse) {
  WatchSet set(0);
  const Milliseconds second{1'000};
  EXPECT_TRUE(set.IsCurrent(kFolder, 50 * second, now_));
  EXPECT_FALSE(set.IsCurrent(kFolder, 70 * second, now_));
  set.Use(kFolder, now_);
  EXPECT_FALSE(set.IsCurrent(kFolder, 70 * second, now_));
  Pass(60 * second);
  set.Use(kFolder, now_);
  EXPECT_TRUE(set.IsCurrent(kFolder, 110 * second, now_));
  EXPECT_FALSE(set.IsCurrent(kFolder, 130 * second, now_));
  Pass(kWatchTime);
  set.Use(kFolder, now_);
  EXPECT_TRUE(set.IsCurrent(kFolder, kWatchTime, now_));
  EXPECT_FALSE(set.IsCurrent(kFolder, kWatchTime + second, now_));
}

TEST_F(WatchSetTest, WithoutABudgetNobodyIsAsked) {
  WatchSet set(0);
  set.Use(kFolder, now_);
  EXPECT_THAT(ListedIn(set, Milliseconds{60'000}), IsEmpty());
}

TEST_F(WatchSetTest, HoldsSoManyFoldersAtMost) {
  WatchSet set(kPlenty);
  for (NodeId id = 1; id <= 17'000; ++id) {
    Pass(Milliseconds{1});
    set.Use(id, now_);
  }
  EXPECT_LE(set.size(), 16'384U);
  EXPECT_GE(set.size(), 14'000U);
  EXPECT_FALSE(set.Use(1, now_));
  EXPECT_TRUE(set.Use(17'000, now_));
}

}  // namespace
}  // namespace wsfs
