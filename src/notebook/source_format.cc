#include "notebook/source_format.h"

#include <algorithm>
#include <array>
#include <utility>

#include "merge/text_merge.h"
#include "model/notebook_header.h"

namespace wsfs {
namespace {

constexpr std::string_view kExportedAt = " exported at ";  // until 2016
constexpr std::string_view kTitle = " DBTITLE ";
constexpr std::string_view kMagic = " MAGIC";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n";

/// What stands behind the sign and `mark`; none if the line does not begin so.
std::optional<std::string_view> Behind(std::string_view line, Language language,
                                       std::string_view mark) {
  for (const std::string_view start : {CommentSign(language), mark}) {
    if (!line.starts_with(start)) return std::nullopt;
    line.remove_prefix(start.size());
  }
  return line;
}

bool IsHeaderLine(std::string_view line, Language language) {
  if (line.starts_with(kByteOrderMark))
    line.remove_prefix(kByteOrderMark.size());
  const auto rest = Behind(line, language, kHeaderText);
  return rest.has_value() &&
         (rest->starts_with(kExportedAt) ||
          rest->find_first_not_of(kBlanks) == std::string_view::npos);
}

/// What ends a cell, or would be taken for the header.
bool IsSourceMark(std::string_view line, Language language) {
  return IsSeparatorLine(line, language) || IsHeaderLine(line, language);
}

/// The text of a MAGIC line; none for other lines.
std::optional<std::string_view> MagicText(std::string_view line,
                                          Language language) {
  const auto rest = Behind(line, language, kMagic);
  if (!rest.has_value() || rest->empty()) return rest;
  if (!rest->starts_with(' ')) return std::nullopt;
  return rest->substr(1);
}

/// "1,Title" of a title line; none for other lines.
std::optional<std::string_view> TitleText(std::string_view line,
                                          Language language) {
  const auto rest = Behind(line, language, kTitle);
  if (!rest.has_value()) return std::nullopt;
  const bool good = rest->starts_with("0,") || rest->starts_with("1,");
  return good ? rest : std::nullopt;
}

bool IsTitleOrMagic(std::string_view line, Language language) {
  return TitleText(line, language).has_value() ||
         MagicText(line, language).has_value();
}

// ---- Reading

/// Bytes of the line end that the text begins, or ends, with; 0 for none.
std::size_t LineEndAtStart(std::string_view text) {
  if (text.starts_with("\r\n")) return 2;
  return text.starts_with('\n') ? 1 : 0;
}
std::size_t LineEndAtEnd(std::string_view text) {
  if (text.ends_with("\r\n")) return 2;
  return text.ends_with('\n') ? 1 : 0;
}

std::string_view FirstLine(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  return line.substr(0, line.find_last_not_of('\r') + 1);
}

/// The header, and those behind it that somebody's tool added.
std::size_t HeadBytes(std::string_view text, Language language) {
  std::size_t head = 0;
  std::size_t at = 0;
  for (const Piece line : LinesOf(text)) {
    at += line.size();
    if (IsHeaderLine(line, language))
      head = at;
    else if (line.find_first_not_of("\r\n") != Piece::npos)
      break;
  }
  return head;
}

/// Blank lines before a cell that are not its own: one; all before a mark.
std::size_t LeadBytes(std::string_view span, Language language) {
  const std::size_t one = LineEndAtStart(span);
  std::size_t all = one;
  while (const std::size_t more = LineEndAtStart(span.substr(all))) all += more;
  return IsTitleOrMagic(FirstLine(span.substr(all)), language) ? all : one;
}

std::string_view FileLineEnd(std::string_view text) {
  const std::size_t end = text.find('\n');
  const bool has_return =
      end != std::string_view::npos && end > 0 && text[end - 1] == '\r';
  return has_return ? "\r\n" : "\n";
}

class SourceReader {
 public:
  SourceReader(std::string_view text, Language language)
      : text_(text),
        file_{.language = language, .head = {}, .cells = {}, .tail = {}} {}

  SourceFile Read() {
    file_.line_end = FileLineEnd(text_);
    const std::size_t head = HeadBytes(text_, file_.language);
    file_.head = text_.substr(0, head);
    span_ = end_ = head;
    if (head == text_.size()) return std::move(file_);
    std::size_t at = head;
    for (const Piece line : LinesOf(text_.substr(head))) {
      if (IsSeparatorLine(line, file_.language)) {
        AddCell(at, /*line_ends=*/2);
        span_ = at + line.size();
      }
      at += line.size();
    }
    AddCell(at, /*line_ends=*/1);
    file_.tail = text_.substr(end_);
    return std::move(file_);
  }

