#include "merge/cell_plan.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

#include "merge/sequence_merge.h"

namespace wsfs {
namespace {

constexpr std::size_t kNoPartner = ~std::size_t{0};

using Names = std::span<const CellName>;
using Places = std::vector<std::size_t>;

/// The cells of a side, seen from the base.
struct SideCells {
  Names names;
  /// For each cell of the base its partner.
  Places partner;
  /// What stands before each cell of the base, and behind the last one, and
  /// has no partner.
  std::vector<Places> inserted;
};

struct Run {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t size() const { return end - begin; }
};

Pieces SaysOf(Names names) {
  Pieces pieces;
  pieces.reserve(names.size());
  for (const CellName& name : names) pieces.emplace_back(name.says);
  return pieces;
}

void PairByPlace(SideCells& side, const Run& base, const Run& now) {
  const bool same_number = base.size() == now.size();
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (same_number)
      side.partner[base.begin + i] = now.begin + i;
    else
      side.inserted[base.begin].push_back(now.begin + i);
  }
}

std::size_t FindId(Names names, const Run& run, const std::string& id) {
  if (id.empty()) return kNoPartner;
  for (std::size_t i = run.begin; i < run.end; ++i)
    if (names[i].id == id) return i;
  return kNoPartner;
}

/// Cells between two that say the same on both sides.
void PairById(SideCells& side, Names names, Run base, Run now) {
  for (std::size_t i = base.begin; i < base.end; ++i) {
    const std::size_t found = FindId(side.names, now, names[i].id);
    if (found == kNoPartner) continue;
    PairByPlace(side, {base.begin, i}, {now.begin, found});
    side.partner[i] = found;
    base.begin = i + 1;
    now.begin = found + 1;
  }
  PairByPlace(side, base, now);
}

/// Cells that say the same, in order: a cell of the base, and its partner.
using Anchors = std::map<std::size_t, std::size_t>;

std::optional<Anchors> SayingTheSame(Names base, Names now) {
  const Pieces old_cells = SaysOf(base);
  const Pieces cells = SaysOf(now);
  const auto edits = EditsBetween(old_cells, cells);
  if (!edits.has_value()) return std::nullopt;
  Anchors same;
  std::size_t old_cell = 0;
  std::size_t cell = 0;
  for (const Edit& edit : *edits) {
    while (old_cell < edit.begin) same[old_cell++] = cell++;
    old_cell = edit.end;
    cell += edit.with.size();
  }
  while (old_cell < base.size()) same[old_cell++] = cell++;
  return same;
}

/// Of cells that all say the same, the shortest list of edits takes any. Where
/// they have ids, these tell which: its own twin, if that is free and between
/// the same neighbours.
class TwinsByIds {
 public:
  TwinsByIds(Names base, Names now) : base_(base), now_(now) {}

  void TellApart(Anchors& anchors) const {
    Run old_cells{0, base_.size()};
    Run cells{0, now_.size()};
    Anchors told;  // From behind, then from before: a row of them may move.
    for (const auto& pair : std::views::reverse(anchors)) {
      old_cells.begin = pair.first;
      cells.begin = pair.second;
      const auto [old_cell, cell] = Tell(pair, old_cells, cells);
      told[old_cell] = cell;
      old_cells.end = old_cell;
      cells.end = cell;
    }
    anchors.clear();
    old_cells = {0, 0};
    cells = {0, 0};
    for (const auto& pair : told) {
      old_cells.end = pair.first;
      cells.end = pair.second;
      const auto [old_cell, cell] = Tell(pair, old_cells, cells);
      anchors[old_cell] = cell;
      old_cells.begin = old_cell + 1;
      cells.begin = cell + 1;
    }
  }

 private:
  /// Among those that no other pair has.
  Anchors::value_type Tell(const Anchors::value_type& pair,
                           const Run& old_cells, const Run& cells) const {
    const CellName& old_cell = base_[pair.first];
    const CellName& cell = now_[pair.second];
    if (old_cell.id == cell.id) return pair;
    const std::size_t older = FindId(base_, old_cells, cell.id);
    if (older != kNoPartner && base_[older].says == cell.says)
      return {older, pair.second};
    const std::size_t newer = FindId(now_, cells, old_cell.id);
    if (newer != kNoPartner && now_[newer].says == old_cell.says)
      return {pair.first, newer};
    return pair;
  }

