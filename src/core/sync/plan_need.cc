#include "core/sync/plan_need.h"

namespace wsfs {
namespace {

/// Planning takes at most this part of the time: it holds the ledger's lock.
constexpr int kPlanningShare = 5;
/// And this part when all it could do is to find work for an idle worker.
constexpr int kIdleShare = 25;
constexpr Milliseconds kShortestRest{2};
/// So large a part of a plan is done before it is looked at again.
constexpr std::size_t kWorthPart = 4;
constexpr std::size_t kIdleWorthPart = 64;

}  // namespace

void PlanNeed::Begin() {
  asked_ = false;
  ended_ = 0;
}

void PlanNeed::Planned(std::size_t actions, SteadyTime began,
                       SteadyTime ended) {
  actions_ = actions;
  const auto took = ended - began;
  not_before_ = ended + kShortestRest + took * (kPlanningShare - 1);
  idle_not_before_ = ended + kShortestRest + took * (kIdleShare - 1);
}

std::optional<SteadyTime> PlanNeed::DueAt(const Load& load) const {
  if (asked_) return not_before_;
  if (ended_ == 0) return std::nullopt;
  if (ended_ * kWorthPart >= actions_) return not_before_;
  if (load.can_start || load.in_flight >= workers_) return std::nullopt;
  const bool much = ended_ * kIdleWorthPart >= actions_;
  return much || load.in_flight == 0 ? not_before_ : idle_not_before_;
}

}  // namespace wsfs
