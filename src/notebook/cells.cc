#include "notebook/cells.h"

#include <algorithm>
#include <utility>

#include "model/notebook_header.h"

namespace wsfs {
namespace {

constexpr std::string_view kMarkdownMagic = "%md";

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsWordByte(char c) {
  return IsLetter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n';
}

/// The line without one sign and blank before it; none if it has no sign.
std::optional<std::string_view> WithoutSign(std::string_view line,
                                            Language language) {
  const std::string_view sign = CommentSign(language);
  if (!line.starts_with(sign)) return std::nullopt;
  line.remove_prefix(sign.size());
  if (!line.starts_with(' ')) return std::nullopt;
  return line.substr(1);
}

/// A mark, or one behind any number of signs.
bool HoldsMark(std::string_view line, Language language, IsMark is_mark) {
  while (!is_mark(line, language)) {
    const auto rest = WithoutSign(line, language);
    if (!rest.has_value()) return false;
    line = *rest;
  }
  return true;
}

}  // namespace

bool Cell::SaysTheSame(const Cell& other) const {
  return kind == other.kind && text == other.text && title == other.title &&
         title_shown == other.title_shown;
}

std::vector<std::string_view> TextLines(std::string_view text) {
  std::vector<std::string_view> lines;
  bool more = !text.empty();
  while (more) {
    const std::size_t end = text.find('\n');
    more = end != std::string_view::npos;
    std::string_view line = text.substr(0, end);
    if (more) text.remove_prefix(end + 1);
    while (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

std::string JoinLines(const std::vector<std::string>& lines,
                      std::string_view line_end) {
  std::string text;
  for (const std::string& line : lines) {
    if (&line != &lines.front()) text += line_end;
    text += line;
  }
  return text;
}

std::string WithPlainLineEnds(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (const char c : text) {
    if (c == '\n')
      while (plain.ends_with('\r')) plain.pop_back();
    plain += c;
  }
  while (plain.ends_with('\r')) plain.pop_back();
  return plain;
}

std::string OneLine(std::string_view title) {
  std::string line(title);
  std::ranges::replace(line, '\n', ' ');
  std::ranges::replace(line, '\r', ' ');
  return line;
}

std::string_view MagicName(std::string_view text) {
  if (!text.starts_with('%')) return "";
  text.remove_prefix(text.starts_with("%%") ? 2 : 1);
  if (text.empty() || !IsLetter(text.front())) return "";
  const auto end = std::ranges::find_if_not(text, IsWordByte);
  // R has `%in%`, and any language a text that begins with `%d"`.
  if (end != text.end() && !IsBlank(*end)) return "";
  return {text.begin(), end};
}

bool IsMagic(std::string_view text) {
  return !MagicName(text).empty();
}

std::size_t MarkdownMagicBytes(std::string_view text) {
  if (!text.starts_with(kMarkdownMagic)) return 0;
  if (text.size() == kMarkdownMagic.size()) return text.size();
  const char next = text[kMarkdownMagic.size()];
  return next == ' ' || next == '\n' ? kMarkdownMagic.size() + 1 : 0;
}

Cell MarkdownByMagic(Cell cell) {
  const std::size_t magic = MarkdownMagicBytes(cell.text);
  if (cell.kind != CellKind::kCode || magic == 0) return cell;
  cell.kind = CellKind::kMarkdown;
  cell.text.erase(0, magic);
  return cell;
}

std::string Escaped(std::string_view line, Language language, IsMark is_mark) {
  std::string escaped;
  if (HoldsMark(line, language, is_mark))
    escaped.append(CommentSign(language)).append(" ");
  return escaped.append(line);
}

std::string_view Unescaped(std::string_view line, Language language,
                           IsMark is_mark) {
  const auto rest = WithoutSign(line, language);
  return rest.has_value() && HoldsMark(*rest, language, is_mark) ? *rest : line;
}

std::string Commented(std::string_view line, Language language) {
  std::string commented(CommentSign(language));
  if (!line.empty()) commented.append(" ").append(line);
  return commented;
}

std::string_view Uncommented(std::string_view line, Language language) {
  if (line == CommentSign(language)) return "";
  return WithoutSign(line, language).value_or(line);
}

}  // namespace wsfs
