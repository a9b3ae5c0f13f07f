#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace wsfs {

/// What nobody outside the service knows for certain: each has a default and
/// alternatives, and the client's tests run under all (databricks-api.md §8).
enum class Switch : std::uint8_t {
  kRename,
  kIdAfterRename,
  kModifiedAtAfterRename,
  kSize,
  kListFiles,
  kWorkspaceFiles,
  kExportCap,
  kKeepIdOnOverwrite,
  kModifiedAtOnSameBytes,
  kDirectoryTimes,
  kNotebookTimes,
  kNotebookClash,
  kMultipartEmptyPart,
  kRaw,
  kEmptyIpynb,
  kFileExists,
  kNotebookExists,
  kImportAnswer,
  kDeleteProtected,
  kCreateInRoot,
  kTrailingSlash,
  kDotSegments,
  kExportInfo,
  kDirectoryExport,
  kCount,  ///< Not a switch: how many there are.
};

struct SwitchInfo {
  Switch id;
  std::string_view name;
  std::string_view values;  ///< "replace|refuse|absent"; the first is default.
  std::string_view section;
  std::string_view meaning;
};

/// All switches in the order of the enum: for `wsfs serve --switches`.
std::span<const SwitchInfo> AllSwitches();

/// The settings of one server. Resource type, shared by model and face.
/// Thread-safe: a test may turn a switch while requests run.
class Switches {
 public:
  /// kInvalidArgument naming the switches, or the values of this one.
  Result<void> Set(std::string_view name, std::string_view value);
  /// "name=value", as the command line has it.
  Result<void> SetFromText(std::string_view text);

  /// Is the switch at this value? The value must be one of its values.
  bool Is(Switch which, std::string_view value) const;
  std::string_view Get(Switch which) const;

 private:
  static constexpr auto kSwitches = static_cast<std::size_t>(Switch::kCount);
  // Position of the value in SwitchInfo::values.
  std::array<std::atomic<std::uint8_t>, kSwitches> chosen_{};
};

/// The list as `wsfs serve --switches` prints it, one line a switch.
std::string DescribeSwitches();

}  // namespace wsfs
