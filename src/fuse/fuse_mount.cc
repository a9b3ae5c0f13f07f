#include "fuse/fuse_mount.h"

#include <utility>

#include "fuse/adapter.h"
#include "fuse/kernel_port.h"
#include "fuse/mount_point.h"
#include "fuse/notify_thread.h"
#include "fuse/session.h"

namespace wsfs {
namespace {

class Mount final : public FuseMount {
 public:
  Mount(Filesystem& filesystem, Options options)
      : options_(std::move(options)),
        adapter_(filesystem, {.id = options_.id,
                              .root = options_.root,
                              .deadline = options_.deadline,
                              .control = options_.control,
                              .pool = {}}) {}

  ~Mount() override { Detach(); }

  Result<void> Begin() {
    WSFS_TRY(session_,
             Session::Start(adapter_, {.directory = options_.directory,
                                       .source = options_.source,
                                       .read_only = options_.read_only,
                                       .on_end = options_.on_end}));
    port_ = std::make_unique<SessionPort>(session_->handle(), adapter_);
    notify_ = std::make_unique<NotifyThread>(*port_, options_.on_told);
    return {};
  }

  KernelNotifier& notifier() override { return *notify_; }

  void SetOverlapping(bool overlapping) override {
    const bool before = adapter_.overlapping();
    adapter_.set_overlapping(overlapping);
    if (!overlapping || before) return;
    notify_->ExpireAll();
    notify_->WaitIdle();
  }

  bool ended() const override { return session_->ended(); }
  void WaitNotified() override { notify_->WaitIdle(); }

  Result<void> Unmount() override {
    return UnmountAt(options_.directory, UnmountHow::kIfIdle);
  }

  void Detach() override {
    const MutexLock lock(detach_mutex_);
    if (session_ == nullptr || detached_) return;
    detached_ = true;
    // In this order nothing waits for what has gone: a notification may wait
    // for a request, so requests are served until the last one is told; an
    // answer needs the session, so that is closed when no request waits.
    notify_->Disarm();
    adapter_.CancelWaits();
    notify_->Join();
    session_->Stop();
    adapter_.WaitForWaits();
    session_->Close();
    adapter_.ReleaseAll();
  }

 private:
  const Options options_;
  Adapter adapter_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<SessionPort> port_;
  std::unique_ptr<NotifyThread> notify_;
  Mutex detach_mutex_;
  bool detached_ GUARDED_BY(detach_mutex_) = false;
};

}  // namespace

Result<std::unique_ptr<FuseMount>> FuseMount::Start(Filesystem& filesystem,
                                                    Options options) {
  auto mount = std::make_unique<Mount>(filesystem, std::move(options));
  WSFS_RETURN_IF_ERROR(mount->Begin());
  return std::unique_ptr<FuseMount>(std::move(mount));
}

}  // namespace wsfs
