#pragma once

#include <array>
#include <atomic>
#include <cstddef>

namespace wsfs {

/// Handles that are made at their first use and from then on found without a
/// lock: what never happens has no line. Thread-safe.
template <typename Handle, std::size_t kCount>
class Slots {
 public:
  /// `make` may run on several threads at once, and answers the same to all.
  template <typename Make>
  Handle At(std::size_t index, Make make) {
    Handle handle = slots_.at(index).load(std::memory_order_acquire);
    if (handle.valid()) return handle;
    handle = make();
    slots_.at(index).store(handle, std::memory_order_release);
    return handle;
  }

 private:
  std::array<std::atomic<Handle>, kCount> slots_{};
};

}  // namespace wsfs
