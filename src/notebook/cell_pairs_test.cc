#include "notebook/cell_pairs.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr auto kNew = std::nullopt;

Cells Say(const std::vector<std::string>& texts) {
  Cells cells;
  for (const std::string& text : texts)
    cells.push_back(
        {.kind = CellKind::kCode, .text = text, .title = "", .id = ""});
  return cells;
}

std::vector<std::optional<std::size_t>> Pair(
    const std::vector<std::string>& before,
    const std::vector<std::string>& now) {
  return PairCells(Say(before), Say(now));
}

TEST(CellPairs, KnowACellByWhatItSays) {
  EXPECT_THAT(Pair({"a", "b", "c"}, {"a", "c"}), ElementsAre(0, 2));
  EXPECT_THAT(Pair({"a", "b"}, {"a", "new", "b"}), ElementsAre(0, kNew, 1));
}

TEST(CellPairs, KnowAMovedCell) {
  EXPECT_THAT(Pair({"a", "b", "c", "d"}, {"d", "b", "c", "a"}),
              ElementsAre(3, 1, 2, 0));
}

TEST(CellPairs, TakeACopyForNew) {
  EXPECT_THAT(Pair({"a", "b"}, {"a", "b", "a"}), ElementsAre(0, 1, kNew));
}

TEST(CellPairs, TakeAnEditedCellAmongCopiesInItsPlace) {
  EXPECT_THAT(Pair({"", "", ""}, {"", "x", ""}), ElementsAre(0, 1, 2));
  EXPECT_THAT(Pair({"", ""}, {"x", ""}), ElementsAre(0, 1));
}

TEST(CellPairs, KnowACellByItsIdThenByItsPlace) {
  Cells before = Say({"one", "two", "three"});
  Cells now = Say({"new", "1", "2", "3"});
  EXPECT_THAT(PairCells(before, now), ElementsAre(kNew, kNew, kNew, kNew));
  before[2].id = now[1].id = "x";
  EXPECT_EQ(PairCells(before, now)[1], 2U);
  EXPECT_THAT(Pair({"a", "old", "b"}, {"a", "different", "b"}),
              ElementsAre(0, 1, 2));
}

TEST(CellPairs, KnowAnEditedCellBesideANewOne) {
  EXPECT_THAT(Pair({"a", "long text", "b"}, {"a", "new", "long test", "b"}),
              ElementsAre(0, kNew, 1, 2));
  EXPECT_THAT(Pair({"x"}, {"x\n", "new"}), ElementsAre(0, kNew));
}

TEST(CellPairs, AreFoundAmongThousands) {
  std::vector<std::string> before(20'000);
  for (std::size_t i = 0; i < before.size(); ++i) before[i] = std::to_string(i);
  const std::vector<std::string> now(before.rbegin(), before.rend());
  const auto pairs = Pair(before, now);
  for (std::size_t i = 0; i < pairs.size(); ++i)
    ASSERT_THAT(pairs[i], Optional(pairs.size() - 1 - i));
  EXPECT_THAT(Pair(before, {"x"}), ElementsAre(kNew));
}

}  // namespace
}  // namespace wsfs
