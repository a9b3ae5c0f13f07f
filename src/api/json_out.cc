#include "api/json_out.h"

#include <nlohmann/json.hpp>
#include <simdjson.h>

namespace wsfs {

Result<std::string> ToJson(const JsonFields& fields) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& [name, value] : fields) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      if (!simdjson::validate_utf8(*text))
        return Error(Errc::kInvalidArgument,
                     "a name that is not UTF-8 cannot be sent to the service");
      object[name] = *text;
    } else {
      object[name] = std::get<bool>(value);
    }
  }
  return object.dump();
}

}  // namespace wsfs
