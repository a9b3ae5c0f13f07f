#include "server/api_error.h"

#include <cstdint>

#include <fmt/format.h>

namespace wsfs {

std::string ApiError::CodeText() const {
  if (const auto* text = std::get_if<std::string>(&code)) return *text;
  if (const auto* number = std::get_if<int>(&code))
    return fmt::to_string(*number);
  return "";
}

namespace api_error {
namespace {
constexpr std::string_view kInvalid = "INVALID_PARAMETER_VALUE";
constexpr std::string_view kExists = "RESOURCE_ALREADY_EXISTS";
constexpr std::string_view kMissing = "RESOURCE_DOES_NOT_EXIST";
}  // namespace

ApiError Make(int status, std::string_view code, std::string message) {
  return {status, std::string(code), std::move(message)};
}

ApiError NoCode(int status, std::string message) {
  return {status, std::monostate(), std::move(message)};
}

ApiError NotFound(std::string_view path) {
  return Make(404, kMissing, fmt::format("Path ({}) doesn't exist.", path));
}

ApiError ParentMissing(std::string_view parent) {
  return Make(404, kMissing,
              fmt::format("The parent folder ({}) does not exist.", parent));
}

ApiError Exists(std::string_view path) {
  return Make(400, kExists,
              fmt::format("{} already exists. Please pass overwrite=true to "
                          "overwrite it.",
                          path));
}

ApiError NodeExists(std::string_view path, std::string_view code) {
  std::string message = fmt::format(
      "Node with name {} already exists. Please pass overwrite=true to update "
      "it.",
      path);
  return code.empty() ? NoCode(409, std::move(message))
                      : Make(409, code, std::move(message));
}

ApiError NotebookExistsOld(std::string_view path) {
  return NoCode(400, fmt::format("Path ({}) already exists.", path));
}

ApiError NotebookExistsNew(std::string_view path) {
  return NoCode(400, fmt::format("RESOURCE_ALREADY_EXISTS: {} already exists. "
                                 "Please pass overwrite=true to overwrite it.",
                                 path));
}

ApiError TypeMismatch(std::string_view path, std::string_view asked,
                      std::string_view actual) {
  return Make(400, kInvalid,
              fmt::format("Cannot overwrite the asset at {} due to type "
                          "mismatch (asked: {}, actual: {}).",
                          path, asked, actual));
}

ApiError NodeTypeDiffers(std::string_view asked, std::string_view existing) {
  return Make(400, kInvalid,
              fmt::format("Requested node type [{}] is different from the "
                          "existing node type [{}]",
                          asked, existing));
}

ApiError NotAFolder(std::string_view path) {
  // No blank after the path: so it is recorded (§1.3).
  return Make(400, kExists,
              fmt::format("{}already exists and it is not a folder", path));
}

ApiError NotEmpty(std::string_view path) {
  return Make(400, "DIRECTORY_NOT_EMPTY",
              fmt::format("Folder ({}) is not empty", path));
}

ApiError Protected(std::string_view folder_name) {
  return Make(400, "DIRECTORY_PROTECTED",
              fmt::format("Folder {} is protected", folder_name));
}

ApiError FolderFull(std::string_view path, std::size_t limit) {
  return Make(403, "MAX_CHILD_NODE_SIZE_EXCEEDED",
              fmt::format("Size limit exceeded for folder '{}'. Current size: "
                          "{} Limit: {}",
                          path, limit, limit));
}

ApiError TooLarge(std::uint64_t bytes, std::uint64_t limit) {
  return Make(400, "MAX_NOTEBOOK_SIZE_EXCEEDED",
              fmt::format("File size imported is ({} bytes), exceeded max size "
                          "({} bytes)",
                          bytes, limit));
}

ApiError ExportTooLarge(std::uint64_t bytes, std::uint64_t limit) {
  return Make(400, "BAD_REQUEST",
              fmt::format("File size imported is ({} bytes), exceeded max size "
                          "({} bytes)",
                          bytes, limit));
}

ApiError JsonExportTooLarge() {
  return Make(400, "BAD_REQUEST", "Size exceeds 10485760 bytes");
}

ApiError NoInput() {
  return Make(400, kInvalid, "No input data source provided");
}

ApiError EmptyZip() {
  return Make(400, kInvalid, "The zip archive contains no items.");
}

ApiError BadZip() {
  return Make(400, kInvalid,
              "The zip file may not be valid or may be an unsupported "
              "version.");
}

ApiError Invalid(std::string message) {
  return Make(400, kInvalid, std::move(message));
}

ApiError Malformed(std::string message) {
  return Make(400, "MALFORMED_REQUEST", std::move(message));
}

ApiError Denied(std::string message) {
  return Make(403, "PERMISSION_DENIED", std::move(message));
}

ApiError NoSuchApi(std::string_view method, std::string_view path) {
  return Make(404, "ENDPOINT_NOT_FOUND",
              fmt::format("No API found for '{} {}'", method, path));
}

ApiError NoCredential() {
  return {401, 401,
          "Credential was not sent or was of an unsupported type for this "
          "API. [ReqId: 00000000-0000-0000-0000-000000000000]"};
}

ApiError WrongToken() {
  return {403, 403, "Invalid access token."};
}

ApiError Throttled() {
  return Make(429, "REQUEST_LIMIT_EXCEEDED",
              "Rate limit of this endpoint exceeded. Please try again later.");
}

ApiError Unavailable(std::string_view path) {
  return Make(503, "TEMPORARILY_UNAVAILABLE",
              fmt::format("The service at {} is temporarily unavailable. "
                          "Please try again later. [TraceId: -]",
                          path));
}

ApiError Internal(std::string_view why) {
  return Make(500, "INTERNAL_ERROR",
              fmt::format("The local workspace could not keep this: {}", why));
}

}  // namespace api_error
}  // namespace wsfs
