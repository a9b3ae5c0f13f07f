#pragma once

#include <cstddef>
#include <string_view>

#include "model/kinds.h"
#include "model/object_info.h"

namespace wsfs {

/// So many first bytes of a content tell its header.
inline constexpr std::size_t kHeaderLookBytes = 64;

/// Behind a comment sign, the header of a notebook's source, and the line
/// between two of its cells (notebooks.md §4.1).
inline constexpr std::string_view kHeaderText = " Databricks notebook source";
inline constexpr std::string_view kSeparatorText = " COMMAND ----------";

/// The header in the first line of `start`, the first kHeaderLookBytes (or
/// all) of a content. The line must equal the header, a CR before the line
/// feed aside, as the service's own command line decides (notebooks.md §4.2):
/// a byte order mark, a trailing blank or "exported at …" is no header.
Header DetectHeader(std::string_view start);

/// How many bytes the header line has, its line end included; 0 for kNone.
std::size_t HeaderLineBytes(std::string_view start);

/// What begins a comment, and each mark of the source format; "" for kNone.
std::string_view CommentSign(Language language);

/// The line between two cells of a notebook's source. Blanks and the line end
/// behind it do not count; kNone has none.
bool IsSeparatorLine(std::string_view line, Language language);

}  // namespace wsfs
