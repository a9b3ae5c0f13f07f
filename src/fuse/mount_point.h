#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace wsfs {

/// A folder that is fit to be mounted over.
struct MountPoint {
  std::filesystem::path path;  ///< Absolute, without links.
  bool created = false;        ///< Made by us; removed again if all fails.
};

/// Makes a missing folder (0700), clears a mount of ours whose process is
/// gone, and refuses what is not an empty folder, with a sentence.
Result<MountPoint> PrepareMountPoint(const std::filesystem::path& directory);

/// Something of ours is mounted exactly there, alive or dead.
bool IsWsfsMount(const std::filesystem::path& directory);

enum class UnmountHow : std::uint8_t {
  kIfIdle,  ///< kBusy while programs have files or folders of it open.
  kDetach,  ///< Away from the tree at once; open files lose it.
};
/// umount2 as root, fusermount3 otherwise. kNotFound: nothing mounted there.
Result<void> UnmountAt(const std::filesystem::path& directory, UnmountHow how);

}  // namespace wsfs
