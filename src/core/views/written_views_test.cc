#include "core/views/written_views.h"

#include <memory>

#include <gtest/gtest.h>

namespace wsfs {
namespace {

constexpr MountId kMount = 1;
constexpr ViewTarget kTarget = {.notebook = 7, .view = View::kJupyter};

class WrittenViewsTest : public ::testing::Test {
 protected:
  static std::shared_ptr<OpenView> NewView() {
    return std::make_shared<OpenView>("native", "text");
  }
  /// A writer who leaves an edit that nobody saved.
  std::shared_ptr<OpenView> LeaveAnEdit() {
    auto view = written_.Join(kTarget, NewView());
    EXPECT_TRUE(view->Resize(2).ok());
    written_.Leave(kMount, kTarget);
    return view;
  }
  static void Save(OpenView& view) { view.Saved(*view.ToSave(), "native"); }

  FakeClock clock_;
  WrittenViews written_{clock_};
};

TEST_F(WrittenViewsTest, WritersShareOneText) {
  const auto first = written_.Join(kTarget, NewView());
  EXPECT_EQ(written_.Join(kTarget, NewView()), first);
  written_.Leave(kMount, kTarget);
  EXPECT_EQ(written_.Find(kTarget), first);
  written_.Leave(kMount, kTarget);
  EXPECT_EQ(written_.Find(kTarget), nullptr);
}

TEST_F(WrittenViewsTest, WhatIsLeftIsDueWhenItWasQuiet) {
  const auto view = LeaveAnEdit();
  EXPECT_TRUE(written_.Left(WrittenViews::Which::kQuiet).empty());
  EXPECT_EQ(written_.Left(WrittenViews::Which::kAll).size(), 1U);
  clock_.Advance(Milliseconds{2'000});
  EXPECT_EQ(written_.Left(WrittenViews::Which::kQuiet).size(), 1U);
  Save(*view);
  written_.Settle(kTarget);
  EXPECT_EQ(written_.Find(kTarget), nullptr);
}

TEST_F(WrittenViewsTest, WhoOpensItDuringATimersSaveOwnsIt) {
  const auto view = LeaveAnEdit();
  const auto left = written_.Left(WrittenViews::Which::kAll);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(written_.Join(kTarget, NewView()), view);
  Save(*view);
  EXPECT_FALSE(written_.IsHopeless(kTarget, false));
  written_.Settle(kTarget);
  EXPECT_EQ(written_.Find(kTarget), view);
  EXPECT_TRUE(written_.Left(WrittenViews::Which::kAll).empty());
}

TEST_F(WrittenViewsTest, AnEditDuringATimersSaveIsDueAgain) {
  const auto view = LeaveAnEdit();
  const auto saved = view->ToSave();
  written_.Join(kTarget, NewView());
  ASSERT_TRUE(view->Resize(1).ok());
  written_.Leave(kMount, kTarget);
  view->Saved(*saved, "native");
  written_.Settle(kTarget);
  EXPECT_EQ(written_.Left(WrittenViews::Which::kAll).size(), 1U);
}

TEST_F(WrittenViewsTest, ItIsHopelessAfterAMinuteOrAtOnce) {
  LeaveAnEdit();
  int tries = 1;
  while (!written_.IsHopeless(kTarget, true)) ++tries;
  EXPECT_EQ(tries, 30);
  LeaveAnEdit();
  EXPECT_TRUE(written_.IsHopeless(kTarget, false));
}

TEST_F(WrittenViewsTest, WhatIsBeingWrittenIsChangedToo) {
  const auto view = written_.Join(kTarget, NewView());
  EXPECT_TRUE(written_.Changed().empty());
  ASSERT_TRUE(view->Resize(2).ok());
  EXPECT_EQ(written_.Changed().size(), 1U);
}

}  // namespace
}  // namespace wsfs