  Names base_;
  Names now_;
};

std::optional<SideCells> SeenFrom(Names base, Names now) {
  auto anchors = SayingTheSame(base, now);
  if (!anchors.has_value()) return std::nullopt;
  TwinsByIds(base, now).TellApart(*anchors);
  SideCells side{.names = now,
                 .partner = std::vector(base.size(), kNoPartner),
                 .inserted = {}};
  side.inserted.resize(base.size() + 1);
  std::size_t at_base = 0;
  std::size_t at_now = 0;
  for (const auto& [old_cell, cell] : *anchors) {
    PairById(side, base, {at_base, old_cell}, {at_now, cell});
    side.partner[old_cell] = cell;
    at_base = old_cell + 1;
    at_now = cell + 1;
  }
  PairById(side, base, {at_base, base.size()}, {at_now, now.size()});
  return side;
}

bool Edits(const SideCells& side, Names base, std::size_t cell) {
  const std::size_t partner = side.partner[cell];
  return partner != kNoPartner && side.names[partner].says != base[cell].says;
}

/// The cells before and behind this place are both gone.
bool DeletesAround(const SideCells& side, std::size_t place) {
  return place > 0 && place < side.partner.size() &&
         side.partner[place - 1] == kNoPartner &&
         side.partner[place] == kNoPartner;
}

class Planner {
 public:
  Planner(Names base, const SideCells& ours, const SideCells& theirs)
      : base_(base), ours_(ours), theirs_(theirs) {}

  std::vector<CellStep> Plan() {
    for (std::size_t place = 0; place < base_.size(); ++place) {
      AddInserted(place);
      AddCell(place);
    }
    AddInserted(base_.size());
    return std::move(steps_);
  }

 private:
  void AddInserted(std::size_t place) {
    const auto& mine = ours_.inserted[place];
    const auto& yours = theirs_.inserted[place];
    if (SayTheSame(mine, yours)) {
      for (std::size_t i = 0; i < mine.size(); ++i)
        Add({}, {mine[i]}, {yours[i]});
      return;
    }
    const bool lost = (yours.empty() && DeletesAround(theirs_, place)) ||
                      (mine.empty() && DeletesAround(ours_, place));
    if (lost || (!mine.empty() && !yours.empty())) {
      Add({}, mine, yours).fate = CellFate::kMeets;
      return;
    }
    for (const std::size_t cell : mine) Add({}, {cell}, {});
    for (const std::size_t cell : yours) Add({}, {}, {cell});
  }

  bool SayTheSame(const Places& mine, const Places& yours) const {
    return std::ranges::equal(
        mine, yours, [this](std::size_t one, std::size_t other) {
          return ours_.names[one].says == theirs_.names[other].says;
        });
  }

  void AddCell(std::size_t cell) {
    const std::size_t mine = ours_.partner[cell];
    const std::size_t yours = theirs_.partner[cell];
    Places mine_place;
    if (mine != kNoPartner) mine_place.push_back(mine);
    Places yours_place;
    if (yours != kNoPartner) yours_place.push_back(yours);
    const bool both = mine != kNoPartner && yours != kNoPartner;
    CellStep& step = Add({cell}, std::move(mine_place), std::move(yours_place));
    const bool mine_edits = Edits(ours_, base_, cell);
    const bool yours_edits = Edits(theirs_, base_, cell);
    if (both ? mine_edits && yours_edits &&
                   ours_.names[mine].says != theirs_.names[yours].says
             : mine_edits || yours_edits)
      step.fate = CellFate::kMeets;
    else if (!both)
      step.fate = CellFate::kDeleted;
  }

  CellStep& Add(Places base, Places ours, Places theirs) {
    return steps_.emplace_back(CellStep{.base = std::move(base),
                                        .ours = std::move(ours),
                                        .theirs = std::move(theirs)});
  }

  Names base_;
  const SideCells& ours_;
  const SideCells& theirs_;
  std::vector<CellStep> steps_;
};

}  // namespace

std::optional<std::vector<CellStep>> PlanCells(Names base, Names ours,
                                               Names theirs) {
  const auto mine = SeenFrom(base, ours);
  if (!mine.has_value()) return std::nullopt;
  const auto yours = SeenFrom(base, theirs);
  if (!yours.has_value()) return std::nullopt;
  return Planner(base, *mine, *yours).Plan();
}

}  // namespace wsfs
