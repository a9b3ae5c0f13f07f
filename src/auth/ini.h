#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wsfs {

/// The sections of a `.databrickscfg`, in the dialect of databricks-api.md
/// §4.2: sections do not inherit, a repeated key counts last, comments begin
/// with '#' or ';' at the start of a line and with '#' after a blank. Keys
/// before any section belong to "DEFAULT".
using IniFile =
    std::map<std::string, std::map<std::string, std::string>, std::less<>>;

/// kInvalidArgument, naming the line but never what it holds: it may be a
/// token.
Result<IniFile> ParseIni(std::string_view text);

}  // namespace wsfs
