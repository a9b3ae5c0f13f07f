#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/rate_limit.h"
#include "base/sync.h"
#include "base/thread.h"
#include "http/call_queue.h"
#include "http/curl_transfer.h"
#include "http/curl_transport.h"
#include "http/exchange.h"

namespace wsfs {

/// The http thread: starts calls in order of class, lets libcurl move their
/// bytes, and tells each Exchange its end. It takes its own lock and then an
/// Exchange's, never two at once, and waits only in curl_multi_poll.
///
/// Thread-safe but for Stop, which is called once.
class CurlLoop {
 public:
  CurlLoop(const CurlOptions& options, const Clock& clock);
  ~CurlLoop();
  CurlLoop(const CurlLoop&) = delete;
  CurlLoop& operator=(const CurlLoop&) = delete;

  void Submit(const std::shared_ptr<Exchange>& call) EXCLUDES(mutex_);
  /// A transfer that paused can go on.
  void Resume(const std::shared_ptr<Exchange>& call) EXCLUDES(mutex_);
  /// Nobody waits for it any more: its place is free again.
  void Drop(const std::shared_ptr<Exchange>& call) EXCLUDES(mutex_);
  CallLoad Load() const EXCLUDES(mutex_);
  /// Ends the thread; every call under way or waiting is answered kCancelled.
  void Stop() EXCLUDES(mutex_);

 private:
  void Run() EXCLUDES(mutex_);
  /// Does what other threads asked for; false when it is time to end.
  bool TakeOrders() EXCLUDES(mutex_);
  /// Starts what may start; when to look again, if the rate limit says wait.
  std::optional<SteadyTime> StartCalls() EXCLUDES(mutex_);
  std::shared_ptr<Exchange> NextCall(std::optional<SteadyTime>& wait)
      EXCLUDES(mutex_);
  /// Tells the callers of what has ended; true when there was any.
  bool FinishTransfers();
  void WaitForEvents(std::optional<SteadyTime> until);
  void EndAll() EXCLUDES(mutex_);

  const CurlOptions options_;
  const Clock& clock_;

  // The http thread only.
  CurlMulti multi_;
  std::unordered_map<const Exchange*, std::unique_ptr<CurlTransfer>> running_;
  RateLimit rate_limit_;
  /// Connections made before this may be dead: a call on one got no answer.
  std::optional<SteadyTime> suspect_before_;

  std::atomic<std::size_t> in_flight_ = 0;  ///< Of `running_`, for Load().
  mutable Mutex mutex_;
  CallQueue queue_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Exchange>> resumed_ GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<Exchange>> dropped_ GUARDED_BY(mutex_);
  bool stop_ GUARDED_BY(mutex_) = false;

  Thread thread_;  // Last: it uses all of the above.
};

}  // namespace wsfs
