#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "core/planner/rules.h"

namespace wsfs {

namespace {

constexpr WallNanos kNanosPerSecond = 1'000'000'000;

/// "20260214T093000Z"
std::string UtcStamp(WallNanos wall) {
  const std::time_t seconds = wall / kNanosPerSecond;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", utc.tm_year + 1900,
                     utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min,
                     utc.tm_sec);
}

std::string ConflictName(const RuleRun& run, const Node& node) {
  const std::string mark = fmt::format(".conflict-{}-{}", run.context.host,
                                       UtcStamp(run.context.wall));
  std::string name = WithMark(node.name, mark);
  for (int i = 2; run.catalogue.Child(node.parent, name) != nullptr; ++i) {
    name = WithMark(node.name, fmt::format("{}-{}", mark, i));
  }
  return name;
}

/// "NAME.2", or the next that is free.
std::string NextName(const RuleRun& run, const Node& node) {
  for (int i = 2;; ++i) {
    const std::string mark = fmt::format(".{}", i);
    std::string name =
        node.name.substr(0, kMaxShownNameBytes - mark.size()) + mark;
    if (run.catalogue.Child(node.parent, name) == nullptr) return name;
  }
}

bool IsUnderWay(const Catalogue& catalogue, const Node& node) {
  const Object* object = catalogue.FindObject(node.bind);
  return node.intent || (object != nullptr && object->intent);
}

/// Puts a moved node back where its object is, if that name is free.
bool UndoMove(RuleRun& run, NodeId id, const std::vector<NodeId>& family) {
  Catalogue& catalogue = run.catalogue;
  const Node& node = catalogue.node(id);
  const Object* object = catalogue.FindObject(node.bind);
  if (object == nullptr) return false;
  const Node* home = catalogue.NodeOf(object->parent);
  if (home == nullptr || home->place != Place::kRemote ||
      std::ranges::find(family, home->id) != family.end() ||
      catalogue.Child(home->id, object->view) != nullptr) {
    return false;
  }
  const std::string was = catalogue.ShownPathOf(node);
  StampDirectory(run, node.parent);
  StampDirectory(run, home->id);
  catalogue.RenameNode(id, home->id, object->view);
  run.Tell(was, fmt::format("{} was moved back to {}: the service holds "
                            "something else at the new name.",
                            was, catalogue.ShownPathOf(node)));
  return true;
}

void RenameDirectory(RuleRun& run, NodeId id) {
  Catalogue& catalogue = run.catalogue;
  const Node& node = catalogue.node(id);
  const std::string was = catalogue.ShownPathOf(node);
  catalogue.RenameNode(id, node.parent, NextName(run, node));
  catalogue.EditNode(id).touched = run.context.now;
  StampDirectory(run, node.parent);
  run.Tell(was, fmt::format("The folder {} is now {}: the service holds "
                            "something else at that name.",
                            was, catalogue.ShownPathOf(node)));
}

std::uint32_t ModeOf(const Object& object) {
  switch (object.kind) {
    case ObjectKind::kDirectory: return 0755;
    case ObjectKind::kFile:
    case ObjectKind::kNotebook: return 0644;
    case ObjectKind::kOpaque: return 0444;
  }
  return 0;
}

Attributes AttributesOf(const RuleRun& run, const Object& object) {
  Attributes out;
  out.mode = ModeOf(object);
  out.uid = run.context.uid;
  out.gid = run.context.gid;
  out.ctime = run.context.wall;
  // A folder's time is when we first saw it.
  const bool dated =
      object.kind != ObjectKind::kDirectory && object.version.modified_at != 0;
  out.mtime = dated ? WallOf(object.version.modified_at) : run.context.wall;
  out.atime = out.mtime;
  return out;
}

}  // namespace

void StampDirectory(RuleRun& run, NodeId directory) {
  if (run.catalogue.FindNode(directory) == nullptr) return;
  Attributes& times = run.catalogue.EditNode(directory).attributes;
  times.mtime = std::max(run.context.wall, times.mtime);
  times.ctime = std::max(run.context.wall, times.ctime);
}

