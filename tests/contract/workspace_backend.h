#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include "api/workspace.h"
#include "server/model.h"

namespace wsfs {

/// One implementation of `Workspace`, with the model behind it.
class WorkspaceBackend {
 public:
  virtual ~WorkspaceBackend() = default;
  virtual Workspace& workspace() = 0;
  virtual WorkspaceModel& model() = 0;
};

/// How to make one; a parameter of the contract suite.
struct WorkspaceKind {
  std::string name;
  std::function<std::unique_ptr<WorkspaceBackend>(ModelOptions)> make;
};

inline void PrintTo(const WorkspaceKind& kind, std::ostream* os) {
  *os << kind.name;
}

/// MemoryWorkspace: the model, called directly.
WorkspaceKind InMemory();
/// RestWorkspace over libcurl against the local server in this process.
WorkspaceKind OverHttp();

}  // namespace wsfs
