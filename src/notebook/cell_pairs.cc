#include "notebook/cell_pairs.h"

#include <algorithm>
#include <deque>
#include <span>
#include <string>
#include <unordered_map>

#include "merge/cell_plan.h"

namespace wsfs {
namespace {

using Place = std::optional<std::size_t>;
using Names = std::span<const CellName>;

/// A name begins with the kind, and whether its title is shown.
constexpr std::size_t kNameStart = 2;

CellNames NamesOf(const Cells& cells) {
  CellNames names;
  for (const Cell& cell : cells) {
    std::string says = std::to_string(static_cast<int>(cell.kind));
    says.append(cell.title_shown ? "+" : "-").append(cell.title);
    says.append("\n").append(cell.text);
    names.push_back({.says = std::move(says), .id = cell.id});
  }
  return names;
}

/// So many bytes stand at both starts, or both ends.
std::size_t Shared(std::string_view one, std::string_view other) {
  const auto start = static_cast<std::size_t>(
      std::ranges::mismatch(one, other).in1 - one.begin());
  one.remove_prefix(start);
  other.remove_prefix(start);
  std::size_t end = 0;
  while (end < one.size() && end < other.size() &&
         one[one.size() - end - 1] == other[other.size() - end - 1])
    ++end;
  return start + end;
}

/// Most of the longer one is the other's too, as after one edit. What all
/// names begin with does not count.
bool AreAlike(const CellName& one, const CellName& other) {
  std::string_view first = one.says;
  std::string_view second = other.says;
  if (first.front() != second.front()) return false;
  first.remove_prefix(kNameStart);
  second.remove_prefix(kNameStart);
  const std::size_t longer = std::max(first.size(), second.size());
  return 2 * Shared(first, second) >= longer;
}

class Pairs {
 public:
  Pairs(const CellNames& before, const CellNames& now)
      : before_(before),
        now_(now),
        place_(now.size()),
        free_(before.size(), true) {}

  std::vector<Place> Find() {
    const std::vector<Place> planned = Plan();
    SettleByPlace(planned, [](const CellName& old, const CellName& cell) {
      return old.says == cell.says;
    });
    SettleBy(&CellName::says);
    SettleBy(&CellName::id);
    SettleByPlace(planned, AreAlike);
    SettleByLikeness();
    SettleByPlace(planned,
                  [](const CellName&, const CellName&) { return true; });
    return std::move(place_);
  }

 private:
  /// So many cells say the same at both starts.
  static std::size_t SameAtStart(Names before, Names now) {
    const auto same = std::ranges::mismatch(before, now, {}, &CellName::says,
                                            &CellName::says);
    return static_cast<std::size_t>(same.in1 - before.begin());
  }
  static std::size_t SameAtEnd(Names before, Names now) {
    std::size_t same = 0;
    while (same < before.size() && same < now.size() &&
           before[before.size() - same - 1].says ==
               now[now.size() - same - 1].says)
      ++same;
    return same;
  }

  /// Cells that say the same before and behind all edits are each other: of
  /// empty ones, or copies, the shortest list of edits could take another.
  std::vector<Place> Plan() const {
    std::vector<Place> planned(now_.size());
    const std::size_t start = SameAtStart(before_, now_);
    const Names before = Names(before_).subspan(start);
    const Names now = Names(now_).subspan(start);
    const std::size_t end = SameAtEnd(before, now);
    for (std::size_t i = 0; i < start; ++i) planned[i] = i;
    for (std::size_t i = 1; i <= end; ++i)
      planned[now_.size() - i] = before_.size() - i;
    PlanBetween(planned, start, before.first(before.size() - end),
                now.first(now.size() - end));
    return planned;
  }

  /// Against a side that edited nothing. Where the two are too far from each
  /// other no place counts.
  static void PlanBetween(std::vector<Place>& planned, std::size_t start,
                          Names before, Names now) {
    const auto steps = PlanCells(before, now, before);
    if (!steps.has_value()) return;
    for (const CellStep& step : *steps) {
      if (!step.base.empty() && !step.ours.empty())
        planned[start + step.ours.front()] = start + step.base.front();
    }
  }

  void Settle(std::size_t cell, std::size_t place) {
    place_[cell] = place;
    free_[place] = false;
  }

  template <typename Agree>
  void SettleByPlace(const std::vector<Place>& planned, Agree agree) {
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const Place place = planned[i];
      if (place_[i].has_value() || !place.has_value() || !free_[*place])
        continue;
      if (agree(before_[*place], now_[i])) Settle(i, *place);
    }
  }

  /// In the order they stand in.
  void SettleBy(std::string CellName::* name) {
    std::unordered_map<std::string_view, std::deque<std::size_t>> places;
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (free_[i] && !(before_[i].*name).empty())
        places[before_[i].*name].push_back(i);
    }
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (place_[i].has_value()) continue;
      const auto found = places.find(now_[i].*name);
      if (found == places.end() || found->second.empty()) continue;
      Settle(i, found->second.front());
      found->second.pop_front();
    }
  }

  /// An edited cell beside a new one has no place that tells it.
  void SettleByLikeness() {
    constexpr std::size_t kMostCompared = 4096;  // The work is bounded.
    std::vector<std::size_t> old_cells;
    for (std::size_t i = 0; i < before_.size(); ++i)
      if (free_[i]) old_cells.push_back(i);
    const auto open = static_cast<std::size_t>(
        std::ranges::count(place_, Place(std::nullopt)));
    if (open * old_cells.size() > kMostCompared) return;
    for (std::size_t i = 0; i < now_.size(); ++i)
      if (!place_[i].has_value()) SettleWithMostLike(i, old_cells);
  }

  void SettleWithMostLike(std::size_t cell,
                          const std::vector<std::size_t>& old_cells) {
    Place best;
    std::size_t most = 0;
    for (const std::size_t place : old_cells) {
      if (!free_[place] || !AreAlike(before_[place], now_[cell])) continue;
      const std::size_t shared = Shared(before_[place].says, now_[cell].says);
      if (shared > most) best = place;
      most = std::max(most, shared);
    }
    if (best.has_value()) Settle(cell, *best);
  }

  const CellNames& before_;
  const CellNames& now_;
  std::vector<Place> place_;  ///< Of each cell now.
  std::vector<bool> free_;    ///< Each cell before that is none now, yet.
};

}  // namespace

std::vector<Place> PairCells(const Cells& before, const Cells& now) {
  const CellNames old_names = NamesOf(before);
  const CellNames names = NamesOf(now);
  return Pairs(old_names, names).Find();
}

}  // namespace wsfs
