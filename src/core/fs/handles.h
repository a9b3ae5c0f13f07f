#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/sync.h"
#include "core/fs/filesystem.h"
#include "core/fs/inode_table.h"

namespace wsfs {

/// One open(2) of a file.
struct FileHandle {
  HandleId id = 0;
  std::shared_ptr<Inode> inode;
  MountId mount = 0;
  OpenFlags flags;
  /// Who opened it: only its FLUSH closes a generation (design.md §2).
  std::int32_t process = 0;
  /// Bytes or size changed through this handle since its last FLUSH. Guarded
  /// by the inode's `op`.
  bool changed = false;
};

/// One opendir(3): the names as they were at its first read, so that
/// positions stay true. Reading from position 0 again looks anew.
struct DirectoryHandle {
  struct Entry {
    std::string name;
    NodeId node = kNoNode;
    NodeKind kind = NodeKind::kFile;
  };
  NodeId node = kNoNode;
  Mutex mutex;
  std::shared_ptr<const std::vector<Entry>> names GUARDED_BY(mutex);
};

/// All open handles. Resource type: one per Filesystem. Thread-safe; a leaf
/// lock.
class HandleTable {
 public:
  HandleId AddFile(FileHandle handle) EXCLUDES(mutex_);
  std::shared_ptr<FileHandle> File(HandleId id) const EXCLUDES(mutex_);
  std::shared_ptr<FileHandle> TakeFile(HandleId id) EXCLUDES(mutex_);
  /// The node a handle for writing was of, for a while after its release:
  /// pages of a mapping may come late (fuse.md §2).
  std::optional<NodeId> ReleasedWriter(HandleId id) const EXCLUDES(mutex_);

  HandleId AddDirectory(NodeId node) EXCLUDES(mutex_);
  std::shared_ptr<DirectoryHandle> Directory(HandleId id) const
      EXCLUDES(mutex_);
  void DropDirectory(HandleId id) EXCLUDES(mutex_);

 private:
  static constexpr std::size_t kReleasedKept = 1'024;

  mutable Mutex mutex_;
  HandleId next_ GUARDED_BY(mutex_) = 1;
  std::unordered_map<HandleId, std::shared_ptr<FileHandle>> files_
      GUARDED_BY(mutex_);
  std::unordered_map<HandleId, std::shared_ptr<DirectoryHandle>> directories_
      GUARDED_BY(mutex_);
  std::deque<std::pair<HandleId, NodeId>> released_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
