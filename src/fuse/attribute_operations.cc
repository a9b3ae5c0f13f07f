// Requests about a node's attributes, extended attributes and the volume.

#include <string>
#include <string_view>

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "base/clock.h"
#include "fuse/errno_map.h"
#include "fuse/mount_point.h"
#include "fuse/operations.h"
#include "fuse/reply.h"

namespace wsfs {
namespace {

auto AttributesTo(const Adapter& mount) {
  return [&mount](fuse_req_t request, const Stat& stat) {
    ReplyAttributes(request, mount, stat);
  };
}

void GetAttributes(fuse_req_t request, fuse_ino_t ino,
                   fuse_file_info* /*file*/) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino)](const Waiting& waiting) {
          return mount.fs().GetAttributes(node, waiting);
        },
        AttributesTo(mount));
  });
}

WallNanos ToNanos(const timespec& time) {
  return WallNanos{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

AttributeChange ToChange(const struct stat& wanted, int set) {
  AttributeChange change;
  if ((set & FUSE_SET_ATTR_SIZE) != 0)
    change.size_bytes = static_cast<std::uint64_t>(wanted.st_size);
  if ((set & FUSE_SET_ATTR_MODE) != 0) change.mode = wanted.st_mode & 07777U;
  if ((set & FUSE_SET_ATTR_UID) != 0) change.uid = wanted.st_uid;
  if ((set & FUSE_SET_ATTR_GID) != 0) change.gid = wanted.st_gid;
  if ((set & FUSE_SET_ATTR_ATIME) != 0) change.atime = ToNanos(wanted.st_atim);
  if ((set & FUSE_SET_ATTR_MTIME) != 0) change.mtime = ToNanos(wanted.st_mtim);
  const WallNanos now = RealClock().Wall();
  if ((set & FUSE_SET_ATTR_ATIME_NOW) != 0) change.atime = now;
  if ((set & FUSE_SET_ATTR_MTIME_NOW) != 0) change.mtime = now;
  return change;
}

void SetAttributes(fuse_req_t request, fuse_ino_t ino, struct stat* wanted,
                   int set, fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    std::optional<HandleId> handle;
    if (file != nullptr) handle = file->fh;
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino), change = ToChange(*wanted, set),
         handle, caller = CallerOf(request)](const Waiting& waiting) {
          return mount.fs().SetAttributes(mount.id(), node, change, handle,
                                          caller, waiting);
        },
        AttributesTo(mount));
  });
}

/// getxattr(2) and listxattr(2) ask for the size first, or give a limit.
void ReplySized(fuse_req_t request, std::string_view value, std::size_t limit) {
  if (limit == 0)
    ::fuse_reply_xattr(request, value.size());
  else if (value.size() > limit)
    ::fuse_reply_err(request, kErrnoRange);
  else
    ::fuse_reply_buf(request, value.data(), value.size());
}

Result<std::string> FindXattr(Adapter& mount, NodeId node,
                              const std::string& name) {
  // The kernel asks for security.capability at the first write of a file.
  if (!name.starts_with("user."))
    return Error(Errc::kNoAttribute, "no such extended attribute");
  if (name == kControlXattr && node == mount.root()) return mount.control();
  return mount.fs().GetXattr(node, name);
}

void GetXattr(fuse_req_t request, fuse_ino_t ino, const char* name,
              std::size_t limit) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino),
         text = std::string(name)](const Waiting& /*waiting*/) {
          return FindXattr(mount, node, text);
        },
        [limit](fuse_req_t open, const std::string& value) {
          ReplySized(open, value, limit);
        });
  });
}

void ListXattrs(fuse_req_t request, fuse_ino_t ino,
                std::size_t limit) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino)](const Waiting& /*waiting*/) {
          return mount.fs().ListXattrs(node);
        },
        [limit](fuse_req_t open, const std::vector<std::string>& names) {
          std::string list;
          for (const std::string& name : names)
            list.append(name).push_back('\0');
          ReplySized(open, list, limit);
        });
  });
}

// The kernel's own signature.
// NOLINTNEXTLINE(readability-function-size)
void SetXattr(fuse_req_t request, fuse_ino_t ino, const char* name,
              const char* value, std::size_t size, int flags) noexcept {
  Guarded(request, [&](Adapter& mount) {
    using Mode = Filesystem::XattrMode;
    const Mode mode = flags == XATTR_CREATE    ? Mode::kCreate
                      : flags == XATTR_REPLACE ? Mode::kReplace
                                               : Mode::kAny;
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino), text = std::string(name),
         bytes = std::string(value, size), mode](const Waiting& /*waiting*/) {
          return mount.fs().SetXattr(mount.id(), node, text, bytes, mode);
        },
        [](fuse_req_t open) { ::fuse_reply_err(open, 0); });
  });
}

Result<void> DropXattr(Adapter& mount, NodeId node, const std::string& name) {
  // Setting an ACL that says nothing arrives as this.
  if (!name.starts_with("user."))
    return Error(Errc::kUnsupported,
                 "only attributes of the user class are kept");
  return mount.fs().RemoveXattr(mount.id(), node, name);
}

void RemoveXattr(fuse_req_t request, fuse_ino_t ino,
                 const char* name) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino),
         text = std::string(name)](const Waiting& /*waiting*/) {
          return DropXattr(mount, node, text);
        },
        [](fuse_req_t open) { ::fuse_reply_err(open, 0); });
  });
}

struct statvfs ToKernelVolume(const VolumeStat& volume) {
  constexpr std::uint64_t kBlock = 4096;
  constexpr std::uint64_t kMostNodes = 1ULL << 40U;
  struct statvfs out = {};
  out.f_bsize = kBlock;
  out.f_frsize = kBlock;
  out.f_blocks = volume.total_bytes / kBlock;
  out.f_bfree = volume.free_bytes / kBlock;
  out.f_bavail = out.f_bfree;
  out.f_files = kMostNodes;
  out.f_ffree = kMostNodes - volume.nodes;
  out.f_favail = out.f_ffree;
  out.f_namemax = 255;
  return out;
}

void StatVolume(fuse_req_t request, fuse_ino_t /*ino*/) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount](const Waiting& /*waiting*/) {
          return mount.fs().StatVolume();
        },
        [](fuse_req_t open, const VolumeStat& volume) {
          const struct statvfs out = ToKernelVolume(volume);
          ::fuse_reply_statfs(open, &out);
        });
  });
}

}  // namespace

void AddAttributeOperations(fuse_lowlevel_ops& ops) {
  ops.getattr = GetAttributes;
  ops.setattr = SetAttributes;
  ops.getxattr = GetXattr;
  ops.listxattr = ListXattrs;
  ops.setxattr = SetXattr;
  ops.removexattr = RemoveXattr;
  ops.statfs = StatVolume;
}

}  // namespace wsfs
