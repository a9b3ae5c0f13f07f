#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/sync.h"
#include "server/model_types.h"
#include "server/service_path.h"
#include "server/switches.h"

namespace wsfs {

class TreeStore;

/// A Databricks workspace without HTTP: the tree, its contents and its rules,
/// strictly by databricks-api.md §1 to §3. Behind the local server's HTTP face
/// and behind testing/memory_workspace.h.
///
/// Resource type. Thread-safe: one lock, held while a change is committed to
/// disk (the order of commits is the order of changes); contents are written
/// before and read after, under no lock.
///
/// Every failure is the answer the service would give.
class WorkspaceModel {
 public:
  using Text = std::string_view;

  /// A workspace in memory, with "/Users/<user>", "/Shared" and "/Repos".
  explicit WorkspaceModel(ModelOptions options = {});
  ~WorkspaceModel();
  WorkspaceModel(const WorkspaceModel&) = delete;
  WorkspaceModel& operator=(const WorkspaceModel&) = delete;

  /// The workspace kept in `folder`: SQLite for the tree, a file for each
  /// content. kIo, kCorrupt; kBusy when another server has it open.
  static Result<std::unique_ptr<WorkspaceModel>> Open(
      const std::filesystem::path& folder, ModelOptions options);

  Answer<ObjectView> GetStatus(Text path, const ReadOptions& options = {});
  /// The children in order of object_id, or the object itself when it holds
  /// none. Notebooks older than `notebooks_after` are left out.
  Answer<std::vector<ObjectView>> List(Text path,
                                       const ReadOptions& options = {},
                                       ServiceMillis notebooks_after = 0);
  /// The same through workspace-files/list-files; 403 where it is switched
  /// off (§1.8).
  Answer<std::vector<ObjectView>> ListFiles(Text path, Milliseconds age = {});
  /// 403 when the token has no scope for workspace-files/*.
  Answer<void> CheckWorkspaceFiles() const;
  Answer<void> Mkdirs(Text path);
  Answer<void> Delete(Text path, bool recursive);
  Answer<void> Rename(Text from, Text to);
  Answer<ObjectId> Import(const ImportCall& call);
  Answer<Exported> Export(const ExportCall& call);
  /// GET workspace-files/{path}: the bytes of a file, nothing else.
  Answer<ContentPtr> Download(Text path);
  bool Exists(Text path);

  /// Where an upload's bytes go before Import.
  Result<std::unique_ptr<ContentWriter>> NewContent();

  /// Puts an object of a kind that no API call makes (a library, a Git
  /// folder) or replaces what is there: for tests and the demo.
  Answer<ObjectId> Place(Text path, NodeType type);

  /// Gives an existing object another number, as a delete and re-create by
  /// someone else would.
  Answer<ObjectId> Renumber(Text path);

  /// Who may do what at `path` and below; the nearest rule counts.
  enum class Access : std::uint8_t { kFull, kReadOnly, kHidden };
  void SetAccess(Text path, Access access);

  Switches& switches() { return switches_; }
  const ModelOptions& options() const { return options_; }
  /// The service's clock.
  ServiceMillis NowMs() const;
  /// All objects below "/" that hold no children: for assertions.
  std::vector<std::string> AllPaths();

 private:
  struct Node;
  struct Kind;
  struct Undo {
    SteadyTime at;
    std::string key;
    std::optional<ObjectState> before;
  };
  using NodePtr = std::unique_ptr<Node>;

  Answer<ServicePath> Parse(Text path) const;

