#include "notebook/percent_format.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "model/notebook_header.h"

namespace wsfs {
namespace {

using Json = nlohmann::json;
using Lines = std::span<const std::string_view>;

constexpr std::string_view kHidden = "show_title=false";
constexpr std::string_view kTitleKey = "title=";

struct KindName {
  std::string_view text;
  CellKind kind;
};
constexpr KindName kKindNames[] = {{"[markdown]", CellKind::kMarkdown},
                                   {"[md]", CellKind::kMarkdown},
                                   {"[raw]", CellKind::kRaw}};

/// What stands behind `# %%` or `#%%`; none for other lines.
std::optional<std::string_view> MarkText(std::string_view line,
                                         Language language) {
  const std::string_view sign = CommentSign(language);
  if (!line.starts_with(sign)) return std::nullopt;
  line.remove_prefix(sign.size());
  if (line.starts_with(' ')) line.remove_prefix(1);
  if (!line.starts_with("%%")) return std::nullopt;
  line.remove_prefix(2);
  if (!line.empty() && line.front() != ' ' && line.front() != '\t')
    return std::nullopt;
  return line;
}

bool IsPercentMark(std::string_view line, Language language) {
  return MarkText(line, language).has_value();
}

/// `%time`, `!ls`: not code for the tools that read the view.
bool IsMagicLine(std::string_view line, Language language) {
  if (IsMagic(line)) return true;
  return language == Language::kPython && line.size() > 1 && line[0] == '!' &&
         line[1] != '=';
}

/// The lines behind the magic are not in the notebook's language. In Python
/// they are behind others: `%matplotlib inline`.
bool IsMagicCell(std::string_view text, Language language) {
  constexpr std::string_view kOthers[] = {
      "sql", "scala", "r", "sh", "fs", "run", "md-sandbox", "pip", "conda"};
  if (!IsMagic(text) || language != Language::kPython) return IsMagic(text);
  return text.starts_with("%%") ||
         std::ranges::find(kOthers, MagicName(text)) != std::end(kOthers);
}

// ---- Writing

/// Nothing in it could be read as anything but a title.
bool IsPlainTitle(std::string_view title) {
  constexpr std::string_view kMeansMore = "[]{}=\"%\t";
  return title.find_first_of(kMeansMore) == std::string_view::npos &&
         !title.starts_with(' ') && !title.ends_with(' ');
}

std::string Quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string MarkOf(const Cell& cell, Language language) {
  std::string mark = Commented("%%", language);
  const bool plain = IsPlainTitle(cell.title);
  if (!cell.title.empty() && plain) mark.append(" ").append(cell.title);
  if (cell.kind == CellKind::kMarkdown) mark += " [markdown]";
  if (cell.kind == CellKind::kRaw) mark += " [raw]";
  if (!plain) mark.append(" ").append(kTitleKey).append(Quoted(cell.title));
  if (!cell.title.empty() && !cell.title_shown)
    mark.append(" ").append(kHidden);
  return mark;
}

bool IsInComments(const Cell& cell, Language language) {
  return cell.kind != CellKind::kCode || IsMagicCell(cell.text, language);
}

void WriteCell(std::string& out, const Cell& cell, Language language) {
  out.append(MarkOf(cell, language)).append("\n");
  const bool in_comments = IsInComments(cell, language);
  for (const std::string_view line : TextLines(cell.text)) {
    const std::string shown = in_comments
                                  ? Commented(line, language)
                                  : Escaped(line, language, IsMagicLine);
    out.append(Escaped(shown, language, IsPercentMark)).append("\n");
  }
}

// ---- Reading

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

void TrimEnds(std::string_view& text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
}

/// Takes `end` off the end of the text, if it stands there for itself.
bool TakeEnd(std::string_view& text, std::string_view end) {
  if (!text.ends_with(end)) return false;
  const std::string_view rest = text.substr(0, text.size() - end.size());
  if (!rest.empty() && !IsBlank(rest.back())) return false;
  text = rest;
  TrimEnds(text);
  return true;
}

std::optional<std::string> TakeQuotedTitle(std::string_view& text) {
  const std::size_t key = text.find(kTitleKey);
  if (key == std::string_view::npos) return std::nullopt;
  const std::string_view value = text.substr(key + kTitleKey.size());
  if (!value.starts_with('"')) return std::nullopt;
  const Json title = Json::parse(value, nullptr, /*allow_exceptions=*/false);
  if (!title.is_string()) return std::nullopt;
  text = text.substr(0, key);
  TrimEnds(text);
  return title.get<std::string>();
}

/// A word that begins what Jupytext writes behind a title: `tags=["a"]`, or
/// the same as JSON.
bool IsMetadata(std::string_view word) {
  const std::size_t equals = word.find('=');
  return word.starts_with('{') || (equals != std::string_view::npos &&
                                   equals > 0 && equals + 1 < word.size());
}

/// What stands before the first word of which `is_end` says so, and that word
/// with all behind it.
template <typename IsEnd>
std::pair<std::string_view, std::string_view> SplitAtWord(std::string_view text,
                                                          IsEnd is_end) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (IsBlank(text[at]) || (at > 0 && !IsBlank(text[at - 1]))) continue;
    const std::string_view rest = text.substr(at);
    const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
    if (is_end(word)) return {text.substr(0, at), rest};
  }
  return {text, {}};
}

