#pragma once

#include <optional>

#include "cli/mount_command.h"
#include "cli/mount_plan.h"

namespace wsfs {

/// Opens the plan's store and is its engine until the last mount has gone.
/// nullopt: another process holds the store; nothing was done. Otherwise the
/// exit code; `ready` has been told.
std::optional<int> BecomeEngine(MountPlan& plan,
                                const MountArguments& arguments, const Io& io,
                                const Ready& ready);

}  // namespace wsfs
