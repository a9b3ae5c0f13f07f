#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/unique_fd.h"
#include "cli/engine_metrics.h"
#include "cli/engine_report.h"
#include "cli/metrics_page.h"
#include "cli/mount_table.h"
#include "cli/service_link.h"
#include "control/control_server.h"
#include "core/engine.h"

namespace wsfs {

/// A process that is an engine: the engine, its mounts and its control
/// socket. Built and taken down in one order.
///
/// Resource type, one per process. Thread-safe.
class EngineHost {
 public:
  struct Options {
    std::filesystem::path store;
    std::string host;  ///< As shown: a host without scheme, or "demo".
    std::string user;
    Environment environment;
    // As in core/engine.h:
    bool merge = true;
    double polls_per_second = 0;
    std::shared_ptr<Metrics> metrics;  ///< Null: nothing is counted.
    std::optional<MetricsWish::Address> metrics_address;
  };
  /// `store` is open: its lock is ours.
  static Result<std::unique_ptr<EngineHost>> Start(
      std::unique_ptr<Store> store, std::unique_ptr<ServiceLink> link,
      const Options& options);
  ~EngineHost();
  EngineHost(const EngineHost&) = delete;
  EngineHost& operator=(const EngineHost&) = delete;

  /// Mounts and says so, as `wsfs mount` prints it.
  ControlReply Mount(const MountWish& wish);
  /// Drains up to `drain` (0: not at all) and unmounts.
  ControlReply Unmount(const std::filesystem::path& directory,
                       Milliseconds drain,
                       const std::shared_ptr<CancelToken>& cancel);
  SyncStatus Drain(Milliseconds time,
                   const std::shared_ptr<CancelToken>& cancel);
  /// For a signal: what does not unmount is detached.
  ControlReply Leave(const std::filesystem::path& directory, Milliseconds drain,
                     const std::shared_ptr<CancelToken>& cancel);

  MountTable& mounts() { return *mounts_; }
  EngineReport Report();

  /// Becomes readable when a mount has gone.
  int changed_fd() const { return changed_.get(); }
  void SetChanged();
  void ClearChanged();
  /// After it says true no mount is made any more: nothing is mounted.
  bool TryClose() EXCLUDES(mutex_);
  /// Something was unmounted without a drain that was asked for: from
  /// outside. Tells once.
  bool TakeUndrained() EXCLUDES(mutex_);

 private:
  EngineHost(std::unique_ptr<ServiceLink> link, Options options);
  Result<void> Begin(std::unique_ptr<Store> store);
  Result<void> BeginMetrics();
  ControlReply Answer(const ControlRequest& request,
                      const std::shared_ptr<CancelToken>& cancel);
  ControlReply Join(const ControlRequest& request);
  /// As asked for; else that of the mount.
  Milliseconds DrainOf(const ControlRequest& request) const;
  ControlReply AnswerSync(const ControlRequest& request,
                          const std::shared_ptr<CancelToken>& cancel);
  ControlReply AnswerMetrics();
  ControlReply AnswerWait(const ControlRequest& request,
                          const std::shared_ptr<CancelToken>& cancel);
  Result<void> TakeToken(const ControlRequest& request);

  const Options options_;
  UniqueFd changed_;
  std::unique_ptr<ServiceLink> link_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<EngineMetrics> metrics_;  ///< Null: nothing is counted.
  std::unique_ptr<MountTable> mounts_;
  Mutex mutex_;
  bool closing_ GUARDED_BY(mutex_) = false;
  int adding_ GUARDED_BY(mutex_) = 0;
  bool drained_ GUARDED_BY(mutex_) = false;
  std::unique_ptr<MetricsPage> page_;
  std::unique_ptr<ControlServer> control_;  // Last: it uses all of the above.
};

/// The exit code in a reply of an engine that is about to end: ask again.
inline constexpr int kReplyEnding = -1;

/// A failure as a reply.
ControlReply Failure(const Error& error);

}  // namespace wsfs
