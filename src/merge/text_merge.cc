#include "merge/text_merge.h"

#include <algorithm>
#include <array>
#include <utility>

#include "model/notebook_header.h"

namespace wsfs {
namespace {

constexpr std::string_view kLineEnds = "\r\n";

// The end of the line before belongs to the separator: a cell behind the last
// one must not change that one.
std::size_t WithLineEndBefore(std::string_view text, std::size_t at) {
  for (int ends = 0; ends < 2 && at > 0 && text[at - 1] == '\n'; ++ends) {
    --at;
    if (at > 0 && text[at - 1] == '\r') --at;
  }
  return at;
}

std::optional<std::string> Joined(const std::optional<Pieces>& pieces) {
  if (!pieces.has_value()) return std::nullopt;
  std::string text;
  for (const Piece piece : *pieces) text += piece;
  return text;
}

std::string_view TakeTail(std::string_view& text) {
  const std::size_t last = text.find_last_not_of(kLineEnds);
  const std::size_t end = last == std::string_view::npos ? 0 : last + 1;
  const std::string_view tail = text.substr(end);
  text = text.substr(0, end);
  return tail;
}

void AppendLines(std::string& text, const Pieces& lines) {
  for (const Piece line : lines) text += line;
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
}

void AppendMarked(MarkedText& marked, const Pieces& ours,
                  const Pieces& theirs) {
  ++marked.meets;
  AppendLines(marked.text, {});
  AppendLines(marked.text, {kMineMark});
  AppendLines(marked.text, ours);
  AppendLines(marked.text, {kBetweenMark});
  AppendLines(marked.text, theirs);
  AppendLines(marked.text, {kTheirsMark});
}

bool IsText(std::string_view bytes) {
  return !bytes.contains('\0');
}

}  // namespace

Pieces LinesOf(std::string_view text) {
  Pieces lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t size =
        end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

Pieces CellsOf(std::string_view source, Language language) {
  Pieces cells;
  std::size_t begin = 0;
  std::size_t at = 0;
  for (const Piece line : LinesOf(source)) {
    if (IsSeparatorLine(line, language)) {
      const std::size_t end = std::max(begin, WithLineEndBefore(source, at));
      cells.push_back(source.substr(begin, end - begin));
      begin = end;
    }
    at += line.size();
  }
  cells.push_back(source.substr(begin));
  return cells;
}

std::optional<std::string> MergeLines(const Versions& versions) {
  if (!IsText(versions.base) || !IsText(versions.ours) ||
      !IsText(versions.theirs))
    return std::nullopt;
  return Joined(MergePieces(LinesOf(versions.base), LinesOf(versions.ours),
                            LinesOf(versions.theirs), Nearness::kApart));
}

std::optional<std::string> MergeCells(const Versions& versions,
                                      Language language) {
  // What ends the text belongs to no cell.
  Versions bodies = versions;
  const std::array tails = {TakeTail(bodies.base), TakeTail(bodies.ours),
                            TakeTail(bodies.theirs)};
  const auto cells = [language](std::string_view source) {
    return CellsOf(source, language);
  };
  auto merged = Joined(MergePieces(cells(bodies.base), cells(bodies.ours),
                                   cells(bodies.theirs), Nearness::kTouching));
  if (merged.has_value()) *merged += tails[1] == tails[0] ? tails[2] : tails[1];
  return merged;
}

std::optional<MarkedText> MergeMarked(const Versions& versions) {
  if (!IsText(versions.base) || !IsText(versions.ours) ||
      !IsText(versions.theirs))
    return std::nullopt;
  const auto parts =
      MergeSideBySide(LinesOf(versions.base), LinesOf(versions.ours),
                      LinesOf(versions.theirs), Nearness::kApart);
  if (!parts.has_value()) return std::nullopt;
  MarkedText marked;
  for (const MergedPart& part : *parts) {
    if (!part.meets) {
      for (const Piece line : part.ours) marked.text += line;
      continue;
    }
    AppendMarked(marked, part.ours, part.theirs);
  }
  return marked;
}

MarkedText MarkBoth(std::string_view ours, std::string_view theirs) {
  MarkedText marked;
  AppendMarked(marked, LinesOf(ours), LinesOf(theirs));
  return marked;
}

}  // namespace wsfs
