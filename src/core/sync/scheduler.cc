#include "core/sync/scheduler.h"

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace wsfs {
namespace {

/// So many actions wait in the pool for each worker, so that none idles while
/// the next plan is made.
constexpr std::size_t kQueuedPerWorker = 4;
constexpr std::size_t kMostQueuedTasks = 20'000;
/// Some of them are left to the next plan, so that a long queue does not hold
/// up what somebody does meanwhile.
constexpr std::size_t kLeftToPlans = 4;
/// So many that overlap are passed over to find one that does not.
constexpr std::size_t kMostPassedOver = 64;
/// After a failure of this machine's disk.
constexpr Milliseconds kDiskPause{1'000};
constexpr int kFreeRepeats = 3;
constexpr int kMostDoublings = 7;
constexpr Milliseconds kFirstRepeatPause{50};

/// This thread runs an action.
thread_local bool in_flight = false;

/// May it wait in the queue while the tree goes on?
bool IsGoodLater(ActionOp op) {
  return op != ActionOp::kMove && op != ActionOp::kPark &&
         op != ActionOp::kRmtree;
}

}  // namespace

Scheduler::Scheduler(const Parts& parts, std::size_t workers)
    : ledger_(parts.ledger),
      protocols_(parts.protocols),
      most_flights_(workers * kQueuedPerWorker),
      pool_("sync", workers, kMostQueuedTasks),
      need_(workers) {}

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
  queue_.clear();
  started_ = false;
}

void Scheduler::Wake() {
  if (in_flight) return;
  const MutexLock lock(mutex_);
  need_.Ask();
  changed_.NotifyAll();
}

Scheduler::Work Scheduler::work() const {
  const MutexLock lock(mutex_);
  return work_;
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
  const PlanOptions options = protocols_.OptionsOfPlan(retry_refused);
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

std::size_t Scheduler::in_flight_count() const {
  const MutexLock lock(mutex_);
  return flights_.size();
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
  while (true) {
    switch (WaitForWork()) {
      case Next::kPlan: PlanAndStart(); break;
      case Next::kStart: StartQueued(); break;
      case Next::kStop: return;
    }
  }
}

std::optional<SteadyTime> Scheduler::PlanDueAt() const {
  std::optional<SteadyTime> due = need_.DueAt(
      {.in_flight = flights_.size(), .can_start = !queue_.empty() && !stuck_});
  if (next_) {
    const SteadyTime by_itself = std::max(*next_, need_.not_before());
    due = due ? std::min(*due, by_itself) : by_itself;
  }
  return due;
}

Scheduler::Next Scheduler::WaitForWork() {
  const MutexLock lock(mutex_);
  while (!stopping_) {
    const std::optional<SteadyTime> due = PlanDueAt();
    if (due && ledger_.clock().Now() >= *due) return Next::kPlan;
    if (may_start_ && !queue_.empty()) return Next::kStart;
    if (due) {
      changed_.WaitUntil(mutex_, *due);
    } else {
      changed_.Wait(mutex_);
    }
  }
  return Next::kStop;
}

void Scheduler::ForgetRepeats(const Plan& plan) {
  std::erase_if(repeats_,
                [&](const auto& entry) { return !plan.contains(entry.first); });
}

void Scheduler::PlanNoLaterThan(SteadyTime at) {
  if (!next_ || at < *next_) next_ = at;
}

void Scheduler::PlanAndStart() {
  const PlanOptions options = protocols_.OptionsOfPlan(/*retry_refused=*/true);
  const PlannerContext context = ledger_.Context();
  const SteadyTime began = ledger_.clock().Now();
  {
    const MutexLock lock(mutex_);
    need_.Begin();
  }
  std::vector<Action> started;
  Plan plan;
  ledger_.Read([&](const Catalogue& catalogue) {
    plan = MakePlan(catalogue, context, options);
    const MutexLock lock(mutex_);
    TakePlan(catalogue, plan, context.now, started);
    need_.Planned(plan.size(), began, ledger_.clock().Now());
    ++work_.plans;
    work_.planned += plan.size();
  });
  Run(started);
}

void Scheduler::TakePlan(const Catalogue& catalogue, const Plan& plan,
                         PlanMillis now, std::vector<Action>& started) {
  const SteadyTime steady = ledger_.clock().Now();
  ForgetRepeats(plan);
  queue_.clear();
  next_.reset();
  stuck_ = may_start_ = false;
  for (const auto& [key, action] : plan) {
    if (!action.blockers.empty() || key.op == ActionOp::kWait) continue;
    if (action.ready > now) {
      PlanNoLaterThan(steady + Milliseconds(action.ready - now));
      continue;
    }
    if (flights_.contains(key) || IsPaused(key)) continue;
    const bool full = flights_.size() >= most_flights_;
    if (!full && TryStart(catalogue, action)) {
      started.push_back(action);
    } else if (IsGoodLater(key.op)) {
      queue_.push_back(action);
    }
  }
}

bool Scheduler::IsPaused(const ActionKey& key) {
  const SteadyTime now = ledger_.clock().Now();
  SteadyTime until = disk_pause_;
  const auto repeat = repeats_.find(key);
  if (repeat != repeats_.end())
    until = std::max(until, repeat->second.not_before);
  if (now >= until) return false;
  PlanNoLaterThan(until);
  return true;
}

bool Scheduler::TryStart(const Catalogue& catalogue, const Action& action) {
  Footprint print = FootprintOf(catalogue, action);
  const bool overlaps = std::ranges::any_of(flights_, [&](const auto& flight) {
    return Overlaps(print, flight.second);
  });
  if (!overlaps) flights_.emplace(action.key, std::move(print));
  return !overlaps;
}

void Scheduler::StartQueued() {
  std::vector<Action> started;
  ledger_.Read([&](const Catalogue& catalogue) {
    const MutexLock lock(mutex_);
    may_start_ = false;
    const std::size_t most = most_flights_ - most_flights_ / kLeftToPlans;
    std::size_t to_look_at = queue_.size();
    std::size_t passed_over = 0;
    while (to_look_at > 0 && flights_.size() < most &&
           passed_over < kMostPassedOver) {
      --to_look_at;
      Action action = std::move(queue_.front());
      queue_.pop_front();
      if (flights_.contains(action.key) || IsPaused(action.key)) continue;
      if (TryStart(catalogue, action)) {
        started.push_back(std::move(action));
      } else {
        queue_.push_back(std::move(action));
        ++passed_over;
      }
    }
    stuck_ = started.empty() && flights_.size() < most;
  });
  Run(started);
}

void Scheduler::Run(const std::vector<Action>& started) {
  for (const Action& action : started) {
    const bool queued =
        pool_.Add(CallClass::kPush, [this, action] { RunFlight(action); });
    if (queued) continue;
    const MutexLock lock(mutex_);
    flights_.erase(action.key);
    need_.Ask();
  }
}

/// Nothing is left of it that the last plan did not know.
bool Scheduler::EndedAsMeant(const ActionKey& key) {
  const bool ordinary =
      key.op == ActionOp::kPut || key.op == ActionOp::kCreate ||
      key.op == ActionOp::kMkdir || key.op == ActionOp::kDelete;
  if (!ordinary) return false;
  return ledger_.Read([&](const Catalogue& catalogue) {
    const PlanMillis now = ledger_.Now();
    const Object* const object = catalogue.FindObject(key.object);
    if (object != nullptr &&
        (object->intent || object->again > now || object->has_news()))
      return false;
    const Node* const node = object != nullptr ? catalogue.NodeOf(key.object)
                                               : catalogue.FindNode(key.node);
    return node == nullptr ||
           (!node->intent && node->again <= now && node->refused.empty());
  });
}

void Scheduler::RunFlight(const Action& action) {
  in_flight = true;
  const Result<void> done = protocols_.Run(action);
  in_flight = false;
  if (!done.ok())
    Log(LogLevel::kError, "cannot sync: {}", done.error().message());
  const bool as_meant = done.ok() && EndedAsMeant(action.key);
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
  may_start_ = true;
  if (as_meant) {
    need_.Ended();
  } else {
    need_.Ask();
  }
  changed_.NotifyAll();
}

}  // namespace wsfs
