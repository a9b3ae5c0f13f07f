#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/sync.h"

namespace wsfs {

/// The moments in which another person's change cannot be seen, because the
/// service has no compare-and-swap (planner.md §11; docs/semantics.md,
/// *Windows*).
enum class Window : std::uint8_t {
  kCheckToPut,
  kCheckToDelete,
  kCheckToRename,
  kListsToRmtree,
  kPutToAnswer,
  kStaleAnswer,  ///< Only met: an answer older than what we did.
  kLateCall,     ///< Only met: ours took effect after it was given up.
};
inline constexpr std::size_t kWindows = 7;
/// "check-put" and so on, for status and metrics.
std::string_view ToString(Window window);

/// How often a window stood open since the start, the longest, and how often
/// it was seen afterwards that somebody was in it. Value type.
struct WindowCount {
  Window window = Window::kCheckToPut;
  std::uint64_t opened = 0;
  Milliseconds longest{0};
  std::uint64_t met = 0;
};

/// Counts them. Thread-safe; a leaf lock.
class Windows {
 public:
  Windows();
  void Opened(Window window, Milliseconds length) EXCLUDES(mutex_);
  void Met(Window window) EXCLUDES(mutex_);
  std::vector<WindowCount> Counts() const EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::array<WindowCount, kWindows> counts_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
