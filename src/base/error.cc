#include "base/error.h"

namespace wsfs {

std::string_view ToString(Errc code) {
  switch (code) {
    case Errc::kInvalidArgument: return "invalid-argument";
    case Errc::kNotFound: return "not-found";
    case Errc::kAlreadyExists: return "already-exists";
    case Errc::kPermissionDenied: return "permission-denied";
    case Errc::kProtected: return "protected";
    case Errc::kUnauthenticated: return "unauthenticated";
    case Errc::kConflict: return "conflict";
    case Errc::kTypeMismatch: return "type-mismatch";
    case Errc::kThrottled: return "throttled";
    case Errc::kUnavailable: return "unavailable";
    case Errc::kUnreachable: return "unreachable";
    case Errc::kOutcomeUnknown: return "outcome-unknown";
    case Errc::kTimeout: return "timeout";
    case Errc::kCancelled: return "cancelled";
    case Errc::kWouldBlock: return "would-block";
    case Errc::kTooLarge: return "too-large";
    case Errc::kNoSpace: return "no-space";
    case Errc::kNotEmpty: return "not-empty";
    case Errc::kNotADirectory: return "not-a-directory";
    case Errc::kIsADirectory: return "is-a-directory";
    case Errc::kNameTooLong: return "name-too-long";
    case Errc::kBusy: return "busy";
    case Errc::kReadOnly: return "read-only";
    case Errc::kCrossesPlaces: return "crosses-places";
    case Errc::kNoAttribute: return "no-attribute";
    case Errc::kStale: return "stale";
    case Errc::kNoSuchOffset: return "no-such-offset";
    case Errc::kCorrupt: return "corrupt";
    case Errc::kUnsupported: return "unsupported";
    case Errc::kIo: return "io";
  }
  std::unreachable();
}

bool IsRetryable(Errc code) {
  return code == Errc::kThrottled || code == Errc::kUnavailable ||
         code == Errc::kUnreachable || code == Errc::kOutcomeUnknown ||
         code == Errc::kTimeout;
}

Error Error::With(std::string_view context) && {
  message_.insert(0, ": ");
  message_.insert(0, context);
  return std::move(*this);
}

}  // namespace wsfs
