#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wsfs {

/// A file for an archive. Value type.
struct ZipEntry {
  std::string name;  ///< Relative, with '/'.
  std::string bytes;
};

/// A zip archive of stored (not compressed) entries: what export answers for
/// a folder (databricks-api.md §1.6). At most 65,535 entries and 4 GiB.
std::string MakeZip(const std::vector<ZipEntry>& entries);

}  // namespace wsfs
