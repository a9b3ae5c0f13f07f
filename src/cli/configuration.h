#pragma once

#include <functional>
#include <string_view>

#include "base/environment.h"
#include "base/result.h"
#include "cli/arguments.h"

namespace wsfs {

/// Whether an option, without its dashes, was given on the command line.
using Given = std::function<bool(std::string_view option)>;

/// Sets what the user's configuration file says of this mount and the command
/// line does not: `[mount]` is for all, `[mount."~/ws"]` for what is mounted
/// there (docs/configuration.md). The file is $WSFS_CONFIG, or
/// wsfs/config.toml in $XDG_CONFIG_HOME or ~/.config; none is no error, unless
/// $WSFS_CONFIG names it.
///
/// kInvalidArgument with file, line and what would be right: a key or value
/// that is not known is never passed over. Call it once the folder is known.
Result<void> Configure(MountArguments& arguments, const Given& given,
                       const Environment& environment);

}  // namespace wsfs
