#pragma once

#include <string>
#include <vector>

#include "cli/io.h"

namespace wsfs {

/// Runs `wsfs ARGUMENTS` and returns its exit code. `arguments` are without
/// the program's name. Failures are sentences on `io.err`.
int RunCommandLine(const std::vector<std::string>& arguments, const Io& io);

}  // namespace wsfs
