#include "core/sync/verdicts.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace wsfs {
namespace {

Error NoVerdictYet() {
  return {Errc::kTimeout,
          "the service has not taken the change yet; it is kept here and sent "
          "later"};
}

}  // namespace

void Verdicts::Changed() {
  const MutexLock lock(mutex_);
  ++changes_;
  changed_.NotifyAll();
}

void Verdicts::Stop() {
  const MutexLock lock(mutex_);
  stopped_ = true;
  changed_.NotifyAll();
}

bool Verdicts::stopped() const {
  const MutexLock lock(mutex_);
  return stopped_;
}

std::uint64_t Verdicts::changes() const {
  const MutexLock lock(mutex_);
  return changes_;
}

bool Verdicts::WaitForChange(std::uint64_t seen, const Waiting& waiting) {
  const MutexLock lock(mutex_);
  while (changes_ == seen && !stopped_ && !waiting.cancelled()) {
    if (parts_.ledger.clock().Now() >= waiting.deadline()) return false;
    changed_.WaitUntil(mutex_, waiting.deadline());
  }
  return !stopped_ && !waiting.cancelled();
}

std::optional<Result<void>> Verdicts::Look(const Awaited& what,
                                           Persistence persistence) {
  return parts_.ledger.Read(
      [&](const Catalogue& catalogue) -> std::optional<Result<void>> {
        auto outcome = OutcomeOf(catalogue, parts_.retries, what);
        if (outcome) return outcome;
        const bool gives_up = persistence == Persistence::kFirstTry &&
                              IsDelayed(catalogue, parts_.retries, what);
        if (gives_up) return Result<void>(NoVerdictYet());
        return std::nullopt;
      });
}

/// False: no step can be made, or the wait is over.
bool Verdicts::GoOn(std::uint64_t seen, const Waiting& waiting) {
  if (!parts_.scheduler.started()) return parts_.scheduler.RunReady() > 0;
  return WaitForChange(seen, waiting);
}

/// Anew at each look: on the way a node gets its object.
void Verdicts::Hurry(const Awaited& what, UrgentRows& urgent) {
  std::vector<std::uint64_t> rows = parts_.ledger.Read(
      [&](const Catalogue& catalogue) { return RowsOf(catalogue, what); });
  if (urgent.Set(std::move(rows))) parts_.scheduler.Wake();
}

Result<void> Verdicts::WaitOn(const Awaited& what, Persistence persistence,
                              const Waiting& waiting) {
  UrgentRows urgent(parts_.urgency);
  while (true) {
    const std::uint64_t seen = changes();
    if (auto outcome = Look(what, persistence)) return *std::move(outcome);
    if (persistence == Persistence::kSettleNow) Hurry(what, urgent);
    if (!GoOn(seen, waiting)) break;
  }
  if (stopped() || waiting.cancelled())
    return Error(Errc::kCancelled, "nobody waits for the service any more");
  return NoVerdictYet();
}

Result<void> Verdicts::Wait(const Awaited& what, Persistence persistence,
                            const Waiting& waiting) {
  CancelToken::Handle wake = 0;
  if (waiting.cancel() != nullptr)
    wake = waiting.cancel()->OnCancel([this] { Changed(); });
  auto outcome = WaitOn(what, persistence, waiting);
  if (wake != 0) waiting.cancel()->Forget(wake);
  return outcome;
}

}  // namespace wsfs
