#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/remote_path.h"

namespace wsfs {

/// The service's number for an object. An attribute, never a key: a new file
/// has none, and the service may change it (databricks-api.md §2.1).
using ObjectId = std::int64_t;

/// Milliseconds since the Unix epoch by the *service's* clock.
using ServiceMillis = std::int64_t;

enum class ObjectType : std::uint8_t {
  kDirectory,
  kFile,
  kNotebook,
  kRepo,    ///< A Git folder: behaves as a directory.
  kOpaque,  ///< Dashboards, libraries, what the future brings: not readable.
};

enum class Language : std::uint8_t { kNone, kPython, kSql, kScala, kR };

/// What a notebook is stored as (`repos_export_format`).
enum class NotebookFormat : std::uint8_t { kNone, kSource, kJupyter };

/// "PYTHON" and so on, as the API spells it; "" for kNone.
std::string_view ToApi(Language language);
Language LanguageFromApi(std::string_view text);

/// What get-status and list say of one object (databricks-api.md §2.1).
/// Value type. Every field the service may leave out is optional.
struct ObjectInfo {
  RemotePath path;
  ObjectType type = ObjectType::kOpaque;
  std::string type_name;  ///< As the service spelled it: "DASHBOARD".
  ObjectId id = 0;
  Language language = Language::kNone;
  /// Only with `return_export_info`; kNone when the service did not say.
  NotebookFormat format = NotebookFormat::kNone;
  std::optional<ServiceMillis> created_at;
  std::optional<ServiceMillis> modified_at;
  std::optional<std::uint64_t> size;

  friend bool operator==(const ObjectInfo&, const ObjectInfo&) = default;
};

/// Limits of the service (databricks-api.md §2.4), in bytes but for the last.
inline constexpr std::uint64_t kMaxFileBytes = 524'288'000;
inline constexpr std::uint64_t kMaxSourceNotebookBytes = 10'485'760;
inline constexpr std::uint64_t kMaxJupyterNotebookBytes = 104'857'600;
inline constexpr std::uint64_t kMaxJsonContentBytes = 10'485'760;
inline constexpr std::size_t kMaxChildren = 10'000;

}  // namespace wsfs
