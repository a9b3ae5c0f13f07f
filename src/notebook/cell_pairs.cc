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

class Pairs {
 public:
  Pairs(const CellNames& before, const CellNames& now)
      : before_(before), now_(now), place_(now.size()) {}

  std::vector<Place> Find() {
    std::vector<bool> free(before_.size(), true);
    const std::vector<Place> planned = Plan();
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const Place place = planned[i];
      if (place.has_value() && now_[i].says == before_[*place].says)
        Settle(i, *place, free);
    }
    SettleBy(&CellName::says, free);
    SettleBy(&CellName::id, free);
    for (std::size_t i = 0; i < now_.size(); ++i) {
      const Place place = planned[i];
      if (!place_[i].has_value() && place.has_value() && free[*place])
        Settle(i, *place, free);
    }
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

  void Settle(std::size_t cell, std::size_t place, std::vector<bool>& free) {
    place_[cell] = place;
    free[place] = false;
  }

  /// In the order they stand in.
  void SettleBy(std::string CellName::* name, std::vector<bool>& free) {
    std::unordered_map<std::string, std::deque<std::size_t>> places;
    for (std::size_t i = 0; i < before_.size(); ++i) {
      if (free[i] && !(before_[i].*name).empty())
        places[before_[i].*name].push_back(i);
    }
    for (std::size_t i = 0; i < now_.size(); ++i) {
      if (place_[i].has_value()) continue;
      const auto found = places.find(now_[i].*name);
      if (found == places.end() || found->second.empty()) continue;
      Settle(i, found->second.front(), free);
      found->second.pop_front();
    }
  }

  const CellNames& before_;
  const CellNames& now_;
  std::vector<Place> place_;
};

}  // namespace

std::vector<Place> PairCells(const Cells& before, const Cells& now) {
  const CellNames old_names = NamesOf(before);
  const CellNames names = NamesOf(now);
  return Pairs(old_names, names).Find();
}

}  // namespace wsfs
