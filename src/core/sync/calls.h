#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/workspace.h"
#include "base/check.h"
#include "base/sync.h"
#include "core/sync/clock_window.h"
#include "core/sync/health.h"
#include "core/sync/retries.h"

namespace wsfs {

/// What became of a call, in the words the protocols decide by (planner.md §6).
enum class Outcome : std::uint8_t {
  kOk,
  kAbsent,       ///< Answered: there is no such object.
  kRefused,      ///< Answered: no, and asking again changes nothing.
  kUnsupported,  ///< Answered: this service has no such call.
  kNotNow,       ///< Not executed (or a read without an answer): later.
  kLost,         ///< A write without an answer: it may have been executed.
};

/// The outcome of a call, what it said, and when it was made by this machine's
/// wall clock.
template <typename T>
struct Reply {
  Outcome outcome = Outcome::kNotNow;
  std::optional<T> value;
  std::optional<Error> error;
  CallTimes times;
  bool ok() const { return outcome == Outcome::kOk; }
  /// Why it is not ok().
  const Error& failure() const {
    WSFS_CHECK(error.has_value());
    return *error;
  }
  std::string why() const { return error ? error->message() : std::string(); }
  Cause cause() const {
    const bool no = outcome == Outcome::kRefused && error.has_value();
    return {why(), no ? std::optional(error->code()) : std::nullopt};
  }
};
struct Nothing {};

/// The calls as the protocols make them: deadlines, the clock window, and the
/// reduction of errors to outcomes. Paths are the catalogue's ("/a/b").
///
/// Resource type: one per syncer. Thread-safe; every function blocks on the
/// network, so none may be called under the ledger's lock.
class Calls {
 public:
  struct Options {
    Milliseconds deadline{30'000};
    std::shared_ptr<CancelToken> stop;  ///< Ends all calls at shutdown.
  };
  Calls(Workspace& workspace, Clock& clock, ClockWindow& window,
        Options options);

  /// For calls someone waits for: they end with the waiter.
  struct Wait {
    CallClass call_class = CallClass::kPush;
    std::optional<SteadyTime> deadline;
    std::shared_ptr<CancelToken> cancel;
  };

  static Wait WaitAs(CallClass call_class) {
    Wait wait;
    wait.call_class = call_class;
    return wait;
  }

  Reply<ObjectInfo> GetStatus(const std::string& path, const Wait& wait);
  Reply<ObjectInfo> GetStatus(const std::string& path) {
    return GetStatus(path, Wait());
  }
  Reply<std::vector<ObjectInfo>> List(const std::string& path,
                                      const Wait& wait);
  Reply<std::vector<ObjectInfo>> ListFiles(const std::string& path,
                                           const Wait& wait);
  Reply<Nothing> Mkdirs(const std::string& path);
  Reply<Nothing> Delete(const std::string& path, bool recursive);
  Reply<Nothing> Rename(const std::string& from, const std::string& to);
  Reply<Nothing> Import(const std::string& path, ImportFormat format,
                        Language language, bool overwrite, ByteSource& content);
  struct Transfer {
    bool retry = true;
    /// Stretches the deadline of a large one.
    std::optional<std::uint64_t> size_hint;
  };
  Reply<Nothing> Export(const std::string& path, ExportFormat format,
                        ByteSink& sink, const Wait& wait,
                        const Transfer& transfer);

  HealthState health() const { return health_.Now(); }
  /// Of the last call that failed otherwise than by "no such object".
  std::string last_error() const EXCLUDES(mutex_);

 private:
  enum class Kind : std::uint8_t { kRead, kWrite };
  using CallKind = ServiceHealth::CallKind;
  CallOptions OptionsFor(const Wait& wait, Kind kind, std::uint64_t bytes,
                         CallTimes& times) const;
  template <typename T, typename Ask>
  Reply<T> Make(Kind kind, CallKind size, const std::string& path,
                const Ask& ask);
  void Note(const std::optional<Error>& error) EXCLUDES(mutex_);

  Workspace& workspace_;
  Clock& clock_;
  ClockWindow& window_;
  Options options_;
  ServiceHealth health_;
  mutable Mutex mutex_;
  std::string last_error_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
