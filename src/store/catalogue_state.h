#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "store/catalogue.h"

namespace wsfs {

/// Tells one stored content from another: dirty ones by body, clean ones by
/// their bytes.
struct ContentId {
  BodyPlace place = BodyPlace::kInline;
  std::uint64_t body = 0;
  Hash raw;
  friend auto operator<=>(const ContentId&, const ContentId&) = default;
};
ContentId IdOf(const Content& content);

/// The contents a row refers to.
std::vector<const Content*> ContentsOf(const Node& node);
std::vector<const Content*> ContentsOf(const Object& object);

/// Equal in all that is written to disk.
bool SameOnDisk(const Node& a, const Node& b);
bool SameOnDisk(const Object& a, const Object& b);

/// What Catalogue is made of. Private to catalogue*.cc.
///
/// Every change goes: Keep() the row as it was, take it out of the indexes,
/// change it, put it back, note what must be looked at again.
struct Catalogue::State {
  /// (name, id) of a directory's rows. The views point into the rows, which
  /// never move; ids make a transient second row of one name possible.
  using Names = std::set<std::pair<std::string_view, std::uint64_t>>;
  template <typename Row>
  using Rows = std::unordered_map<std::uint64_t, Row>;

  // -- Rows
  Rows<Node> nodes;
  Rows<Object> objects;
  SideTables sides;
  Capabilities capabilities;
  std::uint64_t next_id = kRootNode + 1;

  // -- Indexes
  Rows<Names> children;
  Rows<Names> object_children;
  Rows<NodeId> bound;  ///< object -> node
  Rows<std::set<NodeId>> borrowers;
  /// parent -> (view, object) of objects whose view is not their name, and
  /// what is in it, since `view` is an ordinary field of the row.
  Rows<std::set<std::pair<std::string, ObjectKey>>> views;
  Rows<std::pair<ObjectKey, std::string>> viewed;
  std::map<ContentId, std::int64_t> content_rows;  ///< As last committed.

  // -- The open transaction: rows as they were; nullopt = did not exist.
  Rows<std::optional<Node>> node_before;
  Rows<std::optional<Object>> object_before;
  std::optional<SideTables> sides_before;
  std::optional<Capabilities> capabilities_before;
  std::vector<Notice> notices;
  std::vector<std::pair<std::string, Content>> trashed;

  // -- What must be looked at again by the rules
  struct DirectoryNode {
    Place place;
    bool loaded;
    bool intent;
    ObjectKey bind;
  };
  struct DirectoryObject {
    bool intent;
    bool fresh;
    std::size_t news;
  };
  std::set<NodeId> touched_nodes;
  std::set<ObjectKey> touched_objects;
  std::set<std::pair<NodeId, std::string>> touched_places;
  Rows<DirectoryNode> directory_nodes;      ///< As at the last TakeTouched().
  Rows<DirectoryObject> directory_objects;  ///< The same.
  std::set<ObjectKey> look_again;
  Touched taken;  ///< In this transaction, to be given again by Rollback().

  // -- What plan() must look at. Rows in `stale_*` are judged again first;
  // those of the open transaction stay there, as references to them may be
  // written through.
  std::set<ObjectKey> unsettled_objects;
  std::set<NodeId> unsettled_nodes;
  std::set<NodeId> refused_nodes;
  std::unordered_set<NodeId> stale_nodes;
  std::unordered_set<ObjectKey> stale_objects;
  std::unordered_set<NodeId> stale_refused;

  // catalogue_index.cc
  void Index(Node& node);
  void Unindex(const Node& node);
  void Index(Object& object);
  void Unindex(const Object& object);
  void IndexView(const Object& object);
  void UnindexView(ObjectKey key);

  // catalogue_undo.cc
  void Keep(NodeId id);
  void KeepObject(ObjectKey key);
  std::map<ContentId, std::pair<std::int64_t, const Content*>> ContentDeltas()
      const;
  void RestoreRows();

  // catalogue_touch.cc
  void Touch(const Node& node);
  void Touch(const Object& object);
  void TouchPlace(NodeId directory, std::string_view name);
  void AddPlace(NodeId directory, std::string_view name,
                std::set<ObjectKey>& out) const;
  void AddNodeReach(NodeId id, std::set<ObjectKey>& out) const;
  void AddObjectReach(ObjectKey key, std::set<ObjectKey>& out) const;
  void AddDirectoryReach(NodeId id, ObjectKey object,
                         std::set<ObjectKey>& out) const;
  Touched Take();

  // catalogue_unsettled.cc
  bool IsUnsettled(const Object& object) const;
  bool IsUnsettled(const Node& node) const;
  void Judge(const Node& node, bool gone);
  void JudgeStale();
  void JudgeRefused();
};

}  // namespace wsfs
