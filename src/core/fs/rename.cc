#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "core/fs/filesystem_impl.h"
#include "core/fs/naming.h"
#include "core/planner/changes.h"
#include "notebook/names.h"

namespace wsfs {
namespace {

// What a folder may hold at most to be copied where `workspace/rename` is
// absent (planner.md §10).
constexpr std::size_t kCopyObjects = 1'000;
constexpr std::uint64_t kCopyBytes = 104'857'600;

Error Crosses(std::string_view what) {
  return {Errc::kCrossesPlaces,
          fmt::format("{}; copy it and remove the original (`mv` does)", what)};
}

bool IsWithin(const Catalogue& catalogue, NodeId id, NodeId top) {
  while (id != kNoNode) {
    if (id == top) return true;
    const Node* node = catalogue.FindNode(id);
    id = node == nullptr ? kNoNode : node->parent;
  }
  return false;
}

// Without rename at the service a folder is moved by making everything anew,
// which needs everything below to be known and readable.
Result<void> CheckCopyable(const Catalogue& catalogue, const Node& directory) {
  const auto listed = [](const Node& node) {
    return node.kind != NodeKind::kDirectory || IsListed(node);
  };
  if (!listed(directory)) return Crosses("the folder is not listed yet");
  std::size_t objects = 0;
  std::uint64_t bytes = 0;
  for (const NodeId id : catalogue.Below(directory.id)) {
    const Node& node = catalogue.node(id);
    if (node.place == Place::kLocal) continue;
    if (!listed(node)) return Crosses("not all below the folder is listed yet");
    if (IsUnreadable(catalogue, node))
      return Crosses(fmt::format("{} cannot be copied", node.name));
    bytes += node.content.has_value() ? node.content->size_bytes
                                      : node.known_size.value_or(0);
    if (++objects > kCopyObjects || bytes > kCopyBytes)
      return Crosses("the folder is too large to be moved at once");
  }
  return {};
}

/// A notebook under a name that is not one of its kind goes on as another
/// object, and its own ends: what hangs on it does not follow.
void TellOfNewKind(Catalogue& catalogue, const Node& node, PlanMillis now) {
  const Object* const object = catalogue.FindObject(node.bind);
  if (object == nullptr || object->kind != ObjectKind::kNotebook ||
      node.place != Place::kRemote || NameFits(FormOf(*object), node.name))
    return;
  catalogue.AddNotice(
      {now, catalogue.ShownPathOf(node),
       fmt::format("under this name it is another object at the service; the "
                   "versions, comments and permissions of the notebook {} do "
                   "not follow",
                   object->name)});
}

}  // namespace

/// One rename(2): what it names, and what was prepared before the transaction.
struct FilesystemImpl::Move {
  MountId mount = 0;
  NodeId from_directory = kNoNode;
  std::string from;
  NodeId to_directory = kNoNode;
  std::string to;
  RenameMode mode = RenameMode::kReplace;

