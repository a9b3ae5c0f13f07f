#include "base/log.h"

#include <atomic>
#include <chrono>
#include <regex>

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

std::string Redact(std::string_view text) {
  static const std::regex secrets(
      R"((Bearer\s+|Basic\s+|dapi)[A-Za-z0-9._~+/=-]+|(https?://[^\s?"']+\?)[^\s"']+)",
      std::regex::icase | std::regex::optimize);
  return std::regex_replace(std::string(text), secrets, "$2[redacted]");
}

}  // namespace wsfs
