#include "server/routes_json.h"

#include <array>
#include <cstdint>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace wsfs {
namespace {

using Json = nlohmann::json;

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

std::array<int, 256> DecodeTable() {
  std::array<int, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    table.at(static_cast<unsigned char>(kAlphabet[i])) = static_cast<int>(i);
  return table;
}

/// The first `count` of the three bytes in a group of four digits.
void PutGroup(std::string& bytes, std::uint32_t group, std::size_t count) {
  for (std::size_t k = 0; k < count; ++k)
    bytes += static_cast<char>(group >> (16 - 8 * k) & 0xFF);
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
  static const std::array<int, 256> digit_of = DecodeTable();
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  std::size_t digits = 0;
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  const std::size_t padding = text.ends_with("==")  ? 2
                              : text.ends_with('=') ? 1
                                                    : 0;
  for (const char c : text.substr(0, text.size() - padding)) {
    if (c == '\n' || c == '\r') continue;
    const int digit = digit_of.at(static_cast<unsigned char>(c));
    if (digit < 0) return std::nullopt;
    group = group << 6 | static_cast<std::uint32_t>(digit);
    if (++digits % 4 == 0) PutGroup(bytes, group, 3);
  }
  if ((digits + padding) % 4 != 0) return std::nullopt;
  if (padding > 0) PutGroup(bytes, group << (6 * padding), 3 - padding);
  return bytes;
}

namespace {

Json ToObject(const ObjectView& view) {
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
  if (view.git_folder)
    json["directory_info"]["is_git_folder"] = *view.git_folder;
  return json;
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string ToJson(const ObjectView& view) {
  return Dump(ToObject(view));
}

std::string ToJson(const std::vector<ObjectView>& views,
                   std::string_view wrapper) {
  Json json = Json::object();
  for (const ObjectView& view : views) {
    Json object = ToObject(view);
    json["objects"].push_back(
        wrapper.empty() ? std::move(object)
                        : Json{{std::string(wrapper), std::move(object)}});
  }
  return Dump(json);
}

ServerResponse JsonResponse(std::string text) {
  ServerResponse response;
  response.text = std::move(text);
  return response;
}

struct RequestFields::Object {
  Json json;
};

Answer<RequestFields> RequestFields::Read(HttpBody& body, std::uint64_t limit) {
  RequestFields fields;
  const auto text = body.ReadText(limit, fields.body_bytes_);
  if (!text.ok())
    return api_error::Malformed("Could not read the request's body");
  Json json = Json::object();
  if (fields.body_bytes_ <= limit)
    json = Json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    return api_error::Malformed(
        "Could not parse request object: the body is not a JSON object");
  fields.object_ = std::make_shared<const Object>(Object{std::move(json)});
  return fields;
}

bool RequestFields::Has(std::string_view name) const {
  const auto found = object_->json.find(name);
  return found != object_->json.end() && !found->is_null();
}

Answer<std::string> RequestFields::Text(std::string_view name) const {
  if (!Has(name)) return Missing(name);
  const Json& value = *object_->json.find(name);
  if (!value.is_string()) return WrongType(name);
  return value.get<std::string>();
}

Answer<std::string> RequestFields::TextOr(std::string_view name,
                                          std::string_view fallback) const {
  if (!Has(name)) return std::string(fallback);
  return Text(name);
}

Answer<bool> RequestFields::Flag(std::string_view name) const {
  if (!Has(name)) return false;
  const Json& value = *object_->json.find(name);
  if (!value.is_boolean()) return WrongType(name);
  return value.get<bool>();
}

Answer<std::string> QueryPath(const ServerRequest& request) {
  auto path = request.Query("path");
  if (!path) return Missing("path");
  return *std::move(path);
}

}  // namespace wsfs
