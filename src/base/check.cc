#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace wsfs {

void CheckFailed(std::string_view condition, std::string_view file, int line) {
  std::fprintf(stderr, "wsfs: %.*s:%d: this must hold and does not: %.*s\n",
               static_cast<int>(file.size()), file.data(), line,
               static_cast<int>(condition.size()), condition.data());
  std::abort();
}

}  // namespace wsfs
