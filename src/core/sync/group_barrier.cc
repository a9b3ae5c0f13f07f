#include "core/sync/group_barrier.h"

namespace wsfs {

Result<void> GroupBarrier::Reach() {
  mutex_.Lock();
  const std::uint64_t ticket = next_ticket_++;
  while (running_ && reached_ < ticket) done_.Wait(mutex_);
  if (reached_ >= ticket) {
    mutex_.Unlock();
    return {};
  }
  running_ = true;
  const std::uint64_t covered = next_ticket_ - 1;
  mutex_.Unlock();
  Result<void> written = store_.Barrier();
  mutex_.Lock();
  running_ = false;
  // After a failure each of the others tries for itself.
  if (written.ok()) reached_ = covered;
  mutex_.Unlock();
  done_.NotifyAll();
  return written;
}

}  // namespace wsfs
