#include "core/sync/syncer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/sync/drain_rule.h"
#include "core/sync/housekeeping.h"
#include "core/sync/hydrations.h"
#include "core/sync/listings.h"
#include "core/sync/protocols.h"
#include "core/sync/read_backs.h"
#include "core/sync/scheduler.h"
#include "core/sync/status.h"
#include "core/sync/urgency.h"
#include "core/sync/verdicts.h"

namespace wsfs {
namespace {

constexpr std::size_t kMostDownloads = 48;
constexpr std::size_t kMostListings = 48;
constexpr std::size_t kMostQueuedDownloads = 20'000;
constexpr std::size_t kMostQueuedListings = 2'000;
constexpr Milliseconds kTick{1'000};
constexpr int kTicksBetweenSyncs = 5;
constexpr int kTicksBetweenPurges = 60;
constexpr Milliseconds kDrainStep{200};

/// Wakes who looks at what was committed; outlives them.
struct WakeUp {
  Mutex mutex;
  Scheduler* scheduler GUARDED_BY(mutex) = nullptr;
  Verdicts* verdicts GUARDED_BY(mutex) = nullptr;
};

class SyncerImpl final : public Syncer {
 public:
  SyncerImpl(Ledger& ledger, Workspace& workspace, const Options& options)
      : ledger_(ledger),
        options_(options),
        calls_(workspace, ledger.clock(), window_,
               {.deadline = options.call_deadline, .stop = stop_}),
        hydrations_({.ledger = ledger, .calls = calls_}),
        read_backs_({.ledger = ledger, .calls = calls_, .windows = windows_}),
        listings_({.ledger = ledger, .calls = calls_, .checks = checks_}),
        protocols_({.ledger = ledger,
                    .calls = calls_,
                    .window = window_,
                    .retries = retries_,
                    .hydrations = hydrations_,
                    .checks = checks_,
                    .read_backs = read_backs_,
                    .urgency = urgency_,
                    .windows = windows_}),
        scheduler_({.ledger = ledger, .protocols = protocols_},
                   static_cast<std::size_t>(std::max(options.workers, 1))),
        verdicts_({.ledger = ledger,
                   .scheduler = scheduler_,
                   .retries = retries_,
                   .urgency = urgency_}),
        downloads_("load", kMostDownloads, kMostQueuedDownloads),
        watch_("watch", kMostListings, kMostQueuedListings) {}

  ~SyncerImpl() override { Stop(); }

  void Start() override;
  void Stop() override;
  int RunReady() override {
    const int ran = scheduler_.RunReady();
    read_backs_.RunDue();
    return ran + listings_.RunAhead();
  }

  Result<void> LoadDirectory(NodeId directory, bool renew,
                             const Waiting& waiting) override {
    return listings_.Load(directory, renew, waiting);
  }
  void Refresh(NodeId directory, Milliseconds older_than) override {
    listings_.Refresh(directory, older_than);
  }
  bool ListAhead(NodeId directory, std::function<void()> done) override {
    return listings_.ListAhead(directory, std::move(done));
  }
  Result<std::shared_ptr<Hydration>> Hydrate(NodeId file,
                                             CallClass call_class) override {
    return hydrations_.Join(file, call_class);
  }
  void CheckAhead(NodeId file) override { listings_.CheckAhead(file); }

  Result<void> WaitTaken(const Awaited& what, Persistence persistence,
                         const Waiting& waiting) override {
    return verdicts_.Wait(what, persistence, waiting);
  }
  HealthState Service() override { return calls_.health(); }
  FailureNumber LastFailure() override { return retries_.last(); }
  std::size_t PushesInFlight() override { return scheduler_.in_flight_count(); }

  std::string ErrorOf(NodeId node) override {
    const ObjectKey bound = ledger_.Read([&](const Catalogue& catalogue) {
      const Node* const row = catalogue.FindNode(node);
      return row == nullptr ? kNoObject : row->bind;
    });
    const std::string error = retries_.ErrorOf(node);
    return error.empty() && bound != kNoObject ? retries_.ErrorOf(bound)
                                               : error;
  }

  Result<SyncStatus> Drain(const Waiting& waiting) override;
  SyncStatus Status() override;

 private:
  void Tick();
  void TryFailedAgain();
  bool CanProgress();
  bool IsStuck(const Action& action, PlanMillis now);

  Ledger& ledger_;
  const Options options_;
  const std::shared_ptr<CancelToken> stop_ = std::make_shared<CancelToken>();
  ClockWindow window_;
  Calls calls_;
  Retries retries_;
  CheckGate checks_;
  Windows windows_;
  Hydrations hydrations_;
  ReadBacks read_backs_;
  Listings listings_;
  Urgency urgency_;
  Protocols protocols_;
  Scheduler scheduler_;
  Verdicts verdicts_;
  TaskPool downloads_;
  TaskPool watch_;
  const std::shared_ptr<WakeUp> wake_up_ = std::make_shared<WakeUp>();

  Mutex mutex_;
  CondVar stopped_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  Thread ticker_;
};

void SyncerImpl::Start() {
  hydrations_.UsePool(&downloads_);
  read_backs_.UsePool(&downloads_);
  listings_.UsePool(&watch_);
  protocols_.UseListPool(&watch_);
  {
    const MutexLock lock(wake_up_->mutex);
    wake_up_->scheduler = &scheduler_;
    wake_up_->verdicts = &verdicts_;
  }
  ledger_.OnCommit([wake_up = wake_up_] {
    const MutexLock lock(wake_up->mutex);
    if (wake_up->scheduler != nullptr) wake_up->scheduler->Wake();
    if (wake_up->verdicts != nullptr) wake_up->verdicts->Changed();
  });
  scheduler_.Start();
  ticker_ = Thread("sync-tick", [this] { Tick(); });
  (void)watch_.Add(CallClass::kPrefetch, [this] {
    const Result<void> tidied = TidyContents(ledger_, protocols_);
    if (!tidied.ok())
      Log(LogLevel::kWarn, "cannot tidy the store: {}",
          tidied.error().message());
  });
}

void SyncerImpl::Stop() {
  ledger_.OnCommit(nullptr);
  {
    const MutexLock lock(wake_up_->mutex);
    wake_up_->scheduler = nullptr;
    wake_up_->verdicts = nullptr;
  }
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    stopped_.NotifyAll();
  }
  protocols_.Stop();
  verdicts_.Stop();
  stop_->Cancel();
  listings_.CancelAll();
  hydrations_.CancelAll();
  ticker_.Join();
  scheduler_.Stop();
  downloads_.Stop();
  watch_.Stop();
}

void SyncerImpl::Tick() {
  for (int ticks = 1;; ++ticks) {
    {
      const MutexLock lock(mutex_);
      const SteadyTime until = ledger_.clock().Now() + kTick;
      while (!stopping_ && ledger_.clock().Now() < until)
        stopped_.WaitUntil(mutex_, until);
      if (stopping_) return;
    }
    hydrations_.EndStalled(options_.call_deadline);
    read_backs_.RunDue();
    Result<void> kept;
    if (ticks % kTicksBetweenSyncs == 0)
      kept = ledger_.store().contents().SyncSealed();
    if (kept.ok() && ticks % kTicksBetweenPurges == 0) {
      kept = PurgeSides(ledger_);
      retries_.Prune([this](std::uint64_t row) {
        return ledger_.Read([&](const Catalogue& catalogue) {
          return catalogue.FindNode(row) != nullptr ||
                 catalogue.FindObject(row) != nullptr;
        });
      });
    }
    if (!kept.ok())
      Log(LogLevel::kWarn, "cannot look after the store: {}",
          kept.error().message());
  }
}

/// Who asks for a drain does not want to wait out a back-off.
void SyncerImpl::TryFailedAgain() {
  const Result<void> done =
      ledger_.Transact([&](Catalogue& catalogue) -> Result<void> {
        const auto failed = [&](std::uint64_t row) {
          return !retries_.ErrorOf(row).empty();
        };
        for (const NodeId id : catalogue.RefusedNodes())
          catalogue.EditNode(id).again = 0;
        const std::set<NodeId> nodes = catalogue.UnsettledNodes();
        for (const NodeId id : nodes) {
          if (failed(id)) catalogue.EditNode(id).again = 0;
        }
        const std::set<ObjectKey> objects = catalogue.UnsettledObjects();
        for (const ObjectKey key : objects) {
          if (failed(key)) catalogue.EditObject(key).again = 0;
        }
        return {};
      });
  if (!done.ok())
    Log(LogLevel::kWarn, "cannot begin a drain: {}", done.error().message());
}

bool SyncerImpl::IsStuck(const Action& action, PlanMillis now) {
  const std::uint64_t row =
      action.key.object != kNoObject ? action.key.object : action.key.node;
  return IsWaitedForInVain(action, now, !retries_.ErrorOf(row).empty());
}

bool SyncerImpl::CanProgress() {
  if (scheduler_.in_flight_count() > 0) return true;
  const Plan plan = scheduler_.PlanNow(/*retry_refused=*/true);
  const PlanMillis now = ledger_.Now();
  return std::ranges::any_of(plan, [&](const auto& entry) {
    const Action& action = entry.second;
    return action.blockers.empty() && !IsStuck(action, now);
  });
}

Result<SyncStatus> SyncerImpl::Drain(const Waiting& waiting) {
  if (stop_->cancelled()) return Status();
  TryFailedAgain();
  scheduler_.BeginDrain();
  // After Stop() nothing goes out, on this thread neither.
  while (waiting.allowed() && !stop_->cancelled() && CanProgress()) {
    const SteadyTime now = ledger_.clock().Now();
    if (now >= waiting.deadline()) break;
    if (waiting.cancelled()) break;
    if (!scheduler_.started()) {
      if (scheduler_.RunReady() == 0) break;
      continue;
    }
    scheduler_.WaitForProgress(std::min(waiting.deadline(), now + kDrainStep));
  }
  scheduler_.EndDrain();
  return Status();
}

SyncStatus SyncerImpl::Status() {
  const Plan plan = scheduler_.PlanNow(/*retry_refused=*/true);
  const std::set<ActionKey> in_flight = scheduler_.InFlight();
  SyncStatus status = ledger_.Read([&](const Catalogue& catalogue) {
    return StatusOf(catalogue, plan, in_flight, retries_, ledger_.Now());
  });
  status.service = calls_.health();
  status.last_error = calls_.last_error();
  const Scheduler::Work work = scheduler_.work();
  status.plans = work.plans;
  status.planned_actions = work.planned;
  status.windows = windows_.Counts();
  for (WindowCount& count : status.windows)
    if (count.window == Window::kLateCall) count.met = ledger_.late_calls();
  return status;
}

}  // namespace

std::unique_ptr<Syncer> Syncer::Make(Ledger& ledger, Workspace& workspace,
                                     const Options& options) {
  return std::make_unique<SyncerImpl>(ledger, workspace, options);
}

}  // namespace wsfs
