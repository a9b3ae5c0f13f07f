#pragma once

#include <functional>

#include "cli/arguments.h"
#include "cli/io.h"
#include "control/message.h"

namespace wsfs {

/// `wsfs mount`: joins the engine of the store, or becomes it. Returns when
/// the mount is ready (background), or when it has gone (--foreground).
int MountCommand(const MountArguments& arguments, const Io& io);

/// The foreground half: `ready` is told once, with what to print and the exit
/// code of the background form; after that nobody may be listening.
using Ready = std::function<void(const ControlReply& reply)>;
int MountHere(const MountArguments& arguments, const Io& io,
              const Ready& ready);

}  // namespace wsfs
