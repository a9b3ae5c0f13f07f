#include "auth/ini.h"

#include <cstddef>
#include <utility>

#include <fmt/format.h>

namespace wsfs {
namespace {

constexpr std::string_view kBlank = " \t\r\v\f";

std::string_view Trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Without a comment at its end, and without the quotes around it.
std::string_view Value(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool after_blank = i == 0 || kBlank.contains(text[i - 1]);
    if (text[i] == '#' && after_blank) text = text.substr(0, i);
  }
  text = Trim(text);
  if (text.size() >= 2 && text.front() == text.back() &&
      (text.front() == '"' || text.front() == '\''))
    return text.substr(1, text.size() - 2);
  return text;
}

Error Broken(std::size_t number) {
  return {Errc::kInvalidArgument,
          fmt::format(R"(line {} is neither "[section]" nor "key = value")",
                      number)};
}

/// Reads one line, which is not blank, into `file`.
bool ReadLine(std::string_view line, std::string& section, IniFile& file) {
  if (line.front() == '#' || line.front() == ';') return true;
  if (line.front() == '[') {
    const std::size_t end = line.find(']');
    if (end == line.npos) return false;
    section = Trim(line.substr(1, end - 1));
    file[section];
    return true;
  }
  const std::size_t middle = line.find_first_of("=:");
  if (middle == line.npos) return false;
  const std::string_view key = Trim(line.substr(0, middle));
  if (key.empty()) return false;
  file[section][std::string(key)] = Value(line.substr(middle + 1));
  return true;
}

}  // namespace

Result<IniFile> ParseIni(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  IniFile file;
  std::string section = "DEFAULT";
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (!line.empty() && !ReadLine(line, section, file)) return Broken(number);
  }
  return file;
}

}  // namespace wsfs
