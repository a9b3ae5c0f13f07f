#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/hash.h"
#include "model/kinds.h"
#include "model/object_info.h"

namespace wsfs {

/// The rows of the catalogue: `planner.md` §2 made into types. Value types.
/// The words are those of docs/glossary.md.

/// A node's number: `st_ino`, never used again. The root is kRootNode.
using NodeId = std::uint64_t;
/// Our number of an object (the service's is ObjectId). Same counter.
using ObjectKey = std::uint64_t;
/// One content of a node; 0 = never sealed.
using Generation = std::int64_t;
/// Milliseconds that never go back within a run and carry on over restarts
/// (store/plan_clock.h): settle times, back-off, horizons.
using PlanMillis = std::int64_t;

inline constexpr NodeId kNoNode = 0;
inline constexpr NodeId kRootNode = 1;
inline constexpr ObjectKey kNoObject = 0;
inline constexpr ObjectKey kRootObject = 1;
/// An object's `gen` when no generation of its node equals its version.
inline constexpr Generation kNoGeneration = -1;

enum class NodeKind : std::uint8_t {
  kFile,
  kDirectory,
  kSymlink,  ///< Local only, as all below.
  kFifo,
  kSocket,
};

/// remote: of the service. local: lives on this machine only.
enum class Place : std::uint8_t { kRemote, kLocal };

/// Where the bytes of a sealed content lie (store/contents.h).
enum class BodyPlace : std::uint8_t {
  kInline,  ///< In the catalogue's own table, by `body`.
  kSealed,  ///< A file of its own under sealed/, by `body`.
  kClean,   ///< In the cache database, by `raw` hash; may be dropped.
  kBlob,    ///< A file under blobs/, by `raw` hash; may be dropped.
};

/// The bytes of one sealed generation: what they are and where they lie.
/// Immutable once made, but for `digest`, which may come later for large
/// ones, and the place, which moves from dirty to clean.
struct Content {
  std::uint64_t size_bytes = 0;
  Header header = Header::kNone;
  /// Set once hashed (at once up to 1 MiB, in the background beyond).
  struct Digest {
    Hash raw;     ///< All bytes.
    Hash source;  ///< Without a notebook header line; else = raw.
    Hash cells;   ///< Of an ipynb, cell by cell (notebooks.md); else = raw.
    bool jupyter = false;  ///< A valid ipynb.
    friend bool operator==(const Digest&, const Digest&) = default;
  };
  std::optional<Digest> digest;
  BodyPlace place = BodyPlace::kInline;
  std::uint64_t body = 0;  ///< For kInline and kSealed: from NewId().

  friend bool operator==(const Content&, const Content&) = default;
};

/// The version of an object at the service. A field the service does not
/// give does not count (planner.md §2).
struct Version {
  ObjectId id = 0;
  ServiceMillis modified_at = 0;  ///< 0: not given.
  friend bool operator==(const Version&, const Version&) = default;
};

/// What a get-status or listing said of an object, reduced to what we plan by.
struct RemoteInfo {
  ObjectKind kind = ObjectKind::kFile;
  Version version;
  Language language = Language::kNone;
  NotebookFormat format = NotebookFormat::kNone;
  std::optional<std::uint64_t> size_bytes;
  std::string type_name;  ///< For opaque ones: "DASHBOARD".
  friend bool operator==(const RemoteInfo&, const RemoteInfo&) = default;
};

enum class IntentOp : std::uint8_t {
  kPut,
  kCreate,
  kMkdir,
  kMove,
  kPark,
  kDelete,
  kRmtree,
};

/// A call that was decided and perhaps sent (planner.md §2, §6). On disk,
/// power-safe, before it is sent. Fields that an operation has no use for
/// keep their defaults.
struct Intent {
  IntentOp op = IntentOp::kPut;
  Generation gen = 0;              ///< put, create: the generation sent.
  std::optional<Content> content;  ///< put, create: its bytes.
  NodeId node = kNoNode;           ///< put, create: the node they are of.
  std::string path;                ///< Where the object was when sent.
  std::string dst;                 ///< create, mkdir, move, park: the target.
  ObjectKey parent = kNoObject;    ///< of the target
  std::string name;                ///< remote name at the target
  std::string view;                ///< shown name at the target
  ObjectKind kind = ObjectKind::kFile;
  Language language = Language::kNone;
  NotebookFormat format = NotebookFormat::kNone;
  Version base;  ///< put: the version that was checked.
  PlanMillis at = 0;
  /// Sent and answered "yes", in ms of this machine's wall clock.
  struct Acked {
    std::int64_t sent_ms = 0;
    std::int64_t answered_ms = 0;
    friend bool operator==(const Acked&, const Acked&) = default;
  };
  std::optional<Acked> acked;

