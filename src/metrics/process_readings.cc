#include "metrics/process_readings.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <unistd.h>

namespace wsfs {
namespace {

constexpr MetricName kCpu = {
    .name = "process_cpu_seconds_total",
    .help = "Processor time of the engine, in user and system mode"};
constexpr MetricName kResident = {
    .name = "process_resident_memory_bytes",
    .help = "Memory of the engine that is in RAM"};
constexpr MetricName kVirtual = {.name = "process_virtual_memory_bytes",
                                 .help = "Address space of the engine"};
constexpr MetricName kStart = {
    .name = "process_start_time_seconds",
    .help = "When the engine was started, in seconds since 1970"};
constexpr MetricName kThreads = {.name = "process_threads",
                                 .help = "Threads of the engine"};
constexpr MetricName kOpen = {.name = "process_open_fds",
                              .help = "Open file descriptors of the engine"};
constexpr MetricName kMost = {.name = "process_max_fds",
                              .help = "Most file descriptors it may open"};

// proc(5): fields of /proc/PID/stat, counted after the name in brackets.
constexpr std::size_t kUserTicks = 11;
constexpr std::size_t kSystemTicks = 12;
constexpr std::size_t kThreadCount = 17;
constexpr std::size_t kStartTicks = 19;
constexpr std::size_t kVirtualBytes = 20;
constexpr std::size_t kResidentPages = 21;

/// The name is any text, so the fields are looked for behind its last bracket.
std::vector<double> StatFields() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t bracket = line.rfind(')');
  std::vector<double> fields;
  if (bracket == line.npos) return fields;
  const char* at = line.data() + bracket + 1;
  const char* const end = line.data() + line.size();
  while (at < end) {
    const char* const blank = std::find(++at, end, ' ');
    double value = 0;  // The state is a letter: it counts as a field.
    std::from_chars(at, blank, value);
    fields.push_back(value);
    at = blank;
  }
  return fields;
}

/// When this machine started.
std::optional<double> BootSeconds() {
  std::ifstream file("/proc/stat");
  for (std::string word; file >> word;) {
    double seconds = 0;
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

void AppendStat(Readings& readings) {
  const std::vector<double> fields = StatFields();
  if (fields.size() <= kResidentPages) return;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  readings.Counter(kCpu, (fields[kUserTicks] + fields[kSystemTicks]) / ticks);
  readings.Gauge(kThreads, fields[kThreadCount]);
  readings.Gauge(kVirtual, fields[kVirtualBytes]);
  readings.Gauge(kResident, fields[kResidentPages] * page);
  if (const auto boot = BootSeconds())
    readings.Gauge(kStart, *boot + (fields[kStartTicks] / ticks));
}

void AppendDescriptors(Readings& readings) {
  std::error_code error;
  const std::filesystem::directory_iterator open("/proc/self/fd", error);
  // One of them is the folder's own.
  if (!error)
    readings.Gauge(
        kOpen, static_cast<double>(std::distance(begin(open), end(open)) - 1));
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    readings.Gauge(kMost, static_cast<double>(limit.rlim_cur));
}

}  // namespace

void AppendProcess(Readings& readings) {
  AppendStat(readings);
  AppendDescriptors(readings);
}

}  // namespace wsfs
