#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "metrics/metrics.h"
#include "metrics/slots.h"

namespace wsfs {

/// What a kernel asks of a filesystem.
enum class FileOperation : std::uint8_t {
  kLookup,
  kGetAttributes,
  kSetAttributes,
  kReadLink,
  kMakeNode,
  kMakeDirectory,
  kUnlink,
  kRemoveDirectory,
  kSymlink,
  kRename,
  kLink,
  kOpen,
  kRead,
  kWrite,
  kFlush,
  kFsync,
  kCreate,
  kAllocate,
  kSeek,
  kCopyRange,
  kOpenDirectory,
  kReadDirectory,
  kFsyncDirectory,
  kGetXattr,
  kListXattrs,
  kSetXattr,
  kRemoveXattr,
  kStatVolume,
};
inline constexpr std::size_t kFileOperations = 28;
/// As FUSE calls it: "getattr".
std::string_view ToString(FileOperation operation);

/// kWaited: it needed the service, or a long copy, and ran on the waiting pool.
enum class Served : std::uint8_t { kLocal, kWaited };

/// Counts what the kernels asked and how it went. Thread-safe; no lock but
/// those inside the metric itself.
class FileMetrics {
 public:
  explicit FileMetrics(Metrics& metrics) : metrics_(metrics) {}

  void Record(FileOperation operation, Served served,
              std::chrono::nanoseconds took, std::optional<Errc> error);

 private:
  static constexpr std::size_t kErrors =
      static_cast<std::size_t>(Errc::kIo) + 1;

  Metrics& metrics_;
  Slots<Histogram, kFileOperations * 2> times_;
  Slots<Counter, kFileOperations * kErrors> errors_;
};

}  // namespace wsfs
