#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "base/sync.h"

namespace wsfs {

/// The rows (NodeId or ObjectKey) somebody waits for: their settle times are
/// over. Thread-safe; a leaf lock.
class Urgency {
 public:
  void Add(const std::vector<std::uint64_t>& rows) EXCLUDES(mutex_);
  void Remove(const std::vector<std::uint64_t>& rows) EXCLUDES(mutex_);
  bool Has(std::uint64_t row) const EXCLUDES(mutex_);
  std::set<std::uint64_t> Rows() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::multiset<std::uint64_t> rows_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
