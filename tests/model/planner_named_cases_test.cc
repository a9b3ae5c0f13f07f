// planner.md §13: the writes that follow from what a person does, over a
// service that says yes. Cases with somebody else, lost answers or crashes
// need the protocols: the syncer's tests play them.

#include <ostream>

#include <gtest/gtest.h>

#include "named_world.h"

namespace wsfs {

void PrintTo(const NamedCase& named, std::ostream* out) {
  *out << named.name;
}

namespace {

std::vector<NamedCase> CasesForTheRules() {
  std::vector<NamedCase> out = ReadNamedCases();
  std::erase_if(out, NeedsService);
  return out;
}

class PlannerNamedCase : public ::testing::TestWithParam<NamedCase> {};

TEST_P(PlannerNamedCase, IsFollowedByTheSameWrites) {
  const NamedCase& named = GetParam();
  NamedWorld world(named);
  std::map<std::string, ObjectKey> before;
  for (const auto& [from, to] : named.keep) before[from] = world.ObjectAt(from);

  for (const auto& operation : named.operations) world.Do(operation);

  EXPECT_TRUE(world.Drain());
  EXPECT_EQ(WritesOf(world.writes()), WritesOf(named.calls));
  for (const auto& [from, to] : named.keep) {
    EXPECT_EQ(world.ObjectAt(to), before[from]) << from << " lost its object";
  }
}

std::string TestName(const ::testing::TestParamInfo<NamedCase>& info) {
  std::string out = std::to_string(info.index) + "_";
  for (const char c : info.param.name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) out += c;
  }
  return out;
}

INSTANTIATE_TEST_SUITE_P(Cases, PlannerNamedCase,
                         ::testing::ValuesIn(CasesForTheRules()), TestName);

TEST(PlannerNamedCases, AreMostlyPlayedHere) {
  EXPECT_GE(CasesForTheRules().size(), 40U);
}

}  // namespace
}  // namespace wsfs
