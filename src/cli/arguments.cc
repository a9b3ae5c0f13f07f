#include "cli/arguments.h"

#include <charconv>

#include <fmt/format.h>

namespace wsfs {

Result<Milliseconds> ParseDuration(const std::string& text) {
  double number = 0;
  const char* end = text.data() + text.size();
  const auto [rest, failed] = std::from_chars(text.data(), end, number);
  const std::string unit(rest, end);
  double factor = 0;
  if (unit == "ms") factor = 1;
  if (unit.empty() || unit == "s") factor = 1'000;
  if (unit == "m") factor = 60'000;
  constexpr double kMost = 86'400'000.0;
  if (failed != std::errc() || factor == 0 || !(number >= 0) ||
      number * factor > kMost)
    return Error(Errc::kInvalidArgument,
                 fmt::format("{:?} is not a time: write 500ms, 30s or 2m, up "
                             "to a day",
                             text));
  return Milliseconds(static_cast<std::int64_t>(number * factor));
}

}  // namespace wsfs
