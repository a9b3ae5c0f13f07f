#include "core/conflicts.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/fs/naming.h"
#include "core/fs/tree_change.h"
#include "core/planner/changes.h"
#include "core/sync/text_content.h"
#include "merge/ipynb_merge.h"
#include "merge/text_merge.h"

namespace wsfs {
namespace {

const Node* NodeAt(const Catalogue& catalogue, std::string_view path) {
  const Node* node = &catalogue.node(kRootNode);
  while (node != nullptr && !path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    if (!name.empty()) node = catalogue.Child(node->id, name);
  }
  return node;
}

const Node* OriginalOf(const Catalogue& catalogue, const Node& copy) {
  return catalogue.Child(copy.parent, copy.conflict_of);
}

Conflict ConflictOf(const Catalogue& catalogue, const Node& copy) {
  const std::string shown = catalogue.ShownPathOf(copy);
  // One that an earlier wsfs made does not know of what it is a copy.
  const std::string folder = shown.substr(0, shown.rfind('/') + 1);
  return {.path = copy.conflict_of.empty() ? shown : folder + copy.conflict_of,
          .copy = shown,
          .mergeable = copy.ancestor.has_value(),
          .since = copy.attributes.ctime};
}

Error BeingWritten(std::string_view path) {
  return {Errc::kBusy,
          fmt::format("{}: a program has it open for writing; close it, then "
                      "decide again",
                      path)};
}

Error Undecidable(std::string_view path) {
  return {
      Errc::kNotFound,
      fmt::format("{}: there is nothing to decide; see wsfs conflicts", path)};
}

/// The copy as it is now, and what has its name; an error when that changed.
struct Decided {
  const Node* copy = nullptr;
  const Node* original = nullptr;  ///< Null: nothing stands there any more.
};

Result<Decided> Look(const Catalogue& catalogue, const Conflict& conflict) {
  const Node* copy = NodeAt(catalogue, conflict.copy);
  if (copy == nullptr || !copy->conflict_copy || !copy->content)
    return Undecidable(conflict.copy);
  if (copy->conflict_of.empty())
    return Error(Errc::kUnsupported,
                 fmt::format("{}: an earlier wsfs made this copy and did not "
                             "note of what; rename it as you like, or remove "
                             "it",
                             conflict.copy));
  const Node* original = OriginalOf(catalogue, *copy);
  if (IsBusy(*copy)) return BeingWritten(conflict.copy);
  if (original != nullptr && IsBusy(*original))
    return BeingWritten(conflict.path);
  if (original != nullptr && original->kind != NodeKind::kFile)
    return Error(Errc::kIsADirectory,
                 fmt::format("{} is a folder now; rename {} as you like, it "
                             "then goes to the service under that name",
                             conflict.path, conflict.copy));
  if (original != nullptr && IsUnreadable(catalogue, *original))
    return Error(Errc::kUnsupported,
                 fmt::format("{} is something at the service that is no file; "
                             "rename {} as you like",
                             conflict.path, conflict.copy));
  return Decided{.copy = copy, .original = original};
}

/// The copy beside a file, which itself may be gone.
Result<const Node*> CopyOf(const Catalogue& catalogue, std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return Undecidable(path);
  const Node* folder = NodeAt(catalogue, path.substr(0, slash));
  if (folder == nullptr) return Undecidable(path);
  const Node* copy = nullptr;
  for (const NodeId id : catalogue.Children(folder->id)) {
    const Node& child = catalogue.node(id);
    if (!child.conflict_copy || child.conflict_of != path.substr(slash + 1))
      continue;
    if (copy != nullptr)
      return Error(Errc::kInvalidArgument,
                   fmt::format("{} has more than one copy; name the one you "
                               "mean: {} or {}",
                               path, copy->name, child.name));
    copy = &child;
  }
  if (copy == nullptr) return Undecidable(path);
  return copy;
}

void Stamp(Node& node, WallNanos wall, PlanMillis now) {
  node.closed = now;
  node.refused.clear();
  node.again = 0;
  StampContent(node, wall);
}

/// What becomes of the bytes that a node had.
enum class Before : std::uint8_t {
  kTrash,
  kAncestor,  ///< The new ones came from them: a later merge starts there.
};

/// A new generation with these bytes.
void GiveContent(Catalogue& catalogue, NodeId id, const Content& content,
                 Before fate, const PlannerContext& context) {
  const Node& before = catalogue.node(id);
  if (fate == Before::kAncestor) KeepAncestor(catalogue, before);
  if (fate == Before::kTrash && before.content)
    catalogue.KeepInTrash(catalogue.ShownPathOf(before), *before.content);
  Node& node = catalogue.EditNode(id);
  NextGeneration(node, content, context.now);
  Stamp(node, context.wall, context.now);
  if (node.bind != kNoObject) catalogue.EditObject(node.bind).again = 0;
}

void RemoveCopy(Catalogue& catalogue, NodeId id, const ChangeTimes& times) {
  std::vector<Node> removed;
  TouchDirectory(catalogue, catalogue.node(id).parent, times);
  RemoveEntry(catalogue, id, removed);
}

struct Sides {
  ContentVersions contents;
  bool ipynb = false;
};

bool IsIpynb(const Catalogue& catalogue, const Node& node) {
  const Object* object = catalogue.FindObject(node.bind);
  return object != nullptr ? IsIpynb(*object) : node.name.ends_with(".ipynb");
}

/// An ipynb is marked in the sources of its cells; marks between its lines
/// would make it none.
std::optional<MarkedText> Mark(const Versions& versions, bool ipynb) {
  if (!ipynb) return MergeMarked(versions);
  auto marked = MergeIpynbMarked(versions);
  if (!marked) return std::nullopt;
  return MarkedText{.text = std::move(marked->text), .meets = marked->meets};
}

/// None: one of them is no text that can be merged.
Result<std::optional<MarkedText>> MergeTexts(Contents& contents,
                                             const Sides& sides) {
  WSFS_TRY(const std::optional<TextVersions> texts,
           TextsOf(contents, sides.contents));
  return texts ? Mark(texts->view(), sides.ipynb) : std::nullopt;
}

/// Ours is sent once more.
void TryRefusedAgain(Catalogue& catalogue, const Node& node, PlanMillis now) {
  const Object* object = catalogue.FindObject(node.bind);
  if (object != nullptr) catalogue.EditObject(object->key).again = 0;
  Node& edited = catalogue.EditNode(node.id);
  edited.refused.clear();
  edited.again = 0;
  edited.closed = now;
}

/// Ours is given up for what the service has.
Result<void> GiveUpRefused(Catalogue& catalogue, const Node& node,
                           std::string_view path, PlanMillis now) {
  const Object* object = catalogue.FindObject(node.bind);
  if (object == nullptr || node.kind != NodeKind::kFile)
    return Error(Errc::kUnsupported,
                 fmt::format("{}: the service has no version of it; remove "
                             "or rename it instead",
                             path));
  if (node.content) catalogue.KeepInTrash(std::string(path), *node.content);
  Node& edited = catalogue.EditNode(node.id);
  edited.gen += 1;
  edited.content.reset();
  edited.known_size = object->size_bytes;
  Stamp(edited, WallOf(object->version.modified_at), now);
  Object& agreed = catalogue.EditObject(object->key);
  agreed.gen = edited.gen;
  agreed.ancestor.reset();
  return {};
}

std::string TheirsIsKept(std::string_view path) {
  return fmt::format(
      "{} is what the service has; your version is in the store's trash for a "
      "month",
      path);
}

ChangeTimes TimesOf(const PlannerContext& context) {
  return {.plan = context.now, .wall = context.wall};
}

}  // namespace

std::vector<Conflict> Conflicts::All() {
  return ledger_.Read([](const Catalogue& catalogue) {
    std::vector<Conflict> all;
    for (const NodeId id : catalogue.AllNodes()) {
      const Node& node = catalogue.node(id);
      if (node.conflict_copy && !node.detached())
        all.push_back(ConflictOf(catalogue, node));
    }
    std::ranges::sort(all, {}, [](const Conflict& conflict) {
      return std::tie(conflict.path, conflict.copy);
    });
    return all;
  });
}

Result<Conflict> Conflicts::Find(std::string_view path) {
  return ledger_.Read([&](const Catalogue& catalogue) -> Result<Conflict> {
    const Node* named = NodeAt(catalogue, path);
    if (named != nullptr && named->conflict_copy)
      return ConflictOf(catalogue, *named);
    WSFS_TRY(const Node* copy, CopyOf(catalogue, path));
    return ConflictOf(catalogue, *copy);
  });
}

Result<Resolution> Conflicts::Resolve(std::string_view path, Side side,
                                      const Waiting& waiting) {
  const bool refused = ledger_.Read([&](const Catalogue& catalogue) {
    const Node* node = NodeAt(catalogue, path);
    return node != nullptr && !node->refused.empty();
  });
  if (refused) return ResolveRefused(path, side);
  WSFS_TRY(const Conflict conflict, Find(path));
  switch (side) {
    case Side::kMine: return TakeMine(conflict);
    case Side::kTheirs: return TakeTheirs(conflict);
    case Side::kMerge: return Merge(conflict, waiting);
  }
  std::unreachable();
}

Result<Resolution> Conflicts::TakeMine(const Conflict& conflict) {
  const PlannerContext context = ledger_.Context();
  const auto take = [&](Catalogue& catalogue) -> Result<void> {
    WSFS_TRY(const Decided now, Look(catalogue, conflict));
    const NodeId copy = now.copy->id;
    if (now.original != nullptr) {
      GiveContent(catalogue, now.original->id, *now.copy->content,
                  Before::kTrash, context);
      RemoveCopy(catalogue, copy, TimesOf(context));
      return {};
    }
    // It has its name back, as a new file.
    const std::string name = now.copy->conflict_of;
    const Place place =
        PlaceOfNewName(catalogue, now.copy->parent, name, NodeKind::kFile);
    catalogue.RenameNode(copy, now.copy->parent, name);
    Touch(catalogue, copy, context.now);
    Node& node = catalogue.EditNode(copy);
    node.place = place;
    EndConflict(node);
    Stamp(node, context.wall, context.now);
    TouchDirectory(catalogue, node.parent, TimesOf(context));
    return {};
  };
  WSFS_RETURN_IF_ERROR(ledger_.Transact(take));
  return Resolution{.said = fmt::format("{} is yours again, and goes to the "
                                        "service",
                                        conflict.path),
                    .open = false};
}

Result<Resolution> Conflicts::TakeTheirs(const Conflict& conflict) {
  const PlannerContext context = ledger_.Context();
  const auto take = [&](Catalogue& catalogue) -> Result<void> {
    WSFS_TRY(const Decided now, Look(catalogue, conflict));
    catalogue.KeepInTrash(conflict.copy, *now.copy->content);
    RemoveCopy(catalogue, now.copy->id, TimesOf(context));
    return {};
  };
  WSFS_RETURN_IF_ERROR(ledger_.Transact(take));
  return Resolution{.said = TheirsIsKept(conflict.path), .open = false};
}

Result<void> Conflicts::BringTheirsHere(const Conflict& conflict,
                                        const Waiting& waiting) {
  NodeId missing = kNoNode;
  WSFS_RETURN_IF_ERROR(
      ledger_.Read([&](const Catalogue& catalogue) -> Result<void> {
        WSFS_TRY(const Decided now, Look(catalogue, conflict));
        if (!now.copy->ancestor)
          return Error(Errc::kUnsupported,
                       fmt::format("{}: the version that both edits began with "
                                   "was not kept here. Compare with: wsfs diff "
                                   "{}",
                                   conflict.path, conflict.path));
        if (now.original == nullptr)
          return Error(Errc::kUnsupported,
                       fmt::format("{} is not there any more: keep yours with "
                                   "--mine, or not with --theirs",
                                   conflict.path));
        if (!now.original->content) missing = now.original->id;
        return {};
      }));
  if (missing == kNoNode) return {};
  WSFS_TRY(const auto hydration,
           syncer_.Hydrate(missing, CallClass::kSomeoneWaits));
  return hydration->WaitDone(waiting);
}

Result<Resolution> Conflicts::Merge(const Conflict& conflict,
                                    const Waiting& waiting) {
  WSFS_RETURN_IF_ERROR(BringTheirsHere(conflict, waiting));
  WSFS_TRY(const Sides sides,
           ledger_.Read([&](const Catalogue& catalogue) -> Result<Sides> {
             WSFS_TRY(const Decided now, Look(catalogue, conflict));
             if (!now.copy->ancestor || now.original == nullptr ||
                 !now.original->content)
               return BeingWritten(conflict.path);
             return Sides{.contents = {.base = *now.copy->ancestor,
                                       .ours = *now.copy->content,
                                       .theirs = *now.original->content},
                          .ipynb = IsIpynb(catalogue, *now.original)};
           }));
  Contents& contents = ledger_.store().contents();
  WSFS_TRY(const std::optional<MarkedText> marked, MergeTexts(contents, sides));
  if (!marked)
    return Error(Errc::kUnsupported,
                 fmt::format("{}: this is no text that can be merged; choose "
                             "--mine or --theirs",
                             conflict.path));
  WSFS_TRY(const Content merged, SealText(ledger_, marked->text));
  const bool open = marked->meets > 0;
  const PlannerContext context = ledger_.Context();
  const auto write = [&](Catalogue& catalogue) -> Result<void> {
    WSFS_TRY(const Decided now, Look(catalogue, conflict));
    if (now.original == nullptr || now.copy->content != sides.contents.ours ||
        now.original->content != sides.contents.theirs)
      return Error(Errc::kBusy, fmt::format("{} was changed meanwhile; try "
                                            "again",
                                            conflict.path));
    const NodeId copy = now.copy->id;
    // Marks are for a person: they never go to the service by themselves.
    GiveContent(catalogue, open ? copy : now.original->id, merged,
                open ? Before::kTrash : Before::kAncestor, context);
    if (!open) {
      catalogue.KeepInTrash(conflict.copy, *now.copy->content);
      RemoveCopy(catalogue, copy, TimesOf(context));
    }
    return {};
  };
  const auto written = ledger_.Transact(write);
  if (!written.ok()) {
    DiscardText(contents, merged);
    return written.error();
  }
  if (!open)
    return Resolution{.said = fmt::format("{} has both edits now, and goes to "
                                          "the service",
                                          conflict.path),
                      .open = false};
  return Resolution{
      .said = fmt::format("{} place(s) were changed on both sides. They are "
                          "marked in {}: edit it, then run wsfs resolve {} "
                          "--mine",
                          marked->meets, conflict.copy, conflict.path),
      .open = true};
}

Result<Resolution> Conflicts::ResolveRefused(std::string_view path, Side side) {
  if (side == Side::kMerge)
    return Error(Errc::kUnsupported,
                 fmt::format("{}: the service refuses it; there is nothing to "
                             "merge",
                             path));
  const PlannerContext context = ledger_.Context();
  const auto decide = [&](Catalogue& catalogue) -> Result<void> {
    const Node* node = NodeAt(catalogue, path);
    if (node == nullptr || node->refused.empty()) return Undecidable(path);
    if (IsBusy(*node)) return BeingWritten(path);
    if (side != Side::kMine)
      return GiveUpRefused(catalogue, *node, path, context.now);
    TryRefusedAgain(catalogue, *node, context.now);
    return {};
  };
  WSFS_RETURN_IF_ERROR(ledger_.Transact(decide));
  if (side == Side::kMine)
    return Resolution{.said = fmt::format("{} is sent once more", path),
                      .open = false};
  return Resolution{.said = TheirsIsKept(path), .open = false};
}

}  // namespace wsfs
