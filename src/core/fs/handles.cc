#include "core/fs/handles.h"

#include <algorithm>

namespace wsfs {

HandleId HandleTable::AddFile(FileHandle handle) {
  const MutexLock lock(mutex_);
  handle.id = next_++;
  const HandleId id = handle.id;
  files_.emplace(id, std::make_shared<FileHandle>(std::move(handle)));
  return id;
}

std::shared_ptr<FileHandle> HandleTable::File(HandleId id) const {
  const MutexLock lock(mutex_);
  const auto found = files_.find(id);
  return found == files_.end() ? nullptr : found->second;
}

std::shared_ptr<FileHandle> HandleTable::TakeFile(HandleId id) {
  const MutexLock lock(mutex_);
  const auto found = files_.find(id);
  if (found == files_.end()) return nullptr;
  auto handle = std::move(found->second);
  files_.erase(found);
  if (handle->flags.write) {
    released_.emplace_back(id, handle->inode->id);
    if (released_.size() > kReleasedKept) released_.pop_front();
  }
  return handle;
}

std::optional<NodeId> HandleTable::ReleasedWriter(HandleId id) const {
  const MutexLock lock(mutex_);
  const auto found =
      std::ranges::find(released_, id, &std::pair<HandleId, NodeId>::first);
  if (found == released_.end()) return std::nullopt;
  return found->second;
}

HandleId HandleTable::AddDirectory(NodeId node) {
  auto handle = std::make_shared<DirectoryHandle>();
  handle->node = node;
  const MutexLock lock(mutex_);
  const HandleId id = next_++;
  directories_.emplace(id, std::move(handle));
  return id;
}

std::shared_ptr<DirectoryHandle> HandleTable::Directory(HandleId id) const {
  const MutexLock lock(mutex_);
  const auto found = directories_.find(id);
  return found == directories_.end() ? nullptr : found->second;
}

void HandleTable::DropDirectory(HandleId id) {
  std::shared_ptr<DirectoryHandle> freed;  // outside the lock
  const MutexLock lock(mutex_);
  const auto found = directories_.find(id);
  if (found == directories_.end()) return;
  freed = std::move(found->second);
  directories_.erase(found);
}

}  // namespace wsfs
