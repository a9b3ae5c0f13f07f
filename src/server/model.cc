#include "server/model.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "server/model_tree.h"
#include "server/tree_store.h"

namespace wsfs {

std::string_view ToApi(NodeType type) {
  switch (type) {
    case NodeType::kDirectory: return "DIRECTORY";
    case NodeType::kFile: return "FILE";
    case NodeType::kNotebook: return "NOTEBOOK";
    case NodeType::kDashboard: return "DASHBOARD";
    case NodeType::kDesignerFile: return "DESIGNER_FILE";
    case NodeType::kLibrary: return "LIBRARY";
    case NodeType::kRepo: return "REPO";
    case NodeType::kExperiment: return "MLFLOW_EXPERIMENT";
  }
  std::unreachable();
}

bool HoldsChildren(NodeType type) {
  return type == NodeType::kDirectory || type == NodeType::kRepo;
}

WorkspaceModel::WorkspaceModel(ModelOptions options)
    : options_(std::move(options)), contents_(ContentStore::InMemory()) {
  const MutexLock lock(mutex_);
  root_ = MakeNode(nullptr, "", NewDirectory());
  Plant(fmt::format("/Users/{}", options_.user.user_name));
  Plant("/Shared");
  Plant("/Repos");
}

WorkspaceModel::~WorkspaceModel() = default;

/// mkdir -p without asking anyone: what every workspace begins with.
void WorkspaceModel::Plant(std::string_view path) {
  const auto parsed = ServicePath::Parse(path, {});
  WSFS_CHECK(parsed.ok());
  Node* node = root_.get();
  for (const std::string& part : parsed->parts()) {
    NodePtr& child = node->children[part];
    if (child == nullptr) child = MakeNode(node, part, NewDirectory());
    node = child.get();
  }
}

ServiceMillis WorkspaceModel::NowMs() const {
  return options_.clock->Wall() / 1'000'000 + options_.skew.count();
}

Answer<ServicePath> WorkspaceModel::Parse(Text path) const {
  return ServicePath::Parse(path,
                            {switches_.Is(Switch::kTrailingSlash, "refuse"),
                             switches_.Is(Switch::kDotSegments, "refuse")});
}

Answer<ObjectView> WorkspaceModel::GetStatus(Text path,
                                             const ReadOptions& options) {
  WSFS_TRY(const ServicePath asked, Parse(path));
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckReadable(asked));
  const auto state = StateAt(asked, options.age);
  if (!state) return api_error::NotFound(asked.request());
  return Describe(asked.Echo(), *state, options);
}

Answer<std::vector<ObjectView>> WorkspaceModel::List(
    Text path, const ReadOptions& options, ServiceMillis notebooks_after) {
  WSFS_TRY(const ServicePath asked, Parse(path));
  std::vector<ObjectView> views;
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckReadable(asked));
  const auto state = StateAt(asked, options.age);
  if (!state) return api_error::NotFound(asked.request());
  if (!HoldsChildren(state->type)) {
    views.push_back(Describe(asked.Echo(), *state, options));
    return views;
  }
  for (const auto& [name, child] : ChildrenAt(asked, options.age)) {
    const ServicePath path_of_child = asked.Child(name);
    if (child.type == NodeType::kNotebook &&
        child.modified_ms < notebooks_after)
      continue;
    if (AccessAt(path_of_child) == Access::kHidden) continue;
    views.push_back(Describe(path_of_child.Echo(), child, options));
  }
  // Not by name: a client that needs an order must sort (§1.2).
  std::ranges::sort(views, {}, &ObjectView::id);
  return views;
}

Answer<void> WorkspaceModel::CheckWorkspaceFiles() const {
  if (switches_.Is(Switch::kWorkspaceFiles, "yes")) return {};
  return api_error::Denied(
      "Provided token does not have required scopes: all-apis");
}

Answer<std::vector<ObjectView>> WorkspaceModel::ListFiles(Text path,
                                                          Milliseconds age) {
  WSFS_RETURN_IF_ERROR(CheckWorkspaceFiles());
  if (switches_.Is(Switch::kListFiles, "refused"))
    return api_error::Denied("This API is not enabled for the workspace");
  return List(path, {Family::kWorkspaceFiles, false, false, age});
}

bool WorkspaceModel::Exists(Text path) {
  const auto asked = Parse(path);
  if (!asked.ok()) return false;
  const MutexLock lock(mutex_);
  return Find(*asked) != nullptr;
}

