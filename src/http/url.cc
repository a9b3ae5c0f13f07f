#include "http/url.h"

#include <algorithm>

#include <fmt/format.h>

namespace wsfs {
namespace {

bool IsUnreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

std::string Encode(std::string_view text, bool keep_slash) {
  std::string encoded;
  encoded.reserve(text.size() + 16);
  for (const char c : text) {
    if (IsUnreserved(c) || (keep_slash && c == '/'))
      encoded.push_back(c);
    else
      fmt::format_to(std::back_inserter(encoded), "%{:02X}",
                     static_cast<unsigned char>(c));
  }
  return encoded;
}

/// The parts of a URL that decide where it goes.
struct Parts {
  std::string_view scheme;
  std::string_view host;   ///< Without user and port; IPv6 keeps its brackets.
  std::string_view after;  ///< From the host on: "host:port/path?query".
};

Parts Split(std::string_view url) {
  Parts parts;
  const std::size_t colon = url.find("://");
  if (colon == url.npos) return parts;
  parts.scheme = url.substr(0, colon);
  url.remove_prefix(colon + 3);
  const std::size_t end = url.find_first_of("/?#");
  std::string_view authority = url.substr(0, end);
  const std::size_t at = authority.rfind('@');
  const std::size_t user = at == authority.npos ? 0 : at + 1;
  authority.remove_prefix(user);
  parts.after = url.substr(user);
  parts.host = authority.starts_with('[')
                   ? authority.substr(0, authority.find(']') + 1)
                   : authority.substr(0, authority.find(':'));
  return parts;
}

bool IsLoopbackHost(std::string_view host) {
  if (host == "localhost" || host == "[::1]") return true;
  // All of 127.0.0.0/8, written in full: "127.evil.example" is a name.
  return host.starts_with("127.") && std::ranges::count(host, '.') == 3 &&
         host.find_first_not_of("0123456789.") == host.npos;
}

}  // namespace

std::string PercentEncode(std::string_view text) {
  return Encode(text, false);
}

std::string PercentEncodePath(std::string_view path) {
  return Encode(path, true);
}

std::string JoinUrl(std::string_view host, std::string_view target) {
  while (host.ends_with('/')) host.remove_suffix(1);
  return fmt::format("{}{}", host, target);
}

Result<void> CheckUrl(std::string_view url, bool allow_plain_http) {
  const Parts parts = Split(url);
  if (parts.host.empty())
    return Error(Errc::kInvalidArgument,
                 fmt::format("{:?} is not the address of a workspace: write "
                             "https://NAME",
                             UrlForPeople(url)));
  if (parts.scheme == "https") return {};
  if (parts.scheme != "http")
    return Error(Errc::kInvalidArgument,
                 fmt::format("{} has a scheme wsfs does not know: use https",
                             UrlForPeople(url)));
  if (allow_plain_http || IsLoopbackHost(parts.host)) return {};
  return Error(Errc::kInvalidArgument,
               fmt::format("{} would send your token unencrypted: use https "
                           "(http is for servers on this machine)",
                           UrlForPeople(url)));
}

bool IsLoopbackUrl(std::string_view url) {
  return IsLoopbackHost(Split(url).host);
}

std::string UrlForPeople(std::string_view url) {
  const std::string_view plain = url.substr(0, url.find_first_of("?#"));
  const Parts parts = Split(plain);
  if (parts.scheme.empty()) return std::string(plain);
  return fmt::format("{}://{}", parts.scheme, parts.after);
}

}  // namespace wsfs
