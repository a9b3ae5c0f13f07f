#pragma once

#include "cli/arguments.h"
#include "cli/io.h"

namespace wsfs {

/// The commands about files of which both sides are kept. Each returns its
/// exit code; kExitConflicts while something is left to be decided.
int ConflictsCommand(const ConflictsArguments& arguments, const Io& io);
int DiffCommand(const DiffArguments& arguments, const Io& io);
int ResolveCommand(const ResolveArguments& arguments, const Io& io);

}  // namespace wsfs
