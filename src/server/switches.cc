#include "server/switches.h"

#include <optional>

#include <fmt/format.h>

#include "base/check.h"

namespace wsfs {
namespace {

using enum Switch;

constexpr SwitchInfo kAll[] = {
    {kRename, "rename", "replace|refuse|absent", "1.7",
     "Rename of a file onto a file replaces it, is refused, or the endpoint is "
     "not there."},
    {kIdAfterRename, "id-after-rename", "keep|new", "1.7",
     "Does a renamed object keep its object_id?"},
    {kModifiedAtAfterRename, "modified-at-after-rename", "keep|bump", "1.7",
     "Does a rename change modified_at?"},
    {kSize, "size", "no|yes", "1.2",
     "Do get-status and list tell the size of files?"},
    {kListFiles, "list-files", "yes|refused", "1.8",
     "Is workspace-files/list-files answered, or refused with 403?"},
    {kWorkspaceFiles, "workspace-files", "yes|missing", "1.8",
     "Is the token good for workspace-files/*, or is all of it a 403?"},
    {kExportCap, "export-cap", "0|10485760", "1.6",
     "Bytes that export with direct_download passes; 0 is no cap."},
    {kKeepIdOnOverwrite, "keep-id-on-overwrite", "yes|no", "3",
     "Does an overwritten object keep object_id and created_at?"},
    {kModifiedAtOnSameBytes, "modified-at-on-same-bytes", "bump|keep", "3",
     "Does an overwrite with identical bytes change modified_at?"},
    {kDirectoryTimes, "directory-times", "no|yes", "2.1",
     "Do directories carry created_at and modified_at?"},
    {kNotebookTimes, "notebook-times", "yes|no", "2.1",
     "Do notebooks carry created_at and modified_at?"},
    {kNotebookClash, "notebook-clash", "refuse|allow", "1.5",
     "May the file foo.py stand beside the Python notebook foo?"},
    {kMultipartEmptyPart, "multipart-empty-part", "yes|refused", "7.15",
     "Does import by multipart take an empty content part?"},
    {kRaw, "raw", "yes|refused", "1.5", "Does import take format RAW?"},
    {kEmptyIpynb, "empty-ipynb", "file|400", "1.5",
     "An empty or broken .ipynb under AUTO becomes a file, or is refused."},
    {kFileExists, "file-exists", "400|409|409-no-code", "1.5",
     "How import words that a file exists: RESOURCE_ALREADY_EXISTS, "
     "ALREADY_EXISTS, or no code."},
    {kNotebookExists, "notebook-exists", "old|new", "1.5",
     "Which of the two recorded texts says that a notebook exists."},
    {kImportAnswer, "import-answer", "object_id|empty", "1.5",
     "Does import answer {\"object_id\":N} or {}?"},
    {kDeleteProtected, "delete-protected", "refuse|allow", "1.4",
     "Are /Users, /Shared and the home protected from deletion?"},
    {kCreateInRoot, "create-in-root", "allowed|refused", "2.3",
     "May the user create in /, as an administrator may?"},
    {kTrailingSlash, "trailing-slash", "clean|refuse", "2.3",
     "Is a path that ends with '/' cleaned or refused?"},
    {kDotSegments, "dot-segments", "refuse|literal", "2.3",
     "Are '.' and '..' in a path refused or ordinary names?"},
    {kExportInfo, "export-info", "yes|no", "1.1",
     "Does get-status honour return_export_info?"},
    {kDirectoryExport, "directory-export", "archive|refused", "1.6",
     "Does export of a directory answer an archive or 400?"},
};
static_assert(std::size(kAll) == static_cast<std::size_t>(kCount));

const SwitchInfo& InfoOf(Switch which) {
  const SwitchInfo& info = kAll[static_cast<std::size_t>(which)];
  WSFS_CHECK(info.id == which);
  return info;
}

/// The `index`th of "a|b|c".
std::string_view ValueAt(std::string_view values, std::size_t index) {
  for (; index > 0; --index) values.remove_prefix(values.find('|') + 1);
  return values.substr(0, values.find('|'));
}

std::optional<std::size_t> IndexOf(std::string_view values,
                                   std::string_view value) {
  for (std::size_t index = 0;; ++index) {
    const std::string_view head = values.substr(0, values.find('|'));
    if (head == value) return index;
    if (head.size() == values.size()) return std::nullopt;
    values.remove_prefix(head.size() + 1);
  }
}

}  // namespace

std::span<const SwitchInfo> AllSwitches() {
  return kAll;
}

Result<void> Switches::Set(std::string_view name, std::string_view value) {
  for (const SwitchInfo& info : kAll) {
    if (info.name != name) continue;
    const auto index = IndexOf(info.values, value);
    if (!index)
      return Error(Errc::kInvalidArgument,
                   fmt::format("the switch {} is one of {}, not {:?}", name,
                               info.values, value));
    chosen_[static_cast<std::size_t>(info.id)] =
        static_cast<std::uint8_t>(*index);
    return {};
  }
  return Error(Errc::kInvalidArgument,
               fmt::format("there is no switch {:?}; `wsfs serve --switches` "
                           "lists them",
                           name));
}

Result<void> Switches::SetFromText(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == text.npos)
    return Error(Errc::kInvalidArgument,
                 fmt::format("a switch is name=value, not {:?}", text));
  return Set(text.substr(0, equals), text.substr(equals + 1));
}

bool Switches::Is(Switch which, std::string_view value) const {
  const auto index = IndexOf(InfoOf(which).values, value);
  WSFS_CHECK(index.has_value());
  return chosen_[static_cast<std::size_t>(which)] == *index;
}

std::string_view Switches::Get(Switch which) const {
  return ValueAt(InfoOf(which).values,
                 chosen_[static_cast<std::size_t>(which)]);
}

std::string DescribeSwitches() {
  std::string text;
  for (const SwitchInfo& info : kAll) {
    text += fmt::format("{}={}\n    {} (default {}; databricks-api.md §{})\n",
                        info.name, info.values, info.meaning,
                        ValueAt(info.values, 0), info.section);
  }
  return text;
}

}  // namespace wsfs
