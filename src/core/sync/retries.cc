#include "core/sync/retries.h"

#include <algorithm>

namespace wsfs {
namespace {

constexpr PlanMillis kFirstWaitMs = 1'000;
constexpr PlanMillis kLongestWaitMs = 30'000;
constexpr int kMostDoublings = 5;

/// Spreads the tries of many rows over a quarter of the wait. From the row's
/// number, so that a run can be repeated.
PlanMillis Jitter(std::uint64_t row, int count, PlanMillis wait) {
  const std::uint64_t mixed =
      (row + static_cast<std::uint64_t>(count) * 7'919U) * 2'654'435'761U;
  const auto part = static_cast<PlanMillis>((mixed >> 16U) % 256U);
  return wait * part / 1'024;
}

}  // namespace

PlanMillis Retries::Failed(std::uint64_t row, PlanMillis now,
                           const Cause& cause) {
  const MutexLock lock(mutex_);
  Failure& failure = failures_[row];
  ++failure.count;
  failure.number = ++last_;
  if (!cause.why.empty()) failure.why = cause.why;
  failure.refusal = cause.refusal;
  if (failure.count == 1) return now + kFirstWaitMs;
  const int doublings = std::min(failure.count - 1, kMostDoublings);
  const PlanMillis wait = std::min(kFirstWaitMs << doublings, kLongestWaitMs);
  return now + wait - Jitter(row, failure.count, wait);
}

void Retries::Refused(std::uint64_t row, const Cause& cause) {
  const MutexLock lock(mutex_);
  Failure& failure = failures_[row];
  failure.number = ++last_;
  failure.why = cause.why;
  failure.refusal = cause.refusal;
}

void Retries::Succeeded(std::uint64_t row) {
  const MutexLock lock(mutex_);
  failures_.erase(row);
}

std::string Retries::ErrorOf(std::uint64_t row) const {
  const MutexLock lock(mutex_);
  const auto found = failures_.find(row);
  return found == failures_.end() ? std::string() : found->second.why;
}

bool Retries::FailedAfter(std::uint64_t row, FailureNumber last) const {
  const MutexLock lock(mutex_);
  const auto found = failures_.find(row);
  return found != failures_.end() && found->second.number > last;
}

std::optional<Error> Retries::RefusalAfter(std::uint64_t row,
                                           FailureNumber last) const {
  const MutexLock lock(mutex_);
  const auto found = failures_.find(row);
  if (found == failures_.end()) return std::nullopt;
  const Failure& failure = found->second;
  if (failure.number <= last || !failure.refusal) return std::nullopt;
  return Error(*failure.refusal, failure.why);
}

FailureNumber Retries::last() const {
  const MutexLock lock(mutex_);
  return last_;
}

void Retries::Prune(const std::function<bool(std::uint64_t)>& alive) {
  const MutexLock lock(mutex_);
  std::erase_if(failures_,
                [&](const auto& entry) { return !alive(entry.first); });
}

}  // namespace wsfs
