// Requests about open directories.

#include <string>
#include <vector>

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

#include "fuse/errno_map.h"
#include "fuse/operations.h"
#include "fuse/reply.h"

namespace wsfs {
namespace {

// Positions the kernel sees: "." and ".." come before the core's own.
constexpr std::uint64_t kDot = 0;
constexpr std::uint64_t kDotDot = 1;
constexpr std::uint64_t kFirst = 2;

enum class Form : std::uint8_t { kNames, kPlus };

/// One reply of READDIR or READDIRPLUS, filled entry by entry.
class EntryBuffer {
 public:
  EntryBuffer(fuse_req_t request, std::size_t size, Form form)
      : request_(request), bytes_(size), form_(form) {}

  /// False when there is no room left.
  bool Add(const char* name, const fuse_entry_param& entry,
           std::uint64_t next) {
    char* const to = bytes_.data() + used_;
    const std::size_t room = bytes_.size() - used_;
    const auto offset = static_cast<off_t>(next);
    const std::size_t size =
        form_ == Form::kPlus
            ? ::fuse_add_direntry_plus(request_, to, room, name, &entry, offset)
            : ::fuse_add_direntry(request_, to, room, name, &entry.attr,
                                  offset);
    if (size > room) return false;
    used_ += size;
    return true;
  }

  /// "." and "..": the kernel knows them, they take no lookup count.
  bool AddDots(std::uint64_t from) {
    fuse_entry_param entry = {};
    entry.attr.st_mode = S_IFDIR;
    // 0 would mean "deleted" to readdir(3).
    entry.attr.st_ino = 1;
    if (from <= kDot && !Add(".", entry, kDotDot)) return false;
    return from > kDotDot || Add("..", entry, kFirst);
  }

  int Reply() { return ::fuse_reply_buf(request_, bytes_.data(), used_); }

 private:
  fuse_req_t request_;
  std::vector<char> bytes_;
  std::size_t used_ = 0;
  Form form_;
};

/// The lookup counts that a READDIRPLUS gives, to be taken back when it could
/// not be delivered.
void TakeBack(Adapter& mount, const std::vector<NodeId>& given) {
  for (const NodeId node : given) {
    mount.lookups().Forget(node, 1);
    mount.fs().Forget(mount.id(), node, 1);
  }
}

Result<std::vector<NodeId>> Fill(Adapter& mount, std::uint64_t handle,
                                 std::uint64_t from, Form form,
                                 EntryBuffer& buffer) {
  std::vector<NodeId> given;
  if (!buffer.AddDots(from)) return given;
  const std::uint64_t core_from = from < kFirst ? 0 : from - kFirst;
  WSFS_RETURN_IF_ERROR(mount.fs().ReadDirectory(
      mount.id(), handle, core_from, form == Form::kPlus,
      [&](std::uint64_t next, const DirectoryEntry& entry) {
        if (!buffer.Add(entry.name.c_str(), ToEntry(mount, entry.stat),
                        next + kFirst))
          return false;
        if (form == Form::kPlus) {
          mount.lookups().Add(entry.stat.id);
          given.push_back(entry.stat.id);
        }
        return true;
      }));
  return given;
}

/// A handle is a snapshot of names: this never waits.
void Read(fuse_req_t request, std::size_t size, off_t offset,
          const fuse_file_info* file, Form form) noexcept {
  Guarded(request, [&](Adapter& mount) {
    EntryBuffer buffer(request, size, form);
    const auto given =
        Fill(mount, file->fh, static_cast<std::uint64_t>(offset), form, buffer);
    if (!given.ok())
      ::fuse_reply_err(request, ToErrno(given.error().code()));
    else if (buffer.Reply() != 0)
      TakeBack(mount, *given);
  });
}

void ReadDirectory(fuse_req_t request, fuse_ino_t /*ino*/, std::size_t size,
                   off_t offset, fuse_file_info* file) noexcept {
  Read(request, size, offset, file, Form::kNames);
}

void ReadDirectoryPlus(fuse_req_t request, fuse_ino_t /*ino*/, std::size_t size,
                       off_t offset, fuse_file_info* file) noexcept {
  Read(request, size, offset, file, Form::kPlus);
}

void Release(Adapter& mount, HandleId handle) {
  mount.handles().Remove(handle, OpenHandles::Kind::kDirectory);
  mount.fs().ReleaseDirectory(handle);
}

void OpenDirectory(fuse_req_t request, fuse_ino_t ino,
                   fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino)](const Waiting& waiting) {
          return mount.fs().OpenDirectory(node, waiting);
        },
        [&mount, ino, info = *file](fuse_req_t open,
                                    const OpenedDirectory& opened) {
          fuse_file_info reply = info;
          reply.fh = opened.handle;
          // Every change of the listing is told to the kernel, so it may keep
          // what it has.
          const bool may_keep = mount.EntrySeconds() > 0;
          reply.cache_readdir = may_keep ? 1 : 0;
          reply.keep_cache = may_keep && opened.keep_cache ? 1 : 0;
          mount.handles().Add(opened.handle, OpenHandles::Kind::kDirectory,
                              mount.NodeOf(ino));
          if (::fuse_reply_open(open, &reply) != 0)
            Release(mount, opened.handle);
        });
  });
}

void ReleaseDirectory(fuse_req_t request, fuse_ino_t /*ino*/,
                      fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    Release(mount, file->fh);
    ::fuse_reply_err(request, 0);
  });
}

void FsyncDirectory(fuse_req_t request, fuse_ino_t ino, int /*data_only*/,
                    fuse_file_info* /*file*/) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino)](const Waiting& waiting) {
          return mount.fs().FsyncDirectory(node, waiting);
        },
        [](fuse_req_t open) { ::fuse_reply_err(open, 0); });
  });
}

}  // namespace

void AddDirectoryOperations(fuse_lowlevel_ops& ops) {
  ops.opendir = OpenDirectory;
  ops.readdir = ReadDirectory;
  ops.readdirplus = ReadDirectoryPlus;
  ops.releasedir = ReleaseDirectory;
  ops.fsyncdir = FsyncDirectory;
}

}  // namespace wsfs
