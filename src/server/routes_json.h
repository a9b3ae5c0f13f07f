#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api_error.h"
#include "server/http_message.h"
#include "server/model_types.h"

namespace wsfs {

/// One object as get-status tells it (databricks-api.md §2.1), as JSON text.
std::string ToJson(const ObjectView& view);
/// {"objects":[…]}, or {} when there are none (§1.2). With `wrapper`, each is
/// {"wrapper":{…}}.
std::string ToJson(const std::vector<ObjectView>& views,
                   std::string_view wrapper);
ServerResponse JsonResponse(std::string text);

namespace base64 {
std::string Encode(std::string_view bytes);
/// Nothing when it is not base64. Line breaks are passed over.
std::optional<std::string> Decode(std::string_view text);
}  // namespace base64

/// The JSON object in a request's body. Value type.
class RequestFields {
 public:
  /// Reads all of the body; beyond `limit` bytes it is counted, not kept, and
  /// there are no fields. 400 MALFORMED_REQUEST.
  static Answer<RequestFields> Read(HttpBody& body, std::uint64_t limit);

  std::uint64_t body_bytes() const { return body_bytes_; }
  bool Has(std::string_view name) const;
  /// 400 when it is missing or no string.
  Answer<std::string> Text(std::string_view name) const;
  Answer<std::string> TextOr(std::string_view name,
                             std::string_view fallback) const;
  /// False when it is missing; 400 when it is no boolean.
  Answer<bool> Flag(std::string_view name) const;

 private:
  struct Object;
  std::shared_ptr<const Object> object_;
  std::uint64_t body_bytes_ = 0;
};

/// The `path` of the query; 400 when it is missing.
Answer<std::string> QueryPath(const ServerRequest& request);

}  // namespace wsfs
