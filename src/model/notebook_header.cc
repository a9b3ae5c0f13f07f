#include "model/notebook_header.h"

#include <utility>

namespace wsfs {
namespace {

std::string_view FirstLine(std::string_view start) {
  return start.substr(0, start.find('\n'));
}

}  // namespace

Header DetectHeader(std::string_view start) {
  std::string_view line = FirstLine(start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.ends_with(kHeaderText)) return Header::kNone;
  line.remove_suffix(kHeaderText.size());
  if (line == "#") return Header::kHash;
  if (line == "--") return Header::kDashes;
  if (line == "//") return Header::kSlashes;
  return Header::kNone;
}

std::size_t HeaderLineBytes(std::string_view start) {
  if (DetectHeader(start) == Header::kNone) return 0;
  const std::string_view line = FirstLine(start);
  return line.size() + (line.size() < start.size() ? 1 : 0);
}

std::string_view CommentSign(Language language) {
  switch (language) {
    case Language::kPython:
    case Language::kR: return "#";
    case Language::kScala: return "//";
    case Language::kSql: return "--";
    case Language::kNone: return {};
  }
  std::unreachable();
}

bool IsSeparatorLine(std::string_view line, Language language) {
  const std::string_view sign = CommentSign(language);
  if (sign.empty() || !line.starts_with(sign)) return false;
  line.remove_prefix(sign.size());
  if (!line.starts_with(kSeparatorText)) return false;
  return line.find_first_not_of(" \t\r\n", kSeparatorText.size()) ==
         std::string_view::npos;
}

}  // namespace wsfs
