#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/object_info.h"
#include "notebook/cells.h"

namespace wsfs {

/// A cell of a notebook's source, byte for byte. Borrowed.
struct SourceCell {
  /// From the end of the cell before, or of the header: separator, blank lines.
  std::string_view before;
  std::string_view bytes;
};

/// A notebook's source (notebooks.md §4.1), byte for byte. Borrowed.
struct SourceFile {
  Language language = Language::kNone;
  std::string_view head;  ///< The header line; more of them, if there are.
  std::vector<SourceCell> cells;
  std::string_view tail;  ///< The last line end.
  std::string_view line_end = "\n";
};

/// Every text has such a form: head, cells and tail together are it.
SourceFile ParseSource(std::string_view text, Language language);
Cell CellOfSource(std::string_view bytes, Language language);
Cells CellsOfSource(const SourceFile& file);

/// How a cell is written where the format leaves a choice.
struct SourceCellStyle {
  std::string_view line_end = "\n";
  /// `%pip` stands without MAGIC.
  bool bare = false;
  /// A cell that is no magic has MAGIC.
  bool marked = false;
  /// An empty line is `# MAGIC ` with a blank behind it, as until 2023.
  bool old_blank = false;
  /// Text follows `%md` in its line.
  bool inline_markdown = false;
};
SourceCellStyle StyleOfCell(std::string_view bytes, const SourceFile& file);

/// As the format can say it: it has no raw cells, they are code.
Cell InSource(Cell cell);

/// CellOfSource() of it is InSource() of the cell again, but for the id.
std::string WriteSourceCell(const Cell& cell, Language language,
                            const SourceCellStyle& style);

/// A cell of a source to be.
struct NewSourceCell {
  Cell cell;
  std::string bytes;
  /// The separator it had; empty: it is new.
  std::string_view before;
};

/// The file with these cells instead of its own. Where the separators they had
/// would not part them, new ones do.
std::string WriteSource(const SourceFile& file,
                        const std::vector<NewSourceCell>& cells);

/// A new file of these cells.
std::string SourceOfCells(const Cells& cells, Language language);

}  // namespace wsfs