void MakeConflictCopy(RuleRun& run, NodeId id, std::string_view why) {
  Catalogue& catalogue = run.catalogue;
  const Node& node = catalogue.node(id);
  const std::string was = catalogue.ShownPathOf(node);
  const std::string name = node.name;
  const Object* object = catalogue.FindObject(node.bind);
  const auto ancestor =
      object != nullptr ? object->ancestor : std::optional<Content>();
  catalogue.Bind(id, kNoObject);
  catalogue.SetSource(id, kNoObject);
  catalogue.RenameNode(id, node.parent, ConflictName(run, node));
  Node& row = catalogue.EditNode(id);
  row.place = Place::kLocal;
  row.conflict_copy = true;
  row.conflict_of = name;
  row.ancestor = ancestor;
  row.intent.reset();
  row.refused.clear();
  StampDirectory(run, node.parent);
  run.Tell(was,
           fmt::format("{} was {}. The service's version has the name; yours "
                       "is kept beside it as {}.",
                       was, why, node.name));
}

Aside StepAside(RuleRun& run, NodeId id) {
  Catalogue& catalogue = run.catalogue;
  std::vector<NodeId> family = catalogue.Below(id);
  family.push_back(id);
  for (const NodeId each : family) {
    if (IsUnderWay(catalogue, catalogue.node(each))) return Aside::kNotYet;
  }
  if (UndoMove(run, id, family)) return Aside::kDone;
  const Node& node = catalogue.node(id);
  if (node.kind == NodeKind::kDirectory) {
    RenameDirectory(run, id);
    return Aside::kDone;
  }
  // What is only here must not lie where it may be dropped.
  const bool here = node.content ? !IsCached(*node.content) : node.gen == 0;
  if (!here) return Aside::kNotYet;
  if (IsBusy(node)) return Aside::kNotYet;
  if (node.bind != kNoObject) Unbind(catalogue, id, run.context.now);
  MakeConflictCopy(run, id, "in the way of something new at the service");
  return Aside::kDone;
}

void ShowBeside(RuleRun& run, ObjectKey key) {
  Catalogue& catalogue = run.catalogue;
  const Object& object = catalogue.object(key);
  const Node* home = catalogue.NodeOf(object.parent);
  const NodeId directory = home == nullptr ? kNoNode : home->id;
  std::string view;
  for (int i = 1;; ++i) {
    view = object.kind == ObjectKind::kNotebook
               ? ViewBesideFile(FormOf(object), object.name, i)
               : WithMark(object.name, fmt::format(".{}", i + 1));
    if (catalogue.Child(directory, view) == nullptr &&
        catalogue.ObjectsShownAs(object.parent, view).empty()) {
      break;
    }
  }
  run.Tell(catalogue.RemotePathOf(object),
           fmt::format("{} at the service is shown as {}: another object has "
                       "the name it would be shown under.",
                       catalogue.RemotePathOf(object), view));
  catalogue.SetView(key, view);
}

void ShowObject(RuleRun& run, ObjectKey key, NodeId directory) {
  Catalogue& catalogue = run.catalogue;
  const Object& object = catalogue.object(key);
  Node node;
  node.id = catalogue.NewId();
  node.parent = directory;
  node.name = object.view;
  node.kind = object.kind == ObjectKind::kDirectory ? NodeKind::kDirectory
                                                    : NodeKind::kFile;
  node.attributes = AttributesOf(run, object);
  node.gen = 1;
  node.known_size = object.size_bytes;
  node.bind = key;
  node.touched = run.context.now;
  catalogue.AddNode(std::move(node));
  StampDirectory(run, directory);
  Object& row = catalogue.EditObject(key);
  row.fresh = false;
  row.gen = 1;
  row.news_content.reset();
}

}  // namespace wsfs
