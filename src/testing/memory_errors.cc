#include "testing/memory_errors.h"

#include <string>
#include <string_view>

namespace wsfs {
namespace {

struct CodeRow {
  std::string_view code;
  Errc errc;
};

/// The code beats the status (§1.0).
constexpr CodeRow kByCode[] = {
    {"ENDPOINT_NOT_FOUND", Errc::kUnsupported},
    {"DIRECTORY_NOT_EMPTY", Errc::kNotEmpty},
    {"DIRECTORY_PROTECTED", Errc::kProtected},
    {"MAX_CHILD_NODE_SIZE_EXCEEDED", Errc::kNoSpace},
    {"MAX_NOTEBOOK_SIZE_EXCEEDED", Errc::kTooLarge},
    {"MAX_READ_SIZE_EXCEEDED", Errc::kTooLarge},
    {"RESOURCE_ALREADY_EXISTS", Errc::kAlreadyExists},
    {"ALREADY_EXISTS", Errc::kAlreadyExists},
    {"RESOURCE_DOES_NOT_EXIST", Errc::kNotFound},
};

struct TextRow {
  std::string_view text;
  Errc errc;
};

/// Some conditions are told by nothing but the message.
constexpr TextRow kByText[] = {
    {"type mismatch", Errc::kTypeMismatch},
    {"different from the existing node type", Errc::kTypeMismatch},
    {"already exists", Errc::kAlreadyExists},
    {"parent folder", Errc::kNotFound},
    {"10485760", Errc::kTooLarge},
    {"Invalid access token.", Errc::kUnauthenticated},
};

Errc ByStatus(int status) {
  switch (status) {
    case 401: return Errc::kUnauthenticated;
    case 403: return Errc::kPermissionDenied;
    case 404: return Errc::kNotFound;
    case 409: return Errc::kAlreadyExists;
    case 413: return Errc::kTooLarge;
    case 429: return Errc::kThrottled;
    case 501: return Errc::kUnsupported;
    case 503: return Errc::kUnavailable;
    default:
      return status >= 500 ? Errc::kOutcomeUnknown : Errc::kInvalidArgument;
  }
}

Errc CodeOf(const ApiError& error) {
  const std::string code = error.CodeText();
  for (const CodeRow& row : kByCode) {
    if (row.code == code) return row.errc;
  }
  for (const TextRow& row : kByText) {
    if (error.message.contains(row.text)) return row.errc;
  }
  return ByStatus(error.status);
}

}  // namespace

Error ErrorOf(const ApiError& error) {
  return {CodeOf(error), error.message};
}

}  // namespace wsfs
