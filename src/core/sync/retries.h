#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/sync.h"
#include "store/rows.h"

namespace wsfs {

/// Failures are counted over all rows: what happened before a change says
/// nothing of it.
using FailureNumber = std::uint64_t;

/// Why a call failed. Value type.
struct Cause {
  // NOLINTNEXTLINE(*-explicit-*): a sentence is a cause.
  Cause(std::string text) : why(std::move(text)) {}
  Cause(std::string text, std::optional<Errc> no)
      : why(std::move(text)), refusal(no) {}

  std::string why;
  std::optional<Errc> refusal;  ///< The service answered no, in this sense.
};

/// How often a row's call failed in a row, and why: back-off times and the
/// errors that status shows. Rows are named by NodeId or ObjectKey, which
/// share one counter. In memory: a restart tries everything anew.
///
/// Thread-safe. Holds a row only while it fails; Prune drops what is no more.
class Retries {
 public:
  /// Notes a failure; gives the time before which not to try again: 1 s,
  /// doubling to 30 s, with jitter from the second on.
  PlanMillis Failed(std::uint64_t row, PlanMillis now, const Cause& cause)
      EXCLUDES(mutex_);
  /// The failure that was noted last is the service's final no.
  void Refused(std::uint64_t row, const Cause& cause) EXCLUDES(mutex_);
  void Succeeded(std::uint64_t row) EXCLUDES(mutex_);
  std::string ErrorOf(std::uint64_t row) const EXCLUDES(mutex_);
  /// Its last failure has a higher number.
  bool FailedAfter(std::uint64_t row, FailureNumber last) const
      EXCLUDES(mutex_);
  /// That failure, if the service refused.
  std::optional<Error> RefusalAfter(std::uint64_t row, FailureNumber last) const
      EXCLUDES(mutex_);
  FailureNumber last() const EXCLUDES(mutex_);
  void Prune(const std::function<bool(std::uint64_t)>& alive) EXCLUDES(mutex_);

 private:
  struct Failure {
    int count = 0;
    FailureNumber number = 0;
    std::string why;
    std::optional<Errc> refusal;
  };
  mutable Mutex mutex_;
  FailureNumber last_ GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, Failure> failures_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
