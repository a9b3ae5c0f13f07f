#include "core/ledger.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/invalidations.h"

namespace wsfs {
namespace {

std::string ToFirstDot(const std::string& host) {
  return host.substr(0, host.find('.'));
}

/// The latest time any row was stamped with: the plan clock goes on from it.
PlanMillis LatestStamp(const Catalogue& catalogue) {
  PlanMillis latest = 0;
  const auto take = [&latest](PlanMillis at) { latest = std::max(latest, at); };
  for (const NodeId id : catalogue.AllNodes()) {
    const Node& node = catalogue.node(id);
    take(node.touched);
    take(node.closed);
    take(node.listed_at);
    if (node.intent) take(node.intent->at);
  }
  for (const ObjectKey key : catalogue.AllObjects()) {
    const Object& object = catalogue.object(key);
    take(object.changed);
    take(object.touched);
    take(object.asked);
    if (object.intent) take(object.intent->at);
  }
  return latest;
}

/// A file that was never sealed was lost with the daemon, as if never made;
/// what it stood for is shown again (planner.md §12 e).
void DropNeverSealed(Catalogue& catalogue, const Node& node) {
  const NodeId id = node.id;
  const ObjectKey object = node.bind;
  catalogue.Bind(id, kNoObject);
  catalogue.RemoveNode(id);
  if (object != kNoObject) catalogue.EditObject(object).fresh = true;
}

void RecoverRows(Catalogue& catalogue) {
  for (const NodeId id : catalogue.AllNodes()) {
    const Node& node = catalogue.node(id);
    if (node.kind == NodeKind::kFile && node.gen == 0 && !node.detached())
      DropNeverSealed(catalogue, node);
  }
  // Nobody writes any more: rules that waited for a close look again.
  const std::set<NodeId> unsettled = catalogue.UnsettledNodes();
  for (const NodeId id : unsettled) catalogue.SetOpenState(id, 0, false);
  for (const ObjectKey key : catalogue.UnsettledObjects())
    catalogue.LookAgain(key);
  // What was asked before the start says nothing about now.
  for (const ObjectKey key : catalogue.AllObjects()) {
    if (catalogue.object(key).asked != 0) catalogue.EditObject(key).asked = 0;
  }
}

}  // namespace

Ledger::Ledger(const Options& options)
    : options_(options), plan_clock_(*options.clock, 0) {}

Ledger::~Ledger() = default;

Result<std::unique_ptr<Ledger>> Ledger::Open(const Options& options) {
  std::unique_ptr<Ledger> ledger(new Ledger(options));
  WSFS_RETURN_IF_ERROR(ledger->Recover());
  return ledger;
}

Result<void> Ledger::Recover() {
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(options_.store->Load(catalogue_));
  plan_clock_ = PlanClock(*options_.clock, LatestStamp(catalogue_));
  RecoverRows(catalogue_);
  return Settle(Durability::kProcess, 0);
}

Result<void> Ledger::Transact(Durability durability, MountId origin,
                              const Change& change) {
  std::shared_ptr<const std::function<void()>> wake;
  {
    const MutexLock lock(mutex_);
    if (Result<void> done = change(catalogue_); !done.ok()) {
      catalogue_.Rollback();
      return done;
    }
    WSFS_RETURN_IF_ERROR(Settle(durability, origin));
    wake = wake_;
  }
  if (wake) (*wake)();
  return {};
}

Result<void> Ledger::Settle(Durability durability, MountId origin) {
  // The origin's kernel saw the change itself through the reply to its call.
  ShownStates known;
  if (notifiers_.contains(origin))
    known = ChangedNodesNow(catalogue_, catalogue_.PendingChanges());
  PlannerContext context = Context();
  context.late_calls = &late_calls_;
  Normalise(catalogue_, context);
  const Changes changes = catalogue_.PendingChanges();

  Result<void> written;
  if (!changes.empty()) {
    written = options_.store->Write(catalogue_, changes, durability);
  } else if (durability == Durability::kPower) {
    written = options_.store->Barrier();
  }
  if (!written.ok()) {
    catalogue_.Rollback();
    return written;
  }
  if (!notifiers_.empty() && !changes.nodes.empty()) {
    const ShownStates before = ChangedNodesBefore(catalogue_, changes);
    const ShownStates now = ChangedNodesNow(catalogue_, changes);
    for (const auto& [mount, notifier] : notifiers_) {
      std::vector<Invalidation> news =
          Difference(mount == origin ? known : ShownStates(), before, now);
      if (!news.empty()) notifier->Notify(std::move(news));
    }
  }
  catalogue_.Commit();
  return {};
}

PlannerContext Ledger::Context() const {
  return {.now = Now(),
          .wall = options_.clock->Wall(),
          .host = ToFirstDot(options_.host_name),
          .uid = options_.uid,
          .gid = options_.gid,
          .merge = options_.merge};
}

std::uint64_t Ledger::late_calls() {
  const MutexLock lock(mutex_);
  return late_calls_;
}

PlanMillis Ledger::Now() const {
  return plan_clock_.Now();
}

void Ledger::AddNotifier(MountId mount, KernelNotifier* notifier) {
  const MutexLock lock(mutex_);
  notifiers_[mount] = notifier;
}

void Ledger::TellKernels(const std::vector<Invalidation>& invalidations) {
  const MutexLock lock(mutex_);
  for (const auto& [mount, notifier] : notifiers_)
    notifier->Notify(invalidations);
}

void Ledger::WaitToldKernels(Milliseconds most) {
  struct Told {
    Mutex mutex;
    CondVar changed;
    bool all GUARDED_BY(mutex) = false;
  };
  const auto told = std::make_shared<Told>();
  // Goes when the last kernel has come to it, or drops it.
  std::shared_ptr<const void> mark(told.get(), [told](const void*) {
    const MutexLock lock(told->mutex);
    told->all = true;
    told->changed.NotifyAll();
  });
  Invalidation last;
  last.what = Invalidation::What::kMark;
  last.mark = std::move(mark);
  TellKernels({std::move(last)});
  const SteadyTime end = std::chrono::steady_clock::now() + most;
  const MutexLock lock(told->mutex);
  while (!told->all && told->changed.WaitUntil(told->mutex, end)) {
  }
}

void Ledger::RemoveNotifier(MountId mount) {
  const MutexLock lock(mutex_);
  notifiers_.erase(mount);
}

void Ledger::OnCommit(std::function<void()> wake) {
  auto shared = std::make_shared<const std::function<void()>>(std::move(wake));
  const MutexLock lock(mutex_);
  wake_ = *shared ? std::move(shared) : nullptr;
}

}  // namespace wsfs
