#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/result.h"

namespace wsfs {

enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError };

/// "trace", "debug", "info", "warn" or "error".
Result<LogLevel> ParseLogLevel(std::string_view text);

/// Where the process logs: stderr, or `file` (appended, 0600) when not empty.
/// One logger a process, one of the two globals (style.md §3.4). Thread-safe.
///
/// Never log a token, a signed URL or file content, at any level. As a second
/// net every line passes Redact(): "Bearer …", "dapi…", and the query of any
/// https URL are replaced by "[redacted]".
Result<void> SetUpLog(LogLevel level, const std::string& file);
bool LogEnabled(LogLevel level);
void LogLine(LogLevel level, std::string_view line);
std::string Redact(std::string_view text);

template <typename... Args>
void Log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (LogEnabled(level))
    LogLine(level, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace wsfs
