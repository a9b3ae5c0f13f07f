#pragma once

#include <string>
#include <string_view>

namespace wsfs {

/// Names of protocols, hosts and file types count in any case, and that is a
/// matter of ASCII alone, whatever the locale.
constexpr char LowerAscii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

inline std::string LowerCased(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = LowerAscii(c);
  return lower;
}

}  // namespace wsfs
