#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "auth/credential.h"
#include "cli/arguments.h"
#include "cli/metrics_address.h"
#include "cli/mount_table.h"
#include "cli/service_link.h"

namespace wsfs {

/// What a `wsfs mount` is about, found out with at most one call. Resource
/// type: `link` may have been used to make that call, and goes on to be the
/// engine's.
struct MountPlan {
  MountWish wish;
  bool demo = false;
  Credential credential;  ///< Empty for the demo.
  std::string host;       ///< As shown: without scheme, or "demo".
  std::string user;
  std::filesystem::path store;
  // Of an engine that is started for it:
  bool merge = true;
  double polls_per_second = 0;
  MetricsWish metrics_wish;
  std::shared_ptr<Metrics> metrics;  ///< Null: nothing is counted.
  std::unique_ptr<ServiceLink> link;
};

/// kUnauthenticated (exit 3) with a sentence that says what to set;
/// kUnreachable when the service is needed and away.
Result<MountPlan> MakeMountPlan(const MountArguments& arguments,
                                const Environment& environment);

/// The words of the command line; another word is the default.
MountPolicy PolicyOf(const std::string& writes, const std::string& fsync);

/// "/Workspace/x", "x" and "/x/" are "/x".
Result<std::string> NormalizeRemote(const std::string& text);

}  // namespace wsfs
