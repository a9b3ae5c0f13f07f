#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/cancel.h"
#include "base/sync.h"
#include "base/thread.h"
#include "core/engine.h"
#include "fuse/fuse_mount.h"
#include "fuse/mount_point.h"

namespace wsfs {

struct MountWish {
  std::filesystem::path directory;  ///< Absolute.
  std::string remote = "/";         ///< As the user wrote it.
  bool read_only = false;
  Milliseconds deadline{5'000};
  Milliseconds drain{30'000};  ///< How long its end waits for uploads.
  MountPolicy policy;
  /// For the listing of the folder, before anything is mounted.
  Milliseconds reach_time{30'000};
};

struct MountInfo {
  MountId id = 0;
  std::filesystem::path directory;
  std::string remote;
  bool read_only = false;
  Milliseconds drain{30'000};
  MountPolicy policy;
};

/// The mounts of an engine: makes them, ends them, and clears up after those
/// that were unmounted from outside.
///
/// Resource type, one per engine, which outlives it. Thread-safe. Destruction
/// detaches what is left.
class MountTable {
 public:
  struct Options {
    std::string host;     ///< Shown by mount(8).
    std::string control;  ///< The engine's socket.
    /// Called after a mount has gone, under no lock.
    std::function<void()> on_change;
    /// What the kernels ask: the engine's, or one that counts. Outlives it.
    Filesystem* files = nullptr;
    /// As FuseMount::Options has it.
    std::function<void(std::string_view what, std::chrono::nanoseconds took)>
        on_told;
  };
  MountTable(Engine& engine, Options options);
  ~MountTable();

  /// Mounts; the folder is listed when this returns. Fails with a sentence;
  /// then nothing is left behind.
  Result<MountInfo> Add(const MountWish& wish) EXCLUDES(mutex_);
  /// kNotFound; kBusy while programs use it. Returns when it has gone.
  Result<void> Unmount(const std::filesystem::path& directory) EXCLUDES(mutex_);
  /// Whoever uses it. Returns when it has gone.
  void Detach(MountId id) EXCLUDES(mutex_);

  std::vector<MountInfo> All() const EXCLUDES(mutex_);
  /// Waits until the mount has gone; false when cancelled before.
  bool WaitGone(MountId id, const std::shared_ptr<CancelToken>& cancel)
      EXCLUDES(mutex_);

 private:
  struct Entry {
    MountInfo info;
    /// Shared with a Detach() that runs.
    std::shared_ptr<FuseMount> mount;
    bool ended = false;
  };

  Result<NodeId> Reach(const MountWish& wish);
  void Renew(NodeId root);
  Result<std::unique_ptr<FuseMount>> Start(const MountInfo& info, NodeId root,
                                           Milliseconds deadline);
  void Ended(MountId id) EXCLUDES(mutex_);
  void Reap() EXCLUDES(mutex_);
  bool Has(MountId id) const REQUIRES(mutex_);

  Engine& engine_;
  const PlanMillis started_;
  const Options options_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::list<Entry> entries_ GUARDED_BY(mutex_);
  std::vector<MountId> early_ends_ GUARDED_BY(mutex_);
  bool stopping_ GUARDED_BY(mutex_) = false;
  Thread reaper_;  // Last: it uses all of the above.
};

}  // namespace wsfs
