#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace wsfs {

/// More would take from everybody's share of the workspace.
inline constexpr double kMostPollsPerSecond = 100;

/// What each command was given. Value types.
struct MountArguments {
  std::string remote = "/";
  std::string directory;
  bool foreground = false;
  bool read_only = false;
  bool demo = false;
  std::string profile;
  std::string store;
  std::string writes = "auto";
  std::string fsync = "local";
  std::string merge = "auto";
  double poll_rate = 2;
  std::string metrics;  ///< As ParseMetricsWish takes it.
  Milliseconds deadline{5'000};
  Milliseconds drain{30'000};
  LogLevel log_level = LogLevel::kWarn;
  std::string log_file;
};

struct UnmountArguments {
  std::string directory;
  std::optional<Milliseconds> drain;  ///< nullopt: the mount's own.
  bool now = false;
};

struct StatusArguments {
  std::string directory;  ///< "": all mounts.
  bool json = false;
};

struct SyncArguments {
  std::string directory;
  Milliseconds timeout{60'000};
};

struct ConflictsArguments {
  std::string directory;  ///< "": all mounts.
  bool json = false;
};

struct DiffArguments {
  std::string path;
};

struct ResolveArguments {
  std::string path;
  std::string side;  ///< "mine", "theirs" or "merge".
};

struct MetricsArguments {
  std::string directory;  ///< "": the one engine there is.
};

struct DropCacheArguments {
  std::string directory;
};

/// "500ms", "30s", "2m", "30" (seconds).
Result<Milliseconds> ParseDuration(const std::string& text);

}  // namespace wsfs
