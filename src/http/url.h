#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace wsfs {

/// Percent-encodes every byte that RFC 3986 does not call unreserved, so '/'
/// becomes %2F and '+' becomes %2B: right for one path segment and for the
/// value of a query (databricks-api.md §6 item 20).
std::string PercentEncode(std::string_view text);

/// The same, keeping '/': for a path.
std::string PercentEncodePath(std::string_view path);

/// "https://adb-1.azuredatabricks.net" and "/api/2.0/x" as one; `target` is
/// already encoded.
std::string JoinUrl(std::string_view host, std::string_view target);

/// Fails with kInvalidArgument and a sentence unless `url` is https, or http
/// to this machine, or http at all when `allow_plain_http`.
Result<void> CheckUrl(std::string_view url, bool allow_plain_http);

/// True for http and https URLs of localhost, 127.0.0.0/8 and [::1].
bool IsLoopbackUrl(std::string_view url);

/// The URL without query, fragment and user: fit for logs and messages.
std::string UrlForPeople(std::string_view url);

}  // namespace wsfs
