#include "core/sync/scheduler.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace wsfs {
namespace {

/// Planning takes at most this part of the time: it holds the ledger's lock.
constexpr int kPlanningShare = 5;
constexpr Milliseconds kShortestRest{2};
/// So many actions wait in the pool for each worker, so that none idles while
/// the next plan is made.
constexpr std::size_t kQueuedPerWorker = 4;
constexpr std::size_t kMostQueuedTasks = 20'000;
/// After a failure of this machine's disk.
constexpr Milliseconds kDiskPause{1'000};
constexpr int kFreeRepeats = 3;
constexpr int kMostDoublings = 7;
constexpr Milliseconds kFirstRepeatPause{50};

}  // namespace

Scheduler::Scheduler(const Parts& parts, std::size_t workers)
    : ledger_(parts.ledger),
      protocols_(parts.protocols),
      most_flights_(workers * kQueuedPerWorker),
      pool_("sync", workers, kMostQueuedTasks) {}

Scheduler::~Scheduler() {
  Stop();
}

void Scheduler::Start() {
  {
    const MutexLock lock(mutex_);
    started_ = true;
  }
  planner_ = Thread("plan", [this] { PlanningLoop(); });
}

void Scheduler::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  planner_.Join();
  pool_.Stop();
  const MutexLock lock(mutex_);
  flights_.clear();
  started_ = false;
}

void Scheduler::Wake() {
  const MutexLock lock(mutex_);
  woken_ = true;
  changed_.NotifyAll();
}

bool Scheduler::started() const {
  const MutexLock lock(mutex_);
  return started_;
}

void Scheduler::BeginDrain() {
  protocols_.BeginDrain();
  Wake();
}

void Scheduler::EndDrain() {
  protocols_.EndDrain();
}

Plan Scheduler::PlanNow(bool retry_refused) const {
  const PlanOptions options{.settle_now = protocols_.draining(),
                            .retry_refused = retry_refused};
  const PlannerContext context = ledger_.Context();
  return ledger_.Read([&](const Catalogue& catalogue) {
    return MakePlan(catalogue, context, options);
  });
}

std::set<ActionKey> Scheduler::InFlight() const {
  const MutexLock lock(mutex_);
  std::set<ActionKey> keys;
  for (const auto& [key, print] : flights_) keys.insert(key);
  return keys;
}

void Scheduler::WaitForProgress(SteadyTime until) {
  const MutexLock lock(mutex_);
  const std::uint64_t before = ended_;
  while (ended_ == before && !stopping_ && ledger_.clock().Now() < until)
    changed_.WaitUntil(mutex_, until);
}

int Scheduler::RunReady() {
  const auto may_run = [](const Action& action, PlanMillis now) {
    return action.ready <= now && action.blockers.empty();
  };
  std::vector<ActionKey> keys;
  for (const auto& [key, action] : PlanNow(/*retry_refused=*/true)) {
    if (may_run(action, ledger_.Now())) keys.push_back(key);
  }
  int ran = 0;
  for (const ActionKey& key : keys) {
    // The ones before may have changed what this one is about.
    const Plan plan = PlanNow(/*retry_refused=*/true);
    const auto found = plan.find(key);
    if (found == plan.end() || !may_run(found->second, ledger_.Now())) continue;
    const Result<void> done = protocols_.Run(found->second);
    if (!done.ok())
      Log(LogLevel::kError, "cannot sync: {}", done.error().message());
    ++ran;
  }
  return ran;
}

void Scheduler::PlanningLoop() {
  SteadyTime not_before = ledger_.clock().Now();
  std::optional<SteadyTime> next;
  while (true) {
    WaitUntilDue(next, not_before);
    {
      const MutexLock lock(mutex_);
      if (stopping_) return;
      woken_ = false;
    }
    const SteadyTime began = ledger_.clock().Now();
    next = Launch();
    const SteadyTime ended = ledger_.clock().Now();
    not_before = ended + kShortestRest + (ended - began) * (kPlanningShare - 1);
  }
}

void Scheduler::WaitUntilDue(std::optional<SteadyTime> next,
                             SteadyTime not_before) {
  const MutexLock lock(mutex_);
  while (!stopping_) {
    const SteadyTime now = ledger_.clock().Now();
    const bool due = woken_ || (next && now >= *next);
    if (due && now >= not_before) return;
    if (due) {
      changed_.WaitUntil(mutex_, not_before);
    } else if (next) {
      changed_.WaitUntil(mutex_, std::max(*next, not_before));
    } else {
      changed_.Wait(mutex_);
    }
  }
}

bool Scheduler::MayLaunch(const Action& action, PlanMillis now) const {
  if (action.ready > now || !action.blockers.empty()) return false;
  if (action.key.op == ActionOp::kWait) return false;
  return !flights_.contains(action.key);
}

void Scheduler::ForgetRepeats(const Plan& plan) {
  std::erase_if(repeats_,
                [&](const auto& entry) { return !plan.contains(entry.first); });
}

std::optional<SteadyTime> Scheduler::Launch() {
  const PlanOptions options{.settle_now = protocols_.draining(),
                            .retry_refused = true};
  const PlannerContext context = ledger_.Context();
  const SteadyTime steady = ledger_.clock().Now();
  std::optional<SteadyTime> next;
  const auto wake_at = [&](SteadyTime at) {
    if (!next || at < *next) next = at;
  };
  std::vector<Action> launched;
  ledger_.Read([&](const Catalogue& catalogue) {
    const Plan plan = MakePlan(catalogue, context, options);
    const MutexLock lock(mutex_);
    ForgetRepeats(plan);
    if (steady < disk_pause_) {
      wake_at(disk_pause_);
      return;
    }
    for (const auto& [key, action] : plan) {
      if (action.ready > context.now && action.blockers.empty())
        wake_at(steady + Milliseconds(action.ready - context.now));
      if (flights_.size() >= most_flights_) break;
      if (!MayLaunch(action, context.now)) continue;
      const auto repeat = repeats_.find(key);
      if (repeat != repeats_.end() && steady < repeat->second.not_before) {
        wake_at(repeat->second.not_before);
        continue;
      }
      Footprint print = FootprintOf(catalogue, action);
      const bool overlaps = std::ranges::any_of(
          flights_,
          [&](const auto& flight) { return Overlaps(print, flight.second); });
      if (overlaps) continue;
      flights_.emplace(key, std::move(print));
      launched.push_back(action);
    }
  });
  for (const Action& action : launched) {
    const bool queued =
        pool_.Add(CallClass::kPush, [this, action] { RunFlight(action); });
    if (queued) continue;
    const MutexLock lock(mutex_);
    flights_.erase(action.key);
  }
  return next;
}

void Scheduler::RunFlight(const Action& action) {
  const Result<void> done = protocols_.Run(action);
  if (!done.ok())
    Log(LogLevel::kError, "cannot sync: {}", done.error().message());
  const MutexLock lock(mutex_);
  const SteadyTime now = ledger_.clock().Now();
  if (!done.ok()) disk_pause_ = now + kDiskPause;
  Repeats& repeats = repeats_[action.key];
  ++repeats.count;
  if (repeats.count > kFreeRepeats) {
    const int doublings =
        std::min(repeats.count - kFreeRepeats, kMostDoublings);
    repeats.not_before = now + kFirstRepeatPause * (1 << doublings);
  }
  flights_.erase(action.key);
  ++ended_;
  woken_ = true;
  changed_.NotifyAll();
}

}  // namespace wsfs
