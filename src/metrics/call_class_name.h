#pragma once

#include <string_view>
#include <utility>

#include "base/call_class.h"

namespace wsfs {

/// The value of the label `class`.
constexpr std::string_view NameOf(CallClass call_class) {
  switch (call_class) {
    case CallClass::kSomeoneWaits: return "someone-waits";
    case CallClass::kPush: return "push";
    case CallClass::kWatch: return "watch";
    case CallClass::kPrefetch: return "prefetch";
  }
  std::unreachable();
}

}  // namespace wsfs
