#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/fs/filesystem.h"

namespace wsfs {

/// One mount: a FUSE session over a Filesystem, its receivers, its waiting
/// pool and its notify thread (docs/threading.md).
///
/// Resource type; the filesystem outlives it. Thread-safe. It ends when it is
/// unmounted, by us or from outside; destruction detaches it if it has not.
/// The kernel's settings are those of fuse.md §0 and §4.
class FuseMount {
 public:
  struct Options {
    std::filesystem::path directory;  ///< From PrepareMountPoint.
    std::string source;               ///< Shown by mount(8): "host:/folder".
    std::string control;  ///< The engine's socket: kControlXattr of the root.
    MountId id = 0;
    NodeId root = kRootNode;
    bool read_only = false;
    Milliseconds deadline{5'000};
    /// Called once, from a thread of the session, when it has ended. Must not
    /// destroy the mount.
    std::function<void()> on_end;
    /// As OnTold of fuse/notify_thread.h: the kernel was told of a change.
    std::function<void(std::string_view what, std::chrono::nanoseconds took)>
        on_told;
  };
  /// Mounts; when this returns the mount answers. kPermissionDenied, kIo,
  /// kUnsupported (no /dev/fuse) with a sentence.
  static Result<std::unique_ptr<FuseMount>> Start(Filesystem& filesystem,
                                                  Options options);
  virtual ~FuseMount() = default;

  virtual KernelNotifier& notifier() = 0;
  /// While another mount shows some of the same nodes, this kernel caches
  /// nothing; what it has is expired before this returns. True at the start:
  /// the kernel may keep something once its owner knows of no other mount.
  virtual void SetOverlapping(bool overlapping) = 0;

  virtual bool ended() const = 0;
  /// Waits until all notifications so far are told (tests).
  virtual void WaitNotified() = 0;

  /// Unmounts if no program uses it; kBusy otherwise.
  virtual Result<void> Unmount() = 0;
  /// Takes it out of the tree and ends the session, whoever uses it: their
  /// calls fail with ENOTCONN. What they closed or wrote is kept. Idempotent.
  virtual void Detach() = 0;
};

}  // namespace wsfs
