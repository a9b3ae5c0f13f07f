#pragma once

#include <cstddef>
#include <optional>

#include "base/clock.h"

namespace wsfs {

/// When the next plan is worth making. A plan costs as much as there is to do,
/// and holds the ledger's lock; so what the last plan allows is done first,
/// and the work of planning grows as what there is to do, not as its square.
///
/// Value type; the scheduler's lock guards it.
class PlanNeed {
 public:
  explicit PlanNeed(std::size_t workers) : workers_(workers) {}

  /// Something happened that the last plan knew nothing of.
  void Ask() { asked_ = true; }
  /// An action of the last plan ended as it was meant to.
  void Ended() { ++ended_; }

  void Begin();  ///< From now on it is the next plan's.
  void Planned(std::size_t actions, SteadyTime began, SteadyTime ended);

  /// What is left to do without a new plan.
  struct Load {
    std::size_t in_flight = 0;
    bool can_start = false;  ///< The last plan allows more, given a worker.
  };
  /// From when on a plan is due; nothing: there is no reason for one.
  std::optional<SteadyTime> DueAt(const Load& load) const;
  /// No plan is made before, whatever the reason.
  SteadyTime not_before() const { return not_before_; }

 private:
  std::size_t workers_;
  bool asked_ = true;
  std::size_t ended_ = 0;    ///< Of the last plan.
  std::size_t actions_ = 0;  ///< In the last plan.
  SteadyTime not_before_;
  SteadyTime idle_not_before_;
};

}  // namespace wsfs
