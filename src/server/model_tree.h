#pragma once

#include <map>
#include <memory>
#include <string>

#include "server/model.h"

namespace wsfs {

/// One object in its place. Guarded by the model's lock. Private to model*.cc.
struct WorkspaceModel::Node {
  std::int64_t row = 0;  ///< Its key on disk; never changes.
  Node* parent = nullptr;
  std::string name;
  ObjectState state;
  std::map<std::string, NodePtr, std::less<>> children;
};

/// What an import makes, and under which path in the end.
struct WorkspaceModel::Kind {
  NodeType type = NodeType::kFile;
  Language language = Language::kNone;
  NotebookFormat format = NotebookFormat::kNone;
  ServicePath path;
};

}  // namespace wsfs
