#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace wsfs {

/// On one line. File names are any bytes: what is no UTF-8 is replaced.
std::string JsonText(const nlohmann::json& json);

}  // namespace wsfs
