#include "core/sync/windows.h"

#include <algorithm>
#include <utility>

namespace wsfs {

std::string_view ToString(Window window) {
  switch (window) {
    case Window::kCheckToPut: return "check-put";
    case Window::kCheckToDelete: return "check-delete";
    case Window::kCheckToRename: return "check-rename";
    case Window::kListsToRmtree: return "lists-rmtree";
    case Window::kPutToAnswer: return "put-answer";
    case Window::kStaleAnswer: return "stale-answer";
    case Window::kLateCall: return "late-call";
  }
  std::unreachable();
}

Windows::Windows() {
  for (std::size_t i = 0; i < kWindows; ++i)
    counts_[i].window = static_cast<Window>(i);
}

void Windows::Opened(Window window, Milliseconds length) {
  const MutexLock lock(mutex_);
  WindowCount& count = counts_[std::to_underlying(window)];
  ++count.opened;
  count.longest = std::max(count.longest, length);
}

void Windows::Met(Window window) {
  const MutexLock lock(mutex_);
  ++counts_[std::to_underlying(window)].met;
}

std::vector<WindowCount> Windows::Counts() const {
  const MutexLock lock(mutex_);
  return {counts_.begin(), counts_.end()};
}

}  // namespace wsfs
