#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace wsfs {

/// A failure as the service words it: HTTP status, `error_code` (a string, a
/// number, or left out) and message (databricks-api.md §1.0). Value type.
struct ApiError {
  using Code = std::variant<std::monostate, std::string, int>;

  int status = 500;
  Code code;
  std::string message;

  /// The code as text: "" when left out.
  std::string CodeText() const;
  friend bool operator==(const ApiError&, const ApiError&) = default;
};

/// A T, or the ApiError the service answers instead. Like Result<T>, for the
/// side of the wire that words the failures.
template <typename T = void>
class [[nodiscard]] Answer : public std::expected<T, ApiError> {
  using Base = std::expected<T, ApiError>;

 public:
  using Base::Base;
  Answer(ApiError error) : Base(std::unexpect, std::move(error)) {}  // NOLINT

  bool ok() const { return this->has_value(); }
};

/// The failures of §1 and §2 with their exact texts. `path` is the request's
/// own spelling unless said otherwise.
namespace api_error {

ApiError Make(int status, std::string_view code, std::string message);
ApiError NoCode(int status, std::string message);

ApiError NotFound(std::string_view path);
ApiError ParentMissing(std::string_view parent);
ApiError Exists(std::string_view path);
ApiError NodeExists(std::string_view path, std::string_view code);
ApiError NotebookExistsOld(std::string_view path);
ApiError NotebookExistsNew(std::string_view path);
ApiError TypeMismatch(std::string_view path, std::string_view asked,
                      std::string_view actual);
ApiError NodeTypeDiffers(std::string_view asked, std::string_view existing);
ApiError NotAFolder(std::string_view path);
ApiError NotEmpty(std::string_view path);
ApiError Protected(std::string_view folder_name);
ApiError FolderFull(std::string_view path, std::size_t limit);
ApiError TooLarge(std::uint64_t bytes, std::uint64_t limit);
ApiError ExportTooLarge(std::uint64_t bytes, std::uint64_t limit);
ApiError JsonExportTooLarge();
ApiError NoInput();
ApiError EmptyZip();
ApiError BadZip();
ApiError Invalid(std::string message);
ApiError Malformed(std::string message);
ApiError Denied(std::string message);
ApiError NoSuchApi(std::string_view method, std::string_view path);
ApiError NoCredential();
ApiError WrongToken();
ApiError Throttled();
ApiError Unavailable(std::string_view path);
/// This machine failed, not the caller: the disk behind --data.
ApiError Internal(std::string_view why);

}  // namespace api_error
}  // namespace wsfs
