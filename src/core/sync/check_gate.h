#pragma once

#include <optional>
#include <set>
#include <utility>

#include "base/sync.h"
#include "store/rows.h"

namespace wsfs {

/// One check of an object at a time: the early one, asked at a file's first
/// write, and the put's own (design.md §2, *Checked*). The second comes in when
/// the first has its answer and need not ask again: a save is three calls.
///
/// Resource type: one per syncer. Thread-safe. Held during one call only, so
/// Enter() waits no longer than a call's deadline.
class CheckGate {
 public:
  /// Inside until destroyed.
  class Pass {
   public:
    Pass(CheckGate& gate, ObjectKey key) : gate_(&gate), key_(key) {}
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), key_(other.key_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave(key_);
    }

   private:
    CheckGate* gate_;
    ObjectKey key_;
  };

  Pass Enter(ObjectKey key) EXCLUDES(mutex_);
  /// Nothing when another check of this object is on its way.
  std::optional<Pass> TryEnter(ObjectKey key) EXCLUDES(mutex_);

 private:
  void Leave(ObjectKey key) EXCLUDES(mutex_);

  Mutex mutex_;
  CondVar left_;
  std::set<ObjectKey> inside_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
