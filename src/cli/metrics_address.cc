#include "cli/metrics_address.h"

#include <charconv>

#include <arpa/inet.h>
#include <fmt/format.h>

namespace wsfs {
namespace {

/// An IPv4 address of this machine alone, in its full form.
bool IsLoopback(const std::string& host) {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 &&
         host.starts_with("127.");
}

}  // namespace

Result<MetricsWish> ParseMetricsWish(std::string_view text) {
  if (text.empty()) return MetricsWish();
  if (text == "off") return MetricsWish{.count = false, .address = {}};
  const std::size_t colon = text.rfind(':');
  const std::string_view digits =
      colon == text.npos ? "" : text.substr(colon + 1);
  MetricsWish::Address address;
  const auto [stop, error] = std::from_chars(
      digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc() || stop != digits.data() + digits.size())
    return Error(Errc::kInvalidArgument,
                 fmt::format("{:?} is neither 127.0.0.1:PORT nor off", text));
  address.host = text.substr(0, colon);
  if (address.host == "localhost") address.host = "127.0.0.1";
  if (!IsLoopback(address.host))
    return Error(Errc::kInvalidArgument,
                 fmt::format("metrics are served to this machine only, not on "
                             "{:?}: say 127.0.0.1:{}",
                             address.host, address.port));
  return MetricsWish{.count = true, .address = std::move(address)};
}

}  // namespace wsfs
