#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/ledger.h"
#include "store/contents.h"

namespace wsfs {

/// The bytes of a content that is small enough to be merged; none: a cache
/// dropped it.
Result<std::optional<std::string>> TextOf(Contents& contents,
                                          const Content& content);

/// A new content of our own. Whoever gets it gives it to a row, or back
/// (DiscardText).
Result<Content> SealText(Ledger& ledger, std::string_view text);
void DiscardText(Contents& contents, const Content& content);

}  // namespace wsfs
