#include "cli/json_text.h"

#include <nlohmann/json.hpp>

namespace wsfs {

std::string JsonText(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace wsfs
