#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/ledger.h"
#include "merge/text_merge.h"
#include "store/contents.h"

namespace wsfs {

/// The bytes of a content that is small enough to be merged; none: a cache
/// dropped it.
Result<std::optional<std::string>> TextOf(Contents& contents,
                                          const Content& content);

/// Three contents that a merge is about, and their texts. Value types.
struct ContentVersions {
  Content base;
  Content ours;
  Content theirs;
};
struct TextVersions {
  std::string base;
  std::string ours;
  std::string theirs;
  Versions view() const {
    return {.base = base, .ours = ours, .theirs = theirs};
  }
};

/// All three; none: one of them is not to be had.
Result<std::optional<TextVersions>> TextsOf(Contents& contents,
                                            const ContentVersions& versions);

/// A new content of our own. Whoever gets it gives it to a row, or back
/// (DiscardText).
Result<Content> SealText(Ledger& ledger, std::string_view text);
void DiscardText(Contents& contents, const Content& content);

}  // namespace wsfs
