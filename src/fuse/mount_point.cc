#include "fuse/mount_point.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/log.h"
#include "fuse/errno_map.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kType = "fuse.wsfs";

/// /proc/self/mountinfo writes blanks, tabs, newlines and backslashes as
/// three octal digits.
std::string Unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      const auto digit = [&](std::size_t at) { return text[at] - '0'; };
      out.push_back(static_cast<char>(digit(i + 1) * 64 + digit(i + 2) * 8 +
                                      digit(i + 3)));
      i += 3;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> fields;
  while (!line.empty()) {
    const std::size_t end = std::min(line.find(' '), line.size());
    fields.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end + 1, line.size()));
  }
  return fields;
}

struct MountedAt {
  fs::path path;
  std::string type;
};

/// In the order they were made: of several at one path the last is on top.
std::vector<MountedAt> AllMounts() {
  std::ifstream table("/proc/self/mountinfo");
  std::vector<MountedAt> mounts;
  for (std::string line; std::getline(table, line);) {
    const auto fields = Split(line);
    const auto dash = std::ranges::find(fields, std::string_view("-"));
    if (fields.size() < 5 || fields.end() - dash < 2) continue;
    mounts.push_back({Unescape(fields[4]), std::string(*(dash + 1))});
  }
  return mounts;
}

/// The type of the topmost filesystem mounted exactly at `path`.
std::optional<std::string> TypeMountedAt(const fs::path& path) {
  std::optional<std::string> type;
  for (MountedAt& mount : AllMounts())
    if (mount.path == path) type = std::move(mount.type);
  return type;
}

bool LiesIn(const fs::path& path, const fs::path& top) {
  return std::ranges::mismatch(top, path).in1 == top.end();
}

Error FailedAt(int error, std::string_view did, const fs::path& path) {
  return {FromErrno(error),
          fmt::format("cannot {} {}: {}", did, path.native(),
                      std::generic_category().message(error))};
}

Result<void> MakePrivate(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path.parent_path(), error) && path.has_relative_path()) {
    WSFS_RETURN_IF_ERROR(MakePrivate(path.parent_path()));
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return FailedAt(errno, "make the folder", path);
  return {};
}

Result<bool> MakeIfMissing(const fs::path& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) return false;
    return Error(Errc::kNotADirectory,
                 fmt::format("{} is not a folder; name an empty one, or one "
                             "that does not exist yet",
                             path.native()));
  }
  if (errno != ENOENT) return FailedAt(errno, "look at", path);
  WSFS_RETURN_IF_ERROR(MakePrivate(path));
  return true;
}

Result<void> MustBeEmpty(const fs::path& path) {
  std::error_code error;
  const fs::directory_iterator entries(path, error);
  if (error) return FailedAt(error.value(), "look into", path);
  if (entries == fs::directory_iterator()) return {};
  return Error(Errc::kNotEmpty,
               fmt::format("{} is not empty; a mount would hide what is in "
                           "it. Name an empty folder, or one that does not "
                           "exist yet",
                           path.native()));
}

bool SaysDisconnected(int error) {
  return error == ENOTCONN || error == ECONNABORTED;
}

bool IsDead(const fs::path& path) {
  // Not stat(2): the kernel may have kept the root's attributes.
  struct statvfs status = {};
  return ::statvfs(path.c_str(), &status) != 0 && SaysDisconnected(errno);
}

Result<void> RunFusermount(const fs::path& path, UnmountHow how) {
  const bool lazy = how == UnmountHow::kDetach;
  std::string program = "fusermount3";
  std::string flags = lazy ? "-uqz" : "-uq";
  std::string dashes = "--";
  std::string target = path.native();
  std::array<char*, 5> arguments = {program.data(), flags.data(), dashes.data(),
                                    target.data(), nullptr};
  std::array<char*, 2> environment = {nullptr, nullptr};
  std::string path_variable = "PATH=/usr/local/bin:/usr/bin:/bin";
  environment[0] = path_variable.data();
  pid_t child = 0;
  const int failed = ::posix_spawnp(&child, program.c_str(), nullptr, nullptr,
                                    arguments.data(), environment.data());
  if (failed != 0) return FailedAt(failed, "run fusermount3 for", path);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return FailedAt(EBUSY, "unmount", path);
}

}  // namespace

