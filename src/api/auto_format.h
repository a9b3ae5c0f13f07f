#pragma once

#include <string_view>

#include "api/workspace.h"
#include "base/result.h"

namespace wsfs {

/// Does an import with AUTO make a file under its own name of this
/// (databricks-api.md §1.5), so that AUTO may stand in for RAW? Reads the first
/// 4 KiB at most; fails as that read does.
Result<bool> AutoMakesAFile(std::string_view name, ByteSource& content);

}  // namespace wsfs
