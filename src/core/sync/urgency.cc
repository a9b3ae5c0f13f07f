#include "core/sync/urgency.h"

#include <utility>

namespace wsfs {

void Urgency::Add(const std::vector<std::uint64_t>& rows) {
  const MutexLock lock(mutex_);
  rows_.insert(rows.begin(), rows.end());
}

void Urgency::Remove(const std::vector<std::uint64_t>& rows) {
  const MutexLock lock(mutex_);
  for (const std::uint64_t row : rows) {
    const auto found = rows_.find(row);
    if (found != rows_.end()) rows_.erase(found);
  }
}

bool Urgency::Has(std::uint64_t row) const {
  const MutexLock lock(mutex_);
  return rows_.contains(row);
}

std::set<std::uint64_t> Urgency::Rows() const {
  const MutexLock lock(mutex_);
  return {rows_.begin(), rows_.end()};
}

bool UrgentRows::Set(std::vector<std::uint64_t> rows) {
  if (rows == rows_) return false;
  urgency_.Add(rows);
  urgency_.Remove(rows_);
  rows_ = std::move(rows);
  return true;
}

}  // namespace wsfs
