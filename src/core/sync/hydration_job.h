#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/byte_stream.h"
#include "base/call_class.h"
#include "base/clock.h"
#include "base/sync.h"
#include "core/sync/syncer.h"
#include "store/contents.h"

namespace wsfs {

/// One download of one node's bytes: filled by a worker, read by everybody who
/// wants it meanwhile.
///
/// A small file is given out only whole; of one that is larger than
/// kDigestAtOnceBytes readers get what has arrived. Thread-safe.
class HydrationJob final : public Hydration, public ByteSink {
 public:
  HydrationJob(Contents& contents, Clock& clock, NodeId node, Generation gen);

  NodeId node() const { return node_; }
  Generation gen() const { return gen_; }

  // -- Hydration
  Result<std::size_t> ReadAt(std::uint64_t offset, std::span<std::byte> into,
                             const Waiting& waiting) override EXCLUDES(mutex_);
  Result<void> WaitDone(const Waiting& waiting) override EXCLUDES(mutex_);

  // -- ByteSink, for the worker
  Result<void> Restart() override EXCLUDES(mutex_);
  Result<void> Take(std::span<const std::byte> bytes) override EXCLUDES(mutex_);

  // -- For the worker
  /// True for the first who asks: that one fills it.
  bool Claim() EXCLUDES(mutex_);
  bool claimed() const EXCLUDES(mutex_);
  /// A (new) download to fill. What was taken before is void.
  Result<void> Begin() EXCLUDES(mutex_);
  /// All bytes are here: makes them a content.
  Result<Content> Finish() EXCLUDES(mutex_);
  /// It is over: filed in the catalogue, or failed.
  void Complete(const Result<void>& result, std::optional<Content> content)
      EXCLUDES(mutex_);
  bool done() const EXCLUDES(mutex_);
  /// Somebody waits for it at this moment.
  bool wanted() const EXCLUDES(mutex_);
  /// When the last bytes came, or it began.
  SteadyTime last_progress() const EXCLUDES(mutex_);
  std::shared_ptr<CancelToken> cancel() const { return cancel_; }

 private:
  enum class Until : std::uint8_t { kRange, kDone };
  /// True when the download itself can serve [.., end).
  bool CanServe(std::uint64_t end) const REQUIRES(mutex_);
  Result<void> Await(Until until, std::uint64_t end, const Waiting& waiting)
      EXCLUDES(mutex_);
  /// Once it is over.
  const Result<void>& FinalResult() const REQUIRES(mutex_);
  Result<std::shared_ptr<Body>> OpenBody() EXCLUDES(mutex_);

  Contents& contents_;
  Clock& clock_;
  const NodeId node_;
  const Generation gen_;
  const std::shared_ptr<CancelToken> cancel_ = std::make_shared<CancelToken>();

  mutable Mutex mutex_;
  CondVar changed_;
  std::shared_ptr<Download> download_ GUARDED_BY(mutex_);
  std::uint64_t taken_bytes_ GUARDED_BY(mutex_) = 0;
  int readers_ GUARDED_BY(mutex_) = 0;
  int waiters_ GUARDED_BY(mutex_) = 0;
  bool claimed_ GUARDED_BY(mutex_) = false;
  bool finishing_ GUARDED_BY(mutex_) = false;
  std::optional<Result<void>> result_ GUARDED_BY(mutex_);
  std::optional<Content> content_ GUARDED_BY(mutex_);
  std::shared_ptr<Body> body_ GUARDED_BY(mutex_);
  SteadyTime last_progress_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
