#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace wsfs {

/// A folder that is fit to be mounted over.
struct MountPoint {
  std::filesystem::path path;  ///< Absolute, without links.
  bool created = false;        ///< Made by us; removed again if all fails.
};

/// The absolute path of a folder, its own link followed; it may be missing,
/// or a dead mount.
Result<std::filesystem::path> ResolveMountPoint(
    const std::filesystem::path& directory);

/// Makes a missing folder (0700), clears a mount of ours whose process is
/// gone, and refuses what is not an empty folder, with a sentence.
Result<MountPoint> PrepareMountPoint(const std::filesystem::path& directory);

/// Something of ours is mounted exactly there, alive or dead.
bool IsWsfsMount(const std::filesystem::path& directory);

/// All of them that this process can see, in the order they were made.
std::vector<std::filesystem::path> WsfsMounts();
/// The mount of ours that `path` lies in.
std::optional<std::filesystem::path> WsfsMountOf(
    const std::filesystem::path& path);

/// The extended attribute of a mount's root that tells the engine's control
/// socket, so that a command finds the engine by the folder alone.
inline constexpr const char* kControlXattr = "user.wsfs.control";
/// kNotFound: the process behind the mount is gone.
Result<std::filesystem::path> ControlSocketOf(
    const std::filesystem::path& mount);

enum class UnmountHow : std::uint8_t {
  kIfIdle,  ///< kBusy while programs have files or folders of it open.
  kDetach,  ///< Away from the tree at once; open files lose it.
};
/// umount2 as root, fusermount3 otherwise. kNotFound: nothing mounted there.
Result<void> UnmountAt(const std::filesystem::path& directory, UnmountHow how);

}  // namespace wsfs