Result<fs::path> ResolveMountPoint(const fs::path& directory) {
  // A dead mount cannot be looked into: only its parent is resolved.
  std::error_code error;
  fs::path full = fs::absolute(directory, error).lexically_normal();
  if (!full.has_filename()) full = full.parent_path();
  const fs::path parent = fs::weakly_canonical(full.parent_path(), error);
  if (error) return FailedAt(error.value(), "reach", full);
  fs::path there = parent / full.filename();
  if (!fs::is_symlink(there, error)) return there;
  return fs::weakly_canonical(there, error);
}

bool IsWsfsMount(const fs::path& directory) {
  const auto path = ResolveMountPoint(directory);
  return path.ok() && TypeMountedAt(*path) == kType;
}

std::vector<fs::path> WsfsMounts() {
  std::vector<fs::path> found;
  for (MountedAt& mount : AllMounts())
    if (mount.type == kType) found.push_back(std::move(mount.path));
  return found;
}

std::optional<fs::path> WsfsMountOf(const fs::path& path) {
  const auto located = ResolveMountPoint(path);
  if (!located.ok()) return std::nullopt;
  std::optional<MountedAt> best;
  for (MountedAt& mount : AllMounts()) {
    const bool deeper = !best.has_value() || mount.path.native().size() >=
                                                 best->path.native().size();
    if (deeper && LiesIn(*located, mount.path)) best = std::move(mount);
  }
  if (!best.has_value() || best->type != kType) return std::nullopt;
  return best->path;
}

Result<fs::path> ControlSocketOf(const fs::path& mount) {
  std::array<char, 4096> value{};
  const ssize_t size =
      ::getxattr(mount.c_str(), kControlXattr, value.data(), value.size());
  if (size <= 0 && !SaysDisconnected(errno))
    return FailedAt(errno, "find the wsfs process behind", mount);
  if (size <= 0)
    return Error(
        Errc::kNotFound,
        fmt::format("the wsfs process behind {} is gone", mount.native()));
  return fs::path(std::string(value.data(), static_cast<std::size_t>(size)));
}

Result<void> UnmountAt(const fs::path& directory, UnmountHow how) {
  WSFS_TRY(const fs::path path, ResolveMountPoint(directory));
  if (!TypeMountedAt(path).has_value())
    return Error(Errc::kNotFound,
                 fmt::format("nothing is mounted at {}", path.native()));
  if (::geteuid() != 0) return RunFusermount(path, how);
  const int flags =
      UMOUNT_NOFOLLOW | (how == UnmountHow::kDetach ? MNT_DETACH : 0);
  if (::umount2(path.c_str(), flags) == 0) return {};
  return FailedAt(errno, "unmount", path);
}

Result<MountPoint> PrepareMountPoint(const fs::path& directory) {
  WSFS_TRY(const fs::path path, ResolveMountPoint(directory));
  const auto type = TypeMountedAt(path);
  if (type == kType && IsDead(path)) {
    Log(LogLevel::kInfo, "clearing the mount a dead process left at {}",
        path.native());
    WSFS_RETURN_IF_ERROR(UnmountAt(path, UnmountHow::kDetach));
  } else if (type == kType) {
    return Error(Errc::kBusy,
                 fmt::format("a workspace is mounted at {} already; leave it "
                             "with: wsfs unmount {}",
                             path.native(), path.native()));
  }
  WSFS_TRY(const bool created, MakeIfMissing(path));
  WSFS_RETURN_IF_ERROR(MustBeEmpty(path));
  return MountPoint{.path = path, .created = created};
}

}  // namespace wsfs
