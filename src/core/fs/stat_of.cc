#include "core/fs/stat_of.h"

#include <algorithm>

#include "core/fs/naming.h"

namespace wsfs {
namespace {

constexpr std::uint64_t kDirectorySize = 4'096;

std::optional<std::uint64_t> FileSize(const Catalogue& catalogue,
                                      const Node& node) {
  if (node.content.has_value()) return node.content->size_bytes;
  if (node.known_size.has_value()) return node.known_size;
  const Object* object = catalogue.FindObject(node.bind);
  if (object == nullptr && node.src == kNoObject) return 0;  // never sealed
  if (object == nullptr) return std::nullopt;
  if (object->kind == ObjectKind::kOpaque) return 0;
  // A notebook's size at the service, if ever given, is not that of its text.
  if (object->kind == ObjectKind::kFile && object->gen == node.gen)
    return object->size_bytes;
  return std::nullopt;
}

Stat WithoutSize(const Node& node) {
  Stat stat;
  stat.id = node.id;
  stat.kind = node.kind;
  stat.attributes = node.attributes;
  stat.rdev = node.rdev;
  return stat;
}

}  // namespace

OpenState OpenStateOf(const Inode& inode) {
  OpenState open;
  std::shared_ptr<Draft> draft;
  {
    const MutexLock lock(inode.state);
    draft = inode.draft;
    open.stamp = inode.stamp;
  }
  if (draft != nullptr) open.size_bytes = draft->size_bytes();
  return open;
}

Stat StatOf(const Catalogue& catalogue, const Node& node) {
  Stat stat = WithoutSize(node);
  switch (node.kind) {
    case NodeKind::kFile: {
      const auto size = FileSize(catalogue, node);
      stat.size_known = size.has_value();
      stat.size_bytes = size.value_or(0);
      break;
    }
    case NodeKind::kDirectory: stat.size_bytes = kDirectorySize; break;
    case NodeKind::kSymlink:
      stat.size_bytes = node.symlink_target.size();
      break;
    case NodeKind::kFifo:
    case NodeKind::kSocket: break;
  }
  return stat;
}

Stat StatOfRemoved(const Node& node) {
  Stat stat = WithoutSize(node);
  stat.links = 0;
  stat.size_bytes = node.known_size.value_or(0);
  return stat;
}

Stat WithOpenState(Stat stat, const OpenState& open) {
  if (open.size_bytes.has_value()) {
    stat.size_bytes = *open.size_bytes;
    stat.size_known = true;
  }
  if (open.stamp.has_value()) {
    stat.attributes.mtime = *open.stamp;
    stat.attributes.ctime = std::max(stat.attributes.ctime, *open.stamp);
  }
  return stat;
}

}  // namespace wsfs
