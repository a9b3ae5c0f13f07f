#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "api/workspace.h"
#include "base/clock.h"
#include "base/sync.h"
#include "base/thread.h"
#include "core/conflicts.h"
#include "core/fs/filesystem.h"
#include "core/ledger.h"
#include "core/sync/syncer.h"
#include "core/watch/watching_filesystem.h"
#include "store/store.h"

namespace wsfs {

class ViewFilesystem;

/// One mount as the engine sees it.
struct MountView {
  NodeId root = kRootNode;
  KernelNotifier* notifier = nullptr;
  /// Tells its kernel to keep nothing (true), or that it may again. May wait
  /// for the kernel.
  std::function<void(bool overlapping)> set_overlapping;
};

/// Everything of one workspace and user in this process: store, ledger,
/// syncer and filesystem, the timer they need, and the mounts that show them
/// (design.md §2). Knows no libfuse, no curl and no socket.
///
/// Resource type, one per store. Thread-safe. Built bottom up; Stop() and the
/// destructor take it down in the reverse order. All views are removed before.
class Engine {
 public:
  struct Options {
    Workspace* workspace = nullptr;
    Clock* clock = nullptr;
    std::string host_name;  ///< Of this machine: names conflict copies.
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool merge = true;  ///< Edits of both sides become one where they can.
    Filesystem::Options filesystem;
    WatchingFilesystem::Options watch;
    Syncer::Options syncer;
    Milliseconds tick{500};  ///< Of the timer.
  };
  /// `store` is open, so its lock is ours. kCorrupt, kIo with a sentence.
  static Result<std::unique_ptr<Engine>> Start(std::unique_ptr<Store> store,
                                               const Options& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  Store& store() { return *store_; }
  Filesystem& filesystem();
  Syncer& syncer() { return *syncer_; }
  Ledger& ledger() { return *ledger_; }
  /// To decide about what both sides changed.
  Conflicts conflicts() { return {*ledger_, *syncer_}; }

  MountId NewMountId() EXCLUDES(mutex_);
  /// A mount of `root` is about to be made: all kernels that share nodes with
  /// it keep nothing from now on. RemoveView takes it back.
  void AnnounceView(MountId mount, NodeId root) EXCLUDES(mutex_);
  /// The announced mount is there: its kernel is told what changes, and may
  /// keep what it shares with no other. Before, it must keep nothing.
  void AddView(MountId mount, MountView view) EXCLUDES(mutex_);
  /// After this returns the view is not used any more.
  void RemoveView(MountId mount) EXCLUDES(mutex_);

  /// Ends all background work and closes the store; nothing is lost, what was
  /// not sent goes out after the next start. Idempotent.
  void Stop();

 private:
  explicit Engine(std::unique_ptr<Store> store);
  void Tick(Milliseconds every) EXCLUDES(mutex_);
  bool Overlaps(NodeId one, NodeId other);
  void TellOverlaps() REQUIRES(mutex_);

  std::unique_ptr<Store> store_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Syncer> syncer_;
  std::unique_ptr<ViewFilesystem> filesystem_;
  Mutex mutex_;
  CondVar stop_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  MountId last_mount_ GUARDED_BY(mutex_) = 0;
  std::map<MountId, MountView> views_ GUARDED_BY(mutex_);
  Thread timer_;  // Last: it uses all of the above.
};

}  // namespace wsfs
