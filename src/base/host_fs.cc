#include "base/host_fs.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <limits>
#include <string_view>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace wsfs {
namespace {

constexpr std::uint64_t kMaxOffset = std::numeric_limits<off_t>::max();

Errc ErrcOf(int number) {
  switch (number) {
    case ENOENT: return Errc::kNotFound;
    case EEXIST: return Errc::kAlreadyExists;
    case EACCES:
    case EPERM: return Errc::kPermissionDenied;
    case ENOSPC:
    case EDQUOT: return Errc::kNoSpace;
    case EFBIG:
    case EOVERFLOW: return Errc::kTooLarge;
    case EROFS: return Errc::kReadOnly;
    case ENOTEMPTY: return Errc::kNotEmpty;
    case ENOTDIR: return Errc::kNotADirectory;
    case EISDIR: return Errc::kIsADirectory;
    case ENAMETOOLONG: return Errc::kNameTooLong;
    case EBUSY: return Errc::kBusy;
    case EXDEV: return Errc::kCrossesPlaces;
    case EINVAL: return Errc::kInvalidArgument;
    case EOPNOTSUPP:
    case ENOSYS: return Errc::kUnsupported;
    default: return Errc::kIo;
  }
}

/// `what` is a verb: "cannot WHAT PATH: reason".
Error Failed(std::string_view what, const HostFs::Path& path, int number) {
  std::array<char, 128> room{};
  return {ErrcOf(number),
          fmt::format("cannot {} {}: {}", what, path.native(),
                      ::strerror_r(number, room.data(), room.size()))};
}

/// Runs a system call again as long as a signal interrupts it.
template <typename Call>
auto Retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

class RealHostFile final : public HostFile {
 public:
  RealHostFile(UniqueFd fd, HostFs::Path path)
      : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::size_t> ReadAt(std::uint64_t offset,
                             std::span<std::byte> into) override;
  Result<void> WriteAt(std::uint64_t offset,
                       std::span<const std::byte> bytes) override;
  Result<void> Truncate(std::uint64_t size_bytes) override;
  Result<std::uint64_t> Size() override;
  Result<void> Sync() override;
  Result<bool> TryLock() override;
  Result<void> CopyFrom(HostFile& from, std::uint64_t length) override;
  Result<std::uint64_t> SeekData(std::uint64_t offset) override {
    return Seek(offset, SEEK_DATA);
  }
  Result<std::uint64_t> SeekHole(std::uint64_t offset) override {
    return Seek(offset, SEEK_HOLE);
  }
  Result<void> Allocate(int mode, std::uint64_t offset,
                        std::uint64_t length) override;

 private:
  Result<std::uint64_t> Seek(std::uint64_t offset, int whence);
  Result<void> CopyRange(RealHostFile& from, std::uint64_t begin,
                         std::uint64_t end);
  Result<void> CopyByHand(HostFile& from, std::uint64_t begin,
                          std::uint64_t end);
  Error Fail(std::string_view what, int number) const {
    return Failed(what, path_, number);
  }

