#include "http/http_date.h"

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>

namespace wsfs {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun",
    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<unsigned> Number(std::string_view digits) {
  unsigned value = 0;
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<unsigned> Month(std::string_view name) {
  for (std::size_t i = 0; i < kMonths.size(); ++i)
    if (kMonths.at(i) == name) return static_cast<unsigned>(i + 1);
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> ParseHttpDate(std::string_view text) {
  // "Sun, 06 Nov 1994 08:49:37 GMT": every part has its fixed place.
  if (text.size() != 29 || text.substr(3, 2) != ", " ||
      text.substr(25) != " GMT" || text[19] != ':' || text[22] != ':')
    return std::nullopt;
  const auto day = Number(text.substr(5, 2));
  const auto month = Month(text.substr(8, 3));
  const auto year = Number(text.substr(12, 4));
  const auto hour = Number(text.substr(17, 2));
  const auto minute = Number(text.substr(20, 2));
  const auto second = Number(text.substr(23, 2));
  if (!day || !month || !year || !hour || !minute || !second)
    return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
      std::chrono::day(*day)};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60)
    return std::nullopt;
  const auto days =
      std::chrono::sys_days(date).time_since_epoch() / std::chrono::days(1);
  const std::int64_t seconds = std::int64_t{days} * 86400 +
                               std::int64_t{*hour} * 3600 +
                               std::int64_t{*minute} * 60 + *second;
  return seconds * 1000;
}

}  // namespace wsfs
