#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace wsfs {

/// What went wrong, in the few words a caller can act on.
///
/// Every Errc has one errno (fuse/errno_map.cc) and one answer to "may I try
/// again?" (IsRetryable). Add an enumerator only when a caller must act on it.
enum class Errc : std::uint8_t {
  kInvalidArgument,
  kNotFound,
  kAlreadyExists,
  kPermissionDenied,  ///< The service says no: 403.
  kProtected,         ///< Nobody may: system folders, aliases. EPERM.
  kUnauthenticated,   ///< The credential is missing, wrong or expired.
  kConflict,          ///< The remote object changed under us.
  kTypeMismatch,      ///< Another kind of object holds this name.
  kThrottled,         ///< The service asked us to slow down; not executed.
  kUnavailable,       ///< Answered "not now"; not executed.
  kUnreachable,       ///< No connection could be made; not executed.
  kOutcomeUnknown,    ///< Sent, and no answer came: it may have been executed.
  kTimeout,           ///< The caller's deadline passed before an answer.
  kCancelled,         ///< The caller went away (FUSE interrupt, unmount).
  kWouldBlock,        ///< Waiting::kNever was asked and a wait is needed.
  kTooLarge,
  kNoSpace,  ///< A disk or a folder is full.
  kNotEmpty,
  kNotADirectory,
  kIsADirectory,
  kNameTooLong,
  kBusy,
  kReadOnly,
  kCrossesPlaces,  ///< A rename that only a copy can do. EXDEV.
  kNoAttribute,    ///< No such extended attribute. ENODATA.
  kStale,          ///< Removed since it was looked up: look again. ESTALE.
  kNoSuchOffset,   ///< No data, or no hole, from there on. ENXIO.
  kCorrupt,        ///< Bytes on disk or on the wire fail their check.
  kUnsupported,
  kIo,  ///< The local disk failed.
};

std::string_view ToString(Errc code);

/// May the same request be sent again, when it is idempotent or its outcome
/// is checked first?
bool IsRetryable(Errc code);

/// An Errc and a sentence for the person who reads the log.
///
/// Value type. `message()` never holds a token, a signed URL or file content.
class Error {
 public:
  Error(Errc code, std::string message)
      : code_(code), message_(std::move(message)) {}

  Errc code() const { return code_; }
  const std::string& message() const { return message_; }

  /// The same error, told from one layer further up: "context: message".
  Error With(std::string_view context) &&;

 private:
  Errc code_;
  std::string message_;
};

}  // namespace wsfs
