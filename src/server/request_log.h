#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/sync.h"
#include "base/unique_fd.h"

namespace wsfs {

/// One answered request: never a token, never content.
struct LoggedRequest {
  std::string route;       ///< "import", "get-status", …
  std::string method;      ///< "GET"
  std::string path;        ///< Of the URL, without the query.
  std::string object;      ///< Path of the object, as the request spelled it.
  int status = 0;          ///< 0: no answer was sent.
  std::int64_t at_ms = 0;  ///< Since the epoch, when it arrived.
  std::int64_t took_ms = 0;
  std::uint64_t bytes_in = 0;   ///< Of content.
  std::uint64_t bytes_out = 0;  ///< Of the body.
};

/// What a server was asked, for tests and for `--request-log FILE`. Keeps the
/// last 100,000 in memory. Thread-safe.
class RequestLog {
 public:
  /// One JSON object a line is appended to `file` from now on.
  Result<void> WriteTo(const std::string& file) EXCLUDES(mutex_);
  void Add(LoggedRequest request) EXCLUDES(mutex_);

  std::vector<LoggedRequest> Requests() const EXCLUDES(mutex_);
  std::uint64_t CountOf(std::string_view route) const EXCLUDES(mutex_);
  std::uint64_t Total() const EXCLUDES(mutex_);
  /// Forgets requests and counters.
  void Clear() EXCLUDES(mutex_);

 private:
  mutable Mutex mutex_;
  std::deque<LoggedRequest> requests_ GUARDED_BY(mutex_);
  std::map<std::string, std::uint64_t, std::less<>> counts_ GUARDED_BY(mutex_);
  UniqueFd file_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
