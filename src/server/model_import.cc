#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "server/model_tree.h"
#include "server/notebook_text.h"

namespace wsfs {
namespace {

constexpr std::size_t kHeadBytes = 4096;

/// The start of a content: enough to see its first line.
Answer<std::string> Head(const StoredContent& content) {
  std::string head(std::min<std::uint64_t>(kHeadBytes, content.size_bytes()),
                   '\0');
  const auto got = content.ReadAt(0, std::as_writable_bytes(std::span(head)));
  if (!got.ok()) return api_error::Internal(got.error().message());
  head.resize(*got);
  return head;
}

Answer<std::optional<Language>> IpynbLanguage(const StoredContent& content) {
  if (content.size_bytes() > kMaxJupyterNotebookBytes) return std::nullopt;
  const auto text = ReadAll(content);
  if (!text.ok()) return api_error::Internal(text.error().message());
  return notebook_text::ReadIpynb(*text);
}

}  // namespace

std::optional<WireFormat> WireFormatFromApi(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, WireFormat>, 7>
      kFormats = {{{"AUTO", WireFormat::kAuto},
                   {"SOURCE", WireFormat::kSource},
                   {"JUPYTER", WireFormat::kJupyter},
                   {"RAW", WireFormat::kRaw},
                   {"HTML", WireFormat::kHtml},
                   {"DBC", WireFormat::kDbc},
                   {"R_MARKDOWN", WireFormat::kRMarkdown}}};
  for (const auto& [name, format] : kFormats) {
    if (name == text) return format;
  }
  return std::nullopt;
}

Answer<WorkspaceModel::Kind> WorkspaceModel::ClassifyAuto(
    const ImportCall& call, const ServicePath& path) const {
  const std::string name(path.Name());
  if (name.ends_with(".lvdash.json"))
    return Kind{NodeType::kDashboard, Language::kNone, NotebookFormat::kNone,
                path};
  if (name.ends_with(".designer.ipynb"))
    return Kind{NodeType::kDesignerFile, Language::kNone, NotebookFormat::kNone,
                path};
  Kind file{NodeType::kFile, Language::kNone, NotebookFormat::kNone, path};
  if (name.ends_with(".ipynb") && name.size() > 6) {
    WSFS_TRY(const auto language, IpynbLanguage(*call.content));
    if (language)
      return Kind{NodeType::kNotebook, *language, NotebookFormat::kJupyter,
                  path.WithName(name.substr(0, name.size() - 6))};
    if (switches_.Is(Switch::kEmptyIpynb, "400"))
      return api_error::Invalid("The file is not a valid Jupyter notebook");
    return file;
  }
  const Language language = notebook_text::LanguageOfExtension(name);
  const std::size_t stem =
      name.size() - notebook_text::ExtensionOf(language).size();
  if (language == Language::kNone || stem == 0) return file;
  WSFS_TRY(const std::string head, Head(*call.content));
  if (!notebook_text::HasHeader(head, language)) return file;
  return Kind{NodeType::kNotebook, language, NotebookFormat::kSource,
              path.WithName(name.substr(0, stem))};
}

Answer<WorkspaceModel::Kind> WorkspaceModel::Classify(
    const ImportCall& call, const ServicePath& path) const {
  switch (call.format) {
    case WireFormat::kAuto: return ClassifyAuto(call, path);
    case WireFormat::kSource:
      // Without a language it is taken for the archive of a folder (§1.5).
      if (call.language == Language::kNone) return api_error::EmptyZip();
      return Kind{NodeType::kNotebook, call.language, NotebookFormat::kSource,
                  path};
    case WireFormat::kJupyter: {
      WSFS_TRY(const auto language, IpynbLanguage(*call.content));
      if (!language)
        return api_error::Invalid(
            "The content is not a valid Jupyter notebook (nbformat 4)");
      return Kind{NodeType::kNotebook, *language, NotebookFormat::kJupyter,
                  path};
    }
    case WireFormat::kRaw:
      if (switches_.Is(Switch::kRaw, "refused"))
        return api_error::Invalid("The format RAW is not supported");
      return Kind{NodeType::kFile, Language::kNone, NotebookFormat::kNone,
                  path};
    case WireFormat::kDbc: return api_error::BadZip();
    case WireFormat::kHtml:
    case WireFormat::kRMarkdown:
      return api_error::Invalid("The format is not supported here");
  }
  std::unreachable();
}

Answer<void> WorkspaceModel::CheckImportSize(const ImportCall& call,
                                             const Kind& kind) const {
  std::uint64_t limit = options_.max_file_bytes;
  if (call.way == ImportWay::kImportFile)
    limit = std::min(limit, options_.max_import_file_bytes);
  if (call.way == ImportWay::kJson)
    limit = std::min(limit, kMaxJsonContentBytes);
  if (kind.type == NodeType::kNotebook)
    limit = std::min(limit, call.format == WireFormat::kJupyter
                                ? kMaxJupyterNotebookBytes
                                : kMaxSourceNotebookBytes);
  const std::uint64_t bytes =
      std::max(call.payload_bytes, call.content->size_bytes());
  if (bytes > limit) return api_error::TooLarge(bytes, limit);
  return {};
}

ApiError WorkspaceModel::NotebookExists(std::string_view path) const {
  return switches_.Is(Switch::kNotebookExists, "old")
             ? api_error::NotebookExistsOld(path)
             : api_error::NotebookExistsNew(path);
}

/// `old` stands where `kind` is to be: may it be overwritten?
Answer<void> WorkspaceModel::CheckReplace(const Node& old, const Kind& kind,
                                          const ImportCall& call) const {
  const std::string path = kind.path.Echo();
  const NodeType actual = old.state.type;
  if (call.overwrite) {
    if (actual == kind.type) return {};
    return api_error::TypeMismatch(path, ToApi(kind.type), ToApi(actual));
  }
  if (actual == NodeType::kNotebook) return NotebookExists(path);
  if (actual != NodeType::kFile) return api_error::Exists(path);
  if (switches_.Is(Switch::kFileExists, "409-no-code"))
    return api_error::NodeExists(path, "");
  const bool conflict = call.way == ImportWay::kImportFile ||
                        call.absent_at_start ||
                        switches_.Is(Switch::kFileExists, "409");
  return conflict ? api_error::NodeExists(path, "ALREADY_EXISTS")
                  : api_error::Exists(path);
}

Answer<ObjectId> WorkspaceModel::Import(const ImportCall& call) {
  auto imported = TryImport(call);
  if (!imported.ok()) call.content->Drop();
  return imported;
}

Answer<ObjectId> WorkspaceModel::TryImport(const ImportCall& call) {
  WSFS_TRY(const ServicePath path, Parse(call.path));
  if (path.IsRoot()) return api_error::Protected("/");
  WSFS_TRY(const Kind kind, Classify(call, path));
  WSFS_RETURN_IF_ERROR(CheckImportSize(call, kind));
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckWritable(kind.path));
  Node* old = Find(kind.path);
  if (old != nullptr) {
    WSFS_RETURN_IF_ERROR(CheckReplace(*old, kind, call));
  }
  if (const Node* clash = Clashing(kind.path, kind)) {
    if (call.overwrite)
      return api_error::NodeTypeDiffers(ToApi(kind.type),
                                        ToApi(clash->state.type));
    return NotebookExists(kind.path.Echo());
  }
  if (old != nullptr) return Overwrite(*old, kind, call);
  return Create(kind, call.content);
}

