#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wsfs {

/// What `--metrics` says. Value type.
struct MetricsWish {
  struct Address {
    std::string host;
    std::uint16_t port = 0;  ///< 0: the system picks one.
  };
  bool count = true;               ///< False: "off".
  std::optional<Address> address;  ///< Where to serve them over HTTP, if so.
};

/// "off", "" (counted, for `wsfs metrics`), or an address of this machine:
/// "127.0.0.1:9464", "localhost:0". kInvalidArgument with a sentence.
Result<MetricsWish> ParseMetricsWish(std::string_view text);

}  // namespace wsfs
