#pragma once

#include <filesystem>
#include <memory>

#include "base/result.h"
#include "store/sqlite.h"

namespace wsfs {

/// The form of catalogue.db that this program writes (PRAGMA user_version).
inline constexpr int kCatalogueVersion = 3;
/// Of cache.db. Another version is not upgraded but made anew.
inline constexpr int kCacheVersion = 1;

/// Opens catalogue.db, makes it if missing and brings an older form to the
/// present one, step by step, each in a transaction of its own.
///
/// kUnsupported when a newer wsfs made it, kCorrupt when it is damaged: both
/// leave the file as it is.
Result<std::unique_ptr<Database>> OpenCatalogue(
    const SqliteVfs& vfs, const std::filesystem::path& file);

/// Opens cache.db. Whatever is wrong with it, a new one is made: nothing in
/// it is needed.
Result<std::unique_ptr<Database>> OpenCache(HostFs& host, const SqliteVfs& vfs,
                                            const std::filesystem::path& file);

}  // namespace wsfs
