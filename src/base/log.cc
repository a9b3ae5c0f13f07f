#include "base/log.h"

#include <atomic>
#include <chrono>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include "base/sync.h"

namespace wsfs {
namespace {

struct Sink {
  Mutex mutex;
  int fd GUARDED_BY(mutex) = 2;
};

Sink& TheSink() {
  static Sink sink;
  return sink;
}

std::atomic<LogLevel> the_level = LogLevel::kWarn;

std::string_view Name(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace: return "trace";
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarn: return "warn";
    case LogLevel::kError: return "error";
  }
  return "error";
}

}  // namespace

Result<LogLevel> ParseLogLevel(std::string_view text) {
  for (const LogLevel level :
       {LogLevel::kTrace, LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn,
        LogLevel::kError}) {
    if (Name(level) == text) return level;
  }
  return Error(Errc::kInvalidArgument,
               fmt::format("log level {:?}: use trace, debug, info, warn or "
                           "error",
                           text));
}

Result<void> SetUpLog(LogLevel level, const std::string& file) {
  the_level = level;
  if (file.empty()) return {};
  const int fd =
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0)
    return Error(Errc::kIo, fmt::format("cannot open the log file {}", file));
  Sink& sink = TheSink();
  const MutexLock lock(sink.mutex);
  if (sink.fd > 2) ::close(sink.fd);
  sink.fd = fd;
  return {};
}

bool LogEnabled(LogLevel level) {
  return level >= the_level;
}

void LogLine(LogLevel level, std::string_view line) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(
      std::chrono::system_clock::now());
  const auto millis = now.time_since_epoch().count() % 1000;
  const std::string text =
      fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z {} {}\n",
                  fmt::gmtime(std::chrono::system_clock::to_time_t(now)),
                  millis, Name(level), Redact(line));
  Sink& sink = TheSink();
  const MutexLock lock(sink.mutex);
  [[maybe_unused]] const auto written =
      ::write(sink.fd, text.data(), text.size());
}

namespace {

constexpr std::string_view kRedacted = "[redacted]";

bool IsTokenCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') ||
         std::string_view("._~+/=-").find(c) != std::string_view::npos;
}

bool EndsUrl(char c) {
  return c == ' ' || c == '"' || c == '\'' || c == '\n' || c == '\t';
}

bool StartsWithNoCase(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) !=
        lower[i])
      return false;
  }
  return true;
}

/// The length of a secret that begins at the start of `text`, with whatever
/// introduces it; `kept` of it may be shown. 0: none begins here.
std::size_t SecretAt(std::string_view text, std::size_t& kept) {
  for (const std::string_view word : {"bearer ", "basic "}) {
    if (!StartsWithNoCase(text, word)) continue;
    std::size_t end = word.size();
    while (end < text.size() && IsTokenCharacter(text[end])) ++end;
    kept = word.size();
    return end;
  }
  if (StartsWithNoCase(text, "dapi")) {
    std::size_t end = 4;
    while (end < text.size() && IsTokenCharacter(text[end])) ++end;
    kept = 0;
    return end;
  }
  if (StartsWithNoCase(text, "http://") || StartsWithNoCase(text, "https://")) {
    std::size_t end = 0;
    while (end < text.size() && !EndsUrl(text[end])) ++end;
    const std::size_t query = text.substr(0, end).find('?');
    if (query == std::string_view::npos || query + 1 == end) return 0;
    kept = query + 1;
    return end;
  }
  return 0;
}

}  // namespace

std::string Redact(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    std::size_t kept = 0;
    const std::size_t secret = SecretAt(text, kept);
    if (secret == 0) {
      safe += text.front();
      text.remove_prefix(1);
      continue;
    }
    safe.append(text.substr(0, kept)).append(kRedacted);
    text.remove_prefix(secret);
  }
  return safe;
}

}  // namespace wsfs
