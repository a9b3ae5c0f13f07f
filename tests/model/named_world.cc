#include "named_world.h"

#include <algorithm>
#include <fstream>
#include <ranges>
#include <regex>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/places.h"
#include "core/planner/changes.h"

namespace wsfs {

namespace {

constexpr PlanMillis kBetweenSteps = 30;

std::string AsText(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Content ContentOf(const std::string& data) {
  Content content;
  content.size_bytes = data.size();
  if (data.starts_with("N|")) content.header = Header::kHash;
  const Hash hash = HashOf(data.substr(data.rfind('|') + 1));
  content.digest = Content::Digest{hash, hash, hash, false};
  content.body = 1'000'000 + std::hash<std::string>()(data) % 1'000'000;
  return content;
}

/// "a/b" of "/a/b".
std::string Relative(const std::string& path) {
  return path.substr(1);
}

}  // namespace

std::vector<NamedCase> ReadNamedCases() {
  std::vector<NamedCase> out;
  std::ifstream in(std::string(WSFS_TEST_DATA) + "/named_cases.jsonl");
  for (std::string line; std::getline(in, line);) {
    const auto json = nlohmann::json::parse(line);
    NamedCase named;
    named.name = json.at("name");
    named.rename = json.at("rename");
    named.cold = json.at("cold");
    named.calls = json.at("calls");
    named.keep = json.at("keep");
    for (const auto& operation : json.at("ops")) {
      std::vector<std::string> words;
      for (const auto& word : operation) words.push_back(AsText(word));
      named.operations.push_back(std::move(words));
    }
    out.push_back(std::move(named));
  }
  return out;
}

bool NeedsService(const NamedCase& named) {
  return std::ranges::any_of(named.operations, [](const auto& operation) {
    return operation[0] == "f" || operation[0] == "poll" ||
           operation[0] == "crash";
  });
}

std::vector<std::string> WritesOf(const std::vector<std::string>& calls) {
  static const std::regex kWrite("^(put|create|mkdir|move|delete|rmtree) .*");
  static const std::regex kParked("\\.wsfs-move-[0-9]+");
  std::vector<std::string> out;
  for (const std::string& call : calls) {
    if (!std::regex_match(call, kWrite)) continue;
    out.push_back(std::regex_replace(call, kParked, ".wsfs-move-*"));
  }
  std::ranges::sort(out);
  return out;
}

NamedWorld::NamedWorld(const NamedCase& named) {
  context_.host = "here";
  catalogue_.EditNode(kRootNode).loaded = true;
  catalogue_.EditCapabilities().rename = named.rename;
  for (const char* path : {"d", "e", "d/f"}) {
    AddSeed(path, ObjectKind::kDirectory);
  }
  for (const char* path :
       {"a.txt", "b.txt", "d/a.txt", "d/f/c.txt", "e/b.txt"}) {
    AddSeed(path, ObjectKind::kFile);
  }
  AddSeed("n", ObjectKind::kNotebook);
  AddSeed("d/f/n", ObjectKind::kNotebook);
  Settle();
  for (const NodeId id : catalogue_.AllNodes()) {
    Node& node = catalogue_.EditNode(id);
    node.loaded = true;
    if (node.kind == NodeKind::kFile && !named.cold) RunHydrate(node);
  }
  Settle();
  Advance(60'000);
}

void NamedWorld::AddSeed(std::string_view path, ObjectKind kind) {
  const std::size_t slash = path.rfind('/');
  Object object;
  object.key = catalogue_.NewId();
  object.parent = slash == std::string_view::npos
                      ? kRootObject
                      : ObjectAt(path.substr(0, slash));
  object.name = path.substr(slash + 1);
  object.view = object.name;
  object.kind = kind;
  object.version = {static_cast<ObjectId>(object.key), 1};
  object.fresh = true;
  if (kind == ObjectKind::kNotebook) {
    object.language = Language::kPython;
    object.format = NotebookFormat::kSource;
    object.view += ".py";
  }
  catalogue_.AddObject(std::move(object));
  Settle();
  for (const NodeId id : catalogue_.AllNodes()) {
    catalogue_.EditNode(id).loaded = true;
  }
}

void NamedWorld::Settle() {
  Normalise(catalogue_, context_);
  catalogue_.Commit();
  catalogue_.CheckInvariants();
}

ObjectKey NamedWorld::ObjectAt(std::string_view path) const {
  ObjectKey at = kRootObject;
  while (!path.empty()) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    const Object* child = catalogue_.ObjectChild(at, path.substr(0, slash));
    if (child == nullptr) return kNoObject;
    at = child->key;
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return at;
}

const Node* NamedWorld::Lookup(std::string_view path) const {
  const Node* at = catalogue_.FindNode(kRootNode);
  while (!path.empty() && at != nullptr) {
    const std::size_t slash = std::min(path.find('/'), path.size());
    at = catalogue_.Child(at->id, path.substr(0, slash));
    path.remove_prefix(std::min(slash + 1, path.size()));
  }
  return at;
}

NamedWorld::Split NamedWorld::SplitPath(std::string_view path) const {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {kRootNode, std::string(path)};
  return {Lookup(path.substr(0, slash))->id,
          std::string(path.substr(slash + 1))};
}

Place NamedWorld::PlaceFor(NodeId directory, std::string_view name) const {
  return catalogue_.InLocalTree(directory) ||
                 IsLocalByName(name, NodeKind::kFile)
             ? Place::kLocal
             : Place::kRemote;
}

void NamedWorld::Touch(NodeId id) {
  Node& node = catalogue_.EditNode(id);
  node.touched = context_.now;
  if (node.bind != kNoObject) {
    catalogue_.EditObject(node.bind).touched = context_.now;
  }
}

// -- The person

NodeId NamedWorld::AddChild(const Split& at, NodeKind kind) {
  Node node;
  node.id = catalogue_.NewId();
  node.parent = at.directory;
  node.name = at.name;
  node.kind = kind;
  node.place = PlaceFor(at.directory, at.name);
  node.loaded = kind == NodeKind::kDirectory;
  node.touched = context_.now;
  const NodeId id = catalogue_.AddNode(std::move(node)).id;
  Touch(at.directory);
  return id;
}

void NamedWorld::Open(std::string_view path) {
  const Node* node = Lookup(path);
  const NodeId id =
      node != nullptr ? node->id : AddChild(SplitPath(path), NodeKind::kFile);
  catalogue_.EditNode(id).writers += 1;
  drafts_[id] = "";
}

void NamedWorld::Write(std::string_view path, std::string_view like) {
  drafts_[Lookup(path)->id] =
      fmt::format("{}t{}", like.ends_with(".py") ? "N|" : "", ++tokens_);
}

void NamedWorld::Close(std::string_view path, bool empty) {
  const NodeId id = Lookup(path)->id;
  if (drafts_[id].empty() && !empty) Write(path, path);
  Node& node = catalogue_.EditNode(id);
  node.writers -= 1;
  node.content = ContentOf(drafts_[id]);
  node.gen += 1;
  node.closed = context_.now;
  node.refused.clear();
}

void NamedWorld::Save(std::string_view path) {
  Open(path);
  Settle();
  Advance(kBetweenSteps);
  Write(path, path);
  Advance(kBetweenSteps);
  Close(path, false);
}

void NamedWorld::Same(std::string_view path) {
  Node& node = catalogue_.EditNode(Lookup(path)->id);
  node.gen += 1;
  node.closed = context_.now;
}

void NamedWorld::Unlink(std::string_view path) {
  const Node* node = Lookup(path);
  if (node == nullptr) return;
  Touch(node->parent);
  Touch(node->id);
  DropNode(catalogue_, node->id);
}

void NamedWorld::RemoveTree(std::string_view path) {
  std::vector<NodeId> nodes = catalogue_.Below(Lookup(path)->id);
  nodes.insert(nodes.begin(), Lookup(path)->id);
  for (const NodeId id : std::views::reverse(nodes)) {
    Touch(catalogue_.node(id).parent);
    Touch(id);
    DropNode(catalogue_, id);
    Settle();
  }
}

void NamedWorld::Rename(std::string_view from, std::string_view to) {
  const NodeId id = Lookup(from)->id;
  const Split target = SplitPath(to);
  if (const Node* there = Lookup(to)) {
    Touch(there->id);
    DropNode(catalogue_, there->id);
  }
  Touch(catalogue_.node(id).parent);
  catalogue_.RenameNode(id, target.directory, target.name);
  Node& node = catalogue_.EditNode(id);
  const Place place = PlaceFor(target.directory, target.name);
  if (node.place != place && place == Place::kRemote) {
    node.closed = context_.now;
  }
  node.place = place;
  node.refused.clear();
  Touch(id);
  Touch(target.directory);
}

void NamedWorld::Exchange(std::string_view a, std::string_view b) {
  const NodeId one = Lookup(a)->id;
  const NodeId two = Lookup(b)->id;
  const Split at_one = SplitPath(a);
  const Split at_two = SplitPath(b);
  catalogue_.RenameNode(one, at_two.directory, at_two.name);
  catalogue_.RenameNode(two, at_one.directory, at_one.name);
  for (const NodeId id : {one, two, at_one.directory, at_two.directory}) {
    Touch(id);
  }
}

/// The save of an editor, as steps.
bool NamedWorld::DoScript(const std::vector<std::string>& operation) {
  const std::string& kind = operation[0];
  const std::string file = operation.size() > 1 ? operation[1] : "";
  using Steps = std::vector<std::vector<std::string>>;
  Steps steps;
  if (kind == "vim") {
    steps = {{"open", "4913"},
             {"closeempty", "4913"},
             {"unlink", "4913"},
             {"unlink", file + "~"},
             {"rename", file, file + "~"},
             {"save", file},
             {"unlink", file + "~"}};
  } else if (kind == "jb") {
    const std::string temp = file + "___jb_tmp___";
    const std::string old = file + "___jb_old___";
    steps = {{"open", temp},        {"write", temp, file},  {"close", temp},
             {"rename", file, old}, {"rename", temp, file}, {"unlink", old}};
  } else if (kind == "sed") {
    steps = {{"open", "sedXa1"},
             {"write", "sedXa1", file},
             {"close", "sedXa1"},
             {"rename", "sedXa1", file}};
  } else if (kind == "backup") {
    steps = {{"rename", file, file + ".bak"}, {"save", file}};
  }
  for (const auto& step : steps) Do(step);
  return !steps.empty();
}

void NamedWorld::Do(const std::vector<std::string>& operation) {
  Advance(kBetweenSteps);
  if (DoScript(operation)) return;
  const std::string& kind = operation[0];
  const std::string path = operation.size() > 1 ? operation[1] : "";
  if (kind == "wait") return Advance(std::stoll(path));
  if (kind == "run") {
    Drain(std::stoll(path));
    return;
  }
  if (kind == "drain") {
    Drain();
    return;
  }
  if (kind == "save") Save(path);
  if (kind == "same") Same(path);
  if (kind == "open") Open(path);
  if (kind == "write") {
    Write(path, operation.size() > 2 ? operation[2] : path);
  }
  if (kind == "close") Close(path, false);
  if (kind == "closeempty") Close(path, true);
  if (kind == "unlink") Unlink(path);
  if (kind == "rmrf") RemoveTree(path);
  if (kind == "mkdir") AddChild(SplitPath(path), NodeKind::kDirectory);
  if (kind == "rename") Rename(path, operation[2]);
  if (kind == "exchange") Exchange(path, operation[2]);
  Settle();
}

// -- The service, which says yes

bool NamedWorld::Drain(PlanMillis limit_ms) {
  const PlanMillis end = context_.now + limit_ms;
  while (context_.now < end) {
    const Plan plan = MakePlan(catalogue_, context_);
    if (plan.empty()) return true;
    const auto ready = std::ranges::find_if(plan, [&](const auto& each) {
      return each.second.blockers.empty() && each.second.ready <= context_.now;
    });
    if (ready == plan.end()) {
      Advance(250);
      continue;
    }
    Run(ready->second);
    Settle();
    Advance(20);
  }
  return MakePlan(catalogue_, context_).empty();
}

void NamedWorld::Run(const Action& action) {
  const ActionKey& key = action.key;
  switch (key.op) {
    case ActionOp::kPut: return RunPut(catalogue_.object(key.object));
    case ActionOp::kMove: return RunMove(catalogue_.object(key.object));
    case ActionOp::kPark: return RunPark(catalogue_.object(key.object));
    case ActionOp::kDelete:
    case ActionOp::kRmtree: return RunRemoval(catalogue_.object(key.object));
    case ActionOp::kCreate: return RunCreate(catalogue_.node(key.node));
    case ActionOp::kMkdir: return RunMkdir(catalogue_.node(key.node));
    case ActionOp::kHydrate: return RunHydrate(catalogue_.node(key.node));
    case ActionOp::kResolve:
    case ActionOp::kFetch:
    case ActionOp::kDigest:
    case ActionOp::kMerge:
    case ActionOp::kSecure:
    case ActionOp::kWait: break;
  }
  writes_.emplace_back("an action that should not be");
}

void NamedWorld::RunPut(const Object& object) {
  writes_.push_back("put " + Relative(catalogue_.RemotePathOf(object)));
  const Node& node = *catalogue_.NodeOf(object.key);
  catalogue_.SetSource(node.id, kNoObject);
  Object& row = catalogue_.EditObject(object.key);
  row.version.modified_at += 1;
  row.base = NormalHash(*node.content, FormOf(row));
  row.gen = node.gen;
}

ObjectKey NamedWorld::AddMade(ObjectKey parent, std::string name,
                              const Node& node) {
  Object object;
  object.key = catalogue_.NewId();
  object.parent = parent;
  object.name = std::move(name);
  object.view = node.name;
  object.version = {static_cast<ObjectId>(object.key), 1};
  object.gen = node.gen;
  object.touched = context_.now;
  const ObjectKey key = catalogue_.AddObject(std::move(object)).key;
  catalogue_.Bind(node.id, key);
  catalogue_.SetSource(node.id, kNoObject);
  return key;
}

void NamedWorld::RunCreate(const Node& node) {
  const ObjectKey parent = catalogue_.node(node.parent).bind;
  NewForm form = *FormFor(node.name, *node.content);
  if (catalogue_.ObjectChild(parent, form.remote_name) != nullptr) {
    form = {{}, node.name};
  }
  Object& made = catalogue_.EditObject(AddMade(parent, form.remote_name, node));
  made.kind = form.form.kind;
  made.language = form.form.language;
  made.format = form.form.format;
  made.base = NormalHash(*node.content, form.form);
  writes_.push_back("create " + Relative(catalogue_.RemotePathOf(made)));
}

void NamedWorld::RunMkdir(const Node& node) {
  Object& made = catalogue_.EditObject(
      AddMade(catalogue_.node(node.parent).bind, node.name, node));
  made.kind = ObjectKind::kDirectory;
  writes_.push_back("mkdir " + Relative(catalogue_.RemotePathOf(made)));
}

void NamedWorld::RunMove(const Object& object) {
  const Node& node = *catalogue_.NodeOf(object.key);
  const std::string from = Relative(catalogue_.RemotePathOf(object));
  catalogue_.RenameObject(object.key, catalogue_.node(node.parent).bind,
                          *NameFits(FormOf(object), node.name));
  catalogue_.SetView(object.key, node.name);
  writes_.push_back(fmt::format("move {}>{}", from,
                                Relative(catalogue_.RemotePathOf(object))));
}

bool NamedWorld::IsSteady(ObjectKey key) const {
  for (const Object* at = &catalogue_.object(key); at->parent != kNoObject;
       at = &catalogue_.object(at->parent)) {
    const Node* node = catalogue_.NodeOf(at->key);
    if (node == nullptr || !catalogue_.InPlace(*node, *at)) return false;
  }
  return true;
}

void NamedWorld::RunPark(const Object& object) {
  ObjectKey top = object.parent;
  while (!IsSteady(top)) top = catalogue_.object(top).parent;
  const std::string from = Relative(catalogue_.RemotePathOf(object));
  const std::string name = fmt::format("{}{}", kParkPrefix, object.key);
  catalogue_.RenameObject(object.key, top, name);
  catalogue_.SetView(object.key, name);
  writes_.push_back(fmt::format("move {}>{}", from,
                                Relative(catalogue_.RemotePathOf(object))));
}

void NamedWorld::RunRemoval(const Object& object) {
  const bool deep = !catalogue_.ObjectChildren(object.key).empty();
  writes_.push_back((deep ? "rmtree " : "delete ") +
                    Relative(catalogue_.RemotePathOf(object)));
  DropObject(catalogue_, object.key);
}

void NamedWorld::RunHydrate(const Node& node) {
  const ObjectKey key = node.src != kNoObject ? node.src : node.bind;
  const Object& object = catalogue_.object(key);
  const bool notebook = object.kind == ObjectKind::kNotebook;
  const Content content =
      ContentOf(fmt::format("{}r{}", notebook ? "N|" : "", key));
  catalogue_.EditNode(node.id).content = content;
  if (!object.base) {
    catalogue_.EditObject(key).base = NormalHash(content, FormOf(object));
  }
}

}  // namespace wsfs
