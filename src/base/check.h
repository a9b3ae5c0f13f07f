#pragma once

#include <string_view>

namespace wsfs {

/// Prints the sentence and aborts. The catalogue on disk makes this safe: what
/// was closed is there at the next start.
[[noreturn]] void CheckFailed(std::string_view condition, std::string_view file,
                              int line);

}  // namespace wsfs

/// A programmer's error, not a Result: on in release builds too.
#define WSFS_CHECK(condition)                              \
  do {                                                     \
    if (!(condition)) [[unlikely]]                         \
      ::wsfs::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
