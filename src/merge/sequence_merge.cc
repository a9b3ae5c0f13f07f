#include "merge/sequence_merge.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace wsfs {
namespace {

// Time and memory of the search grow with the square of this: 16 MB.
constexpr std::int32_t kMaxDifferences = 2'000;
constexpr std::size_t kNoPartner = ~std::size_t{0};

/// E. Myers, "An O(ND) Difference Algorithm": on each diagonal (place in
/// `base` - place in `now`) how far into `base` a path with d differences
/// comes, for growing d.
class Search {
 public:
  Search(std::span<const Piece> base, std::span<const Piece> now)
      : base_(base), now_(now) {}

  /// For each piece of `base` the place of its partner in `now`.
  std::optional<std::vector<std::size_t>> Partners() {
    for (std::int32_t d = 0; d <= kMaxDifferences; ++d) {
      if (Advance(d)) return WalkBack();
    }
    return std::nullopt;
  }

 private:
  using Reach = std::vector<std::int32_t>;

  // What the round before `d` reached.
  std::int32_t Before(std::int32_t d, std::int32_t diagonal) const {
    const Reach& reach = rounds_[static_cast<std::size_t>(d - 1)];
    return reach[static_cast<std::size_t>(diagonal + d - 1)];
  }
  // Does the farther path to this diagonal come by a piece of `now` more?
  bool Inserts(std::int32_t d, std::int32_t diagonal) const {
    if (diagonal == -d) return true;
    return diagonal != d && Before(d, diagonal - 1) < Before(d, diagonal + 1);
  }
  std::int32_t Start(std::int32_t d, std::int32_t diagonal) const {
    if (d == 0) return 0;
    return Inserts(d, diagonal) ? Before(d, diagonal + 1)
                                : Before(d, diagonal - 1) + 1;
  }

  // True when the end of both is reached.
  bool Advance(std::int32_t d) {
    Reach reach(static_cast<std::size_t>(2 * d + 1));
    bool end = false;
    for (std::int32_t diagonal = -d; diagonal <= d; diagonal += 2) {
      auto x = static_cast<std::size_t>(Start(d, diagonal));
      auto y = static_cast<std::size_t>(Start(d, diagonal) - diagonal);
      while (x < base_.size() && y < now_.size() && base_[x] == now_[y])
        ++x, ++y;
      end = end || (x == base_.size() && y == now_.size());
      const std::int32_t place = diagonal + d;
      reach[static_cast<std::size_t>(place)] = static_cast<std::int32_t>(x);
    }
    rounds_.push_back(std::move(reach));
    return end;
  }

  std::vector<std::size_t> WalkBack() const {
    std::vector<std::size_t> partners(base_.size(), kNoPartner);
    auto x = static_cast<std::int32_t>(base_.size());
    auto y = static_cast<std::int32_t>(now_.size());
    for (auto d = static_cast<std::int32_t>(rounds_.size()) - 1; d >= 0; --d) {
      const std::int32_t diagonal = x - y;
      for (const std::int32_t start = Start(d, diagonal); x > start;) {
        --x, --y;
        partners[static_cast<std::size_t>(x)] = static_cast<std::size_t>(y);
      }
      if (d == 0) break;
      (Inserts(d, diagonal) ? y : x) -= 1;
    }
    return partners;
  }

