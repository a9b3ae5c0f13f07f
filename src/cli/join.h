#pragma once

#include <optional>

#include "cli/io.h"
#include "cli/mount_plan.h"
#include "control/message.h"

namespace wsfs {

/// Asks the engine of the plan's store to make the mount. nullopt: no engine
/// answers there, or it is about to end.
std::optional<ControlReply> Join(const MountPlan& plan);

/// Stays until the mount has gone. A signal unmounts it; a second one leaves
/// at once. The exit code.
int WaitForJoined(const MountPlan& plan, const ControlReply& joined,
                  const Io& io);

}  // namespace wsfs
