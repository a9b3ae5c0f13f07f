#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "server/api_error.h"
#include "server/http_message.h"
#include "server/model.h"

namespace wsfs {

using Json = nlohmann::json;

/// Included by routes*.cc only.
Json ToJson(const ObjectView& view);
ServerResponse JsonResponse(const Json& json);
namespace base64 {
std::string Encode(std::string_view bytes);
/// Nothing when it is not base64. Line breaks are passed over.
std::optional<std::string> Decode(std::string_view text);
}  // namespace base64

/// The request's body as a JSON object of at most `limit` bytes; `total` is
/// what came. 400 MALFORMED_REQUEST.
Answer<Json> ReadJson(HttpBody& body, std::uint64_t limit,
                      std::uint64_t& total);
/// A field that must be a string; 400 when it is missing or is not.
Answer<std::string> TextField(const Json& json, std::string_view name);
Answer<std::string> TextField(const Json& json, std::string_view name,
                              std::string_view fallback);
Answer<bool> BoolField(const Json& json, std::string_view name);
/// The `path` of the query; 400 when it is missing.
Answer<std::string> QueryPath(const ServerRequest& request);

}  // namespace wsfs
