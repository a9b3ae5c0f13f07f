#include <fmt/format.h>

#include "server/model_tree.h"
#include "server/tree_store.h"

namespace wsfs {

Result<std::unique_ptr<WorkspaceModel>> WorkspaceModel::Open(
    const std::filesystem::path& folder, ModelOptions options) {
  auto model = std::make_unique<WorkspaceModel>(std::move(options));
  WSFS_TRY(model->store_, TreeStore::Open(folder));
  WSFS_TRY(model->contents_, ContentStore::InFolder(folder / "content"));
  WSFS_RETURN_IF_ERROR(model->Load());
  return model;
}

/// Replaces the fresh tree by what is on disk; a new folder gets the fresh
/// one.
Result<void> WorkspaceModel::Load() {
  TreeCounters counters;
  WSFS_TRY(const std::vector<TreeRow> rows, store_->Load(counters));
  const MutexLock lock(mutex_);
  if (rows.empty()) {
    if (const auto done = CommitNew(*root_); !done.ok())
      return Error(Errc::kIo, done.error().message);
    return contents_->RemoveStrangers();
  }
  std::map<std::int64_t, Node*> nodes;
  root_.reset();
  for (const TreeRow& row : rows) {
    auto node = std::make_unique<Node>();
    node->row = row.row;
    node->name = row.name;
    node->state = row.state;
    if (row.has_content) {
      WSFS_TRY(node->state.content,
               contents_->Reopen(row.content_number, row.content_bytes,
                                 row.content_hash));
    }
    nodes[row.row] = node.get();
    if (row.parent == 0) {
      root_ = std::move(node);
      continue;
    }
    const auto parent = nodes.find(row.parent);
    if (parent == nodes.end())
      return Error(Errc::kCorrupt,
                   fmt::format("the object {:?} has no folder", row.name));
    node->parent = parent->second;
    parent->second->children.emplace(row.name, std::move(node));
  }
  if (root_ == nullptr)
    return Error(Errc::kCorrupt, "the workspace has no root");
  next_id_ = counters.next_id;
  next_row_ = counters.next_row;
  return contents_->RemoveStrangers();
}

}  // namespace wsfs