Answer<void> WorkspaceModel::Mkdirs(Text path) {
  WSFS_TRY(const ServicePath asked, Parse(path));
  WSFS_TRY(ServicePath made, ServicePath::Parse("/", {}));
  const MutexLock lock(mutex_);
  Node* node = root_.get();
  for (const std::string& part : asked.parts()) {
    made = made.Child(part);
    const auto found = node->children.find(part);
    if (found == node->children.end()) {
      WSFS_RETURN_IF_ERROR(CheckWritable(made));
      WSFS_TRY(Node* const parent, RoomFor(made));
      NodePtr child = MakeNode(parent, part, NewDirectory());
      WSFS_RETURN_IF_ERROR(CommitNew(*child));
      Remember(made.Key(), std::nullopt);
      node = (parent->children[part] = std::move(child)).get();
      continue;
    }
    node = found->second.get();
    if (!HoldsChildren(node->state.type))
      return api_error::NotAFolder(made.Key());
  }
  return {};
}

Answer<void> WorkspaceModel::Delete(Text path, bool recursive) {
  WSFS_TRY(const ServicePath asked, Parse(path));
  const MutexLock lock(mutex_);
  WSFS_RETURN_IF_ERROR(CheckReadable(asked));
  Node* node = Find(asked);
  if (node == nullptr) return api_error::NotFound(asked.request());
  if (node == root_.get() ||
      (IsProtected(asked) && switches_.Is(Switch::kDeleteProtected, "refuse")))
    return api_error::Protected(asked.IsRoot() ? "/" : asked.Name());
  WSFS_RETURN_IF_ERROR(CheckWritable(asked));
  if (!recursive && !node->children.empty())
    return api_error::NotEmpty(asked.request());
  WSFS_RETURN_IF_ERROR(CommitRemoval(*node));
  RememberTree(*node, asked.Key(), /*gone=*/true);
  std::vector<const Node*> todo = {node};
  while (!todo.empty()) {
    const Node* next = todo.back();
    todo.pop_back();
    if (next->state.content != nullptr) next->state.content->Drop();
    for (const auto& [name, child] : next->children)
      todo.push_back(child.get());
  }
  node->parent->children.erase(node->name);
  return {};
}

Result<std::unique_ptr<ContentWriter>> WorkspaceModel::NewContent() {
  return contents_->Create();
}

Answer<ObjectId> WorkspaceModel::Place(Text path, NodeType type) {
  WSFS_TRY(const ServicePath asked, Parse(path));
  const MutexLock lock(mutex_);
  if (Node* old = Find(asked)) {
    ObjectState state = old->state;
    state.type = type;
    if (old->parent == nullptr) return api_error::Protected("/");
    WSFS_RETURN_IF_ERROR(
        CommitChange(*old, *old->parent, old->name, state, nullptr));
    Remember(asked.Key(), old->state);
    old->state = state;
    return state.id;
  }
  return Create({type, Language::kNone, NotebookFormat::kNone, asked},
                HoldsChildren(type) ? nullptr : MemoryContent(""));
}

Answer<ObjectId> WorkspaceModel::Renumber(Text path) {
  WSFS_TRY(const ServicePath asked, Parse(path));
  const MutexLock lock(mutex_);
  Node* node = Find(asked);
  if (node == nullptr || node->parent == nullptr)
    return api_error::NotFound(asked.request());
  ObjectState state = node->state;
  state.id = next_id_++;
  WSFS_RETURN_IF_ERROR(
      CommitChange(*node, *node->parent, node->name, state, nullptr));
  Remember(asked.Key(), node->state);
  node->state = state;
  return state.id;
}

void WorkspaceModel::SetAccess(Text path, Access access) {
  const auto asked = Parse(path);
  if (!asked.ok()) return;
  const MutexLock lock(mutex_);
  access_.insert_or_assign(asked->Key(), access);
}

std::vector<std::string> WorkspaceModel::AllPaths() {
  std::vector<std::string> paths;
  const MutexLock lock(mutex_);
  std::vector<std::pair<std::string, const Node*>> todo = {{"", root_.get()}};
  while (!todo.empty()) {
    const auto [path, node] = todo.back();
    todo.pop_back();
    if (!HoldsChildren(node->state.type)) paths.push_back(path);
    for (const auto& [name, child] : node->children)
      todo.emplace_back(fmt::format("{}/{}", path, name), child.get());
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace wsfs
