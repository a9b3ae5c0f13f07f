#include <algorithm>
#include <utility>

#include "model/notebook_header.h"
#include "notebook/source_format.h"

namespace wsfs {
namespace {

std::string HeaderLine(Language language) {
  return std::string(CommentSign(language)).append(kHeaderText).append("\n");
}

std::string Separator(const SourceFile& file) {
  const std::string blank = std::string(file.line_end).append(file.line_end);
  return (blank + std::string(CommentSign(file.language)))
      .append(kSeparatorText)
      .append(blank);
}

bool StartsBlank(std::string_view text) {
  return text.starts_with('\n') || text.starts_with("\r\n");
}

/// Whether these two cells are read again with that between them.
bool Parts(const SourceFile& file, std::string_view one,
           std::string_view before, std::string_view other) {
  std::string text = Separator(file);
  text.append(one).append(before).append(other).append("\n");
  const auto read = ParseSource(text, file.language).cells;
  return read.size() == 3 && read[1].bytes == one && read[2].bytes == other;
}

class SourceWriter {
 public:
  explicit SourceWriter(const SourceFile& file)
      : file_(file), out_(file.head) {}

  void Add(const NewSourceCell& cell) {
    if (std::exchange(first_, false))
      AddFirst(cell.bytes);
    else
      AddBehind(cell);
    last_ = cell.bytes;
  }

  std::string Finish() {
    if (first_) return std::move(out_);
    const bool needs_end = out_.size() == head_ || last_.ends_with('\n');
    if (file_.cells.empty() || (file_.tail.empty() && needs_end))
      out_ += file_.line_end;
    else
      out_ += file_.tail;
    return std::move(out_);
  }

 private:
  void AddFirst(const std::string& bytes) {
    if (!out_.empty() && !out_.ends_with('\n')) out_ += file_.line_end;
    head_ = out_.size();
    const std::string_view lead =
        file_.cells.empty() ? "" : file_.cells.front().before;
    if (Leads(out_ + std::string(lead), bytes))
      out_ += lead;
    else if (StartsBlank(bytes))
      out_ += file_.line_end;  // One blank line is read as none of its own.
    out_ += bytes;
  }

  /// Whether this is read again as the first cell behind that.
  bool Leads(std::string text, const std::string& bytes) const {
    text.append(bytes).append("\n");
    const auto read = ParseSource(text, file_.language).cells;
    return read.size() == 1 && read.front().bytes == bytes;
  }

  void AddBehind(const NewSourceCell& cell) {
    const bool kept =
        !cell.before.empty() && Parts(file_, last_, cell.before, cell.bytes);
    out_ += kept ? std::string(cell.before) : Separator(file_);
    out_ += cell.bytes;
  }

  const SourceFile& file_;
  std::string out_;
  std::string_view last_;
  std::size_t head_ = 0;
  bool first_ = true;
};

std::string Written(const SourceFile& file,
                    const std::vector<NewSourceCell>& cells) {
  SourceWriter writer(file);
  for (const NewSourceCell& cell : cells) writer.Add(cell);
  return writer.Finish();
}

bool Says(const std::string& text, const SourceFile& file,
          const std::vector<NewSourceCell>& wanted) {
  const Cells cells = CellsOfSource(ParseSource(text, file.language));
  return std::ranges::equal(cells, wanted,
                            [](const Cell& cell, const NewSourceCell& want) {
                              return cell.SaysTheSame(want.cell);
                            });
}

}  // namespace

std::string WriteSource(const SourceFile& file,
                        const std::vector<NewSourceCell>& cells) {
  std::string text = Written(file, cells);
  if (Says(text, file, cells)) return text;
  // Bytes that are right in their old place only, as those of a header line in
  // a cell that is the first one now.
  std::vector<NewSourceCell> anew = cells;
  for (NewSourceCell& cell : anew) {
    cell.bytes =
        WriteSourceCell(cell.cell, file.language, {.line_end = file.line_end});
    cell.before = {};
  }
  const SourceFile bare{.language = file.language,
                        .head = file.head,
                        .cells = {},
                        .tail = {},
                        .line_end = file.line_end};
  return Written(bare, anew);
}

std::string SourceOfCells(const Cells& cells, Language language) {
  const std::string head = HeaderLine(language);
  const SourceFile file{
      .language = language, .head = head, .cells = {}, .tail = {}};
  std::vector<NewSourceCell> written;
  for (const Cell& cell : cells)
    written.push_back({.cell = cell,
                       .bytes = WriteSourceCell(cell, language, {}),
                       .before = {}});
  return Written(file, written);
}

}  // namespace wsfs
