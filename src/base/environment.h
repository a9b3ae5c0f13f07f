#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace wsfs {

/// Looks up an environment variable; nullopt when it is not set. Passed to
/// whoever needs one, so that tests do not change the process's own.
using Environment =
    std::function<std::optional<std::string>(std::string_view name)>;

/// The variables of this process.
Environment ProcessEnvironment();

}  // namespace wsfs