/// Takes the kind out of the words of a mark, with metadata.
CellKind TakeKind(std::string_view& text) {
  text = SplitAtWord(text, IsMetadata).first;
  for (const auto& [name, kind] : kKindNames) {
    const auto [before, rest] = SplitAtWord(
        text, [name](std::string_view word) { return word == name; });
    if (rest.empty()) continue;
    text = before.empty() ? rest.substr(name.size()) : before;
    TrimEnds(text);
    return kind;
  }
  TrimEnds(text);
  return CellKind::kCode;
}

/// The cell without its text.
Cell ReadMark(std::string_view text) {
  Cell cell;
  TrimEnds(text);
  const bool hidden = TakeEnd(text, kHidden);
  const auto quoted = TakeQuotedTitle(text);
  cell.kind = TakeKind(text);
  cell.title = OneLine(quoted.value_or(std::string(text)));
  cell.title_shown = !cell.title.empty() && !hidden;
  return cell;
}

bool IsInComments(const Cell& mark, const std::string_view first,
                  Language language) {
  if (mark.kind != CellKind::kCode) return true;
  const std::string_view text = Uncommented(first, language);
  return text.size() < first.size() && IsMagicCell(text, language);
}

Cell ReadCell(Cell cell, Lines lines, Language language) {
  std::vector<std::string> text;
  bool in_comments = false;
  for (const std::string_view shown : lines) {
    const std::string_view line = Unescaped(shown, language, IsPercentMark);
    if (text.empty()) in_comments = IsInComments(cell, line, language);
    text.emplace_back(in_comments ? Uncommented(line, language)
                                  : Unescaped(line, language, IsMagicLine));
  }
  cell.text = WithPlainLineEnds(JoinLines(text));
  return MarkdownByMagic(std::move(cell));
}

/// How many lines the header of Jupytext has: comments between two `---`, of
/// which one tells `jupyter:`.
std::size_t JupytextHeaderLines(Lines lines, Language language) {
  const std::string fence = Commented("---", language);
  if (lines.empty() || lines.front() != fence) return 0;
  bool is_jupyter = false;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i] == fence) return is_jupyter ? i + 1 : 0;
    if (!lines[i].starts_with(CommentSign(language))) return 0;
    is_jupyter = is_jupyter || Uncommented(lines[i], language) == "jupyter:";
  }
  return 0;
}

class PercentReader {
 public:
  PercentReader(Lines lines, Language language)
      : lines_(lines), language_(language) {}

  Cells Read() {
    std::size_t at = JupytextHeaderLines(lines_, language_);
    const std::size_t first = NextMark(at);
    ReadUnmarked(lines_.subspan(at, first - at));
    for (at = first; at < lines_.size();) {
      const std::size_t end = NextMark(at + 1);
      Lines text = lines_.subspan(at + 1, end - at - 1);
      if (end < lines_.size() && !text.empty() && text.back().empty())
        text = text.first(text.size() - 1);
      const auto mark = MarkText(lines_[at], language_).value_or("");
      cells_.push_back(ReadCell(ReadMark(mark), text, language_));
      at = end;
    }
    return std::move(cells_);
  }

 private:
  std::size_t NextMark(std::size_t at) const {
    while (at < lines_.size() && !IsPercentMark(lines_[at], language_)) ++at;
    return at;
  }

  void ReadUnmarked(Lines lines) {
    while (!lines.empty() && lines.back().empty())
      lines = lines.first(lines.size() - 1);
    while (!lines.empty() && lines.front().empty()) lines = lines.subspan(1);
    if (!lines.empty()) cells_.push_back(ReadCell({}, lines, language_));
  }

  Lines lines_;
  Language language_;
  Cells cells_;
};

}  // namespace

std::string WritePercent(const Cells& cells, Language language) {
  std::string out;
  for (const Cell& cell : cells) {
    if (!out.empty()) out += '\n';
    WriteCell(out, cell, language);
  }
  return out;
}

Cells PercentCells(std::string_view text, Language language) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(3);
  auto lines = TextLines(text);
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  return PercentReader(lines, language).Read();
}

}  // namespace wsfs