 private:
  /// The cell between the last separator and this place. So many line ends at
  /// its end are not its own.
  void AddCell(std::size_t until, int line_ends) {
    const std::string_view span = text_.substr(span_, until - span_);
    const std::size_t lead = LeadBytes(span, file_.language);
    std::string_view bytes = span.substr(lead);
    for (; line_ends > 0; --line_ends) bytes.remove_suffix(LineEndAtEnd(bytes));
    const std::size_t begin = span_ + lead;
    file_.cells.push_back(
        {.before = text_.substr(end_, begin - end_), .bytes = bytes});
    end_ = begin + bytes.size();
  }

  std::string_view text_;
  SourceFile file_;
  std::size_t span_ = 0;  ///< Behind the last separator line.
  std::size_t end_ = 0;   ///< Of the last cell's own bytes.
};

}  // namespace

SourceFile ParseSource(std::string_view text, Language language) {
  return SourceReader(text, language).Read();
}

Cell CellOfSource(std::string_view bytes, Language language) {
  Cell cell;
  const auto lines = TextLines(bytes);
  auto line = lines.begin();
  if (const auto title =
          line == lines.end() ? std::nullopt : TitleText(*line, language)) {
    cell.title = OneLine(title->substr(2));
    cell.title_shown = !cell.title.empty() && title->starts_with('1');
    ++line;
  }
  const bool magic = line != lines.end() && MagicText(*line, language);
  std::vector<std::string> text;
  for (; line != lines.end(); ++line) {
    const auto rest = magic ? MagicText(*line, language) : std::nullopt;
    text.emplace_back(rest.value_or(Unescaped(*line, language, IsSourceMark)));
  }
  cell.text = WithPlainLineEnds(JoinLines(text));
  return MarkdownByMagic(std::move(cell));
}

Cells CellsOfSource(const SourceFile& file) {
  Cells cells;
  for (const SourceCell& cell : file.cells)
    cells.push_back(CellOfSource(cell.bytes, file.language));
  return cells;
}

// ---- Writing a cell

SourceCellStyle StyleOfCell(std::string_view bytes, const SourceFile& file) {
  const Language language = file.language;
  SourceCellStyle style{.line_end = bytes.contains('\n') ? FileLineEnd(bytes)
                                                         : file.line_end};
  auto lines = TextLines(bytes);
  if (!lines.empty() && TitleText(lines.front(), language))
    lines.erase(lines.begin());
  if (lines.empty()) return style;
  const auto magic = MagicText(lines.front(), language);
  const std::string_view first = magic.value_or(lines.front());
  style.bare = !magic.has_value() && IsMagic(first);
  style.marked = magic.has_value() && !IsMagic(first);
  style.old_blank = std::ranges::any_of(lines, [&](std::string_view line) {
    const auto rest = MagicText(line, language);
    return rest == "" && line.ends_with(' ');
  });
  style.inline_markdown =
      MarkdownMagicBytes(first) > 0 && first.size() > MarkdownMagicBytes(first);
  return style;
}

Cell InSource(Cell cell) {
  if (cell.kind == CellKind::kRaw) cell.kind = CellKind::kCode;
  return MarkdownByMagic(std::move(cell));
}

namespace {

std::string SourceText(const Cell& written, const SourceCellStyle& style) {
  const Cell cell = InSource(written);
  if (cell.kind != CellKind::kMarkdown) return cell.text;
  if (cell.text.empty()) return "%md";
  return (style.inline_markdown ? "%md " : "%md\n") + cell.text;
}

std::string MagicLine(std::string_view line, Language language,
                      bool old_blank) {
  std::string marked(CommentSign(language));
  marked += kMagic;
  if (!line.empty() || old_blank) marked += ' ';
  return marked.append(line);
}

std::string TitleLine(const Cell& cell, Language language) {
  std::string line(CommentSign(language));
  return line.append(kTitle)
      .append(cell.title_shown ? "1," : "0,")
      .append(cell.title);
}

/// The text itself begins with what would be read as a title, or as MAGIC
/// behind blank lines. An empty title before it says that it is neither.
bool NeedsTitle(const std::vector<std::string_view>& lines, Language language) {
  const auto first = std::ranges::find_if(
      lines, [](std::string_view line) { return !line.empty(); });
  return first != lines.end() && IsTitleOrMagic(*first, language);
}

}  // namespace

std::string WriteSourceCell(const Cell& cell, Language language,
                            const SourceCellStyle& style) {
  const std::string text = SourceText(cell, style);
  const auto lines = TextLines(text);
  const bool looks_marked =
      !lines.empty() && MagicText(lines.front(), language).has_value();
  const bool magic =
      looks_marked || (IsMagic(text) ? !style.bare : style.marked);
  std::vector<std::string> written;
  if (!cell.title.empty() || (!magic && NeedsTitle(lines, language)))
    written.push_back(TitleLine(cell, language));
  for (const std::string_view line : lines)
    written.push_back(magic ? MagicLine(line, language, style.old_blank)
                            : Escaped(line, language, IsSourceMark));
  return JoinLines(written, style.line_end);
}

}  // namespace wsfs
