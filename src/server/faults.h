#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/sync.h"

namespace wsfs {

/// Before or after the model has executed the call: after, it happened and
/// the caller does not hear of it.
enum class FaultSide : std::uint8_t { kBefore, kAfter };

enum class FaultKind : std::uint8_t {
  kStatus,    ///< Answer this status, code and message.
  kDelay,     ///< Wait, then go on.
  kStall,     ///< Wait until Release(), or until the caller goes away.
  kReset,     ///< Reset the connection.
  kTruncate,  ///< Send half of the answer's body.
  kStale,     ///< Answer a read with what was true `delay` ago.
};

/// One fault. Value type.
struct Fault {
  std::string route;  ///< "import", "get-status", … ; "" is every one.
  std::string path;   ///< Of the object; "" is any.
  FaultKind kind = FaultKind::kStatus;
  FaultSide side = FaultSide::kBefore;
  int skip = 0;   ///< So many calls pass first.
  int count = 1;  ///< So many calls are hit; -1 is all.
  int status = 503;
  std::string code = "TEMPORARILY_UNAVAILABLE";
  std::string message = "The service is temporarily unavailable.";
  std::optional<std::string> retry_after;
  /// Sent instead of the error envelope: HTML, plain text, nothing.
  std::optional<std::string> body;
  Milliseconds delay{0};
  Milliseconds jitter{0};  ///< Added to `delay`, between 0 and this.
};

/// The faults a server is asked to show. Resource type, thread-safe.
class FaultPlan {
 public:
  void Add(Fault fault) EXCLUDES(mutex_);
  /// All of them; stalled calls go on.
  void Clear() EXCLUDES(mutex_);
  /// Stalled calls go on; later ones stall again as planned.
  void Release() EXCLUDES(mutex_);

  /// Those that hit this call, in the order they were added; counts them.
  std::vector<Fault> Take(std::string_view route, std::string_view path,
                          FaultSide side) EXCLUDES(mutex_);

  /// A stalled call: begin, ask whether to go on, end.
  std::uint64_t BeginStall() EXCLUDES(mutex_);
  bool StallIsOver(std::uint64_t ticket, Milliseconds wait) EXCLUDES(mutex_);
  void EndStall() EXCLUDES(mutex_);
  /// Waits this long, whatever happens.
  static void Pause(Milliseconds time);
  /// Blocks until so many calls are stalled; false after 10 s.
  bool WaitUntilStalled(int count) EXCLUDES(mutex_);

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<Fault> faults_ GUARDED_BY(mutex_);
  std::uint64_t releases_ GUARDED_BY(mutex_) = 0;
  int stalled_ GUARDED_BY(mutex_) = 0;
};

/// What `--faults FILE` holds.
struct FaultFile {
  std::vector<Fault> faults;
  std::map<std::string, double> rates;  ///< Route to calls a second.
};

/// {"faults":[{"route":"import","count":2,"side":"before","status":429,
///  "code":"REQUEST_LIMIT_EXCEEDED","retry_after":"1"}, {"route":"export",
///  "delay_ms":200,"jitter_ms":50,"count":-1}, {"route":"list","stall":true},
///  {"route":"export","truncate":true}, {"route":"delete","reset":true,
///  "side":"after"}, {"route":"get-status","stale_ms":500}],
///  "rates":{"import":30}}
/// kInvalidArgument naming the key that is wrong.
Result<FaultFile> ParseFaults(std::string_view json);

/// Token buckets by route: a second's worth may come at once. Thread-safe.
class RateLimits {
 public:
  explicit RateLimits(Clock& clock) : clock_(clock) {}
  /// 0 removes the limit.
  void Set(std::string_view route, double per_second) EXCLUDES(mutex_);
  /// The documented ones: import 30, export 60, import-file 20 (§2.4).
  void SetDocumented() EXCLUDES(mutex_);
  bool Admit(std::string_view route) EXCLUDES(mutex_);

 private:
  struct Bucket {
    double per_second = 0;
    double tokens = 0;
    SteadyTime filled;
  };
  Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
