#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "merge/sequence_merge.h"
#include "model/object_info.h"

namespace wsfs {

/// Lines with their ends; together they are the text, byte for byte.
Pieces LinesOf(std::string_view text);

/// The cells of a notebook's source, each with the separator before it;
/// together they are the text. In an unknown language: the text as one piece.
Pieces CellsOf(std::string_view source, Language language);

/// Three versions of one content.
struct Versions {
  std::string_view base;
  std::string_view ours;
  std::string_view theirs;
};

/// Line by line; none where both sides changed the same or neighbouring
/// lines, or where one side is no text (a NUL).
std::optional<std::string> MergeLines(const Versions& versions);

/// Cell by cell; none where both sides changed the same cell.
std::optional<std::string> MergeCells(const Versions& versions,
                                      Language language);

/// Lines by which a person finds what meets.
inline constexpr std::string_view kMineMark = "<<<<<<< mine";
inline constexpr std::string_view kBetweenMark = "=======";
inline constexpr std::string_view kTheirsMark = ">>>>>>> theirs";

/// A text in which the places where both sides changed the same are marked
/// for a person, as version control marks them.
struct MarkedText {
  std::string text;
  std::size_t meets = 0;  ///< So many places; 0: a clean merge.
};

/// By line, whatever the content is. None where one side is no text, or too far
/// from the base.
std::optional<MarkedText> MergeMarked(const Versions& versions);

/// The one as a whole, then the other.
MarkedText MarkBoth(std::string_view ours, std::string_view theirs);

}  // namespace wsfs
