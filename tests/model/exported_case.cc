#include "exported_case.h"

#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace wsfs {

namespace {

using Json = nlohmann::json;

template <typename T>
T Get(const Json& row, const char* name, T fallback = T()) {
  const auto found = row.find(name);
  return found == row.end() || found->is_null() ? fallback : found->get<T>();
}

/// What a person typed: the model writes "N|text" for a notebook's header.
std::string Typed(const std::string& data) {
  return data.substr(data.rfind('|') + 1);
}

Content ContentOf(const std::string& data) {
  Content content;
  content.size_bytes = data.size();
  if (data.starts_with("N|")) content.header = Header::kHash;
  if (data.starts_with("S|")) content.header = Header::kDashes;
  const Hash hash = HashOf(Typed(data));
  const bool jupyter = data.starts_with("J|") || data.starts_with("J*|");
  content.digest = Content::Digest{hash, hash, hash, jupyter};
  content.body = 1'000'000 + std::hash<std::string>()(data) % 1'000'000;
  return content;
}

std::optional<Content> MaybeContent(const Json& row, const char* name) {
  const auto found = row.find(name);
  if (found == row.end() || found->is_null()) return std::nullopt;
  return ContentOf(found->get<std::string>());
}

ObjectKind KindOf(const std::string& kind) {
  if (kind == "D") return ObjectKind::kDirectory;
  return kind == "N" ? ObjectKind::kNotebook : ObjectKind::kFile;
}

NotebookFormat FormatOf(const std::string& format) {
  if (format.empty()) return NotebookFormat::kNone;
  return format == "JUPYTER" ? NotebookFormat::kJupyter
                             : NotebookFormat::kSource;
}

IntentOp IntentOpOf(const std::string& op) {
  if (op == "put") return IntentOp::kPut;
  if (op == "create") return IntentOp::kCreate;
  if (op == "mkdir") return IntentOp::kMkdir;
  if (op == "move") return IntentOp::kMove;
  return op == "delete" ? IntentOp::kDelete : IntentOp::kRmtree;
}

std::optional<Intent> IntentOf(const Json& row) {
  const auto found = row.find("intent");
  if (found == row.end()) return std::nullopt;
  const Json& it = *found;
  Intent intent;
  intent.op = IntentOpOf(it.at("op"));
  intent.gen = Get<Generation>(it, "gen");
  intent.content = MaybeContent(it, "data");
  intent.node = Get<NodeId>(it, "node");
  intent.path = Get<std::string>(it, "path");
  intent.dst = Get<std::string>(it, "dst");
  intent.parent = Get<ObjectKey>(it, "parent");
  intent.name = Get<std::string>(it, "name");
  intent.view = Get<std::string>(it, "view");
  intent.kind = KindOf(Get<std::string>(it, "kind"));
  intent.at = Get<PlanMillis>(it, "at");
  return intent;
}

RemoteNews NewsOf(const Json& row) {
  const auto found = row.find("r");
  if (found == row.end()) return std::monostate();
  if (found->is_string()) return Gone();
  RemoteInfo info;
  info.kind = KindOf(found->at("kind"));
  info.version = {found->at("id"), found->at("mt")};
  info.language = LanguageFromApi(Get<std::string>(*found, "lang"));
  info.format = FormatOf(Get<std::string>(*found, "fmt"));
  return info;
}

Node NodeOf(std::uint64_t id, const Json& row) {
  Node node;
  node.id = id;
  node.parent = Get<NodeId>(row, "parent");
  node.name = Get<std::string>(row, "name");
  node.kind = row.at("kind") == "D" ? NodeKind::kDirectory : NodeKind::kFile;
  node.place = row.at("place") == "L" ? Place::kLocal : Place::kRemote;
  node.gen = Get<Generation>(row, "gen");
  node.content = MaybeContent(row, "data");
  node.bind = Get<ObjectKey>(row, "bind");
  node.src = Get<ObjectKey>(row, "src");
  node.touched = Get<PlanMillis>(row, "touched");
  node.closed = Get<PlanMillis>(row, "closed");
  node.again = Get<PlanMillis>(row, "again");
  node.refused = Get<std::string>(row, "refused");
  node.intent = IntentOf(row);
  node.loaded = Get<bool>(row, "loaded");
  node.writers = Get<int>(row, "writers");
  return node;
}

Object ObjectOf(std::uint64_t key, const Json& row) {
  Object object;
  object.key = key;
  object.parent = Get<ObjectKey>(row, "parent");
  object.name = Get<std::string>(row, "name");
  object.view = Get<std::string>(row, "view");
  object.kind = KindOf(row.at("kind"));
  object.language = LanguageFromApi(Get<std::string>(row, "lang"));
  object.format = FormatOf(Get<std::string>(row, "fmt"));
  object.version = {Get<ObjectId>(row, "oid"), Get<ServiceMillis>(row, "mt")};
  object.gen = Get<Generation>(row, "gen");
  if (row.contains("base"))
    object.base = HashOf(row["base"].get<std::string>());
  object.news = NewsOf(row);
  object.news_content = MaybeContent(row, "rdata");
  object.fresh = Get<bool>(row, "fresh");
  object.intent = IntentOf(row);
  object.touched = Get<PlanMillis>(row, "touched");
  object.again = Get<PlanMillis>(row, "again");
  return object;
}

SideTables SidesOf(const Json& sides) {
  SideTables out;
  for (const Json& echo : sides.at("echo")) {
    PlanMillis& until = out.echo[{echo[0], HashOf(echo[1].get<std::string>())}];
    until = std::max(until, echo[2].get<PlanMillis>());
  }
  for (const auto& [path, until] : sides.at("delete_paths").items()) {
    out.echo_delete_path[path] = until;
  }
  for (const Json& row : sides.at("delete_rows")) {
    out.echo_delete_row[{row[0], row[1]}] = row[2];
  }
  return out;
}

ActionKey KeyOf(const Json& key) {
  static const std::map<std::string, ActionOp> kOps = {
      {"resolve", ActionOp::kResolve}, {"hydrate", ActionOp::kHydrate},
      {"fetch", ActionOp::kFetch},     {"mkdir", ActionOp::kMkdir},
      {"put", ActionOp::kPut},         {"move", ActionOp::kMove},
      {"park", ActionOp::kPark},       {"create", ActionOp::kCreate},
      {"rmtree", ActionOp::kRmtree},   {"delete", ActionOp::kDelete},
      {"wait", ActionOp::kWait}};
  return {kOps.at(key[0]), key[1], key[2]};
}

Plan PlanOf(const Json& actions) {
  Plan plan;
  for (const Json& row : actions) {
    Action action;
    action.key = KeyOf(row.at("key"));
    action.ready = row.at("ready");
    action.destination = row.at("dst");
    for (const Json& blocker : row.at("blockers")) {
      action.blockers.push_back(KeyOf(blocker));
    }
    std::ranges::sort(action.blockers);
    plan[action.key] = std::move(action);
  }
  return plan;
}

ExportedCase CaseOf(const Json& json) {
  ExportedCase out;
  out.context.now = json.at("now");
  out.context.wall = out.context.now * 1'000'000;
  out.context.host = "here";
  out.next_id = json.at("next");
  out.capabilities.rename = json.at("rename");
  out.sides = SidesOf(json.at("sides"));
  out.plan = PlanOf(json.at("plan"));
  for (const auto& [name, row] : json.at("last").items()) {
    const std::uint64_t id = std::stoull(name.substr(1));
    if (name[0] == 'n') out.last_nodes.push_back(NodeOf(id, row));
    if (name[0] == 'o') out.last_objects.push_back(ObjectOf(id, row));
  }
  for (const auto& [name, row] : json.at("before").items()) {
    const std::uint64_t id = std::stoull(name.substr(1));
    const bool node = name[0] == 'n';
    if (row.is_null()) {
      (node ? out.removed_nodes : out.removed_objects).insert(id);
    } else if (node) {
      out.nodes.push_back(NodeOf(id, row));
    } else {
      out.objects.push_back(ObjectOf(id, row));
    }
  }
  for (const auto& [name, row] : json.at("after").items()) {
    const std::uint64_t id = std::stoull(name.substr(1));
    const bool gone = row.is_null();
    if (name[0] == 'n') {
      out.expected_nodes[id] =
          gone ? std::nullopt : std::optional(NodeOf(id, row));
    } else {
      out.expected_objects[id] =
          gone ? std::nullopt : std::optional(ObjectOf(id, row));
    }
  }
  return out;
}

}  // namespace