Answer<ObjectId> WorkspaceModel::Overwrite(Node& node, const Kind& kind,
                                           const ImportCall& call) {
  ObjectState state = node.state;
  const bool same = state.content->hash() == call.content->hash();
  state.language = kind.language;
  state.format = kind.format;
  state.content = call.content;
  if (!same || switches_.Is(Switch::kModifiedAtOnSameBytes, "bump"))
    state.modified_ms = Bumped(state.modified_ms);
  if (switches_.Is(Switch::kKeepIdOnOverwrite, "no")) {
    state.id = next_id_++;
    state.created_ms = state.modified_ms;
  }
  WSFS_RETURN_IF_ERROR(
      CommitChange(node, *node.parent, node.name, state, nullptr));
  node.state.content->Drop();
  Remember(kind.path.Key(), std::exchange(node.state, state));
  return state.id;
}

Answer<ObjectId> WorkspaceModel::Create(const Kind& kind,
                                        const ContentPtr& content) {
  WSFS_TRY(Node* const parent, RoomFor(kind.path));
  ObjectState state = NewDirectory();
  state.type = kind.type;
  state.language = kind.language;
  state.format = kind.format;
  state.content = content;
  NodePtr node = MakeNode(parent, std::string(kind.path.Name()), state);
  WSFS_RETURN_IF_ERROR(CommitNew(*node));
  Remember(kind.path.Key(), std::nullopt);
  std::string name = node->name;
  parent->children.emplace(std::move(name), std::move(node));
  return state.id;
}

}  // namespace wsfs
