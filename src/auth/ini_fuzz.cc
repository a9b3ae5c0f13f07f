#include <cstddef>
#include <cstdint>
#include <string_view>

#include "auth/ini.h"

/// Any text is read or refused, and what was read is plain.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const auto* text = static_cast<const char*>(static_cast<const void*>(data));
  const auto file = wsfs::ParseIni(std::string_view(text, size));
  if (!file.ok()) return 0;
  for (const auto& [name, values] : *file)
    for (const auto& [key, value] : values)
      if (key.empty() || value.find('\n') != value.npos) __builtin_trap();
  return 0;
}
