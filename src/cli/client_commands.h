#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "cli/io.h"
#include "control/message.h"

namespace wsfs {

/// The commands that speak to a running engine, found by the folder that is
/// mounted. Each returns its exit code.
int UnmountCommand(const UnmountArguments& arguments, const Io& io);
int StatusCommand(const StatusArguments& arguments, const Io& io);
int SyncCommand(const SyncArguments& arguments, const Io& io);
int MetricsCommand(const MetricsArguments& arguments, const Io& io);
int DropCacheCommand(const DropCacheArguments& arguments, const Io& io);

/// Prints what an engine answered, or why it did not; the exit code.
int Show(const Result<ControlReply>& reply, const Io& io);

/// The control sockets of the engine that mounts `directory`, or, if it is "",
/// of all this process can see. kNotFound.
Result<std::vector<std::filesystem::path>> SocketsFor(
    const std::string& directory);

}  // namespace wsfs
