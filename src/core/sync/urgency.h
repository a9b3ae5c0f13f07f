#pragma once

#include <cstdint>
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

/// What one waiter has made urgent, until it ends. Resource type; one thread.
class UrgentRows {
 public:
  explicit UrgentRows(Urgency& urgency) : urgency_(urgency) {}
  ~UrgentRows() { urgency_.Remove(rows_); }
  UrgentRows(const UrgentRows&) = delete;
  UrgentRows& operator=(const UrgentRows&) = delete;

  /// From now on these. False: they are the same as before.
  bool Set(std::vector<std::uint64_t> rows);

 private:
  Urgency& urgency_;
  std::vector<std::uint64_t> rows_;
};

}  // namespace wsfs
