// Requests about open files: open, close, read, write, sync.

#include <string>
#include <vector>

#define FUSE_USE_VERSION 312
#include <fcntl.h>
#include <fuse3/fuse_lowlevel.h>

#include "fuse/errno_map.h"
#include "fuse/operations.h"
#include "fuse/reply.h"

namespace wsfs {
namespace {

OpenFlags ToFlags(int flags) {
  const int access = flags & O_ACCMODE;
  return {.read = access != O_WRONLY,
          .write = access != O_RDONLY,
          .append = (flags & O_APPEND) != 0,
          .truncate = (flags & O_TRUNC) != 0};
}

fuse_file_info ToReply(const Adapter& mount, const fuse_file_info& asked,
                       const Opened& opened) {
  fuse_file_info reply = asked;
  reply.fh = opened.handle;
  reply.keep_cache = opened.keep_cache && !mount.overlapping() ? 1 : 0;
  reply.direct_io = opened.uncached ? 1 : 0;
  // A reader's close has nothing to tell us (fuse.md §3, A').
  reply.noflush = (asked.flags & O_ACCMODE) == O_RDONLY ? 1 : 0;
  return reply;
}

void Release(Adapter& mount, HandleId handle) {
  mount.handles().Remove(handle, OpenHandles::Kind::kFile);
  mount.fs().Release(mount.id(), handle);
}

void Open(fuse_req_t request, fuse_ino_t ino, fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino), flags = ToFlags(file->flags),
         caller = ProcessCallerOf(request)](const Waiting& waiting) {
          return mount.fs().Open(mount.id(), node, flags, caller, waiting);
        },
        [&mount, ino, asked = *file](fuse_req_t open, const Opened& opened) {
          const fuse_file_info reply = ToReply(mount, asked, opened);
          mount.handles().Add(opened.handle, OpenHandles::Kind::kFile,
                              mount.NodeOf(ino));
          if (::fuse_reply_open(open, &reply) != 0)
            Release(mount, opened.handle);
        });
  });
}

void ReplyCreated(fuse_req_t request, Adapter& mount,
                  const fuse_file_info& asked, const Stat& stat,
                  const Opened& opened) {
  const fuse_file_info reply = ToReply(mount, asked, opened);
  const fuse_entry_param entry = ToEntry(mount, stat);
  mount.handles().Add(opened.handle, OpenHandles::Kind::kFile, stat.id);
  mount.lookups().Add(stat.id);
  if (::fuse_reply_create(request, &entry, &reply) == 0) return;
  Release(mount, opened.handle);
  mount.lookups().Forget(stat.id, 1);
  mount.fs().Forget(mount.id(), stat.id, 1);
}

void Create(fuse_req_t request, fuse_ino_t parent, const char* name,
            mode_t mode, fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, directory = mount.NodeOf(parent), text = std::string(name),
         mode, flags = file->flags,
         caller = ProcessCallerOf(request)](const Waiting& waiting) {
          return mount.fs().Create(mount.id(), directory, text, mode & 07777U,
                                   ToFlags(flags), (flags & O_EXCL) != 0,
                                   caller, waiting);
        },
        [&mount, asked = *file](fuse_req_t open,
                                const std::pair<Stat, Opened>& created) {
          ReplyCreated(open, mount, asked, created.first, created.second);
        });
  });
}

/// What a read was answered with lies in a buffer of the thread that runs it:
/// no allocation for a cached read, and no memory kept by pool threads.
std::vector<std::byte>& ReadBuffer(std::size_t size) {
  thread_local std::vector<std::byte> buffer;
  if (buffer.size() < size) buffer.resize(size);
  return buffer;
}

Result<std::size_t> ReadInto(Adapter& mount, HandleId handle,
                             std::uint64_t offset, std::size_t size,
                             const Waiting& waiting) {
  const std::span<std::byte> into(ReadBuffer(size).data(), size);
  return mount.fs().Read(handle, offset, into, waiting);
}

void ReplyRead(fuse_req_t request, std::size_t size) {
  // NOLINTNEXTLINE(*-reinterpret-cast)
  const auto* bytes = reinterpret_cast<const char*>(ReadBuffer(0).data());
  ::fuse_reply_buf(request, bytes, size);
}

void Read(fuse_req_t request, fuse_ino_t ino, std::size_t size, off_t offset,
          fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino), handle = file->fh,
         from = static_cast<std::uint64_t>(offset),
         size](const Waiting& waiting) {
          if (!waiting.allowed())
            return ReadInto(mount, handle, from, size, waiting);
          mount.waiting_reads().Begin(node);
          auto read = ReadInto(mount, handle, from, size, waiting);
          mount.waiting_reads().End(node);
          return read;
        },
        ReplyRead);
  });
}

// The kernel's own signature.
// NOLINTNEXTLINE(readability-function-size)
void Write(fuse_req_t request, fuse_ino_t /*ino*/, const char* bytes,
           std::size_t size, off_t offset, fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    const auto write = [&mount, handle = file->fh,
                        to = static_cast<std::uint64_t>(offset)](
                           std::span<const char> data, const Waiting& waiting) {
      return mount.fs().Write(mount.id(), handle, to, std::as_bytes(data),
                              waiting);
    };
    const auto answer = [](fuse_req_t open, std::size_t written) {
      ::fuse_reply_write(open, written);
    };
    auto written = write({bytes, size}, Waiting::Never());
    if (!Adapter::MustWait(written))
      return Adapter::Deliver(request, std::move(written), answer);
    // The kernel's buffer is gone when this returns: copied only to wait.
    mount.Wait(
        request,
        [write, copy = std::vector<char>(bytes, bytes + size)](
            const Waiting& waiting) { return write(copy, waiting); },
        answer);
  });
}

void Flush(fuse_req_t request, fuse_ino_t /*ino*/,
           fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, handle = file->fh,
         caller = ProcessCallerOf(request)](const Waiting& waiting) {
          return mount.fs().Flush(mount.id(), handle, caller, waiting);
        },
        [](fuse_req_t open) { ::fuse_reply_err(open, 0); },
        OnInterrupt::kAnswerAtOnce);
  });
}

void ReleaseFile(fuse_req_t request, fuse_ino_t /*ino*/,
                 fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    Release(mount, file->fh);
    ::fuse_reply_err(request, 0);
  });
}

void Fsync(fuse_req_t request, fuse_ino_t /*ino*/, int data_only,
           fuse_file_info* file) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, handle = file->fh, data_only](const Waiting& waiting) {
          return mount.fs().Fsync(mount.id(), handle, data_only != 0, waiting);
        },
        [](fuse_req_t open) { ::fuse_reply_err(open, 0); });
  });
}

}  // namespace

void AddFileOperations(fuse_lowlevel_ops& ops) {
  ops.open = Open;
  ops.create = Create;
  ops.read = Read;
  ops.write = Write;
  ops.flush = Flush;
  ops.release = ReleaseFile;
  ops.fsync = Fsync;
}

}  // namespace wsfs
