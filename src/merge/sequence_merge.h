#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace wsfs {

/// What stands in one place of a sequence: a line, or a cell of a notebook.
using Piece = std::string_view;
using Pieces = std::vector<Piece>;

/// How close two edits may come and still count as disjoint.
enum class Nearness : std::uint8_t {
  /// An unchanged piece must lie between them: lines, whose meaning hangs on
  /// the lines around them.
  kApart,
  /// They may touch: cells, each of which stands for itself.
  kTouching,
};

/// One change from a base: the pieces [begin, end) of it are replaced by
/// `with`. `begin == end` inserts before that piece.
struct Edit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::span<const Piece> with;
};

/// The shortest list of edits that turns `base` into `now`, in order, none
/// touching the next (Myers' algorithm). `now` must outlive it. None when they
/// differ in more than a few thousand pieces: the work is bounded.
std::optional<std::vector<Edit>> EditsBetween(std::span<const Piece> base,
                                              std::span<const Piece> now);

/// `base` with the edits of both sides. None when an edit of one side meets a
/// different one of the other, or the two are too far from `base`: then both
/// must be kept. Equal edits count once. Pure; the result points into the
/// arguments' text.
std::optional<Pieces> MergePieces(std::span<const Piece> base,
                                  std::span<const Piece> ours,
                                  std::span<const Piece> theirs,
                                  Nearness nearness);

/// A stretch of a merge: what both agree on, or what each side has where their
/// edits meet.
struct MergedPart {
  bool meets = false;
  Pieces ours;  ///< Agreed, if they do not meet.
  Pieces theirs;
};

/// The same merge, but edits that meet are told side by side. None only when
/// the two are too far from `base`.
std::optional<std::vector<MergedPart>> MergeSideBySide(
    std::span<const Piece> base, std::span<const Piece> ours,
    std::span<const Piece> theirs, Nearness nearness);

}  // namespace wsfs