std::vector<ExportedCase> ReadExportedCases(const std::filesystem::path& file) {
  std::vector<ExportedCase> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    out.push_back(CaseOf(Json::parse(line)));
    out.back().name =
        fmt::format("{}:{}", file.filename().string(), out.size());
  }
  return out;
}

void LoadLast(const ExportedCase& exported, Catalogue& catalogue) {
  for (const Object& object : exported.last_objects) {
    catalogue.LoadObject(object);
  }
  for (const Node& node : exported.last_nodes) catalogue.LoadNode(node);
  catalogue.LoadSides(exported.sides, exported.capabilities, exported.next_id);
}

void LoadBefore(const ExportedCase& exported, Catalogue& catalogue) {
  std::map<ObjectKey, Object> objects;
  std::map<NodeId, Node> nodes;
  for (const Object& o : exported.last_objects) objects[o.key] = o;
  for (const Node& n : exported.last_nodes) nodes[n.id] = n;
  for (const Object& o : exported.objects) objects[o.key] = o;
  for (const Node& n : exported.nodes) nodes[n.id] = n;
  for (const ObjectKey key : exported.removed_objects) objects.erase(key);
  for (const NodeId id : exported.removed_nodes) nodes.erase(id);
  for (const auto& [key, object] : objects) catalogue.LoadObject(object);
  for (const auto& [id, node] : nodes) catalogue.LoadNode(node);
  catalogue.LoadSides(exported.sides, exported.capabilities, exported.next_id);
}

