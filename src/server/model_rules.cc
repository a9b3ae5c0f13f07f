#include <algorithm>

#include <fmt/format.h>

#include "server/model_tree.h"
#include "server/notebook_text.h"

namespace wsfs {
namespace {

/// How a notebook shows as a file: "foo" in Python as "foo.py" (§2.2).
std::string ViewName(std::string_view name, Language language,
                     NotebookFormat format) {
  return fmt::format("{}{}", name,
                     format == NotebookFormat::kJupyter
                         ? ".ipynb"
                         : notebook_text::ExtensionOf(language));
}

}  // namespace

WorkspaceModel::Access WorkspaceModel::AccessAt(const ServicePath& path) {
  if (access_.empty()) return Access::kFull;
  std::string key = path.Key();
  while (true) {
    const auto rule = access_.find(key);
    if (rule != access_.end()) return rule->second;
    if (key == "/") return Access::kFull;
    key.resize(std::max<std::size_t>(key.rfind('/'), 1));
  }
}

Answer<void> WorkspaceModel::CheckReadable(const ServicePath& path) {
  if (AccessAt(path) == Access::kHidden)
    return api_error::NotFound(path.request());
  return {};
}

Answer<void> WorkspaceModel::CheckWritable(const ServicePath& path) {
  const Access access = AccessAt(path);
  if (access == Access::kHidden) return api_error::NotFound(path.request());
  if (access == Access::kReadOnly)
    return api_error::Denied(
        fmt::format("{} does not have Edit permissions on {}.",
                    options_.user.user_name, path.Key()));
  return {};
}

bool WorkspaceModel::IsProtected(const ServicePath& path) const {
  const std::string key = path.Key();
  return key == "/" || key == "/Users" || key == "/Shared" ||
         key == "/Users/" + options_.user.user_name;
}

Answer<WorkspaceModel::Node*> WorkspaceModel::RoomFor(const ServicePath& path) {
  Node* parent = FindParent(path);
  if (parent == nullptr) return api_error::ParentMissing(path.EchoParent());
  if (parent == root_.get() && switches_.Is(Switch::kCreateInRoot, "refused"))
    return api_error::Denied(fmt::format(
        "{} does not have Edit permissions on /.", options_.user.user_name));
  if (parent->parent == root_.get() && parent->name == "Users")
    return api_error::Protected("Users");
  if (parent->children.size() >= options_.max_children)
    return api_error::FolderFull(path.EchoParent(), options_.max_children);
  return parent;
}

/// A file "foo.py" and a Python notebook "foo" cannot both be: the one that
/// stands in the way of the other (§1.5).
WorkspaceModel::Node* WorkspaceModel::Clashing(const ServicePath& path,
                                               const Kind& kind) {
  if (switches_.Is(Switch::kNotebookClash, "allow")) return nullptr;
  const Node* parent = FindParent(path);
  if (parent == nullptr) return nullptr;
  const std::string name(path.Name());
  if (kind.type == NodeType::kNotebook) {
    const auto file =
        parent->children.find(ViewName(name, kind.language, kind.format));
    const bool clash = file != parent->children.end() &&
                       file->second->state.type == NodeType::kFile;
    return clash ? file->second.get() : nullptr;
  }
  if (kind.type != NodeType::kFile) return nullptr;
  const auto notebook = parent->children.find(name.substr(0, name.rfind('.')));
  if (notebook == parent->children.end()) return nullptr;
  const ObjectState& state = notebook->second->state;
  const bool clash =
      state.type == NodeType::kNotebook &&
      ViewName(notebook->first, state.language, state.format) == name;
  return clash ? notebook->second.get() : nullptr;
}

/// Two changes never bear the same time: each takes longer than 1 ms at the
/// real service.
ServiceMillis WorkspaceModel::Bumped(ServiceMillis old_ms) const {
  return std::max(NowMs(), old_ms + 1);
}

ObjectView WorkspaceModel::Describe(std::string path, const ObjectState& state,
                                    const ReadOptions& options) const {
  ObjectView view;
  view.path = std::move(path);
  view.type = state.type;
  view.language = state.language;
  view.id = state.id;
  const bool times = HoldsChildren(state.type)
                         ? switches_.Is(Switch::kDirectoryTimes, "yes")
                     : state.type == NodeType::kNotebook
                         ? switches_.Is(Switch::kNotebookTimes, "yes")
                         : true;
  if (times) {
    view.created_ms = state.created_ms;
    view.modified_ms = state.modified_ms;
  }
  if (options.export_info && switches_.Is(Switch::kExportInfo, "yes"))
    view.format = state.format;
  if (options.git_info && state.type == NodeType::kDirectory)
    view.git_folder = false;
  const bool sized = options.family == Family::kWorkspaceFiles ||
                     switches_.Is(Switch::kSize, "yes");
  if (sized && state.type == NodeType::kFile)
    view.size = state.content->size_bytes();
  if (options.family == Family::kWorkspaceFiles &&
      state.type == NodeType::kNotebook)
    view.size = 0;  // So it was seen there (§1.8).
  return view;
}

}  // namespace wsfs
