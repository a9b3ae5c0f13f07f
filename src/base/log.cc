#include "base/log.h"

#include <atomic>
#include <chrono>

#include <fcntl.h>
#include <fmt/chrono.h>
#include <unistd.h>

#include "base/ascii.h"
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
    if (LowerAscii(text[i]) != lower[i]) return false;
  }
  return true;
}

std::size_t TokenEnd(std::string_view text, std::size_t begin) {
  while (begin < text.size() && IsTokenCharacter(text[begin])) ++begin;
  return begin;
}

/// A secret at the start of a text: its length with whatever introduces it,
/// and how much of that may be shown. Length 0: none begins here.
struct Secret {
  std::size_t length = 0;
  std::size_t shown = 0;
};

Secret CredentialAt(std::string_view text) {
  for (const std::string_view word : {"bearer ", "basic "}) {
    if (StartsWithNoCase(text, word))
      return {.length = TokenEnd(text, word.size()), .shown = word.size()};
  }
  if (StartsWithNoCase(text, "dapi"))
    return {.length = TokenEnd(text, 4), .shown = 0};
  return {};
}

Secret QueryAt(std::string_view text) {
  if (!StartsWithNoCase(text, "http://") && !StartsWithNoCase(text, "https://"))
    return {};
  std::size_t end = 0;
  while (end < text.size() && !EndsUrl(text[end])) ++end;
  const std::size_t query = text.substr(0, end).find('?');
  if (query == std::string_view::npos || query + 1 == end) return {};
  return {.length = end, .shown = query + 1};
}

}  // namespace

std::string Redact(std::string_view text) {
  std::string safe;
  safe.reserve(text.size());
  while (!text.empty()) {
    Secret secret = CredentialAt(text);
    if (secret.length == 0) secret = QueryAt(text);
    if (secret.length == 0) {
      safe += text.front();
      text.remove_prefix(1);
      continue;
    }
    safe.append(text.substr(0, secret.shown)).append(kRedacted);
    text.remove_prefix(secret.length);
  }
  return safe;
}

}  // namespace wsfs
