#pragma once

#include <string>
#include <vector>

#include "cli/mount_table.h"
#include "control/message.h"
#include "core/engine.h"

namespace wsfs {

/// What an engine answers to `wsfs conflicts`, `wsfs diff` and `wsfs resolve`.
/// Paths in requests are of this machine, below the mount named with them, and
/// so are those in answers.
ControlReply AnswerConflicts(Engine& engine,
                             const std::vector<MountInfo>& mounts);
/// "path" and "copy" in its body.
ControlReply AnswerConflict(Engine& engine,
                            const std::vector<MountInfo>& mounts,
                            const ControlRequest& request);
ControlReply AnswerResolve(Engine& engine, const std::vector<MountInfo>& mounts,
                           const ControlRequest& request,
                           const std::shared_ptr<CancelToken>& cancel);

}  // namespace wsfs
