#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/rows.h"

namespace wsfs {

/// Short-lived knowledge beside the rows (planner.md §2, side tables).
struct SideTables {
  /// (leaf name, normal-form hash) -> until: bytes that were sent and got no
  /// answer; when they appear later they are ours, and old.
  std::map<std::pair<std::string, Hash>, PlanMillis> echo;
  /// path, and (parent object, name), -> until: deletes without an answer.
  std::map<std::string, PlanMillis> echo_delete_path;
  std::map<std::pair<ObjectKey, std::string>, PlanMillis> echo_delete_row;
  /// (path, object id) -> until: what we removed or moved away.
  std::map<std::pair<std::string, ObjectId>, PlanMillis> recent;
  friend bool operator==(const SideTables&, const SideTables&) = default;
};

/// Something a person should be told once, by `wsfs status`.
struct Notice {
  PlanMillis at = 0;
  std::string path;
  std::string text;
};

/// Facts about this workspace that were learned by asking.
struct Capabilities {
  bool rename = true;      ///< Until refused.
  bool list_files = true;  ///< Until refused.
  bool raw_import = true;
  /// A renamed object was seen to keep its id and its time.
  bool rename_keeps_version = false;
  friend bool operator==(const Capabilities&, const Capabilities&) = default;
};

/// What one transaction changed: the store writes exactly this.
struct Changes {
  std::set<NodeId> nodes;  ///< Changed, made or removed.
  std::set<ObjectKey> objects;
  bool side_tables = false;
  bool capabilities = false;
  std::vector<Notice> notices;
  /// Contents no row refers to any more; contents that moved to local trash
  /// (with the path they had) are in `trashed` instead.
  std::vector<Content> dropped;
  std::vector<std::pair<std::string, Content>> trashed;
  bool empty() const {
    return nodes.empty() && objects.empty() && !side_tables && !capabilities &&
           notices.empty() && dropped.empty() && trashed.empty();
  }
};

/// Nodes, objects and their binding, in memory, with the indexes the rules
/// need. It knows no disk and no network: store/catalogue_db.h writes what
/// Changes() tells; core/planner/ normalises and plans over it.
///
/// Resource type: one per engine, guarded by the engine's catalogue lock (one
/// thread at a time). References to rows stay valid until the row is removed.
///
/// Transactions: every change since the last Commit() or Rollback() belongs to
/// the open transaction. Rollback() restores every row as it was, ids given
/// out stay used.
///
/// Invariants (CheckInvariants): names are unique in a directory; at most one
/// node is bound to an object; parents exist; indexes match the rows.
class Catalogue {
 public:
  Catalogue();
  ~Catalogue();
  Catalogue(const Catalogue&) = delete;
  Catalogue& operator=(const Catalogue&) = delete;

  // -- Loading, before first use. Replaces the roots too.
  void LoadNode(Node node);
  void LoadObject(Object object);
  void LoadSides(SideTables sides, Capabilities capabilities,
                 std::uint64_t next_id);

  // -- Reading
  const Node* FindNode(NodeId id) const;
  const Object* FindObject(ObjectKey key) const;
  const Node& node(NodeId id) const;          ///< Must exist.
  const Object& object(ObjectKey key) const;  ///< Must exist.
  const Node* Child(NodeId directory, std::string_view name) const;
  std::vector<NodeId> Children(NodeId directory) const;  ///< By name.
  bool HasChildren(NodeId directory) const;
  const Node* NodeOf(ObjectKey key) const;  ///< Bound to it, or null.
  std::vector<ObjectKey> ObjectChildren(ObjectKey directory) const;
  const Object* ObjectChild(ObjectKey directory, std::string_view name) const;
  /// All of that name, by key: more than one only for a moment.
  std::vector<ObjectKey> ObjectsNamed(ObjectKey directory,
                                      std::string_view name) const;
  /// Those shown under `view` in it, by key: more than one only for a moment.
  std::vector<ObjectKey> ObjectsShownAs(ObjectKey directory,
                                        std::string_view view) const;
  /// The nodes that have `src` there.
  std::vector<NodeId> Borrowers(ObjectKey key) const;
  std::vector<NodeId> Below(NodeId directory) const;  ///< Depth first.
  std::vector<ObjectKey> ObjectsBelow(ObjectKey directory) const;
  /// All ids, in order of id.
  std::vector<NodeId> AllNodes() const;
  std::vector<ObjectKey> AllObjects() const;
  std::size_t node_count() const;

