#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "base/hash.h"

namespace wsfs {

/// Above this size an ipynb is compared byte by byte: CellsDigest reads none.
inline constexpr std::size_t kMaxDigestedIpynbBytes = 16'777'216;

/// A hash of what a person sees in a Jupyter notebook: type, source and
/// outputs of each cell, in order. The same for two texts that differ in
/// metadata, ids, execution counts, in the order of keys or white space, or in
/// whether a text is one string or a list of lines: the service writes an
/// ipynb anew (notebooks.md §4.4).
///
/// Nothing when `text` is not a notebook (JSON with `cells`, `metadata` and
/// `nbformat` of 4 or more) or longer than kMaxDigestedIpynbBytes. Holds one
/// cell in memory at a time.
std::optional<Hash> CellsDigest(std::string_view text);

/// A cheap look at the first bytes: false when it cannot be a notebook.
bool MayBeIpynb(std::string_view start);

}  // namespace wsfs
