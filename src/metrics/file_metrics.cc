#include "metrics/file_metrics.h"

#include <array>
#include <string>
#include <utility>

namespace wsfs {
namespace {

constexpr MetricName kTimes = {
    .name = "wsfs_file_operation_seconds",
    .help =
        "Time of the kernel's requests in the filesystem, by whether they "
        "had to wait"};
constexpr MetricName kFailures = {
    .name = "wsfs_file_operation_errors_total",
    .help = "Requests of the kernel that ended with an error"};

constexpr std::array kBounds = {5e-6, 2e-5, 1e-4, 5e-4, 2e-3, 1e-2,
                                5e-2, 0.2,  1.0,  5.0,  30.0};

constexpr std::array<std::string_view, kFileOperations> kNames = {
    "lookup",   "getattr",     "setattr",   "readlink", "mknod",
    "mkdir",    "unlink",      "rmdir",     "symlink",  "rename",
    "link",     "open",        "read",      "write",    "flush",
    "fsync",    "create",      "fallocate", "lseek",    "copy_file_range",
    "opendir",  "readdir",     "fsyncdir",  "getxattr", "listxattr",
    "setxattr", "removexattr", "statfs"};

}  // namespace

std::string_view ToString(FileOperation operation) {
  return kNames.at(std::to_underlying(operation));
}

void FileMetrics::Record(FileOperation operation, Served served,
                         std::chrono::nanoseconds took,
                         std::optional<Errc> error) {
  const std::size_t number = std::to_underlying(operation);
  const std::size_t way = std::to_underlying(served);
  times_
      .At((number * 2) + way,
          [&] {
            return metrics_.AddHistogram(
                kTimes,
                {{"operation", std::string(ToString(operation))},
                 {"served", served == Served::kLocal ? "local" : "waited"}},
                kBounds);
          })
      .Observe(took);
  if (!error) return;
  errors_
      .At((number * kErrors) + std::to_underlying(*error),
          [&] {
            return metrics_.AddCounter(
                kFailures, {{"operation", std::string(ToString(operation))},
                            {"error", std::string(wsfs::ToString(*error))}});
          })
      .Add();
}

}  // namespace wsfs
