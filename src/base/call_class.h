#pragma once

#include <cstddef>
#include <cstdint>

namespace wsfs {

/// Who waits for a call; earlier ones go first (design.md §7).
enum class CallClass : std::uint8_t { kSomeoneWaits, kPush, kWatch, kPrefetch };
inline constexpr std::size_t kCallClasses = 4;

}  // namespace wsfs
