#include "server/faults.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST(FaultPlanTest, SkipsThenHitsThenIsOver) {
  FaultPlan plan;
  Fault fault;
  fault.route = "import";
  fault.path = "/a";
  fault.skip = 1;
  fault.count = 2;
  plan.Add(fault);

  const auto before = [&](std::string_view route, std::string_view path) {
    return plan.Take(route, path, FaultSide::kBefore);
  };
  EXPECT_THAT(before("export", "/a"), IsEmpty());
  EXPECT_THAT(before("import", "/b"), IsEmpty());
  EXPECT_THAT(plan.Take("import", "/a", FaultSide::kAfter), IsEmpty());
  EXPECT_THAT(before("import", "/a"), IsEmpty());
  EXPECT_THAT(before("import", "/a"), SizeIs(1));
  EXPECT_THAT(before("import", "/a"), SizeIs(1));
  EXPECT_THAT(before("import", "/a"), IsEmpty());
}

TEST(FaultFileTest, ReadsEveryKind) {
  const auto file = ParseFaults(
      R"({"faults":[{"route":"import","count":2,"side":"after","status":429,)"
      R"("code":"REQUEST_LIMIT_EXCEEDED","retry_after":"1"},)"
      R"({"delay_ms":200,"jitter_ms":50,"count":-1},{"stall":true},)"
      R"({"truncate":true},{"reset":true,"skip":3},{"stale_ms":500},)"
      R"({"status":502,"body":"<html>"}],"rates":{"import":30}})");

  ASSERT_TRUE(file.ok()) << file.error().message();
  ASSERT_EQ(file->faults.size(), 7U);
  EXPECT_EQ(file->faults[0].side, FaultSide::kAfter);
  EXPECT_EQ(file->faults[0].retry_after, "1");
  EXPECT_EQ(file->faults[1].kind, FaultKind::kDelay);
  EXPECT_EQ(file->faults[1].delay, Milliseconds(200));
  EXPECT_EQ(file->faults[2].kind, FaultKind::kStall);
  EXPECT_EQ(file->faults[3].side, FaultSide::kAfter);
  EXPECT_EQ(file->faults[4].kind, FaultKind::kReset);
  EXPECT_EQ(file->faults[5].kind, FaultKind::kStale);
  EXPECT_EQ(file->faults[6].body, "<html>");
  EXPECT_EQ(file->rates.at("import"), 30);
}

TEST(FaultFileTest, NamesTheKeyThatIsWrong) {
  for (const std::string_view text :
       {R"({"faults":[{"rout":"x"}]})", R"({"faults":[{"count":"two"}]})",
        R"({"faults":[{"side":"left"}]})", R"({"rates":{"import":"x"}})",
        R"({"fault":[]})", R"([])", R"({)"}) {
    const auto file = ParseFaults(text);
    ASSERT_FALSE(file.ok()) << text;
    EXPECT_THAT(file.error().message(), HasSubstr("must be")) << text;
  }
}

TEST(RateLimitsTest, FillUpWithTime) {
  FakeClock clock;
  RateLimits limits(clock);
  limits.Set("import", 2);

  EXPECT_TRUE(limits.Admit("import"));
  EXPECT_TRUE(limits.Admit("import"));
  EXPECT_FALSE(limits.Admit("import"));
  EXPECT_TRUE(limits.Admit("export"));
  clock.Advance(Milliseconds(500));
  EXPECT_TRUE(limits.Admit("import"));
  EXPECT_FALSE(limits.Admit("import"));
  limits.Set("import", 0);
  EXPECT_TRUE(limits.Admit("import"));
}

}  // namespace
}  // namespace wsfs
