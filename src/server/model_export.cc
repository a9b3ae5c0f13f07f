#include <fmt/format.h>

#include "server/model_tree.h"
#include "server/notebook_text.h"
#include "server/zip.h"

namespace wsfs {
namespace {

std::string FileTypeOf(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == name.npos ? "" : std::string(name.substr(dot + 1));
}

ApiError CannotExport(NodeType type, std::string_view path) {
  return api_error::Invalid(fmt::format(
      "The object at {} of type {} cannot be exported", path, ToApi(type)));
}

}  // namespace

Answer<Exported> WorkspaceModel::Export(const ExportCall& call) {
  WSFS_TRY(const ServicePath path, Parse(call.path));
  std::optional<ObjectState> state;
  {
    const MutexLock lock(mutex_);
    WSFS_RETURN_IF_ERROR(CheckReadable(path));
    state = StateAt(path, call.age);
  }
  if (!state) return api_error::NotFound(path.request());
  WSFS_TRY(Exported out, ExportState(*state, path, call.format));
  const std::uint64_t bytes = out.content->size_bytes();
  if (!call.direct_download && bytes > kMaxJsonContentBytes)
    return api_error::JsonExportTooLarge();
  if (call.direct_download && bytes > kMaxJsonContentBytes &&
      !switches_.Is(Switch::kExportCap, "0"))
    return api_error::ExportTooLarge(bytes, kMaxJsonContentBytes);
  return out;
}

Answer<Exported> WorkspaceModel::ExportState(const ObjectState& state,
                                             const ServicePath& path,
                                             WireFormat format) {
  switch (state.type) {
    case NodeType::kNotebook: return ExportNotebook(state, path.Name(), format);
    case NodeType::kDirectory: return ExportFolder(path, format);
    case NodeType::kDesignerFile: return Exported{state.content, "ipynb"};
    case NodeType::kFile:
      if (format == WireFormat::kSource || format == WireFormat::kAuto ||
          format == WireFormat::kRaw)
        return Exported{state.content, FileTypeOf(path.Name())};
      return api_error::Invalid("A file is exported as SOURCE or AUTO only");
    default: return CannotExport(state.type, path.Echo());
  }
}

Answer<Exported> WorkspaceModel::ExportNotebook(const ObjectState& state,
                                                std::string_view name,
                                                WireFormat format) {
  const bool jupyter_inside = state.format == NotebookFormat::kJupyter;
  if (format == WireFormat::kAuto)
    format = jupyter_inside ? WireFormat::kJupyter : WireFormat::kSource;
  if (format != WireFormat::kSource && format != WireFormat::kJupyter)
    return api_error::Invalid("The format is not supported here");
  auto read = ReadAll(*state.content);
  if (!read.ok()) return api_error::Internal(read.error().message());
  if (format == WireFormat::kSource) {
    std::string text;
    if (jupyter_inside) {
      WSFS_TRY(text, notebook_text::IpynbToSource(*read, state.language));
    } else {
      text = notebook_text::WithHeader(*std::move(read), state.language);
    }
    return Exported{
        MemoryContent(std::move(text)),
        std::string(notebook_text::ExtensionOf(state.language).substr(1))};
  }
  if (!jupyter_inside)
    return Exported{MemoryContent(notebook_text::SourceToIpynb(
                        *read, state.language, name)),
                    "ipynb"};
  WSFS_TRY(std::string text, notebook_text::Rewrite(*read));
  return Exported{MemoryContent(std::move(text)), "ipynb"};
}

Answer<ContentPtr> WorkspaceModel::Download(Text path) {
  WSFS_TRY(const ServicePath asked, Parse(path));
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckReadable(asked));
  const Node* node = Find(asked);
  if (node == nullptr || node->state.type != NodeType::kFile)
    return api_error::Make(404, "RESOURCE_DOES_NOT_EXIST", "File Not Found");
  return node->state.content;
}

/// An object below a folder that is exported.
struct WorkspaceModel::FolderEntry {
  std::string name;
  ObjectState state;

  std::string NameInArchive() const;
};

/// In an archive a notebook bears the extension of its format.
std::string WorkspaceModel::FolderEntry::NameInArchive() const {
  if (state.type != NodeType::kNotebook) return name;
  return name + (state.format == NotebookFormat::kJupyter
                     ? ".ipynb"
                     : std::string(notebook_text::ExtensionOf(state.language)));
}

/// Whatever was asked for, a folder is an archive: of its notebooks, and with
/// AUTO of its files too (§1.6).
Answer<Exported> WorkspaceModel::ExportFolder(const ServicePath& path,
                                              WireFormat format) {
  if (switches_.Is(Switch::kDirectoryExport, "refused"))
    return CannotExport(NodeType::kDirectory, path.Echo());
  std::vector<FolderEntry> found;
  {
    const MutexLock lock(mutex_);
    const Node* top = Find(path);
    if (top == nullptr) return api_error::NotFound(path.request());
    std::vector<std::pair<std::string, const Node*>> todo = {{"", top}};
    while (!todo.empty()) {
      const auto [name, node] = todo.back();
      todo.pop_back();
      const NodeType type = node->state.type;
      if (type == NodeType::kNotebook ||
          (type == NodeType::kFile && format == WireFormat::kAuto))
        found.push_back({name, node->state});
      const std::string prefix = name.empty() ? "" : name + "/";
      for (const auto& [child_name, child] : node->children)
        todo.emplace_back(prefix + child_name, child.get());
    }
  }
  return Archive(found);
}

Answer<Exported> WorkspaceModel::Archive(
    const std::vector<FolderEntry>& found) {
  std::vector<ZipEntry> entries;
  std::uint64_t total = 0;
  for (const FolderEntry& entry : found) {
    total += entry.state.content->size_bytes();
    if (total > kMaxJupyterNotebookBytes || entries.size() == 65'535)
      return api_error::ExportTooLarge(total, kMaxJupyterNotebookBytes);
    Exported out{entry.state.content, ""};
    if (entry.state.type == NodeType::kNotebook) {
      WSFS_TRY(out, ExportNotebook(entry.state, entry.name, WireFormat::kAuto));
    }
    auto bytes = ReadAll(*out.content);
    if (!bytes.ok()) return api_error::Internal(bytes.error().message());
    entries.push_back({entry.NameInArchive(), *std::move(bytes)});
  }
  return Exported{MemoryContent(MakeZip(entries)), "zip"};
}

}  // namespace wsfs
