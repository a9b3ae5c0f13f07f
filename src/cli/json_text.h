#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace wsfs {

/// On one line. File names are any bytes: what is no UTF-8 is replaced.
inline std::string JsonText(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace wsfs