  // model_tree.cc: the tree, its history and its commits.
  Node* Find(const ServicePath& path) REQUIRES(mutex_);
  Node* FindParent(const ServicePath& path) REQUIRES(mutex_);
  std::optional<SteadyTime> When(Milliseconds age) const;
  std::optional<ObjectState> StateAt(const ServicePath& path, Milliseconds age)
      REQUIRES(mutex_);
  std::map<std::string, ObjectState> ChildrenAt(const ServicePath& path,
                                                Milliseconds age)
      REQUIRES(mutex_);
  void Remember(const std::string& key, std::optional<ObjectState> before)
      REQUIRES(mutex_);
  void RememberTree(const Node& node, const std::string& key, bool gone)
      REQUIRES(mutex_);
  NodePtr MakeNode(Node* parent, std::string name, ObjectState state)
      REQUIRES(mutex_);
  ObjectState NewDirectory() REQUIRES(mutex_);
  Answer<void> CommitNew(const Node& top) REQUIRES(mutex_);
  Answer<void> CommitChange(const Node& node, const Node& parent,
                            std::string_view name, const ObjectState& state,
                            const Node* removed) REQUIRES(mutex_);
  Answer<void> CommitRemoval(const Node& node) REQUIRES(mutex_);
  void Plant(std::string_view path) REQUIRES(mutex_);
  Result<void> Load() EXCLUDES(mutex_);

  // model_rules.cc: who may make what where.
  Access AccessAt(const ServicePath& path) REQUIRES(mutex_);
  Answer<void> CheckReadable(const ServicePath& path) REQUIRES(mutex_);
  Answer<void> CheckWritable(const ServicePath& path) REQUIRES(mutex_);
  bool IsProtected(const ServicePath& path) const;
  Answer<Node*> RoomFor(const ServicePath& path) REQUIRES(mutex_);
  Node* Clashing(const ServicePath& path, const Kind& kind) REQUIRES(mutex_);
  ServiceMillis Bumped(ServiceMillis old_ms) const;
  ObjectView Describe(std::string path, const ObjectState& state,
                      const ReadOptions& options) const;

  // model_import.cc
  Answer<ObjectId> TryImport(const ImportCall& call);
  Answer<Kind> Classify(const ImportCall& call, const ServicePath& path) const;
  Answer<Kind> ClassifyAuto(const ImportCall& call,
                            const ServicePath& path) const;
  Answer<void> CheckImportSize(const ImportCall& call, const Kind& kind) const;
  Answer<void> CheckReplace(const Node& old, const Kind& kind,
                            const ImportCall& call) const;
  ApiError NotebookExists(std::string_view path) const;
  Answer<ObjectId> Overwrite(Node& node, const Kind& kind,
                             const ImportCall& call) REQUIRES(mutex_);
  Answer<ObjectId> Create(const Kind& kind, const ContentPtr& content)
      REQUIRES(mutex_);

  // model_rename.cc
  Answer<void> CheckRename(const ServicePath& from, const ServicePath& to)
      REQUIRES(mutex_);
  Answer<void> CheckRenameTarget(const Node& source, const ServicePath& to)
      REQUIRES(mutex_);
  Answer<void> Move(Node& source, const ServicePath& from,
                    const ServicePath& to) REQUIRES(mutex_);

  // model_export.cc
  Answer<Exported> ExportState(const ObjectState& state,
                               const ServicePath& path, WireFormat format);
  Answer<Exported> ExportNotebook(const ObjectState& state,
                                  std::string_view name, WireFormat format);
  Answer<Exported> ExportFolder(const ServicePath& path, WireFormat format);
  struct FolderEntry;
  Answer<Exported> Archive(const std::vector<FolderEntry>& found);

  const ModelOptions options_;
  Switches switches_;
  std::unique_ptr<ContentStore> contents_;
  std::unique_ptr<TreeStore> store_;  // Null in memory.

  mutable Mutex mutex_;
  NodePtr root_ GUARDED_BY(mutex_);
  // Above 2^53 and one apart: a client that reads them as doubles mixes them
  // up at once.
  ObjectId next_id_ GUARDED_BY(mutex_) = (ObjectId{1} << 53) + 1;
  std::int64_t next_row_ GUARDED_BY(mutex_) = 1;
  std::map<std::string, Access, std::less<>> access_ GUARDED_BY(mutex_);
  std::deque<Undo> history_ GUARDED_BY(mutex_);
  std::uint64_t history_bytes_ GUARDED_BY(mutex_) = 0;
};

}  // namespace wsfs
