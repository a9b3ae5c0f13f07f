#include "core/sync/check_gate.h"

namespace wsfs {

CheckGate::Pass CheckGate::Enter(ObjectKey key) {
  const MutexLock lock(mutex_);
  while (!inside_.insert(key).second) left_.Wait(mutex_);
  return {*this, key};
}

std::optional<CheckGate::Pass> CheckGate::TryEnter(ObjectKey key) {
  const MutexLock lock(mutex_);
  if (!inside_.insert(key).second) return std::nullopt;
  return std::optional<Pass>(std::in_place, *this, key);
}

void CheckGate::Leave(ObjectKey key) {
  const MutexLock lock(mutex_);
  inside_.erase(key);
  left_.NotifyAll();
}

}  // namespace wsfs
