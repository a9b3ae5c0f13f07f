#include "fuse/reply.h"

#include <utility>

#define FUSE_USE_VERSION 312
#include <fuse3/fuse_lowlevel.h>

namespace wsfs {
namespace {

/// We never use a node's number twice, so its reuse number never changes.
constexpr std::uint64_t kReuseNumber = 1;

mode_t TypeBits(NodeKind kind) {
  switch (kind) {
    case NodeKind::kFile: return S_IFREG;
    case NodeKind::kDirectory: return S_IFDIR;
    case NodeKind::kSymlink: return S_IFLNK;
    case NodeKind::kFifo: return S_IFIFO;
    case NodeKind::kSocket: return S_IFSOCK;
  }
  std::unreachable();
}

timespec ToTimespec(WallNanos nanos) {
  constexpr WallNanos kSecond = 1'000'000'000;
  WallNanos seconds = nanos / kSecond;
  WallNanos rest = nanos % kSecond;
  if (rest < 0) {
    --seconds;
    rest += kSecond;
  }
  return {.tv_sec = seconds, .tv_nsec = rest};
}

}  // namespace

struct stat ToKernelStat(const Stat& stat) {
  struct stat out = {};
  out.st_ino = stat.id;
  out.st_mode = TypeBits(stat.kind) | (stat.attributes.mode & 07777U);
  out.st_nlink = stat.links;
  out.st_uid = stat.attributes.uid;
  out.st_gid = stat.attributes.gid;
  out.st_rdev = stat.rdev;
  out.st_size = static_cast<off_t>(stat.size_bytes);
  out.st_blksize = 4096;
  out.st_blocks = static_cast<blkcnt_t>((stat.size_bytes + 511) / 512);
  out.st_atim = ToTimespec(stat.attributes.atime);
  out.st_mtim = ToTimespec(stat.attributes.mtime);
  out.st_ctim = ToTimespec(stat.attributes.ctime);
  return out;
}

struct fuse_entry_param ToEntry(const Adapter& adapter, const Stat& stat) {
  struct fuse_entry_param entry = {};
  entry.ino = adapter.InoOf(stat.id);
  entry.generation = kReuseNumber;
  entry.attr = ToKernelStat(stat);
  entry.attr_timeout = adapter.AttributeSeconds(stat);
  entry.entry_timeout = stat.alias ? 0 : adapter.EntrySeconds();
  return entry;
}

void ReplyEntry(FuseRequest request, Adapter& adapter, const Stat& stat) {
  const struct fuse_entry_param entry = ToEntry(adapter, stat);
  adapter.lookups().Add(stat.id);
  if (::fuse_reply_entry(request, &entry) == 0) return;
  adapter.lookups().Forget(stat.id, 1);
  adapter.fs().Forget(adapter.id(), stat.id, 1);
}

void ReplyMissing(FuseRequest request, const Adapter& adapter) {
  struct fuse_entry_param entry = {};
  entry.entry_timeout = adapter.EntrySeconds();
  ::fuse_reply_entry(request, &entry);
}

void ReplyAttributes(FuseRequest request, const Adapter& adapter,
                     const Stat& stat) {
  const struct stat attributes = ToKernelStat(stat);
  ::fuse_reply_attr(request, &attributes, adapter.AttributeSeconds(stat));
}

}  // namespace wsfs