  std::span<const Piece> base_;
  std::span<const Piece> now_;
  std::vector<Reach> rounds_;
};

bool Same(const Edit& one, const Edit& other) {
  return one.begin == other.begin && one.end == other.end &&
         std::ranges::equal(one.with, other.with);
}

bool Meet(const Edit& one, const Edit& other, Nearness nearness) {
  const bool touch = one.begin <= other.end && other.begin <= one.end;
  if (nearness == Nearness::kApart || !touch) return touch;
  if (one.begin == other.begin && one.end == other.end) return true;
  return one.begin < other.end && other.begin < one.end;
}

/// The edits of both in order, equal ones once; none where two meet.
std::optional<std::vector<Edit>> Join(std::span<const Edit> ours,
                                      std::span<const Edit> theirs,
                                      Nearness nearness) {
  std::vector<Edit> all;
  while (!ours.empty() && !theirs.empty()) {
    const Edit& one = ours.front();
    const Edit& other = theirs.front();
    const bool same = Same(one, other);
    if (!same && Meet(one, other, nearness)) return std::nullopt;
    const bool ours_first =
        std::tie(one.begin, one.end) <= std::tie(other.begin, other.end);
    all.push_back(ours_first ? one : other);
    if (ours_first) ours = ours.subspan(1);
    if (!ours_first || same) theirs = theirs.subspan(1);
  }
  // Of one of them nothing is left.
  all.insert(all.end(), ours.begin(), ours.end());
  all.insert(all.end(), theirs.begin(), theirs.end());
  return all;
}

/// The pieces [begin, end) of `base` with these edits, which lie in there.
Pieces Apply(std::span<const Piece> base, std::span<const Edit> edits,
             std::size_t begin, std::size_t end) {
  Pieces merged;
  std::size_t at = begin;
  const auto copy = [&](std::size_t to) {
    for (; at < to; ++at) merged.push_back(base[at]);
  };
  for (const Edit& edit : edits) {
    copy(edit.begin);
    merged.insert(merged.end(), edit.with.begin(), edit.with.end());
    at = edit.end;
  }
  copy(end);
  return merged;
}

/// Edits of both sides, each of which meets another of the group.
struct Group {
  Edit hull;  ///< From the first begin to the last end.
  std::vector<Edit> ours;
  std::vector<Edit> theirs;
};

/// Takes the first edits that meet, or the first edit alone.
Group TakeGroup(std::span<const Edit>& ours, std::span<const Edit>& theirs,
                Nearness nearness) {
  const bool ours_first =
      theirs.empty() ||
      (!ours.empty() && std::tie(ours.front().begin, ours.front().end) <=
                            std::tie(theirs.front().begin, theirs.front().end));
  Group group;
  group.hull = ours_first ? ours.front() : theirs.front();
  const auto take = [&](std::span<const Edit>& from, std::vector<Edit>& into,
                        bool first) {
    if (from.empty()) return false;
    if (!first && !Meet(group.hull, from.front(), nearness)) return false;
    group.hull.end = std::max(group.hull.end, from.front().end);
    into.push_back(from.front());
    from = from.subspan(1);
    return true;
  };
  take(ours_first ? ours : theirs, ours_first ? group.ours : group.theirs,
       true);
  while (take(ours, group.ours, false) || take(theirs, group.theirs, false)) {
  }
  return group;
}

}  // namespace

std::optional<std::vector<Edit>> EditsBetween(std::span<const Piece> base,
                                              std::span<const Piece> now) {
  const auto same = static_cast<std::size_t>(
      std::ranges::mismatch(base, now).in1 - base.begin());
  const auto found = Search(base.subspan(same), now.subspan(same)).Partners();
  if (!found.has_value()) return std::nullopt;
  std::vector<Edit> edits;
  std::size_t x = same;  // what both have up to here is told
  std::size_t y = same;
  const auto add = [&](std::size_t next_x, std::size_t next_y) {
    if (x != next_x || y != next_y)
      edits.push_back(
          {.begin = x, .end = next_x, .with = now.subspan(y, next_y - y)});
    x = next_x + 1;
    y = next_y + 1;
  };
  for (std::size_t i = 0; i < found->size(); ++i) {
    if ((*found)[i] != kNoPartner) add(same + i, same + (*found)[i]);
  }
  add(base.size(), now.size());
  return edits;
}

std::optional<Pieces> MergePieces(std::span<const Piece> base,
                                  std::span<const Piece> ours,
                                  std::span<const Piece> theirs,
                                  Nearness nearness) {
  const auto one = EditsBetween(base, ours);
  if (!one.has_value()) return std::nullopt;
  const auto other = EditsBetween(base, theirs);
  if (!other.has_value()) return std::nullopt;
  const auto edits = Join(*one, *other, nearness);
  if (!edits.has_value()) return std::nullopt;
  return Apply(base, *edits, 0, base.size());
}

std::optional<std::vector<MergedPart>> MergeSideBySide(
    std::span<const Piece> base, std::span<const Piece> ours,
    std::span<const Piece> theirs, Nearness nearness) {
  const auto one = EditsBetween(base, ours);
  const auto other = EditsBetween(base, theirs);
  if (!one.has_value() || !other.has_value()) return std::nullopt;
  std::span<const Edit> left(*one);
  std::span<const Edit> right(*other);
  std::vector<MergedPart> parts;
  const auto agree = [&](const Pieces& pieces) {
    if (parts.empty() || parts.back().meets) parts.emplace_back();
    Pieces& agreed = parts.back().ours;
    agreed.insert(agreed.end(), pieces.begin(), pieces.end());
  };
  std::size_t at = 0;
  while (!left.empty() || !right.empty()) {
    const Group group = TakeGroup(left, right, nearness);
    const auto [begin, end] = std::pair(group.hull.begin, group.hull.end);
    agree(Apply(base, {}, at, begin));
    at = end;
    Pieces mine = Apply(base, group.ours, begin, end);
    Pieces yours = Apply(base, group.theirs, begin, end);
    if (group.theirs.empty() || mine == yours) {
      agree(mine);
    } else if (group.ours.empty()) {
      agree(yours);
    } else {
      parts.push_back(
          {.meets = true, .ours = std::move(mine), .theirs = std::move(yours)});
    }
  }
  agree(Apply(base, {}, at, base.size()));
  return parts;
}

}  // namespace wsfs
