#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wsfs {

/// A SHA-256. Value type.
struct Hash {
  std::array<std::uint8_t, 32> bytes{};

  std::string Hex() const;
  static Result<Hash> FromHex(std::string_view hex);
  friend auto operator<=>(const Hash&, const Hash&) = default;
};

/// Takes bytes piece by piece. One thread at a time.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(Hasher&&) noexcept;
  Hasher& operator=(Hasher&&) noexcept;

  void Update(std::span<const std::byte> bytes);
  void Update(std::string_view text);
  /// The hash of all so far; the hasher is empty again afterwards.
  Hash Finish();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

Hash HashOf(std::string_view text);

}  // namespace wsfs