  UniqueFd fd_;
  HostFs::Path path_;
};

Result<std::size_t> RealHostFile::ReadAt(std::uint64_t offset,
                                         std::span<std::byte> into) {
  std::size_t done = 0;
  while (done < into.size() && offset + done < kMaxOffset) {
    const auto rest = into.subspan(done);
    const auto at = static_cast<off_t>(offset + done);
    const ssize_t got =
        Retry([&] { return ::pread(fd_.get(), rest.data(), rest.size(), at); });
    if (got < 0) return Fail("read", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<void> RealHostFile::WriteAt(std::uint64_t offset,
                                   std::span<const std::byte> bytes) {
  if (offset > kMaxOffset - bytes.size()) return Fail("write", EFBIG);
  while (!bytes.empty()) {
    const ssize_t put = Retry([&] {
      return ::pwrite(fd_.get(), bytes.data(), bytes.size(),
                      static_cast<off_t>(offset));
    });
    if (put < 0) return Fail("write", errno);
    offset += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> RealHostFile::Truncate(std::uint64_t size_bytes) {
  if (size_bytes > kMaxOffset) return Fail("truncate", EFBIG);
  const auto size = static_cast<off_t>(size_bytes);
  if (Retry([&] { return ::ftruncate(fd_.get(), size); }) != 0) {
    // Longer than this disk's files can be: Linux says EFBIG, some disks
    // EINVAL.
    return Fail("truncate", errno == EINVAL ? EFBIG : errno);
  }
  return {};
}

Result<std::uint64_t> RealHostFile::Size() {
  struct stat info{};
  if (::fstat(fd_.get(), &info) != 0) return Fail("stat", errno);
  return static_cast<std::uint64_t>(info.st_size);
}

Result<void> RealHostFile::Sync() {
  if (Retry([&] { return ::fdatasync(fd_.get()); }) != 0)
    return Fail("sync", errno);
  return {};
}

Result<bool> RealHostFile::TryLock() {
  if (Retry([&] { return ::flock(fd_.get(), LOCK_EX | LOCK_NB); }) == 0)
    return true;
  if (errno == EWOULDBLOCK) return false;
  return Fail("lock", errno);
}

Result<std::uint64_t> RealHostFile::Seek(std::uint64_t offset, int whence) {
  WSFS_TRY(const std::uint64_t size, Size());
  if (offset >= size) return size;
  const off_t found = ::lseek(fd_.get(), static_cast<off_t>(offset), whence);
  if (found >= 0) return static_cast<std::uint64_t>(found);
  if (errno == ENXIO) return size;
  return Fail("seek in", errno);
}

Result<void> RealHostFile::Allocate(int mode, std::uint64_t offset,
                                    std::uint64_t length) {
  if (length > kMaxOffset || offset > kMaxOffset - length)
    return Fail("allocate", EFBIG);
  const int result = Retry([&] {
    return ::fallocate(fd_.get(), mode, static_cast<off_t>(offset),
                       static_cast<off_t>(length));
  });
  if (result != 0) return Fail("allocate", errno);
  return {};
}

Result<void> RealHostFile::CopyByHand(HostFile& from, std::uint64_t begin,
                                      std::uint64_t end) {
  std::vector<std::byte> room(std::min<std::uint64_t>(end - begin, 131'072));
  while (begin < end) {
    const auto part = std::span(room).first(
        std::min<std::uint64_t>(end - begin, room.size()));
    WSFS_TRY(const std::size_t got, from.ReadAt(begin, part));
    if (got == 0) break;
    WSFS_RETURN_IF_ERROR(WriteAt(begin, part.first(got)));
    begin += got;
  }
  return {};
}

Result<void> RealHostFile::CopyRange(RealHostFile& from, std::uint64_t begin,
                                     std::uint64_t end) {
  while (begin < end) {
    auto in = static_cast<off_t>(begin);
    auto out = in;
    const ssize_t copied = Retry([&] {
      return ::copy_file_range(from.fd_.get(), &in, fd_.get(), &out,
                               end - begin, 0);
    });
    if (copied == 0) return {};
    if (copied < 0) {
      const Errc code = ErrcOf(errno);
      if (code == Errc::kNoSpace || code == Errc::kIo)
        return Fail("copy to", errno);
      return CopyByHand(from, begin, end);
    }
    begin += static_cast<std::uint64_t>(copied);
  }
  return {};
}

Result<void> RealHostFile::CopyFrom(HostFile& from, std::uint64_t length) {
  auto* real = dynamic_cast<RealHostFile*>(&from);
  if (real == nullptr) return CopyByHand(from, 0, length);
  WSFS_TRY(const std::uint64_t from_size, real->Size());
  length = std::min(length, from_size);
  WSFS_TRY(const std::uint64_t size, Size());
  if (size == 0 && ::ioctl(fd_.get(), FICLONE, real->fd_.get()) == 0)
    return Truncate(length);
  std::uint64_t at = 0;
  while (at < length) {
    WSFS_TRY(const std::uint64_t begin, real->SeekData(at));
    if (begin >= length) break;
    WSFS_TRY(const std::uint64_t hole, real->SeekHole(begin));
    const std::uint64_t end = std::min(hole, length);
    WSFS_RETURN_IF_ERROR(CopyRange(*real, begin, end));
    at = end;
  }
  if (size < length) return Truncate(length);
  return {};
}

class PosixHostFs final : public HostFs {
 public:
  Result<std::unique_ptr<HostFile>> Open(const Path& path,
                                         OpenMode mode) override;
  Result<std::uint64_t> SizeOf(const Path& path) override;
  Result<bool> Exists(const Path& path) override;
  Result<void> Remove(const Path& path) override;
  Result<void> Rename(const Path& from, const Path& to) override;
  Result<void> MakeDirectories(const Path& path) override;
  Result<std::vector<std::string>> List(const Path& path) override;
  Result<void> SyncDirectory(const Path& path) override;
  Result<DiskSpace> Space(const Path& path) override;
};

int FlagsOf(OpenMode mode) {
  switch (mode) {
    case OpenMode::kRead: return O_RDONLY;
    case OpenMode::kReadWrite: return O_RDWR;
    case OpenMode::kCreate: return O_RDWR | O_CREAT;
    case OpenMode::kCreateNew: return O_RDWR | O_CREAT | O_EXCL;
  }
  std::unreachable();
}

Result<std::unique_ptr<HostFile>> PosixHostFs::Open(const Path& path,
                                                    OpenMode mode) {
  UniqueFd fd(Retry([&] {
    return ::open(path.c_str(), FlagsOf(mode) | O_CLOEXEC | O_NOCTTY, 0600);
  }));
  if (!fd.valid()) return Failed("open", path, errno);
  return std::make_unique<RealHostFile>(std::move(fd), path);
}

Result<std::uint64_t> PosixHostFs::SizeOf(const Path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return Failed("stat", path, errno);
  return static_cast<std::uint64_t>(info.st_size);
}

Result<bool> PosixHostFs::Exists(const Path& path) {
  struct stat info{};
  if (::stat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return Failed("stat", path, errno);
}

Result<void> PosixHostFs::Remove(const Path& path) {
  if (::remove(path.c_str()) != 0) return Failed("remove", path, errno);
  return {};
}

Result<void> PosixHostFs::Rename(const Path& from, const Path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return Failed("rename", from, errno);
  return {};
}

Result<void> PosixHostFs::MakeDirectories(const Path& path) {
  if (path.empty() || ::mkdir(path.c_str(), 0700) == 0) return {};
  if (errno == ENOENT && path.has_relative_path()) {
    WSFS_RETURN_IF_ERROR(MakeDirectories(path.parent_path()));
    if (::mkdir(path.c_str(), 0700) == 0) return {};
  }
  if (errno != EEXIST) return Failed("make the folder", path, errno);
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) return Failed("stat", path, errno);
  if (!S_ISDIR(info.st_mode)) return Failed("make the folder", path, ENOTDIR);
  return {};
}

Result<std::vector<std::string>> PosixHostFs::List(const Path& path) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(path.c_str()),
                                                &::closedir);
  if (!dir) return Failed("list", path, errno);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(dir.get())) {
    const std::string_view name = entry->d_name;  // NOLINT: ends with NUL.
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  if (errno != 0) return Failed("list", path, errno);
  return names;
}

Result<void> PosixHostFs::SyncDirectory(const Path& path) {
  const UniqueFd fd(Retry([&] {
    return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }));
  if (!fd.valid()) return Failed("open", path, errno);
  if (Retry([&] { return ::fsync(fd.get()); }) != 0)
    return Failed("sync", path, errno);
  return {};
}

Result<DiskSpace> PosixHostFs::Space(const Path& path) {
  struct statvfs info{};
  if (Retry([&] { return ::statvfs(path.c_str(), &info); }) != 0)
    return Failed("ask the free space of", path, errno);
  return DiskSpace{.total_bytes = info.f_blocks * info.f_frsize,
                   .free_bytes = info.f_bavail * info.f_frsize};
}

}  // namespace

HostFs& RealHostFs() {
  static PosixHostFs host;
  return host;
}

}  // namespace wsfs
