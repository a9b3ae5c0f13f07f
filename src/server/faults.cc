#include "server/faults.h"

#include <algorithm>
#include <thread>

namespace wsfs {

void FaultPlan::Add(Fault fault) {
  const MutexLock lock(mutex_);
  faults_.push_back(std::move(fault));
}

void FaultPlan::Clear() {
  const MutexLock lock(mutex_);
  faults_.clear();
  ++releases_;
  changed_.NotifyAll();
}

void FaultPlan::Release() {
  const MutexLock lock(mutex_);
  ++releases_;
  changed_.NotifyAll();
}

std::vector<Fault> FaultPlan::Take(std::string_view route,
                                   std::string_view path, FaultSide side) {
  std::vector<Fault> hit;
  const MutexLock lock(mutex_);
  for (Fault& fault : faults_) {
    const bool applies = fault.side == side && fault.count != 0 &&
                         (fault.route.empty() || fault.route == route) &&
                         (fault.path.empty() || fault.path == path);
    if (!applies) continue;
    if (fault.skip > 0) {
      --fault.skip;
      continue;
    }
    if (fault.count > 0) --fault.count;
    hit.push_back(fault);
  }
  std::erase_if(faults_, [](const Fault& fault) { return fault.count == 0; });
  return hit;
}

std::uint64_t FaultPlan::BeginStall() {
  const MutexLock lock(mutex_);
  ++stalled_;
  changed_.NotifyAll();
  return releases_;
}

bool FaultPlan::StallIsOver(std::uint64_t ticket, Milliseconds wait) {
  const auto until = std::chrono::steady_clock::now() + wait;
  const MutexLock lock(mutex_);
  while (releases_ == ticket) {
    if (!changed_.WaitUntil(mutex_, until)) return releases_ != ticket;
  }
  return true;
}

void FaultPlan::EndStall() {
  const MutexLock lock(mutex_);
  --stalled_;
}

void FaultPlan::Pause(Milliseconds time) {
  std::this_thread::sleep_for(time);
}

bool FaultPlan::WaitUntilStalled(int count) {
  const auto until =
      std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const MutexLock lock(mutex_);
  while (stalled_ < count) {
    if (!changed_.WaitUntil(mutex_, until)) return stalled_ >= count;
  }
  return true;
}

void RateLimits::Set(std::string_view route, double per_second) {
  const MutexLock lock(mutex_);
  if (per_second <= 0) {
    buckets_.erase(std::string(route));
    return;
  }
  buckets_.insert_or_assign(
      std::string(route),
      Bucket{per_second, std::max(per_second, 1.0), clock_.Now()});
}

void RateLimits::SetDocumented() {
  Set("import", 30);
  Set("export", 60);
  Set("import-file", 20);
}

bool RateLimits::Admit(std::string_view route) {
  const MutexLock lock(mutex_);
  const auto found = buckets_.find(route);
  if (found == buckets_.end()) return true;
  Bucket& bucket = found->second;
  const SteadyTime now = clock_.Now();
  const std::chrono::duration<double> passed = now - bucket.filled;
  bucket.filled = now;
  bucket.tokens = std::min(std::max(bucket.per_second, 1.0),
                           bucket.tokens + passed.count() * bucket.per_second);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}

}  // namespace wsfs
