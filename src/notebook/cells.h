#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/object_info.h"

namespace wsfs {

enum class CellKind : std::uint8_t { kCode, kMarkdown, kRaw };

/// What every kind of file says of a cell, in the words of none: without
/// comment signs, MAGIC and `%md`. Lines end in a line feed, the last one in
/// nothing.
struct Cell {
  CellKind kind = CellKind::kCode;
  std::string text;   ///< A code cell in another language begins with `%sql`.
  std::string title;  ///< "": it has none. One line.
  bool title_shown = false;  ///< Only of a title.
  std::string id;            ///< "" in files that have none.

  /// All but the id.
  bool SaysTheSame(const Cell& other) const;
};
using Cells = std::vector<Cell>;

/// The lines of a text, without their ends (LF, or CR LF): k ends make k + 1
/// lines, the last one perhaps empty; none for "".
std::vector<std::string_view> TextLines(std::string_view text);
std::string JoinLines(const std::vector<std::string>& lines,
                      std::string_view line_end = "\n");

/// With LF only: a CR before a line end, or at the end, goes.
std::string WithPlainLineEnds(std::string_view text);
/// A title of one line.
std::string OneLine(std::string_view title);

/// "sql" of `%sql SELECT 1`, "time" of `%%time`; "" where there is no magic.
std::string_view MagicName(std::string_view text);
/// The text begins with `%name`, which some language or command is.
bool IsMagic(std::string_view text);

/// How much of the text is the `%md` and the blank or line end behind it; 0
/// when the text is no markdown by that.
std::size_t MarkdownMagicBytes(std::string_view text);
/// A code cell that begins with `%md` is one of markdown, as the service sees
/// it.
Cell MarkdownByMagic(Cell cell);

/// Marks that a file format gives a meaning to can stand in a text too. There
/// they have one comment sign more: `# # %%`. `is_mark` tells a mark.
using IsMark = bool (*)(std::string_view line, Language language);
std::string Escaped(std::string_view line, Language language, IsMark is_mark);
std::string_view Unescaped(std::string_view line, Language language,
                           IsMark is_mark);

/// `# line`, or `#` for an empty one; and back. What has no sign stays.
std::string Commented(std::string_view line, Language language);
std::string_view Uncommented(std::string_view line, Language language);

}  // namespace wsfs
