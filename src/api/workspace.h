#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_stream.h"
#include "base/call_class.h"
#include "base/cancel.h"
#include "base/result.h"
#include "model/object_info.h"

namespace wsfs {

/// When a call was made, in milliseconds of this machine's wall clock, and
/// what the service's own clock said (`Date` header, 1 s). For the clock test
/// of planner.md §6.6: of the last attempt only.
struct CallTimes {
  std::int64_t sent_ms = 0;
  std::int64_t answered_ms = 0;
  std::optional<ServiceMillis> service_date_ms;
};

struct CallOptions {
  CallClass call_class = CallClass::kSomeoneWaits;
  SteadyTime deadline;                  ///< Required.
  std::shared_ptr<CancelToken> cancel;  ///< May be null.
  /// Retries of 429, 503 and refused connections until the deadline. Off for
  /// calls whose outcome the caller checks itself.
  bool retry = true;
  CallTimes* times = nullptr;  ///< Filled when not null.
};

enum class ImportFormat : std::uint8_t { kRaw, kSource, kJupyter, kAuto };
enum class ExportFormat : std::uint8_t { kSource, kAuto, kJupyter };

struct ImportRequest {
  RemotePath path;
  ImportFormat format = ImportFormat::kRaw;
  Language language = Language::kNone;  ///< With kSource.
  bool overwrite = false;
};

/// The signed-in user and the workspace (scim Me, X-Databricks-Org-Id).
struct Identity {
  std::string user_name;
  std::string user_id;
  std::string workspace_id;  ///< May be "".
};

/// A Databricks workspace: the seam to the service. REST in
/// api/rest_workspace.h; in memory, over the local server's model, in
/// testing/memory_workspace.h. One contract suite runs against both.
///
/// Thread-safe; every call blocks until its deadline at the latest.
///
/// Failures, beside those named at each call (databricks-api.md §1, §2.6):
///   kThrottled, kUnavailable, kUnreachable   not executed
///   kOutcomeUnknown   sent, no answer: a write may have been executed
///   kTimeout          deadline passed, *reads only*; a write whose request
///                     may have left answers kOutcomeUnknown
///   kCancelled (a write that may have left: kOutcomeUnknown)
///   kUnauthenticated, kPermissionDenied, kProtected, kInvalidArgument,
///   kUnsupported (the endpoint does not exist here or is not allowed)
class Workspace {
 public:
  virtual ~Workspace() = default;

  /// kNotFound. Asks for the export info of notebooks too.
  virtual Result<ObjectInfo> GetStatus(const RemotePath& path,
                                       const CallOptions& options) = 0;

  /// The children of a directory, in no order; of two with one name, the
  /// first. kNotFound; kNotADirectory when `path` is a file or notebook.
  virtual Result<std::vector<ObjectInfo>> List(const RemotePath& path,
                                               const CallOptions& options) = 0;

  /// The same through `workspace-files/list-files`, which tells the sizes of
  /// files. A capability: kUnsupported where it is refused.
  virtual Result<std::vector<ObjectInfo>> ListFiles(
      const RemotePath& path, const CallOptions& options) = 0;

  /// mkdir -p; fine if it is there. kAlreadyExists when something that is not
  /// a directory stands in the way; kNoSpace when the parent is full.
  virtual Result<void> Mkdirs(const RemotePath& path,
                              const CallOptions& options) = 0;

  /// kNotFound; kNotEmpty for a directory with children if not `recursive`.
  virtual Result<void> Delete(const RemotePath& path, bool recursive,
                              const CallOptions& options) = 0;

  /// Uploads by multipart. kAlreadyExists without `overwrite`; kTypeMismatch;
  /// kNotFound when the parent is missing; kTooLarge; kNoSpace.
  virtual Result<void> Import(const ImportRequest& request, ByteSource& content,
                              const CallOptions& options) = 0;

  /// Downloads a file or notebook. kNotFound; kTooLarge when no way of export
  /// is left that passes 10 MB. Never ask it for a directory: the service
  /// answers with an archive, not with an error (databricks-api.md §1.6).
  virtual Result<void> Export(const RemotePath& path, ExportFormat format,
                              ByteSink& sink, const CallOptions& options) = 0;

  /// `workspace/rename`, undocumented: a capability. kUnsupported where it is
  /// absent; kAlreadyExists; kNotFound (source or destination's parent).
  virtual Result<void> Rename(const RemotePath& from, const RemotePath& to,
                              const CallOptions& options) = 0;

  virtual Result<Identity> Me(const CallOptions& options) = 0;
};

}  // namespace wsfs
