#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "model/object_info.h"
#include "server/api_error.h"
#include "server/content.h"

namespace wsfs {

/// The kinds of object the service knows, as it spells them.
enum class NodeType : std::uint8_t {
  kDirectory,
  kFile,
  kNotebook,
  kDashboard,
  kDesignerFile,
  kLibrary,
  kRepo,
  kExperiment,
};
std::string_view ToApi(NodeType type);
/// Directories and Git folders hold children.
bool HoldsChildren(NodeType type);

/// What the service keeps of one object, beside its name and place.
struct ObjectState {
  NodeType type = NodeType::kDirectory;
  Language language = Language::kNone;
  NotebookFormat format = NotebookFormat::kNone;
  ObjectId id = 0;
  ServiceMillis created_ms = 0;
  ServiceMillis modified_ms = 0;
  ContentPtr content;  ///< Null for what holds children.
};

/// What one answer tells of an object: the state after the switches.
struct ObjectView {
  std::string path;  ///< As the request spelled it.
  NodeType type = NodeType::kDirectory;
  Language language = Language::kNone;
  NotebookFormat format = NotebookFormat::kNone;  ///< With export info only.
  ObjectId id = 0;
  std::optional<ServiceMillis> created_ms;
  std::optional<ServiceMillis> modified_ms;
  std::optional<std::uint64_t> size;
  std::optional<bool> git_folder;  ///< With git info, of a folder only.
};

/// Which endpoint family asks: workspace-files/* always tells sizes.
enum class Family : std::uint8_t { kWorkspace, kWorkspaceFiles };

/// How a read is to be answered.
struct ReadOptions {
  Family family = Family::kWorkspace;
  bool export_info = false;
  bool git_info = false;
  /// As it was this long ago: a stale replica (databricks-api.md §3).
  Milliseconds age{0};
};

enum class WireFormat : std::uint8_t {
  kAuto,
  kSource,
  kJupyter,
  kRaw,
  kHtml,
  kDbc,
  kRMarkdown,
};
/// Case-sensitive; nothing for a word the service does not know.
std::optional<WireFormat> WireFormatFromApi(std::string_view text);

/// Which way an import came: each has limits and error shapes of its own.
enum class ImportWay : std::uint8_t { kJson, kMultipart, kImportFile };

struct ImportCall {
  std::string path;
  WireFormat format = WireFormat::kSource;
  Language language = Language::kNone;
  bool overwrite = false;
  ImportWay way = ImportWay::kMultipart;
  ContentPtr content;
  /// All bytes that were sent, also those beyond a limit and not kept.
  std::uint64_t payload_bytes = 0;
  /// Nothing had this path when the request began: if something has it now,
  /// another creator was faster, and the answer is a 409.
  bool absent_at_start = false;
};

struct ExportCall {
  std::string path;
  WireFormat format = WireFormat::kSource;
  bool direct_download = false;
  Milliseconds age{0};
};

struct Exported {
  ContentPtr content;
  std::string file_type;  ///< "py", "ipynb", "zip"; the extension of a file.
};

/// The signed-in user of a local workspace; there is one.
struct ServerUser {
  std::string user_name = "ada@example.com";
  std::string user_id = "1234567890123456";
  std::string workspace_id = "6280049833385130";
};

struct ModelOptions {
  Clock* clock = &RealClock();
  /// The service's clock is this far from the machine's.
  Milliseconds skew{0};
  ServerUser user;
  /// Limits (databricks-api.md §2.4), here so that tests can lower them.
  std::size_t max_children = kMaxChildren;
  std::uint64_t max_file_bytes = kMaxFileBytes;
  std::uint64_t max_import_file_bytes = 209'715'200;
};

}  // namespace wsfs
