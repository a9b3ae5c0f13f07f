#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace wsfs {

/// Reads "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 §5.6.7, the one form that
/// may be sent) as milliseconds since the Unix epoch; nullopt otherwise.
std::optional<std::int64_t> ParseHttpDate(std::string_view text);

}  // namespace wsfs
