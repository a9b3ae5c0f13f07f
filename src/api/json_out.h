#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace wsfs {

/// The fields of a flat JSON object, in order of their names.
using JsonFields =
    std::vector<std::pair<std::string, std::variant<std::string, bool>>>;

/// kInvalidArgument when a text is not UTF-8: the service knows no such name.
Result<std::string> ToJson(const JsonFields& fields);

}  // namespace wsfs
