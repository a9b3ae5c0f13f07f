#pragma once

#include <string>
#include <vector>

#include "cli/mount_table.h"
#include "core/sync/syncer.h"
#include "store/store.h"

namespace wsfs {

/// What `wsfs status` tells of one engine. Value type; holds no secret.
struct EngineReport {
  std::string host;
  std::string user;
  std::string store;
  int process = 0;
  std::vector<MountInfo> mounts;
  SyncStatus sync;
  PlanMillis now = 0;
  std::vector<Notice> notices;
};

std::string ToText(const EngineReport& report);
/// A JSON object, "version" 1.
std::string ToJson(const EngineReport& report);

/// What a drain left behind, one line each; "" when nothing.
std::string DescribeRemains(const SyncStatus& status);

/// The exit code of `wsfs sync` after this (user-experience.md §5.2).
int SyncExitCode(const SyncStatus& status);

}  // namespace wsfs
