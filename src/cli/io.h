#pragma once

#include <functional>
#include <string_view>

#include "base/environment.h"

namespace wsfs {

/// Exit codes of every command. Where several hold: 6, 1, 5, 75.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitCredentials = 3;
inline constexpr int kExitNotMounted = 4;
inline constexpr int kExitNotSent = 5;
inline constexpr int kExitConflicts = 6;
inline constexpr int kExitUnreachable = 75;

/// The world of a command: what it prints to, its environment, the signals it
/// gets. Tests give their own and run commands in-process. Value type; its
/// functions are called from one thread at a time.
struct Io {
  std::function<void(std::string_view text)> out;
  std::function<void(std::string_view text)> err;
  Environment environment;
  /// Becomes readable at each SIGINT or SIGTERM: a signalfd, or a test's
  /// pipe; one read takes one signal. -1: none come.
  int signals = -1;
  /// Ends the process at once: a second signal.
  std::function<void(int exit_code)> leave;
};

}  // namespace wsfs