namespace {

void ChangeObject(const Object& to, Catalogue& catalogue) {
  if (catalogue.FindObject(to.key) == nullptr) {
    catalogue.AddObject(to);
    return;
  }
  const Object& from = catalogue.object(to.key);
  if (from.parent != to.parent || from.name != to.name) {
    catalogue.RenameObject(to.key, to.parent, to.name);
  }
  if (from.view != to.view) catalogue.SetView(to.key, to.view);
  catalogue.EditObject(to.key) = to;
}

void ChangeNode(const Node& to, Catalogue& catalogue) {
  if (catalogue.FindNode(to.id) == nullptr) {
    catalogue.AddNode(to);
    return;
  }
  const Node& from = catalogue.node(to.id);
  if (from.parent != to.parent || from.name != to.name) {
    catalogue.RenameNode(to.id, to.parent, to.name);
  }
  if (from.bind != to.bind) catalogue.Bind(to.id, to.bind);
  if (from.src != to.src) catalogue.SetSource(to.id, to.src);
  catalogue.EditNode(to.id) = to;
}

}  // namespace

void ApplyChanges(const ExportedCase& exported, Catalogue& catalogue) {
  for (const Object& object : exported.objects) ChangeObject(object, catalogue);
  // First all leave what another takes.
  for (const Node& node : exported.nodes) {
    const Node* from = catalogue.FindNode(node.id);
    if (from != nullptr && from->bind != node.bind) {
      catalogue.Bind(node.id, kNoObject);
    }
  }
  for (const Node& node : exported.nodes) ChangeNode(node, catalogue);
  std::set<NodeId> left = exported.removed_nodes;
  while (!left.empty()) {
    std::erase_if(left, [&](NodeId id) {
      if (catalogue.HasChildren(id)) return false;
      catalogue.RemoveNode(id);
      return true;
    });
  }
  for (const ObjectKey key : exported.removed_objects) {
    catalogue.RemoveObject(key);
  }
}

namespace {

std::string Describe(const std::optional<Content>& content) {
  if (!content) return "absent";
  return fmt::format("{}:{}", content->size_bytes,
                     content->digest->raw.Hex().substr(0, 6));
}

}  // namespace

std::string Describe(const Node& node) {
  // Conflict copies are named another way than in the model.
  const bool conflict = node.name.find(".conflict-") != std::string::npos;
  return fmt::format(
      "node {} in {} \"{}\" kind {} place {} gen {} {} bind {} src {} loaded "
      "{} "
      "touched {} closed {} again {} refused \"{}\" intent {}",
      node.id, node.parent, conflict ? "conflict" : node.name,
      static_cast<int>(node.kind), static_cast<int>(node.place),
      node.kind == NodeKind::kFile ? node.gen : 0, Describe(node.content),
      node.bind, node.src, node.loaded, node.touched, node.closed, node.again,
      conflict ? "" : node.refused, node.intent.has_value());
}

std::string Describe(const Object& object) {
  std::string news = object.gone() ? "gone" : "none";
  if (const RemoteInfo* info = object.newer()) {
    news = fmt::format("{}/{}", info->version.id, info->version.modified_at);
  }
  const bool file = object.kind != ObjectKind::kDirectory;
  return fmt::format(
      "object {} in {} \"{}\" shown \"{}\" kind {} version {}/{} gen {} base "
      "{} "
      "news {} {} fresh {} intent {} touched {} again {}",
      object.key, object.parent, object.name, object.view,
      static_cast<int>(object.kind), object.version.id,
      object.version.modified_at, file ? object.gen : 0,
      object.base ? object.base->Hex().substr(0, 6) : "none", news,
      object.has_news() || object.fresh ? Describe(object.news_content) : "",
      object.fresh, object.intent.has_value(), object.touched, object.again);
}

std::string Describe(const Action& action) {
  const auto key = [](const ActionKey& k) {
    return fmt::format("{}/o{}/n{}", static_cast<int>(k.op), k.object, k.node);
  };
  std::string out = fmt::format("{} at {} to \"{}\" after", key(action.key),
                                action.ready, action.destination);
  for (const ActionKey& blocker : action.blockers) out += " " + key(blocker);
  return out;
}

}  // namespace wsfs
