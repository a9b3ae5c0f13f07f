#include <fmt/format.h>

#include "server/model_tree.h"
#include "server/notebook_text.h"

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

Answer<Exported> WorkspaceModel::ExportFolder(const ServicePath& path,
                                              WireFormat /*format*/) {
  return CannotExport(NodeType::kDirectory, path.Echo());
}

}  // namespace wsfs
