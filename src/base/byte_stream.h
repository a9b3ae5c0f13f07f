#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"

namespace wsfs {

/// Bytes on their way to the service. One thread at a time; read again from
/// the start for each attempt, so a whole file is never in memory.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual std::uint64_t size_bytes() const = 0;
  /// Fills `into` from `offset`; fewer bytes only at the end.
  virtual Result<std::size_t> ReadAt(std::uint64_t offset,
                                     std::span<std::byte> into) = 0;
};

/// Bytes on their way from the service. `Restart` is called before each
/// attempt: what was taken before is void.
class ByteSink {
 public:
  virtual ~ByteSink() = default;
  virtual Result<void> Restart() = 0;
  virtual Result<void> Take(std::span<const std::byte> bytes) = 0;
};

}  // namespace wsfs
