#include "model/ipynb_json.h"

#include <nlohmann/json.hpp>

namespace wsfs {
namespace {

using Json = nlohmann::json;

/// Text as one string everywhere; without what the service writes anew.
Json Normal(const Json& value) {
  if (value.is_array()) {
    if (const auto text = IpynbText(value)) return *text;
  }
  Json out = value;
  if (value.is_object()) {
    out = Json::object();
    for (const auto& [key, part] : value.items()) {
      if (key != "metadata" && key != "execution_count")
        out[key] = Normal(part);
    }
  } else if (value.is_array()) {
    out = Json::array();
    for (const Json& part : value) out.push_back(Normal(part));
  }
  return out;
}

}  // namespace

std::optional<std::string> IpynbText(const Json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  if (!value.is_array()) return std::nullopt;
  std::string text;
  for (const Json& line : value) {
    if (!line.is_string()) return std::nullopt;
    text += line.get_ref<const std::string&>();
  }
  return text;
}

Json SeenPart(const Json& cell, const char* key) {
  const auto found = cell.find(key);
  return found == cell.end() ? Json() : Normal(*found);
}

Json SeenOutputs(const Json& cell) {
  Json outputs = SeenPart(cell, "outputs");
  if (outputs == "" || outputs.empty()) outputs = Json::array();
  return outputs;
}

}  // namespace wsfs
