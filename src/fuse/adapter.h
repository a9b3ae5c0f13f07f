#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include "core/fs/filesystem.h"
#include "fuse/channel.h"
#include "fuse/lookup_counts.h"
#include "fuse/pending.h"
#include "fuse/waiting_pool.h"

namespace wsfs {

/// What the operations of one mount share: the filesystem they call, the
/// mount's root and lifetimes, and the way a request is run.
///
/// Resource type, owned by FuseMount, outlives its session. Thread-safe.
class Adapter {
 public:
  struct Options {
    MountId id = 0;
    NodeId root = kRootNode;
    Milliseconds deadline{5'000};  ///< Of a request that waits.
    std::string control;
    WaitingPool::Options pool;
  };
  Adapter(Filesystem& filesystem, const Options& options);
  ~Adapter();

  Filesystem& fs() const { return filesystem_; }
  MountId id() const { return options_.id; }
  const std::string& control() const { return options_.control; }
  NodeId root() const { return options_.root; }
  LookupCounts& lookups() { return lookups_; }
  WaitingReads& waiting_reads() { return waiting_reads_; }
  OpenHandles& handles() { return handles_; }
  Channel& channel() { return channel_; }

  /// The kernel calls the mount's root 1, the catalogue what it is.
  NodeId NodeOf(std::uint64_t ino) const {
    return ino == kKernelRoot ? options_.root : ino;
  }
  std::uint64_t InoOf(NodeId node) const {
    return node == options_.root ? kKernelRoot : node;
  }

  /// While another mount of the engine shows some of the same nodes, this
  /// kernel may keep nothing; nor before it is known that none does.
  void set_overlapping(bool overlapping) { overlapping_ = overlapping; }
  bool overlapping() const { return overlapping_; }
  /// How long the kernel may believe names and attributes, in seconds.
  void set_lifetime_seconds(double seconds) { lifetime_seconds_ = seconds; }
  double EntrySeconds() const;
  double AttributeSeconds(const Stat& stat) const;

  /// Runs `op` (a Result<T> of a const Waiting&) at once, without waiting. If
  /// it must wait, it runs again on the pool, until the deadline or an
  /// interrupt. `answer` gets the request and the T, or the error is replied.
  template <typename Op, typename Answer>
  void Run(FuseRequest request, Op op, Answer answer,
           OnInterrupt on_interrupt = OnInterrupt::kCancel) {
    auto result = op(Waiting::Never());
    if (!MustWait(result)) return Deliver(request, std::move(result), answer);
    Wait(request, std::move(op), std::move(answer), on_interrupt);
  }

  /// The second half of Run, for operations that keep their arguments only
  /// when they must wait.
  template <typename Op, typename Answer>
  void Wait(FuseRequest request, Op op, Answer answer,
            OnInterrupt on_interrupt = OnInterrupt::kCancel) {
    Defer(request, on_interrupt,
          [op = std::move(op), answer = std::move(answer)](
              const Waiting& waiting, Pending& pending) mutable {
            auto result = op(waiting);
            if (const FuseRequest open = pending.TakeForAnswer())
              Deliver(open, std::move(result), answer);
          });
  }

  template <typename T>
  static bool MustWait(const Result<T>& result) {
    return !result.ok() && result.error().code() == Errc::kWouldBlock;
  }
  template <typename T, typename Answer>
  static void Deliver(FuseRequest request, Result<T> result, Answer& answer) {
    if (!result.ok()) return ReplyError(request, result.error());
    if constexpr (std::is_void_v<T>)
      answer(request);
    else
      answer(request, *result);
  }

  /// Ends all waits, now and from now on.
  void CancelWaits() { pending_.CancelAll(); }
  /// After CancelWaits(), and when no request comes any more.
  void WaitForWaits() { pending_.WaitEmpty(); }
  /// Gives back what the kernel did not: handles, then lookup counts.
  void ReleaseAll();

 private:
  static constexpr std::uint64_t kKernelRoot = 1;
  using Job = std::function<void(const Waiting&, Pending&)>;

  static void ReplyError(FuseRequest request, const Error& error);
  void Defer(FuseRequest request, OnInterrupt on_interrupt, Job job);

  Filesystem& filesystem_;
  const Options options_;
  LookupCounts lookups_;
  WaitingReads waiting_reads_;
  OpenHandles handles_;
  Channel channel_;
  PendingSet pending_;
  std::atomic<bool> overlapping_ = true;
  std::atomic<double> lifetime_seconds_ = 0;
  WaitingPool pool_;  // Last: its jobs use all of the above.
};

}  // namespace wsfs
