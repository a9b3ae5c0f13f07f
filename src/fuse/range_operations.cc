// Requests about ranges of open files: allocate, seek, copy.

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>
#include <unistd.h>

#include "fuse/errno_map.h"
#include "fuse/operations.h"

namespace wsfs {
namespace {

// The kernel's own signature.
// NOLINTNEXTLINE(readability-function-size)
void Allocate(fuse_req_t request, fuse_ino_t /*ino*/, int mode, off_t offset,
              off_t length, fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, handle = file->fh, mode,
         from = static_cast<std::uint64_t>(offset),
         size = static_cast<std::uint64_t>(length)](const Waiting& waiting) {
          return mount.fs().Allocate(mount.id(), handle, mode, from, size,
                                     waiting);
        },
        [](fuse_req_t open) { ::fuse_reply_err(open, 0); });
  });
}

void Seek(fuse_req_t request, fuse_ino_t /*ino*/, off_t offset, int whence,
          fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    // The kernel answers every other kind itself.
    const auto what =
        whence == SEEK_HOLE ? Filesystem::Seek::kHole : Filesystem::Seek::kData;
    mount.Run(
        request,
        [&mount, handle = file->fh, from = static_cast<std::uint64_t>(offset),
         what](const Waiting& waiting) {
          return mount.fs().SeekIn(handle, from, what, waiting);
        },
        [](fuse_req_t open, std::uint64_t found) {
          ::fuse_reply_lseek(open, static_cast<off_t>(found));
        });
  });
}

// The kernel's own signature.
// NOLINTNEXTLINE(readability-function-size)
void CopyRange(fuse_req_t request, fuse_ino_t /*ino_in*/, off_t offset_in,
               fuse_file_info* file_in, fuse_ino_t /*ino_out*/,
               off_t offset_out, fuse_file_info* file_out, std::size_t length,
               int flags) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, from = file_in->fh, to = file_out->fh,
         from_offset = static_cast<std::uint64_t>(offset_in),
         to_offset = static_cast<std::uint64_t>(offset_out), length,
         flags](const Waiting& waiting) -> Result<std::size_t> {
          if (flags != 0)
            return Error(Errc::kInvalidArgument,
                         "copy_file_range knows no flags");
          return mount.fs().CopyRange(mount.id(), from, from_offset, to,
                                      to_offset, length, waiting);
        },
        [](fuse_req_t open, std::size_t copied) {
          ::fuse_reply_write(open, copied);
        });
  });
}

}  // namespace

void AddRangeOperations(fuse_lowlevel_ops& ops) {
  ops.fallocate = Allocate;
  ops.lseek = Seek;
  ops.copy_file_range = CopyRange;
}

}  // namespace wsfs
