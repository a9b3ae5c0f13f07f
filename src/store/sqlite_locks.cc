#include "store/sqlite_locks.h"

namespace wsfs {

bool SqliteLocks::Lock(Holder& holder, int level) {
  const MutexLock lock(mutex_);
  if (holder.level >= level) return true;
  if (holder.level != level_ && (level_ >= kPending || level > kShared))
    return false;
  if (level == kShared) {
    ++holders_;
    if (level_ == kNone) level_ = kShared;
    holder.level = kShared;
    return true;
  }
  // A writer that waits for readers to leave keeps new ones out.
  const bool waits = level == kExclusive && holders_ > 1;
  level_ = holder.level = waits ? static_cast<int>(kPending) : level;
  return !waits;
}

void SqliteLocks::Unlock(Holder& holder, int level) {
  const MutexLock lock(mutex_);
  if (holder.level <= level) return;
  if (holder.level > kShared) level_ = kShared;
  holder.level = level;
  if (level == kNone && --holders_ == 0) level_ = kNone;
}

bool SqliteLocks::IsReserved() const {
  const MutexLock lock(mutex_);
  return level_ > kShared;
}

void* SqliteLocks::Map(Holder& holder, std::size_t number, std::size_t bytes,
                       bool extend) {
  const MutexLock lock(mutex_);
  if (!holder.mapped) {
    holder.mapped = true;
    ++mapped_;
  }
  if (number >= regions_.size() && !extend) return nullptr;
  while (number >= regions_.size()) {
    regions_.push_back(std::make_unique<std::uint64_t[]>(  // NOLINT
        bytes / sizeof(std::uint64_t)));
  }
  return regions_[number].get();
}

void SqliteLocks::Unmap(Holder& holder) {
  const MutexLock lock(mutex_);
  if (!holder.mapped) return;
  ReleaseSlots(holder, ~0U);
  holder.mapped = false;
  // The next one to map finds an empty index and reads it from the log again.
  if (--mapped_ == 0) regions_.clear();
}

bool SqliteLocks::IsInTheWay(const Holder& holder, unsigned slot,
                             bool exclusive) const {
  const unsigned bit = 1U << slot;
  const bool mine = (holder.exclusive_slots & bit) != 0;
  const int own = (holder.shared_slots & bit) != 0 ? 1 : 0;
  return (exclusive_.at(slot) && !mine) ||
         (exclusive && shared_.at(slot) > own);
}

bool SqliteLocks::LockSlots(Holder& holder, unsigned mask, bool exclusive) {
  const MutexLock lock(mutex_);
  for (unsigned slot = 0; slot < kSlots; ++slot)
    if ((mask >> slot & 1U) != 0 && IsInTheWay(holder, slot, exclusive))
      return false;
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    const unsigned bit = 1U << slot;
    if ((mask & bit) == 0) continue;
    if (exclusive) {
      exclusive_.at(slot) = true;
    } else if ((holder.shared_slots & bit) == 0) {
      ++shared_.at(slot);
    }
  }
  (exclusive ? holder.exclusive_slots : holder.shared_slots) |= mask;
  return true;
}

void SqliteLocks::UnlockSlots(Holder& holder, unsigned mask) {
  const MutexLock lock(mutex_);
  ReleaseSlots(holder, mask);
}

void SqliteLocks::ReleaseSlots(Holder& holder, unsigned mask) {
  for (unsigned slot = 0; slot < kSlots; ++slot) {
    const unsigned bit = 1U << slot;
    if ((mask & bit) == 0) continue;
    if ((holder.shared_slots & bit) != 0) --shared_.at(slot);
    if ((holder.exclusive_slots & bit) != 0) exclusive_.at(slot) = false;
  }
  holder.shared_slots &= ~mask;
  holder.exclusive_slots &= ~mask;
}

void SqliteLocks::Barrier() {
  const MutexLock lock(mutex_);
}

}  // namespace wsfs
