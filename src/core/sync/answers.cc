#include "core/sync/answers.h"

#include <map>
#include <utility>
#include <vector>

#include "base/check.h"

namespace wsfs {
namespace {

void MarkNewer(Object& object, RemoteInfo info) {
  object.news = std::move(info);
  object.news_content.reset();
}

bool Young(const Object& object, PlanMillis now) {
  return object.changed != 0 && now - object.changed < kSuspectMs;
}

/// A size that a listing tells for the first time.
void LearnSize(Catalogue& catalogue, Object& object, const RemoteInfo& info) {
  if (!info.size_bytes || info.size_bytes == object.size_bytes) return;
  object.size_bytes = info.size_bytes;
  const Node* const node = catalogue.NodeOf(object.key);
  if (node != nullptr && !node->content && node->gen == object.gen)
    catalogue.EditNode(node->id).known_size = info.size_bytes;
}

/// A late put may have hit the object before it was moved: its bytes then are
/// found under the new name.
void CarryEchoes(Catalogue& catalogue, const std::string& from,
                 const std::string& to) {
  if (from == to) return;
  std::vector<std::pair<Hash, PlanMillis>> carried;
  for (const auto& [echo, until] : catalogue.sides().echo)
    if (echo.first == from) carried.emplace_back(echo.second, until);
  for (const auto& [hash, until] : carried)
    catalogue.EditSides().echo[{to, hash}] = until;
}

/// What the service says of something the catalogue holds already.
void IngestKnown(Catalogue& catalogue, ObjectKey key, const RemoteInfo& info,
                 PlanMillis asked, PlanMillis now) {
  const Object& known = catalogue.object(key);
  if (known.intent || (known.changed != 0 && known.changed >= asked)) return;
  if (known.kind != info.kind) {
    MarkGone(catalogue.EditObject(key));
    return;
  }
  if (known.kind == ObjectKind::kDirectory || !DiffersFrom(known, info)) {
    Object& object = catalogue.EditObject(key);
    object.news = std::monostate();
    object.news_content.reset();
    LearnSize(catalogue, object, info);
    return;
  }
  if (info.version.modified_at < known.version.modified_at && Young(known, now))
    return;
  const RemoteInfo* const newer = known.newer();
  if (newer != nullptr && SameVersion(newer->version, info.version)) return;
  MarkNewer(catalogue.EditObject(key), info);
}

/// A known object that a complete listing does not name.
void IngestAbsent(Catalogue& catalogue, ObjectKey key, PlanMillis asked,
                  PlanMillis now) {
  const Object& known = catalogue.object(key);
  if (known.intent || known.gone() || Young(known, now)) return;
  if (known.changed != 0 && known.changed >= asked) return;
  MarkGone(catalogue.EditObject(key));
}

}  // namespace

void MarkGone(Object& object) {
  object.news = Gone();
  object.news_content.reset();
}

RemoteInfo Reduce(const ObjectInfo& info) {
  const Form form = FormOf(info);
  return {
      .kind = form.kind,
      .version = {.id = info.id, .modified_at = info.modified_at.value_or(0)},
      .language = form.language,
      .format = form.format,
      .size_bytes = info.size,
      .type_name =
          form.kind == ObjectKind::kOpaque ? info.type_name : std::string()};
}

bool SameVersion(const Version& one, const Version& other) {
  const bool same_id = one.id == other.id || one.id == 0 || other.id == 0;
  const bool same_time = one.modified_at == other.modified_at ||
                         one.modified_at == 0 || other.modified_at == 0;
  return same_id && same_time;
}

bool DiffersFrom(const Object& object, const RemoteInfo& info) {
  return !SameVersion(object.version, info.version);
}

Intent NewIntent(IntentOp op, const Form& form, PlanMillis now) {
  Intent intent;
  intent.op = op;
  intent.kind = form.kind;
  intent.language = form.language;
  intent.format = form.format;
  intent.at = now;
  return intent;
}

std::string_view LeafName(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

std::string ChildPath(const std::string& directory, std::string_view name) {
  return (directory == "/" ? std::string() : directory) + "/" +
         std::string(name);
}

Verdict See(Catalogue& catalogue, ObjectKey key, const Reply<ObjectInfo>& reply,
            PlanMillis now) {
  if (!reply.ok() && reply.outcome != Outcome::kAbsent) return Verdict::kAgain;
  Object& object = catalogue.EditObject(key);
  const bool young = Young(object, now);
  if (reply.outcome == Outcome::kAbsent) {
    if (young) {
      object.again = now + 3'000;
      return Verdict::kAgain;
    }
    MarkGone(object);
    return Verdict::kGone;
  }
  const RemoteInfo info = Reduce(*reply.value);
  if (info.kind != object.kind) {
    MarkGone(object);
    return Verdict::kGone;
  }
  if (object.kind == ObjectKind::kDirectory || !DiffersFrom(object, info)) {
    object.asked = now;
    LearnFormat(catalogue, key, info.format);
    // The put must ask for itself, and refuse (put.cc).
    if (object.format == NotebookFormat::kNone &&
        info.format == NotebookFormat::kJupyter)
      object.asked = 0;
    return Verdict::kSame;
  }
  if (young && info.version.modified_at < object.version.modified_at) {
    object.again = now + 3'000;
    return Verdict::kAgain;
  }
  MarkNewer(object, info);
  return Verdict::kChanged;
}

bool IsClaimed(const Catalogue& catalogue, std::string_view path) {
  for (const ObjectKey key : catalogue.UnsettledObjects()) {
    const Object& object = catalogue.object(key);
    if (object.intent && object.intent->dst == path) return true;
  }
  for (const NodeId id : catalogue.UnsettledNodes()) {
    const Node& node = catalogue.node(id);
    if (node.intent && node.intent->dst == path) return true;
  }
  return false;
}

bool Unsettled(const Catalogue& catalogue, const Object& object) {
  for (const Object* at = &object; at != nullptr;
       at = catalogue.FindObject(at->parent)) {
    if (at->intent) return true;
  }
  return false;
}

bool Needed(const Catalogue& catalogue, const Object& object) {
  for (const NodeId id : catalogue.Borrowers(object.key)) {
    const Node& node = catalogue.node(id);
    if (node.kind == NodeKind::kFile && !node.content) return true;
  }
  const Node* const bound = catalogue.NodeOf(object.key);
  return bound != nullptr && bound->kind == NodeKind::kFile &&
         bound->place == Place::kLocal && !bound->content;
}

void LearnFormat(Catalogue& catalogue, ObjectKey key, NotebookFormat format) {
  const Object& known = catalogue.object(key);
  if (known.kind != ObjectKind::kNotebook || format == NotebookFormat::kNone ||
      known.format != NotebookFormat::kNone)
    return;
  const Node* const node = catalogue.NodeOf(key);
  if (format == NotebookFormat::kSource) {
    catalogue.EditObject(key).format = format;
    return;
  }
  // Not while it is changed here: a put would refuse it (put.cc).
  if (node != nullptr && (node->gen != known.gen || IsBusy(*node))) return;
  const std::optional<std::string> view =
      ViewFor({known.kind, known.language, format}, known.name);
  if (!view) return;
  if (node != nullptr && catalogue.InPlace(*node, known)) {
    if (catalogue.Child(node->parent, *view) != nullptr) return;
    catalogue.RenameNode(node->id, node->parent, *view);
  }
  catalogue.SetView(key, *view);
  Object& object = catalogue.EditObject(key);
  object.format = format;
  if (node == nullptr || !node->content) return;
  // What was read so far was a conversion to source.
  Node& edited = catalogue.EditNode(node->id);
  edited.content.reset();
  edited.known_size.reset();
  edited.gen += 1;
  object.gen = edited.gen;
  object.base.reset();
}

void Newcomer(Catalogue& catalogue, ObjectKey parent, const ObjectInfo& found,
              std::string_view name, PlanMillis now) {
  const std::string path =
      ChildPath(catalogue.RemotePathOf(catalogue.object(parent)), name);
  if (IsClaimed(catalogue, path)) return;  // Ours, still without its answer.
  const RemoteInfo info = Reduce(found);
  if (const Object* known = catalogue.ObjectChild(parent, name)) {
    if (known->intent) return;
    if (known->kind != info.kind) {
      MarkGone(catalogue.EditObject(known->key));
    } else if (!known->fresh && info.kind != ObjectKind::kDirectory &&
               !known->has_news() && DiffersFrom(*known, info)) {
      MarkNewer(catalogue.EditObject(known->key), info);
    }
    return;
  }
  const std::optional<std::string> view = ViewFor(FormOf(info), name);
  if (!view) return;  // No mount can show it.
  Object object;
  object.key = catalogue.NewId();
  object.parent = parent;
  object.name = name;
  object.view = *view;
  object.kind = info.kind;
  object.language = info.language;
  object.format = info.format;
  object.type_name = info.type_name;
  object.version = info.version;
  object.size_bytes = info.size_bytes;
  object.fresh = true;
  object.touched = now;
  catalogue.AddObject(std::move(object));
}

void Ingest(Catalogue& catalogue, ObjectKey directory,
            const std::vector<ObjectInfo>& entries, PlanMillis asked,
            PlanMillis now) {
  const std::string base = catalogue.RemotePathOf(catalogue.object(directory));
  std::map<std::string, ObjectKey, std::less<>> known;
  for (const ObjectKey key : catalogue.ObjectChildren(directory))
    known.emplace(catalogue.object(key).name, key);
  std::map<std::string, bool, std::less<>> taken;
  for (const ObjectInfo& entry : entries) {
    const std::string name(entry.path.Name());
    if (!taken.emplace(name, true).second) continue;  // Of twins, the first.
    const auto found = known.find(name);
    if (found != known.end()) {
      IngestKnown(catalogue, found->second, Reduce(entry), asked, now);
      known.erase(found);
    } else if (!WasRecentlyHere(catalogue, ChildPath(base, name), entry.id,
                                now)) {
      Newcomer(catalogue, directory, entry, name, now);
    }
  }
  for (const auto& [name, key] : known)
    IngestAbsent(catalogue, key, asked, now);
  if (const Node* node = catalogue.NodeOf(directory)) {
    Node& edited = catalogue.EditNode(node->id);
    edited.loaded = true;
    edited.listed_at = asked;
  }
}

void Removed(Catalogue& catalogue, ObjectKey key, PlanMillis now) {
  std::vector<ObjectKey> all = catalogue.ObjectsBelow(key);
  all.push_back(key);
  SideTables& sides = catalogue.EditSides();
  for (const ObjectKey each : all) {
    const Object& object = catalogue.object(each);
    sides.recent[{catalogue.RemotePathOf(object), object.version.id}] =
        now + kSuspectMs;
  }
  DropObject(catalogue, key);
}

bool Moved(Catalogue& catalogue, ObjectKey key, PlanMillis now) {
  const std::optional<Intent> held = catalogue.object(key).intent;
  WSFS_CHECK(held.has_value());
  const Intent& intent = *held;
  if (catalogue.FindObject(intent.parent) == nullptr) {
    catalogue.EditObject(key).intent.reset();
    MarkGone(catalogue.EditObject(key));
    return true;
  }
  const Object* const there = catalogue.ObjectChild(intent.parent, intent.name);
  if (there != nullptr && there->key != key) {
    if (there->intent) return false;
    DropObject(catalogue, there->key);
  }
  catalogue.EditSides()
      .recent[{intent.path, catalogue.object(key).version.id}] =
      now + kSuspectMs;
  CarryEchoes(catalogue, catalogue.object(key).name, intent.name);
  catalogue.RenameObject(key, intent.parent, intent.name);
  catalogue.SetView(key, intent.view);
  Object& object = catalogue.EditObject(key);
  object.intent.reset();
  object.changed = now;
  object.asked = 0;
  return true;
}

void Agree(Catalogue& catalogue, ObjectKey key, const RemoteInfo& info,
           const Intent& intent, PlanMillis now) {
  const Node* const node = catalogue.NodeOf(key);
  Object& object = catalogue.EditObject(key);
  object.version = info.version;
  if (info.language != Language::kNone) object.language = info.language;
  if (info.format != NotebookFormat::kNone) object.format = info.format;
  object.size_bytes = info.size_bytes;
  object.base = NormalHash(intent.content, FormOf(object));
  object.news = std::monostate();
  object.news_content.reset();
  object.intent.reset();
  object.changed = now;
  object.asked = now;
  object.again = 0;
  object.always_empty =
      object.always_empty && intent.content && intent.content->size_bytes == 0;
  const bool same_node = node != nullptr && node->id == intent.node;
  object.gen = same_node ? intent.gen : kNoGeneration;
  object.ancestor.reset();
  if (!same_node) return;
  if (node->gen != intent.gen) object.ancestor = intent.content;
  if (node->gen == intent.gen) catalogue.SetSource(node->id, kNoObject);
  if (!node->refused.empty()) catalogue.EditNode(node->id).refused.clear();
}

ObjectKey BindCreated(Catalogue& catalogue, NodeId id, const Intent& intent,
                      const RemoteInfo& info, PlanMillis now) {
  catalogue.EditNode(id).intent.reset();
  const bool detached = catalogue.node(id).detached();
  if (catalogue.FindObject(intent.parent) == nullptr ||
      catalogue.ObjectChild(intent.parent, intent.name) != nullptr) {
    if (detached) catalogue.RemoveNode(id);
    return kNoObject;
  }
  Object made;
  made.key = catalogue.NewId();
  made.parent = intent.parent;
  made.name = intent.name;
  made.view = intent.view;
  made.kind = intent.kind;
  made.language =
      info.language == Language::kNone ? intent.language : info.language;
  made.format =
      info.format == NotebookFormat::kNone ? intent.format : info.format;
  made.version = info.version;
  made.size_bytes = info.size_bytes;
  made.changed = made.asked = made.touched = now;
  made.base = NormalHash(intent.content, FormOf(made));
  made.gen = kNoGeneration;
  made.always_empty = intent.content && intent.content->size_bytes == 0;
  const ObjectKey key = catalogue.AddObject(std::move(made)).key;
  if (detached) {
    catalogue.RemoveNode(id);
    return key;
  }
  const Node& node = catalogue.node(id);
  if (node.bind == kNoObject && node.place == Place::kRemote) {
    catalogue.Bind(id, key);
    catalogue.EditNode(id).refused.clear();
    catalogue.EditObject(key).gen = intent.gen;
    catalogue.SetSource(id, kNoObject);
  }
  return key;
}

void ExpectEcho(Catalogue& catalogue, const Intent& intent, PlanMillis now) {
  const std::optional<Hash> hash =
      NormalHash(intent.content, {intent.kind, intent.language, intent.format});
  if (!hash) return;
  const std::string& path = intent.dst.empty() ? intent.path : intent.dst;
  catalogue.EditSides().echo[{std::string(LeafName(path)), *hash}] =
      now + kHorizonMs;
}

void ExpectLateDelete(Catalogue& catalogue, const Object& object,
                      PlanMillis now) {
  SideTables& sides = catalogue.EditSides();
  sides.echo_delete_path[catalogue.RemotePathOf(object)] = now + kHorizonMs;
  sides.echo_delete_row[{object.parent, object.name}] = now + kHorizonMs;
}

bool WasRecentlyHere(const Catalogue& catalogue, const std::string& path,
                     ObjectId id, PlanMillis now) {
  const auto& recent = catalogue.sides().recent;
  const auto found = recent.find({path, id});
  return found != recent.end() && found->second >= now;
}

std::optional<Hash> NormalHash(const std::optional<Content>& content,
                               const Form& form) {
  return content ? NormalHash(*content, form) : std::nullopt;
}

}  // namespace wsfs
