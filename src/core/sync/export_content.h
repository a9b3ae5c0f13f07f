#pragma once

#include <optional>
#include <string>

#include "core/planner/changes.h"
#include "core/sync/calls.h"
#include "store/contents.h"

namespace wsfs {

/// What a download for a comparison gave: the service's answer, and when that
/// is yes the bytes, filed in the cache.
struct FetchedContent {
  Reply<Nothing> reply;
  std::optional<Content> content;
};

/// Downloads an object of this form whole. An error is of this machine's disk.
Result<FetchedContent> ExportContent(Contents& contents, Calls& calls,
                                     const std::string& path, const Form& form,
                                     const Calls::Wait& wait);

}  // namespace wsfs
