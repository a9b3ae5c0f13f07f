// Requests about names: they find, make, move and remove entries.

#include <string>

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include "fuse/errno_map.h"
#include "fuse/operations.h"
#include "fuse/reply.h"

namespace wsfs {
namespace {

/// Answers a request that made or found an entry.
auto EntryTo(Adapter& mount) {
  return [&mount](fuse_req_t request, const Stat& stat) {
    ReplyEntry(request, mount, stat);
  };
}

void ReplyDone(fuse_req_t request) {
  ::fuse_reply_err(request, 0);
}

void Lookup(fuse_req_t request, fuse_ino_t parent, const char* name) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, directory = mount.NodeOf(parent), text = std::string(name),
         caller = CallerOf(request)](
            const Waiting& waiting) -> Result<std::optional<Stat>> {
          auto found =
              mount.fs().Lookup(mount.id(), directory, text, caller, waiting);
          if (found.ok()) return std::optional<Stat>(*found);
          if (found.error().code() == Errc::kNotFound) return std::nullopt;
          return std::move(found).error();
        },
        [&mount, stays = mount.fs().StaysMissing(name)](
            fuse_req_t open, const std::optional<Stat>& found) {
          if (found.has_value())
            ReplyEntry(open, mount, *found);
          else if (stays)
            ReplyMissing(open, mount);
          else
            ::fuse_reply_err(open, ENOENT);
        });
  });
}

void ForgetOne(Adapter& mount, fuse_ino_t ino, std::uint64_t count) {
  const NodeId node = mount.NodeOf(ino);
  mount.lookups().Forget(node, count);
  mount.fs().Forget(mount.id(), node, count);
}

void Forget(fuse_req_t request, fuse_ino_t ino, std::uint64_t count) noexcept {
  Guarded(request, [&](Adapter& mount) {
    ForgetOne(mount, ino, count);
    ::fuse_reply_none(request);
  });
}

void ForgetMulti(fuse_req_t request, std::size_t count,
                 fuse_forget_data* forgets) noexcept {
  Guarded(request, [&](Adapter& mount) {
    for (std::size_t i = 0; i < count; ++i)
      ForgetOne(mount, forgets[i].ino, forgets[i].nlookup);
    ::fuse_reply_none(request);
  });
}

Result<NodeKind> KindOf(mode_t mode) {
  switch (mode & S_IFMT) {
    case 0:
    case S_IFREG: return NodeKind::kFile;
    case S_IFIFO: return NodeKind::kFifo;
    case S_IFSOCK: return NodeKind::kSocket;
    default:
      return Error(Errc::kProtected,
                   "device files cannot be made in a workspace");
  }
}

void MakeNode(fuse_req_t request, fuse_ino_t parent, const char* name,
              mode_t mode, dev_t rdev) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, directory = mount.NodeOf(parent), text = std::string(name),
         mode, rdev,
         caller = CallerOf(request)](const Waiting& waiting) -> Result<Stat> {
          WSFS_TRY(const NodeKind kind, KindOf(mode));
          return mount.fs().MakeNode(mount.id(), directory, text, kind,
                                     mode & 07777U, rdev, caller, waiting);
        },
        EntryTo(mount));
  });
}

void MakeDirectory(fuse_req_t request, fuse_ino_t parent, const char* name,
                   mode_t mode) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, directory = mount.NodeOf(parent), text = std::string(name),
         mode, caller = CallerOf(request)](const Waiting& waiting) {
          return mount.fs().MakeDirectory(mount.id(), directory, text,
                                          mode & 07777U, caller, waiting);
        },
        EntryTo(mount));
  });
}

void Unlink(fuse_req_t request, fuse_ino_t parent, const char* name) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, directory = mount.NodeOf(parent),
         text = std::string(name)](const Waiting& waiting) {
          return mount.fs().Unlink(mount.id(), directory, text, waiting);
        },
        ReplyDone);
  });
}

void RemoveDirectory(fuse_req_t request, fuse_ino_t parent,
                     const char* name) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, directory = mount.NodeOf(parent),
         text = std::string(name)](const Waiting& waiting) {
          return mount.fs().RemoveDirectory(mount.id(), directory, text,
                                            waiting);
        },
        ReplyDone);
  });
}

void Symlink(fuse_req_t request, const char* target, fuse_ino_t parent,
             const char* name) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, directory = mount.NodeOf(parent), text = std::string(name),
         to = std::string(target),
         caller = CallerOf(request)](const Waiting& waiting) {
          return mount.fs().Symlink(mount.id(), directory, text, to, caller,
                                    waiting);
        },
        EntryTo(mount));
  });
}

void ReadLink(fuse_req_t request, fuse_ino_t ino) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino)](const Waiting& /*waiting*/) {
          return mount.fs().ReadLink(node);
        },
        [](fuse_req_t open, const std::string& target) {
          ::fuse_reply_readlink(open, target.c_str());
        });
  });
}

void Link(fuse_req_t request, fuse_ino_t ino, fuse_ino_t parent,
          const char* name) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, node = mount.NodeOf(ino), directory = mount.NodeOf(parent),
         text = std::string(name)](const Waiting& waiting) {
          return mount.fs().Link(mount.id(), node, directory, text, waiting);
        },
        EntryTo(mount));
  });
}

/// RENAME_NOREPLACE and RENAME_EXCHANGE are done or refused, never ignored.
Result<RenameMode> ModeOf(unsigned int flags) {
  switch (flags) {
    case 0: return RenameMode::kReplace;
    case RENAME_NOREPLACE: return RenameMode::kNoReplace;
    case RENAME_EXCHANGE: return RenameMode::kExchange;
    default:
      return Error(Errc::kInvalidArgument,
                   "this kind of rename is not known here");
  }
}

// The kernel's own signature.
// NOLINTNEXTLINE(readability-function-size)
void Rename(fuse_req_t request, fuse_ino_t parent, const char* name,
            fuse_ino_t new_parent, const char* new_name,
            unsigned int flags) noexcept {
  Guarded(request, [&](Adapter& mount) {
    mount.Run(
        request,
        [&mount, from = mount.NodeOf(parent), from_name = std::string(name),
         to = mount.NodeOf(new_parent), to_name = std::string(new_name),
         flags](const Waiting& waiting) -> Result<void> {
          WSFS_TRY(const RenameMode mode, ModeOf(flags));
          return mount.fs().Rename(mount.id(), from, from_name, to, to_name,
                                   mode, waiting);
        },
        ReplyDone);
  });
}

}  // namespace

void AddNameOperations(fuse_lowlevel_ops& ops) {
  ops.lookup = Lookup;
  ops.forget = Forget;
  ops.forget_multi = ForgetMulti;
  ops.mknod = MakeNode;
  ops.mkdir = MakeDirectory;
  ops.unlink = Unlink;
  ops.rmdir = RemoveDirectory;
  ops.symlink = Symlink;
  ops.readlink = ReadLink;
  ops.link = Link;
  ops.rename = Rename;
}

}  // namespace wsfs