  friend bool operator==(const Intent&, const Intent&) = default;
};

/// Times in ns of this machine's wall clock; what stat(2) shows.
struct Attributes {
  std::uint32_t mode = 0;  ///< Permission bits only.
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  WallNanos atime = 0;
  WallNanos mtime = 0;
  WallNanos ctime = 0;
  friend bool operator==(const Attributes&, const Attributes&) = default;
};

/// What the mount shows. `parent`, `name`, `bind` and `src` are indexed:
/// changed only through Catalogue's setters.
struct Node {
  NodeId id = kNoNode;
  /// kNoNode for the root and for a detached node: one that was removed while
  /// its create was on the way, kept until the answer is known.
  NodeId parent = kNoNode;
  std::string name;
  NodeKind kind = NodeKind::kFile;
  Place place = Place::kRemote;
  /// A conflict copy: local by this flag, not by its name (design.md §3).
  bool conflict_copy = false;
  /// Of a conflict copy: the name it had in its folder, and the bytes that both
  /// edits began with, if they were kept.
  std::string conflict_of;
  std::optional<Content> ancestor;
  Attributes attributes;
  std::uint64_t rdev = 0;
  std::string symlink_target;
  std::map<std::string, std::string> xattrs;

  Generation gen = 0;
  std::optional<Content> content;  ///< Absent: never downloaded.
  /// Size when known and `content` is absent (from a listing, or remembered).
  std::optional<std::uint64_t> known_size;
  ObjectKey bind = kNoObject;
  ObjectKey src = kNoObject;

  PlanMillis touched = 0;  ///< Last change of its name or its directory.
  PlanMillis closed = 0;
  PlanMillis again = 0;  ///< Not before: back-off.
  std::string refused;   ///< The service's final no; "" when none.
  std::optional<Intent> intent;

  /// Directories: a complete listing was taken (or it was made here).
  bool loaded = false;
  PlanMillis listed_at = 0;  ///< When that was asked for.

  // In memory only, never written to disk.
  int writers = 0;        ///< Open handles that may write.
  bool drafting = false;  ///< Bytes changed since the last seal.
  /// The last seal was an fsync's, for recovery (planner.md §12): nothing is
  /// sent until a close. After a crash it counts as closed.
  bool unclosed = false;

  bool detached() const { return parent == kNoNode && id != kRootNode; }
};

/// What the service said of an object since we last agreed.
struct Gone {
  friend bool operator==(const Gone&, const Gone&) = default;
};
using RemoteNews = std::variant<std::monostate, Gone, RemoteInfo>;

/// What both sides last agreed on. `parent` and `name` are indexed.
struct Object {
  ObjectKey key = kNoObject;
  ObjectKey parent = kNoObject;  ///< kNoObject for the root only.
  std::string name;              ///< At the service.
  std::string view;              ///< In the mount: decided once, kept.
  ObjectKind kind = ObjectKind::kFile;
  Language language = Language::kNone;
  NotebookFormat format = NotebookFormat::kNone;
  std::string type_name;
  Version version;
  std::optional<std::uint64_t> size_bytes;
  Generation gen = kNoGeneration;
  std::optional<Hash> base;  ///< Normal form (planner.md §9) of `version`.
  RemoteNews news;
  std::optional<Content> news_content;  ///< Bytes of `news`, if fetched.
  /// Bytes of `version`, kept while its node has others: a merge starts from
  /// them (planner.md §8). Only of what is small enough to be merged.
  std::optional<Content> ancestor;
  bool fresh = false;
  std::optional<Intent> intent;
  PlanMillis changed = 0;
  PlanMillis touched = 0;
  PlanMillis asked = 0;  ///< Last check that said "same"; 0 = never.
  PlanMillis again = 0;
  /// Every upload of ours was empty: takes its kind from its first content.
  bool always_empty = false;

  // In memory only: the node's generation that cannot be merged with `news`.
  Generation unmergeable = kNoGeneration;

  bool gone() const { return std::holds_alternative<Gone>(news); }
  const RemoteInfo* newer() const { return std::get_if<RemoteInfo>(&news); }
  bool has_news() const {
    return !std::holds_alternative<std::monostate>(news);
  }
};

}  // namespace wsfs
