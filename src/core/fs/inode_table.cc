#include "core/fs/inode_table.h"

#include <utility>

namespace wsfs {

InodeTable::Use InodeTable::Ensure(NodeId id) {
  const MutexLock lock(mutex_);
  auto& slot = inodes_[id];
  if (slot == nullptr) slot = std::make_shared<Inode>(id);
  return {this, slot};
}

InodeTable::Use InodeTable::Find(NodeId id) {
  const MutexLock lock(mutex_);
  const auto found = inodes_.find(id);
  if (found == inodes_.end()) return {};
  return {this, found->second};
}

std::vector<InodeTable::Use> InodeTable::All() {
  const MutexLock lock(mutex_);
  std::vector<Use> all;
  all.reserve(inodes_.size());
  for (const auto& [id, inode] : inodes_) all.emplace_back(this, inode);
  return all;
}

void InodeTable::Removed(std::vector<Node> rows) {
  for (auto& row : rows) {
    const Use use = counts_.Known(row.id) ? Ensure(row.id) : Find(row.id);
    if (!use) continue;
    if (row.content.has_value()) row.known_size = row.content->size_bytes;
    row.content.reset();  // the catalogue's, and gone with the row
    const MutexLock lock(use->state);
    use->last = std::move(row);
  }
}

std::size_t InodeTable::size() const {
  const MutexLock lock(mutex_);
  return inodes_.size();
}

// With no other holder than the table and the caller nobody can take a new
// reference but through the table, whose lock we hold: the count is exact.
void InodeTable::Retire(const std::shared_ptr<Inode>& inode) {
  std::shared_ptr<Inode> freed;  // outside the lock: it may close files
  const MutexLock lock(mutex_);
  constexpr long kTableAndCaller = 2;
  if (inode.use_count() > kTableAndCaller || !Idle(*inode)) return;
  const auto found = inodes_.find(inode->id);
  if (found == inodes_.end() || found->second != inode) return;
  freed = std::move(found->second);
  inodes_.erase(found);
}

bool InodeTable::Idle(const Inode& inode) const {
  const MutexLock lock(inode.state);
  if (inode.handles > 0 || inode.changed) return false;
  return !inode.last.has_value() || !counts_.Known(inode.id);
}

}  // namespace wsfs
