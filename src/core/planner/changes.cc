#include "core/planner/changes.h"

#include <algorithm>
#include <limits>
#include <ranges>

namespace wsfs {

Form FormOf(const Object& object) {
  return {object.kind, object.language, object.format};
}

Form FormOf(const RemoteInfo& info) {
  return {info.kind, info.language, info.format};
}

Hash NormalHash(const Content::Digest& digest, const Form& form) {
  if (form.kind != ObjectKind::kNotebook) return digest.raw;
  return form.format == NotebookFormat::kJupyter ? digest.cells : digest.source;
}

std::optional<Hash> NormalHash(const Content& content, const Form& form) {
  if (!content.digest) return std::nullopt;
  return NormalHash(*content.digest, form);
}

std::optional<NewForm> FormFor(std::string_view shown_name,
                               const Content& content) {
  if (!content.digest && NeedsJupyterTest(shown_name)) return std::nullopt;
  return FormFor(shown_name, content.header,
                 content.digest && content.digest->jupyter);
}

bool LeavesCacheFirst(const Catalogue& catalogue, const Object& object,
                      const Node& node, PlanMillis now) {
  constexpr std::uint64_t kTrashCopyBytes = 1'048'576;
  if (!object.gone() || object.fresh || node.place == Place::kLocal)
    return false;
  if (!node.content || !IsCached(*node.content) || node.gen != object.gen)
    return false;
  return node.content->size_bytes <= kTrashCopyBytes ||
         ExpectsLateDelete(catalogue, object, now);
}

bool IsTooLargeToSend(const Catalogue& catalogue, const Node& node,
                      const Content& content) {
  if (content.size_bytes <= kMaxSourceNotebookBytes) return false;
  if (node.place == Place::kLocal) return false;
  if (const Object* object = catalogue.FindObject(node.bind))
    return object->kind == ObjectKind::kNotebook &&
           object->format != NotebookFormat::kJupyter;
  const auto becomes = FormFor(node.name, content.header, false).form;
  return becomes.format == NotebookFormat::kSource;
}

void DropNode(Catalogue& catalogue, NodeId id) {
  std::vector<NodeId> nodes = catalogue.Below(id);
  nodes.insert(nodes.begin(), id);
  for (const NodeId each : std::views::reverse(nodes)) {
    if (!catalogue.node(each).intent) continue;
    catalogue.Detach(each);
    catalogue.Bind(each, kNoObject);
    catalogue.EditNode(each).place = Place::kLocal;
  }
  for (const NodeId each : std::views::reverse(nodes)) {
    if (!catalogue.node(each).intent) catalogue.RemoveNode(each);
  }
}

void DropObject(Catalogue& catalogue, ObjectKey key) {
  for (const ObjectKey below :
       std::views::reverse(catalogue.ObjectsBelow(key))) {
    catalogue.RemoveObject(below);
  }
  catalogue.RemoveObject(key);
  for (const NodeId id : catalogue.RefusedNodes()) {
    catalogue.EditNode(id).refused.clear();
  }
}

void Unbind(Catalogue& catalogue, NodeId id, PlanMillis now) {
  const Node& node = catalogue.node(id);
  const ObjectKey key = node.bind;
  const Object* object = catalogue.FindObject(key);
  catalogue.Bind(id, kNoObject);
  if (object == nullptr) return;
  KeepAncestor(catalogue, node);
  if (node.kind == NodeKind::kFile && object->gen == node.gen) {
    const bool borrows = !node.content || node.place == Place::kRemote;
    catalogue.SetSource(id, borrows ? key : kNoObject);
  }
  Object& row = catalogue.EditObject(key);
  row.touched = now;
  row.gen = kNoGeneration;
}

void TakeVersion(Catalogue& catalogue, ObjectKey key, const RemoteInfo& info,
                 const std::optional<Hash>& base) {
  Object& object = catalogue.EditObject(key);
  object.version = info.version;
  object.size_bytes = info.size_bytes;
  object.type_name = info.type_name;
  // A listing need not tell a notebook's language and format.
  if (info.language != Language::kNone) object.language = info.language;
  if (info.format != NotebookFormat::kNone) object.format = info.format;
  object.base = base;
  // Last: `info` may be the row's own news.
  object.news = std::monostate();
  object.news_content.reset();
  object.ancestor.reset();
  object.unmergeable = kNoGeneration;
}

void KeepAncestor(Catalogue& catalogue, const Node& node) {
  const Object* object = catalogue.FindObject(node.bind);
  if (object == nullptr || node.kind != NodeKind::kFile) return;
  if (object->gen != node.gen || !node.content) return;
  if (node.content->size_bytes > kMergeAtMostBytes) return;
  catalogue.EditObject(object->key).ancestor = node.content;
}

bool IsIpynb(const Object& object) {
  return object.kind == ObjectKind::kNotebook
             ? object.format == NotebookFormat::kJupyter
             : object.name.ends_with(".ipynb");
}

namespace {

/// Lines of text, or cells of a notebook.
bool HasPieces(const Object& object) {
  return object.kind == ObjectKind::kFile ||
         (object.kind == ObjectKind::kNotebook &&
          object.format != NotebookFormat::kNone);
}

}  // namespace

bool MayMerge(const PlannerContext& context, const Object& object,
              const Node& node) {
  if (!context.merge || object.newer() == nullptr || object.fresh) return false;
  if (!object.ancestor || !object.news_content || !node.content) return false;
  if (IsBusy(node) || node.gen == object.gen) return false;
  return HasPieces(object) && object.unmergeable != node.gen &&
         object.news_content->size_bytes <= kMergeAtMostBytes &&
         node.content->size_bytes <= kMergeAtMostBytes;
}

WallNanos WallOf(ServiceMillis at) {
  constexpr WallNanos kNanosPerMilli = 1'000'000;
  constexpr ServiceMillis kLatest =
      std::numeric_limits<WallNanos>::max() / kNanosPerMilli;
  return std::clamp<ServiceMillis>(at, 0, kLatest) * kNanosPerMilli;
}

WallNanos Ascending(WallNanos now, WallNanos before) {
  constexpr WallNanos kLatest = std::numeric_limits<WallNanos>::max();
  return before == kLatest ? kLatest : std::max(now, before + 1);
}

void NextGeneration(Node& node, const Content& content, PlanMillis closed) {
  ++node.gen;
  node.content = content;
  node.known_size.reset();
  node.closed = closed;
}

void StampContent(Node& node, WallNanos wall) {
  Attributes& times = node.attributes;
  times.mtime = Ascending(wall, times.mtime);
  times.ctime = std::max(times.mtime, times.ctime);
}

bool HasEcho(const Catalogue& catalogue, std::string_view leaf,
             PlanMillis now) {
  const auto& echo = catalogue.sides().echo;
  auto at = echo.lower_bound({std::string(leaf), Hash()});
  for (; at != echo.end() && at->first.first == leaf; ++at) {
    if (at->second >= now) return true;
  }
  return false;
}

bool IsEcho(const Catalogue& catalogue, std::string_view leaf, const Hash& hash,
            PlanMillis now) {
  const auto& echo = catalogue.sides().echo;
  const auto at = echo.find({std::string(leaf), hash});
  return at != echo.end() && at->second >= now;
}

bool ExpectsLateDelete(const Catalogue& catalogue, const Object& object,
                       PlanMillis now) {
  const SideTables& sides = catalogue.sides();
  const auto row = sides.echo_delete_row.find({object.parent, object.name});
  if (row != sides.echo_delete_row.end() && row->second >= now) return true;
  if (sides.echo_delete_path.empty()) return false;
  const auto path = sides.echo_delete_path.find(catalogue.RemotePathOf(object));
  return path != sides.echo_delete_path.end() && path->second >= now;
}

}  // namespace wsfs