  /// "/a/b", "/" for the root: at the service, and in the mount.
  std::string RemotePathOf(const Object& object) const;
  std::string ShownPathOf(const Node& node) const;
  std::size_t Depth(const Object& object) const;
  /// The node at the object's shown name now, or null.
  const Node* Occupant(const Object& object) const;
  /// The node stands under its object's parent, with its view.
  bool InPlace(const Node& node, const Object& object) const;
  bool InLocalTree(NodeId id) const;
  /// `object` is `top` or lies below it.
  bool IsUnder(const Object& object, ObjectKey top) const;
  const SideTables& sides() const;
  const Capabilities& capabilities() const;
  std::uint64_t next_id() const;

  // -- Changing (all belong to the open transaction)
  std::uint64_t NewId();
  /// Adds a row; `id`/`key` comes from NewId() (also for contents' `body`).
  Node& AddNode(Node node);
  Object& AddObject(Object object);
  /// The row, to change any field that is not indexed. The reference is good
  /// until the row is removed or rolled back; what is written through it after
  /// Commit() belongs to no transaction.
  Node& EditNode(NodeId id);
  Object& EditObject(ObjectKey key);
  /// Who writes it now: in memory only, so no row is written; the planner
  /// looks at the node again.
  void SetOpenState(NodeId id, int writers, bool drafting);
  void RenameNode(NodeId id, NodeId parent, std::string_view name);
  void Detach(NodeId id);
  /// kNoObject: unbind only. Another node bound to `key` loses it.
  void Bind(NodeId id, ObjectKey key);
  void SetSource(NodeId id, ObjectKey key);
  /// `view` is not changed with it: SetView().
  void RenameObject(ObjectKey key, ObjectKey parent, std::string_view name);
  void SetView(ObjectKey key, std::string_view view);
  void RemoveNode(NodeId id);  ///< This row only; it has no children.
  /// This row only; nodes that are bound to it or have `src` there lose that.
  void RemoveObject(ObjectKey key);
  SideTables& EditSides();
  Capabilities& EditCapabilities();
  void AddNotice(Notice notice);
  /// These bytes go to local trash, not away, whatever row held them.
  void KeepInTrash(std::string path, const Content& content);

  // -- Transactions
  /// What the open transaction changed, with contents that lost their row.
  Changes PendingChanges() const;
  /// The row as it was before the open transaction; null when it was not
  /// there or was not changed (then the present row is the same).
  const Node* NodeBefore(NodeId id) const;
  bool ChangedInTransaction(NodeId id) const;
  void Commit();
  void Rollback();

  // -- For the planner
  /// Rows to look at again since the last call: changed ones and those whose
  /// rules depend on them (a superset). Empties the set.
  struct Touched {
    std::set<NodeId> nodes;
    std::set<ObjectKey> objects;
  };
  Touched TakeTouched();
  /// Gives the object with the next TakeTouched(): a rule waits for something
  /// that is not near it.
  void LookAgain(ObjectKey key);
  void TouchAll();  ///< Every row: after a load from another version, tests.
  /// Nodes with a final no, by id.
  std::vector<NodeId> RefusedNodes() const;
  /// Objects that are not clean, bound and in place, or have news, an intent
  /// or are fresh; nodes without an object (remote place), refused or with an
  /// intent: what plan() must look at. Kept up to date by every change.
  const std::set<ObjectKey>& UnsettledObjects() const;
  const std::set<NodeId>& UnsettledNodes() const;

  /// kCorrupt, with a sentence, when the rows that were loaded make no
  /// catalogue. A database that is sound may hold such rows: a disk forgot a
  /// write, somebody edited it. To be asked before anything else is.
  Result<void> CheckLoaded() const;
  /// Aborts with a sentence when an invariant is broken. Tests, debug builds.
  void CheckInvariants() const;

 private:
  struct State;
  Result<void> CheckLoadedNode(const Node& node) const;
  Result<void> CheckLoadedNodes() const;
  Result<void> CheckLoadedObjects() const;

  std::unique_ptr<State> state_;
};

}  // namespace wsfs