  NodeId node = kNoNode;
  NodeId target = kNoNode;  ///< kNoNode: the name is free.
  Place place = Place::kRemote;
  /// The bytes of a file that leaves the service, as content of our own.
  std::optional<Content> own;
  Generation own_gen = 0;  ///< Of which these are the bytes.
  bool leaves_service = false;
  ChangeTimes now;
  std::vector<Node> removed;
  FailureNumber before = 0;
  /// What the service is to take, for who waits for it.
  std::vector<Awaited> awaited;
};

// Everything that may have to wait. Nothing is changed here.
Result<void> FilesystemImpl::PrepareMove(Move& move, const Waiting& waiting) {
  WSFS_TRY(const Entry source,
           FindEntry(move.from_directory, move.from, waiting));
  if (source.node == kNoNode)
    return Error(Errc::kNotFound,
                 fmt::format("{}: there is no such entry", move.from));
  if (source.alias)
    return Error(Errc::kProtected,
                 fmt::format("{}: this is another name of the notebook beside "
                             "it; use the name that `ls` shows",
                             move.from));
  WSFS_TRY(const Entry target, FindEntry(move.to_directory, move.to, waiting));
  if (target.alias)
    return Error(
        Errc::kAlreadyExists,
        fmt::format("{}: a notebook has this name at the service", move.to));
  if (target.node != kNoNode && move.mode == RenameMode::kNoReplace)
    return Error(Errc::kAlreadyExists,
                 fmt::format("{}: this name is taken", move.to));
  if (target.node == kNoNode && move.mode == RenameMode::kExchange)
    return Error(Errc::kNotFound,
                 fmt::format("{}: there is no such entry", move.to));
  move.node = source.node;
  move.target = target.node;
  if (move.mode == RenameMode::kExchange) return {};
  if (target.node != kNoNode && target.node != source.node &&
      target.kind == NodeKind::kDirectory &&
      source.kind == NodeKind::kDirectory) {
    WSFS_RETURN_IF_ERROR(EnsureListed(target.node, waiting));
  }
  ledger_.Read([&](const Catalogue& catalogue) {
    const Node* node = catalogue.FindNode(move.node);
    if (node == nullptr || catalogue.FindNode(move.to_directory) == nullptr)
      return;
    move.place =
        PlaceOfNewName(catalogue, move.to_directory, move.to, node->kind);
    move.leaves_service = node->kind == NodeKind::kFile &&
                          node->place == Place::kRemote &&
                          move.place == Place::kLocal;
  });
  if (move.leaves_service) {
    WSFS_TRY(std::tie(move.own, move.own_gen), OwnBytes(move.node, waiting));
  }
  return {};
}

Result<void> FilesystemImpl::CheckDirectoryMove(const Catalogue& catalogue,
                                                const Move& move) {
  const Node& node = catalogue.node(move.node);
  if (IsWithin(catalogue, move.to_directory, move.node))
    return Error(Errc::kInvalidArgument,
                 fmt::format("{}: a folder cannot go into itself", move.from));
  if (move.place != node.place)
    return Crosses("one place is at the service, the other on this machine");
  if (node.place == Place::kRemote && node.bind != kNoObject &&
      !catalogue.capabilities().rename)
    return CheckCopyable(catalogue, node);
  return {};
}

Result<void> FilesystemImpl::ApplyExchange(Catalogue& catalogue, Move& move) {
  const Node& node = catalogue.node(move.node);
  const Node& target = catalogue.node(move.target);
  if (node.place != target.place)
    return Crosses("one place is at the service, the other on this machine");
  const bool directory = node.kind == NodeKind::kDirectory;
  if (node.place == Place::kRemote &&
      directory != (target.kind == NodeKind::kDirectory))
    return Error(Errc::kInvalidArgument,
                 "a file and a folder of the service cannot be exchanged");
  if (IsWithin(catalogue, move.from_directory, move.target) ||
      IsWithin(catalogue, move.to_directory, move.node))
    return Error(Errc::kInvalidArgument,
                 "a folder cannot be exchanged with what is in it");
  if (directory && node.place == Place::kRemote &&
      !catalogue.capabilities().rename) {
    if (node.bind != kNoObject) {
      WSFS_RETURN_IF_ERROR(CheckCopyable(catalogue, node));
    }
    if (target.bind != kNoObject) {
      WSFS_RETURN_IF_ERROR(CheckCopyable(catalogue, target));
    }
  }
  // Two names in one place are never held at once: by way of a free one.
  const std::string between =
      std::string(kParkPrefix) + std::to_string(catalogue.NewId());
  catalogue.RenameNode(move.node, move.from_directory, between);
  catalogue.RenameNode(move.target, move.from_directory, move.from);
  catalogue.RenameNode(move.node, move.to_directory, move.to);
  for (const NodeId id : {move.node, move.target}) {
    Touch(catalogue, id, move.now.plan);
    Node& changed = catalogue.EditNode(id);
    changed.attributes.ctime =
        Ascending(move.now.wall, changed.attributes.ctime);
  }
  TouchDirectory(catalogue, move.from_directory, move.now);
  if (move.to_directory != move.from_directory)
    TouchDirectory(catalogue, move.to_directory, move.now);
  return {};
}

Result<void> FilesystemImpl::RemoveTarget(Catalogue& catalogue, Move& move) {
  const Node* target = catalogue.FindNode(move.target);
  if (target == nullptr) return {};
  const bool directory = catalogue.node(move.node).kind == NodeKind::kDirectory;
  const bool over_directory = target->kind == NodeKind::kDirectory;
  if (over_directory && !directory)
    return Error(Errc::kIsADirectory, fmt::format("{} is a folder", move.to));
  if (!over_directory && directory)
    return Error(Errc::kNotADirectory, fmt::format("{} is no folder", move.to));
  if (over_directory) {
    WSFS_RETURN_IF_ERROR(CheckRemovable(catalogue, *target));
    RemoveEmptiedDirectory(catalogue, move.target, move.now, move.removed);
  } else {
    Touch(catalogue, move.target, move.now.plan);
    RemoveEntry(catalogue, move.target, move.removed);
  }
  return {};
}

Result<void> FilesystemImpl::ApplyMove(Catalogue& catalogue, Move& move) {
  const Node& node = catalogue.node(move.node);
  const bool directory = node.kind == NodeKind::kDirectory;
  if (directory) {
    WSFS_RETURN_IF_ERROR(CheckDirectoryMove(catalogue, move));
  }
  const bool to_service =
      node.place == Place::kLocal && move.place == Place::kRemote;
  if (to_service && node.content.has_value() &&
      node.content->size_bytes > kMaxFileBytes)
    return Error(Errc::kTooLarge,
                 fmt::format("{}: the service takes at most {} bytes a file",
                             move.from, kMaxFileBytes));
  WSFS_RETURN_IF_ERROR(RemoveTarget(catalogue, move));
  catalogue.RenameNode(move.node, move.to_directory, move.to);
  Touch(catalogue, move.node, move.now.plan);
  Node& changed = catalogue.EditNode(move.node);
  changed.place = move.place;
  EndConflict(changed);  // renamed, it is an ordinary new file
  changed.refused.clear();
  if (to_service) changed.closed = move.now.plan;
  if (move.own.has_value()) changed.content = *move.own;
  changed.attributes.ctime = Ascending(move.now.wall, changed.attributes.ctime);
  TellOfNewKind(catalogue, changed, move.now.plan);
  TouchDirectory(catalogue, move.from_directory, move.now);
  if (move.to_directory != move.from_directory)
    TouchDirectory(catalogue, move.to_directory, move.now);
  return {};
}

// NOLINTNEXTLINE(readability-function-size): its interface
Result<void> FilesystemImpl::Rename(MountId mount, NodeId from_directory,
                                    std::string_view from, NodeId to_directory,
                                    std::string_view to, RenameMode mode,
                                    const Waiting& waiting) {
  constexpr int kRaces = 4;  // with others who rename the same names
  WSFS_RETURN_IF_ERROR(CheckNewName(to));
  for (int i = 1;; ++i) {
    Move move;
    move.mount = mount;
    move.from_directory = from_directory;
    move.from = from;
    move.to_directory = to_directory;
    move.to = to;
    move.mode = mode;
    WSFS_RETURN_IF_ERROR(PrepareMove(move, waiting));
    if (move.target == move.node) return {};
    WSFS_TRY(const auto wait, WaitForName(mount, to_directory, waiting));
    move.before = syncer_.LastFailure();
    auto done = CommitMove(move);
    if (done.ok()) return AwaitNames(wait, move.awaited, waiting);
    if (done.error().code() != Errc::kBusy || i == kRaces) return done;
  }
}

// Others may have come first while the bytes were fetched.
Result<void> FilesystemImpl::CheckUnchanged(const Catalogue& catalogue,
                                            const Move& move) {
  const auto names = [&](NodeId directory, std::string_view name, NodeId id) {
    const Node* child = catalogue.Child(directory, name);
    return (child == nullptr ? kNoNode : child->id) == id;
  };
  const Node* directory = catalogue.FindNode(move.to_directory);
  if (directory == nullptr || directory->detached())
    return Error(Errc::kNotFound, "the target folder is gone");
  const bool same = names(move.from_directory, move.from, move.node) &&
                    names(move.to_directory, move.to, move.target);
  if (same &&
      (!move.leaves_service || catalogue.node(move.node).gen == move.own_gen))
    return {};
  return Error(
      Errc::kBusy,
      fmt::format("{}: it was changed meanwhile; try again", move.from));
}

// The nodes at their new names, and the end of an object that one leaves for
// that of the name it takes.
std::vector<Awaited> FilesystemImpl::AwaitedOf(const Catalogue& catalogue,
                                               const Move& move) {
  std::vector<Awaited> awaited;
  const auto add = [&](NodeId id) {
    const Node* node = catalogue.FindNode(id);
    if (node == nullptr) return;
    awaited.push_back(
        {.change =
             NodeStands{.node = id, .gen = node->drafting ? 0 : node->gen},
         .after = move.before});
    if (node->bind != kNoObject)
      awaited.push_back(
          {.change = ObjectGone{.object = node->bind}, .after = move.before});
  };
  add(move.node);
  if (move.mode == RenameMode::kExchange) add(move.target);
  return awaited;
}

Result<void> FilesystemImpl::CommitMove(Move& move) {
  move.now = Now();
  const auto apply = [&](Catalogue& catalogue) -> Result<void> {
    WSFS_RETURN_IF_ERROR(CheckUnchanged(catalogue, move));
    move.awaited = AwaitedOf(catalogue, move);
    return move.mode == RenameMode::kExchange ? ApplyExchange(catalogue, move)
                                              : ApplyMove(catalogue, move);
  };
  const auto done = ledger_.Transact(Durability::kProcess, move.mount, apply);
  if (!done.ok()) {
    if (move.own.has_value()) Discard(*move.own);
    return done.error();
  }
  inodes_.Removed(std::move(move.removed));
  return {};
}

}  // namespace wsfs
