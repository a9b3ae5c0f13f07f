#include <algorithm>
#include <optional>
#include <tuple>

#include "core/planner/plan_builder.h"

namespace wsfs {

void ActionList::Add(Entry entry) {
  const auto [at, added] =
      index_.try_emplace(entry.action.key, entries_.size());
  if (added) {
    entries_.push_back(std::move(entry));
  } else {
    entries_[at->second] = std::move(entry);
  }
}

std::size_t ActionList::Find(const ActionKey& key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? npos : found->second;
}

void ActionList::Replace(const ActionKey& move, Entry parked) {
  const ActionKey key = parked.action.key;
  // The last to be looked at from now on, as the one that came last.
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(Find(move)));
  entries_.push_back(std::move(parked));
  index_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    index_.emplace(entries_[i].action.key, i);
    std::ranges::replace(entries_[i].action.blockers, move, key);
  }
}

Plan ActionList::Finish() && {
  Plan plan;
  for (Entry& entry : entries_) {
    std::vector<ActionKey>& blockers = entry.action.blockers;
    blockers.insert(blockers.end(), entry.soft.begin(), entry.soft.end());
    std::ranges::sort(blockers);
    const auto same = std::ranges::unique(blockers);
    blockers.erase(same.begin(), same.end());
    plan.emplace(entry.action.key, std::move(entry.action));
  }
  return plan;
}

namespace {

/// Looks for a cycle of blockers, depth first, without recursion.
class CycleSearch {
 public:
  explicit CycleSearch(const ActionList& actions)
      : actions_(actions), state_(actions.entries().size(), State::kNew) {}

  std::optional<std::vector<std::size_t>> Run() {
    for (std::size_t i = 0; i < state_.size(); ++i) {
      if (state_[i] != State::kNew) continue;
      auto cycle = Visit(i);
      if (cycle) return cycle;
    }
    return std::nullopt;
  }

 private:
  enum class State : std::uint8_t { kNew, kOpen, kDone };
  struct Frame {
    std::size_t at;
    std::size_t next;  ///< Of its blockers, then its soft ones.
  };

  std::size_t Blocker(const Frame& frame) const {
    const ActionList::Entry& entry = actions_.entries()[frame.at];
    const auto& hard = entry.action.blockers;
    const ActionKey& key = frame.next < hard.size()
                               ? hard[frame.next]
                               : entry.soft[frame.next - hard.size()];
    return actions_.Find(key);
  }

  bool AtEnd(const Frame& frame) const {
    const ActionList::Entry& entry = actions_.entries()[frame.at];
    return frame.next == entry.action.blockers.size() + entry.soft.size();
  }

  std::optional<std::vector<std::size_t>> Visit(std::size_t start) {
    std::vector<Frame> stack{{start, 0}};
    state_[start] = State::kOpen;
    while (!stack.empty()) {
      if (AtEnd(stack.back())) {
        state_[stack.back().at] = State::kDone;
        stack.pop_back();
        continue;
      }
      const std::size_t to = Blocker(stack.back());
      ++stack.back().next;
      if (to == ActionList::npos) continue;
      if (state_[to] == State::kOpen) return CycleFrom(stack, to);
      if (state_[to] == State::kDone) continue;
      state_[to] = State::kOpen;
      stack.push_back({to, 0});
    }
    return std::nullopt;
  }

  static std::vector<std::size_t> CycleFrom(const std::vector<Frame>& stack,
                                            std::size_t to) {
    std::vector<std::size_t> cycle;
    auto at = std::ranges::find(stack, to, &Frame::at);
    for (; at != stack.end(); ++at) cycle.push_back(at->at);
    return cycle;
  }

  const ActionList& actions_;
  std::vector<State> state_;
};

/// The first of the cycle that waits for the next by a soft edge lets go.
bool DropSoftEdge(ActionList& actions, const std::vector<std::size_t>& cycle) {
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    ActionList::Entry& entry = actions.entries()[cycle[i]];
    const std::size_t next = cycle[(i + 1) % cycle.size()];
    const ActionKey& key = actions.entries()[next].action.key;
    if (std::ranges::find(entry.soft, key) == entry.soft.end()) continue;
    entry.soft.clear();
    return true;
  }
  return false;
}

/// A parking moves what is below like any move. A call in there that is not
/// answered is looked after by its path, under which something else may stand
/// then: it is resolved first.
std::vector<ActionKey> ResolvesAmong(const std::vector<ActionKey>& blockers) {
  std::vector<ActionKey> resolves;
  for (const ActionKey& key : blockers)
    if (key.op == ActionOp::kResolve) resolves.push_back(key);
  return resolves;
}

/// Parks one moved object of the cycle, a file if there is one.
bool Park(const Catalogue& catalogue, ActionList& actions,
          const std::vector<std::size_t>& cycle) {
  std::optional<std::tuple<bool, ObjectKey>> best;
  for (const std::size_t i : cycle) {
    const ActionKey& key = actions.entries()[i].action.key;
    if (key.op != ActionOp::kMove) continue;
    const bool directory =
        catalogue.object(key.object).kind == ObjectKind::kDirectory;
    const std::tuple candidate(directory, key.object);
    if (!best || candidate < *best) best = candidate;
  }
  if (!best) return false;
  const ActionKey move = OfObject(ActionOp::kMove, std::get<1>(*best));
  ActionList::Entry parked;
  parked.action.key = OfObject(ActionOp::kPark, move.object);
  const Action& given_up = actions.entries()[actions.Find(move)].action;
  parked.action.ready = given_up.ready;
  parked.action.blockers = ResolvesAmong(given_up.blockers);
  actions.Replace(move, std::move(parked));
  return true;
}

}  // namespace

void BreakCycles(const Catalogue& catalogue, ActionList& actions) {
  bool blocked = false;
  for (ActionList::Entry& entry : actions.entries()) {
    std::erase_if(entry.soft,
                  [&](const ActionKey& key) { return !actions.Has(key); });
    blocked = blocked || !entry.action.blockers.empty() || !entry.soft.empty();
  }
  if (!blocked) return;
  while (auto cycle = CycleSearch(actions).Run()) {
    if (!DropSoftEdge(actions, *cycle) && !Park(catalogue, actions, *cycle)) {
      return;
    }
  }
}

}  // namespace wsfs
