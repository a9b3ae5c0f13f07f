#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/sync.h"
#include "http/transport.h"

namespace wsfs {

/// One request on its way: the mailbox between the thread that called Send
/// and the http thread. The caller's thread reads the source and fills the
/// sink; the http thread only moves bytes through two bounded buffers, and
/// pauses a transfer whose buffer is empty or full.
///
/// Shared by both threads. Thread-safe; its lock is a leaf.
class Exchange {
 public:
  /// What each direction may hold of a streamed body.
  static constexpr std::size_t kBufferBytes = std::size_t{256} << 10U;

  explicit Exchange(const HttpRequest& request);

  /// Constant after construction.
  const HttpRequest& request() const { return request_; }
  std::uint64_t body_bytes() const { return body_bytes_; }

  // ---- The caller's thread.

  /// Feeds and drains until there is an answer, a failure, the deadline or
  /// cancellation. `resume` is called, with no lock held, when a paused
  /// transfer can go on.
  HttpResult Run(const std::function<void()>& resume) EXCLUDES(mutex_);
  /// The deadline has passed, or the caller has gone: Run() returns at once.
  bool IsOver() EXCLUDES(mutex_);

  /// Any thread: Run returns kCancelled soon.
  void Cancel() EXCLUDES(mutex_);
  /// Any thread: it began, and the deadline came before the first byte of an
  /// answer. The connection may be dead (a machine that slept, a lost VPN).
  bool WentSilent() const EXCLUDES(mutex_);

  // ---- The http thread.

  enum class Next : std::uint8_t { kBytes, kPause, kAbort };
  struct Pulled {
    Next next = Next::kAbort;
    std::size_t count = 0;
  };
  /// The next bytes of the request's body.
  Pulled Pull(std::span<char> into) EXCLUDES(mutex_);
  /// Bytes of the answer's body: all are taken, or none.
  Next Push(std::string_view bytes) EXCLUDES(mutex_);
  /// One line of the answer's head, the status line among them.
  void Header(std::string_view line, WallNanos now) EXCLUDES(mutex_);
  /// There is a connection, and the request begins to go out on it. False:
  /// it must not.
  bool Begin(WallNanos now) EXCLUDES(mutex_);
  /// libcurl wants to send the body again, of which some had left.
  void RefuseRewind() EXCLUDES(mutex_);
  /// The transfer is over; nothing more comes from the http thread. `error`
  /// is nullopt when there is an answer. kOutcomeUnknown stands for "the
  /// connection was lost" and becomes kUnreachable if nothing had left.
  void Finish(std::optional<Error> error) EXCLUDES(mutex_);

 private:
  enum class Work : std::uint8_t { kFeed, kDrain, kOver };

  Work AwaitWork() EXCLUDES(mutex_);
  /// What there is to do now, if anything.
  std::optional<Work> FindWork() REQUIRES(mutex_);
  /// Reads a piece of the source; true when the transfer waited for it.
  Result<bool> Feed() EXCLUDES(mutex_);
  /// Gives the sink what has come; true when the transfer waited for that.
  Result<bool> Drain() EXCLUDES(mutex_);
  HttpResult TakeResult() EXCLUDES(mutex_);
  HttpResult GiveUp(Error error) EXCLUDES(mutex_);
  Next Keep(std::string_view bytes) REQUIRES(mutex_);

  const HttpRequest request_;
  const std::uint64_t body_bytes_;

  // The caller's thread only.
  std::uint64_t read_bytes_ = 0;  ///< Of the source.
  std::string scratch_;           ///< Kept, so that a long body costs no heap.

  mutable Mutex mutex_;
  CondVar changed_;
  std::string up_ GUARDED_BY(mutex_);  ///< Read from the source, not yet sent.
  std::string down_ GUARDED_BY(mutex_);  ///< Came, not yet in the sink.
  std::uint64_t given_bytes_ GUARDED_BY(mutex_) = 0;  ///< Handed to libcurl.
  bool up_paused_ GUARDED_BY(mutex_) = false;
  bool down_paused_ GUARDED_BY(mutex_) = false;
  bool may_have_left_ GUARDED_BY(mutex_) = false;
  bool began_ GUARDED_BY(mutex_) = false;
  bool timed_out_ GUARDED_BY(mutex_) = false;
  bool cancelled_ GUARDED_BY(mutex_) = false;
  bool abandoned_ GUARDED_BY(mutex_) = false;
  bool finished_ GUARDED_BY(mutex_) = false;
  std::size_t header_bytes_ GUARDED_BY(mutex_) = 0;
  std::optional<Error> error_ GUARDED_BY(mutex_);
  HttpResponse response_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
