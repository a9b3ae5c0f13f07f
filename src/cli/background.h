#pragma once

#include <functional>

#include "cli/io.h"
#include "cli/mount_command.h"

namespace wsfs {

/// Runs `body` in a child that leaves the terminal, and returns what it says
/// through its Ready when it is ready. The child then lives on and ends with
/// `body`'s exit code; this call never returns there. To be called before any
/// thread is made.
ControlReply RunInBackground(const Io& io,
                             const std::function<int(const Ready&)>& body);

}  // namespace wsfs
