#include "server/routes_json.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>

namespace wsfs {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

ApiError Missing(std::string_view name) {
  return api_error::Invalid(fmt::format("Missing required field: {}", name));
}

ApiError WrongType(std::string_view name) {
  return api_error::Malformed(
      fmt::format("Could not parse request object: the field {} has another "
                  "type",
                  name));
}

std::array<std::int8_t, 256> DecodeTable() {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table.at(static_cast<unsigned char>(kAlphabet[i])) =
        static_cast<std::int8_t>(i);
  return table;
}

}  // namespace

std::string base64::Encode(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group <<= 8;
      if (i + k < bytes.size())
        group |= static_cast<std::uint8_t>(bytes[i + k]);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      const bool padding = i + k > bytes.size();
      text += padding ? '=' : kAlphabet[(group >> (18 - 6 * k)) & 63];
    }
  }
  return text;
}

std::optional<std::string> base64::Decode(std::string_view text) {
  static const std::array<std::int8_t, 256> kTable = DecodeTable();
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  std::size_t digits = 0;
  std::size_t padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    const int digit = kTable.at(static_cast<unsigned char>(c));
    if (c == '=') {
      ++padding;
    } else if (digit < 0 || padding > 0) {
      return std::nullopt;
    }
    group = group << 6 | static_cast<std::uint32_t>(c == '=' ? 0 : digit);
    if (++digits % 4 != 0) continue;
    for (std::size_t k = 0; k + padding < 3; ++k)
      bytes += static_cast<char>(group >> (16 - 8 * k) & 0xFF);
    group = 0;
  }
  if (digits % 4 != 0 || padding > 2) return std::nullopt;
  return bytes;
}

Json ToJson(const ObjectView& view) {
  Json json = {{"path", view.path},
               {"object_type", ToApi(view.type)},
               {"object_id", view.id},
               {"resource_id", fmt::to_string(view.id)}};
  if (view.type == NodeType::kNotebook) json["language"] = ToApi(view.language);
  if (view.created_ms) json["created_at"] = *view.created_ms;
  if (view.modified_ms) json["modified_at"] = *view.modified_ms;
  if (view.size) json["size"] = *view.size;
  if (view.format == NotebookFormat::kSource)
    json["repos_export_format"] = "SOURCE";
  if (view.format == NotebookFormat::kJupyter)
    json["repos_export_format"] = "JUPYTER";
  return json;
}

ServerResponse JsonResponse(const Json& json) {
  ServerResponse response;
  response.text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

Answer<Json> ReadJson(HttpBody& body, std::uint64_t limit,
                      std::uint64_t& total) {
  const auto text = body.ReadText(limit, total);
  if (!text.ok())
    return api_error::Malformed("Could not read the request's body");
  if (total > limit) return Json::object();
  Json json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    return api_error::Malformed(
        "Could not parse request object: the body is not a JSON object");
  return json;
}

Answer<std::string> TextField(const Json& json, std::string_view name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return Missing(name);
  if (!found->is_string()) return WrongType(name);
  return found->get<std::string>();
}

Answer<std::string> TextField(const Json& json, std::string_view name,
                              std::string_view fallback) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return std::string(fallback);
  return TextField(json, name);
}

Answer<bool> BoolField(const Json& json, std::string_view name) {
  const auto found = json.find(name);
  if (found == json.end() || found->is_null()) return false;
  if (!found->is_boolean()) return WrongType(name);
  return found->get<bool>();
}

Answer<std::string> QueryPath(const ServerRequest& request) {
  auto path = request.Query("path");
  if (!path) return Missing("path");
  return *std::move(path);
}

}  // namespace wsfs
