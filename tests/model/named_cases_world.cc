#include "named_cases_world.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "core/places.h"
#include "core/planner/changes.h"
#include "core/sync/answers.h"

namespace wsfs {
namespace {

constexpr const char* kFolder = "/Shared/w";
constexpr const char* kStorePlace = "/home/store";
constexpr const char* kPythonHeader = "# Databricks notebook source\n";
/// One body of so many is too large for a row, and one too large to be hashed
/// at once.
constexpr int kLargeOneIn = 4;
constexpr int kHugeOneIn = 17;

std::string ParentOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

std::string NameOf(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

std::vector<std::string> PartsOf(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin < path.size()) {
    const std::size_t slash = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, slash - begin));
    begin = slash + 1;
  }
  return parts;
}

ModelOptions OnClock(Clock& clock) {
  ModelOptions options;
  options.clock = &clock;
  return options;
}

bool IsShownInFull(const Node& directory) {
  return directory.loaded || directory.bind == kNoObject;
}

}  // namespace

World::World(std::string_view rename_switch)
    : service_(OnClock(clock_)), wire_(service_, clock_, kFolder) {
  service_.Set("rename", rename_switch);
  service_.MakeFolder(kFolder);
  Start();
}

World::~World() {
  End();
}

void World::Start() {
  Store::Options options;
  options.directory = kStorePlace;
  options.host = &disk_;
  options.boot_id = "boot-" + std::to_string(boots_);
  options.background = false;
  Result<std::unique_ptr<Store>> store = Store::Open(options);
  WSFS_CHECK(store.ok());
  store_ = *std::move(store);
  Result<std::unique_ptr<Ledger>> ledger = Ledger::Open(
      {.store = store_.get(), .clock = &clock_, .host_name = "host"});
  WSFS_CHECK(ledger.ok());
  ledger_ = *std::move(ledger);
  syncer_ = Syncer::Make(*ledger_, wire_, {});
  wire_.Revive();
}

void World::End() {
  syncer_.reset();
  ledger_.reset();
  store_.reset();
  buffers_.clear();
}

void World::KillNow() {
  wire_.Kill();
  disk_.Stop();
}

void World::Crash() {
  KillNow();
  End();
  disk_.KillProcess();
  Start();
}

void World::LosePower(std::uint64_t chance) {
  KillNow();
  End();
  disk_.LosePower(chance);
  ++boots_;
  // The tree may be an older one, with another row for the same folder.
  root_ = kNoNode;
  SetOffline(false);
  Start();
}

void World::Restart() {
  syncer_.reset();
  const Result<void> closed = store_->Close();
  WSFS_CHECK(closed.ok() || dead());
  End();
  disk_.KillProcess();
  Start();
}

void World::DieAtStep(std::size_t step) {
  disk_.StopAt(step == 0 ? 0 : disk_.steps() + step);
}

void World::SyncDisk() {
  if (store_->Barrier().ok()) saved_.Synced();
}

void World::EvictAll() {
  const Result<void> dropped = store_->DropCache();
  WSFS_CHECK(dropped.ok() || dead());
}

std::string World::Remote(const std::string& path) const {
  return path.empty() ? kFolder : std::string(kFolder) + "/" + path;
}

std::string World::Token() {
  return "@t" + std::to_string(++counter_);
}

std::string World::BodyWith(const std::string& path, const std::string& token) {
  if (path.ends_with(".py")) return kPythonHeader + ("x = '" + token + "'\n");
  if (path.ends_with(".ipynb"))
    return R"({"cells":[{"cell_type":"code","source":[")" + token +
           R"("],"metadata":{},"outputs":[],"execution_count":null}],)" +
           R"("metadata":{"language_info":{"name":"python"}},)" +
           R"("nbformat":4,"nbformat_minor":5})";
  return token + "\n";
}

std::string World::Body(const std::string& path) {
  const std::string token = Token();
  std::string body = BodyWith(path, token);
  std::uint64_t size = 0;
  if (large_bodies_ && counter_ % kLargeOneIn == 0) size = kInlineBytes;
  if (large_bodies_ && counter_ % kHugeOneIn == 0) size = kDigestAtOnceBytes;
  const std::string line = body.substr(body.rfind('\n', body.size() - 2) + 1);
  while (size != 0 && body.size() <= size) body += line;
  saved_.Typed(token, body, /*has_file=*/size != 0);
  return body;
}

void World::SeedTree() {
  for (const char* folder : {"d", "e", "d/f"})
    service_.MakeFolder(Remote(folder));
  TheyPut("a.txt", "@r1\n");
  TheyPut("b.txt", "@r2\n");
  TheyPutNotebook("n", "@r3");
  TheyPut("d/a.txt", "@r4\n");
  TheyPutNotebook("d/f/n", "@r5");
  TheyPut("e/b.txt", "@r6\n");
  TheyPut("d/f/c.txt", "@r7\n");
}

void World::LoadAll() {
  wire_.Watch(true);
  const Waiting waiting =
      Waiting::Until(clock_.Now() + Milliseconds(1'000'000));
  if (root_ == kNoNode) FindRoot(waiting);
  for (int round = 0; round < 20; ++round) {
    std::vector<NodeId> folders;
    ledger_->Read([&](const Catalogue& catalogue) {
      for (const NodeId id : catalogue.Below(root_)) {
        const Node& node = catalogue.node(id);
        if (node.kind == NodeKind::kDirectory && node.bind != kNoObject &&
            !node.loaded)
          folders.push_back(id);
      }
    });
    if (folders.empty()) break;
    for (const NodeId id : folders)
      (void)syncer_->LoadDirectory(id, false, waiting);
  }
  wire_.Watch(false);
}

void World::FindRoot(const Waiting& waiting) {
  NodeId at = kRootNode;
  for (const std::string& name : {std::string("Shared"), std::string("w")}) {
    // A service that cannot just now can in a moment.
    Result<void> loaded = syncer_->LoadDirectory(at, false, waiting);
    for (int tries = 0; !loaded.ok() && tries < 20; ++tries) {
      Advance(1'000);
      loaded = syncer_->LoadDirectory(at, false, waiting);
    }
    WSFS_CHECK(loaded.ok());
    at = ledger_->Read([&](const Catalogue& catalogue) {
      const Node* const child = catalogue.Child(at, name);
      return child == nullptr ? kNoNode : child->id;
    });
    WSFS_CHECK(at != kNoNode);
  }
  root_ = at;
  (void)syncer_->LoadDirectory(root_, false, waiting);
}

void World::KnowNoRename() {
  WSFS_CHECK(ledger_
                 ->Transact([](Catalogue& catalogue) {
                   catalogue.EditCapabilities().rename = false;
                   return Result<void>();
                 })
                 .ok());
}

void World::HydrateAll() {
  wire_.Watch(true);
  std::vector<NodeId> files;
  ledger_->Read([&](const Catalogue& catalogue) {
    for (const NodeId id : catalogue.Below(root_)) {
      const Node& node = catalogue.node(id);
      if (node.kind == NodeKind::kFile && !node.content) files.push_back(id);
    }
  });
  for (const NodeId id : files)
    WSFS_CHECK(syncer_->Hydrate(id, CallClass::kSomeoneWaits).ok());
  wire_.Watch(false);
}

bool World::AtRest() {
  const PlannerContext context = ledger_->Context();
  return ledger_->Read([&](const Catalogue& catalogue) {
    return MakePlan(catalogue, context,
                    {.settle_now = false, .retry_refused = false})
        .empty();
  });
}

bool World::Drain(std::int64_t limit_ms) {
  const SteadyTime end = clock_.Now() + Milliseconds(limit_ms);
  while (clock_.Now() < end) {
    syncer_->RunReady();
    if (AtRest()) return true;
    Advance(250);
  }
  return AtRest();
}

void World::Poll() {
  wire_.Watch(true);
  std::vector<NodeId> folders = {root_};
  ledger_->Read([&](const Catalogue& catalogue) {
    for (const NodeId id : catalogue.Below(root_)) {
      const Node& node = catalogue.node(id);
      if (node.kind == NodeKind::kDirectory && node.bind != kNoObject)
        folders.push_back(id);
    }
  });
  for (const NodeId id : folders) {
    (void)syncer_->LoadDirectory(
        id, true, Waiting::Until(clock_.Now() + Milliseconds(1'000'000)));
  }
  wire_.Watch(false);
}

const Node* World::FindIn(const Catalogue& catalogue,
                          const std::string& path) const {
  const Node* node = catalogue.FindNode(root_);
  for (const std::string& name : PartsOf(path)) {
    if (node == nullptr || node->kind != NodeKind::kDirectory) return nullptr;
    node = catalogue.Child(node->id, name);
  }
  return node;
}

const Node* World::Find(const std::string& path) {
  return ledger_->Read(
      [&](const Catalogue& catalogue) { return FindIn(catalogue, path); });
}

bool World::Change(const std::function<bool(Catalogue&, PlanMillis)>& change) {
  const Result<void> done =
      ledger_->Transact([&](Catalogue& catalogue) -> Result<void> {
        if (change(catalogue, ledger_->Now())) return {};
        return Error(Errc::kInvalidArgument, "refused");
      });
  return done.ok();
}

void World::Touch(Catalogue& catalogue, NodeId id, PlanMillis now) {
  if (catalogue.FindNode(id) == nullptr) return;
  Node& node = catalogue.EditNode(id);
  node.touched = now;
  if (catalogue.FindObject(node.bind) != nullptr)
    catalogue.EditObject(node.bind).touched = now;
}

NodeId World::AddEntry(Catalogue& catalogue, const std::string& path,
                       NodeKind kind, PlanMillis now) {
  const Node* const directory = FindIn(catalogue, ParentOf(path));
  if (directory == nullptr || directory->kind != NodeKind::kDirectory ||
      !IsShownInFull(*directory) ||
      catalogue.Child(directory->id, NameOf(path)) != nullptr)
    return kNoNode;
  Node node;
  node.id = catalogue.NewId();
  node.parent = directory->id;
  node.name = NameOf(path);
  node.kind = kind;
  node.loaded = kind == NodeKind::kDirectory;
  const bool local =
      catalogue.InLocalTree(directory->id) || IsLocalByName(node.name, kind);
  node.place = local ? Place::kLocal : Place::kRemote;
  node.touched = now;
  const NodeId parent = directory->id;
  const NodeId id = catalogue.AddNode(std::move(node)).id;
  Touch(catalogue, parent, now);
  return id;
}

bool World::Open(const std::string& path) {
  Gap();
  const bool opened = Change([&](Catalogue& catalogue, PlanMillis now) {
    const Node* const node = FindIn(catalogue, path);
    NodeId id = node == nullptr ? kNoNode : node->id;
    if (id == kNoNode) id = AddEntry(catalogue, path, NodeKind::kFile, now);
    if (id == kNoNode || catalogue.node(id).kind != NodeKind::kFile)
      return false;
    catalogue.SetOpenState(id, catalogue.node(id).writers + 1, true);
    buffers_[id].clear();
    return true;
  });
  NoteStandIns();
  return opened;
}

/// A new file at the name of an object: should it die before its first close,
/// or the power before the bytes of that are on the disk, the object is shown
/// again (planner.md §12 e), beside the file that was moved away with the same
/// bytes.
void World::NoteStandIns() {
  ledger_->Read([&](const Catalogue& catalogue) {
    for (const NodeId id : catalogue.AllNodes())
      NoteStandIn(catalogue, catalogue.node(id));
  });
}

void World::NoteStandIn(const Catalogue& catalogue, const Node& node) {
  const bool may_die =
      node.gen == 0 ||
      (node.content && node.content->place == BodyPlace::kSealed);
  if (node.kind != NodeKind::kFile || node.detached() || !may_die) return;
  const auto note = [&](const Object& object) {
    if (object.intent && object.intent->content)
      stood_in_for_.insert(TokenOf(TextOf(*object.intent->content)));
    stood_in_for_.insert(TokenThere(catalogue, object));
  };
  if (const Object* const object = catalogue.FindObject(node.bind))
    note(*object);
  // It takes the object as soon as no call is on the way for it.
  const ObjectKey parent = catalogue.node(node.parent).bind;
  for (const ObjectKey key : catalogue.ObjectsShownAs(parent, node.name))
    note(catalogue.object(key));
}

void World::Write(const std::string& path, const std::string& as) {
  WriteBytes(path, Body(as.empty() ? path : as));
}

void World::WriteBytes(const std::string& path, std::string bytes) {
  Gap();
  const Node* const node = Find(path);
  if (node != nullptr && node->writers > 0)
    buffers_[node->id] = std::move(bytes);
  NoteStandIns();
}

/// Nothing when the disk died in it.
std::optional<Content> World::SealIn(Catalogue& catalogue,
                                     const std::string& bytes) {
  Contents& contents = store_->contents();
  const auto seal = [&]() -> Result<Content> {
    WSFS_TRY(const std::unique_ptr<Draft> draft, contents.NewDraft());
    WSFS_RETURN_IF_ERROR(draft->WriteAt(0, std::as_bytes(std::span(bytes))));
    return contents.Seal(*draft, catalogue.NewId(), /*sync=*/false);
  };
  Result<Content> content = seal();
  WSFS_CHECK(content.ok() || dead());
  if (!content.ok()) return std::nullopt;
  return *std::move(content);
}

bool World::SealNode(NodeId id, const std::string& bytes, bool closes) {
  std::string old_token;
  const bool sealed = Change([&](Catalogue& catalogue, PlanMillis now) {
    const Node& old = catalogue.node(id);
    old_token = TokenOfNode(catalogue, old);
    if (old_token != TokenOf(bytes)) NoteGone(catalogue, old);
    const std::optional<Content> content = SealIn(catalogue, bytes);
    if (!content) return false;
    Node& node = catalogue.EditNode(id);
    node.content = content;
    node.gen += 1;
    node.closed = now;
    node.refused.clear();
    node.unclosed = !closes;
    if (closes) catalogue.SetOpenState(id, 0, false);
    return true;
  });
  if (sealed && !TokenOf(bytes).empty())
    saved_.Saved(TokenOf(bytes), old_token);
  saved_.Remember();
  return sealed;
}

void World::Fsync(const std::string& path) {
  Gap();
  const Node* const open = Find(path);
  if (open == nullptr || open->writers == 0) return;
  const std::string bytes = buffers_[open->id];
  if (bytes.empty() || !SealNode(open->id, bytes, /*closes=*/false)) return;
  SyncDisk();
}

std::string World::TextOf(const Content& content) {
  const Result<std::shared_ptr<wsfs::Body>> body =
      store_->contents().Open(content);
  if (!body.ok()) return "(" + body.error().message() + ")";
  std::string text((*body)->size_bytes(), '\0');
  const auto read = (*body)->ReadAt(0, std::as_writable_bytes(std::span(text)));
  if (!read.ok()) return "(" + read.error().message() + ")";
  return text;
}

// A clean content may leave the cache, a power cut may take it: it is read
// from the service again.
bool World::WasDropped(const Content& content) {
  const bool clean =
      content.place == BodyPlace::kClean || content.place == BodyPlace::kBlob;
  if (!clean) return false;
  const auto body = store_->contents().Open(content);
  return !body.ok() && body.error().code() == Errc::kNotFound;
}

void World::NoteGone(const Catalogue& catalogue, const Node& node) {
  if (node.kind != NodeKind::kFile) return;
  if (node.content && store_->contents().Open(*node.content).ok()) {
    saved_.Ended(TokenOf(TextOf(*node.content)));
    return;
  }
  // Read once, and taken from the cache by a power cut: known by its hash.
  if (node.content && node.content->digest)
    saved_.EndedByHash(node.content->digest->raw);
  // Never read since a start: what the service holds goes with it.
  const Object* const object =
      catalogue.FindObject(node.src != kNoObject ? node.src : node.bind);
  if (object == nullptr) return;
  saved_.Ended(TokenThere(catalogue, *object));
}

/// Of the object's bytes at the service, wherever a move that was done and not
/// answered yet has put it; "" when it is gone.
std::string World::TokenThere(const Catalogue& catalogue,
                              const Object& object) {
  const std::string path = catalogue.RemotePathOf(object);
  const auto there = service_.model().GetStatus(path);
  if (there.ok() && !HoldsChildren(there->type))
    return TokenOf(service_.Read(path));
  std::string token;
  if (!Unsettled(catalogue, object)) return token;
  ForEachThere(kFolder, [&](const std::string& each, const std::string& bytes) {
    if (service_.IdOf(each) == object.version.id) token = TokenOf(bytes);
  });
  return token;
}

/// Of its bytes here or, when it has none, of those at the service.
std::string World::TokenOfNode(const Catalogue& catalogue, const Node& node) {
  if (node.kind != NodeKind::kFile) return "";
  if (node.content && !WasDropped(*node.content))
    return TokenOf(TextOf(*node.content));
  const Object* const object =
      catalogue.FindObject(node.src != kNoObject ? node.src : node.bind);
  return object == nullptr ? "" : TokenThere(catalogue, *object);
}

void World::Close(const std::string& path, bool empty_is_meant) {
  Gap();
  const Node* const open = Find(path);
  if (open == nullptr || open->writers == 0) return;
  const NodeId id = open->id;
  std::string bytes = buffers_[id];
  if (bytes.empty() && !empty_is_meant) bytes = Body(path);
  if (open->writers > 1) {
    Change([&](Catalogue& catalogue, PlanMillis) {
      catalogue.SetOpenState(id, catalogue.node(id).writers - 1, true);
      return true;
    });
    return;
  }
  if (open->unclosed && open->content && TextOf(*open->content) == bytes) {
    // All of it was fsynced: this only says that it may be sent.
    Change([&](Catalogue& catalogue, PlanMillis now) {
      Node& node = catalogue.EditNode(id);
      node.unclosed = false;
      node.closed = now;
      catalogue.SetOpenState(id, 0, false);
      return true;
    });
  } else {
    SealNode(id, bytes, /*closes=*/true);
  }
  buffers_.erase(id);
  NoteStandIns();
}

bool World::Unlink(const std::string& path) {
  Gap();
  const Node* const node = Find(path);
  if (node == nullptr || node->kind != NodeKind::kFile) return false;
  const bool done = Change([&](Catalogue& catalogue, PlanMillis now) {
    const NodeId id = FindIn(catalogue, path)->id;
    NoteGone(catalogue, catalogue.node(id));
    Touch(catalogue, catalogue.node(id).parent, now);
    Touch(catalogue, id, now);
    DropNode(catalogue, id);
    return true;
  });
  saved_.Remember();
  return done;
}

bool World::Mkdir(const std::string& path) {
  Gap();
  return Change([&](Catalogue& catalogue, PlanMillis now) {
    return AddEntry(catalogue, path, NodeKind::kDirectory, now) != kNoNode;
  });
}

bool World::Rmdir(const std::string& path) {
  Gap();
  const Node* const node = Find(path);
  if (node == nullptr || node->kind != NodeKind::kDirectory || path.empty() ||
      !node->loaded)
    return false;
  const bool done = Change([&](Catalogue& catalogue, PlanMillis now) {
    const NodeId id = FindIn(catalogue, path)->id;
    for (const NodeId child : catalogue.Children(id)) {
      const Node& kid = catalogue.node(child);
      if (kid.place == Place::kRemote || kid.conflict_copy ||
          kid.kind == NodeKind::kDirectory)
        return false;
    }
    for (const NodeId child : catalogue.Children(id))
      NoteGone(catalogue, catalogue.node(child));
    Touch(catalogue, catalogue.node(id).parent, now);
    Touch(catalogue, id, now);
    DropNode(catalogue, id);
    return true;
  });
  saved_.Remember();
  return done;
}

bool World::CanReplace(const Catalogue& catalogue, const Node& node,
                       const Node& target) const {
  if (target.kind != node.kind) return false;
  return target.kind == NodeKind::kFile ||
         (!catalogue.HasChildren(target.id) && target.loaded);
}

bool World::ExchangeIn(Catalogue& catalogue, const Node& node,
                       const Node& target, PlanMillis now) {
  if (target.place != node.place || target.kind != node.kind) return false;
  const std::pair from(node.parent, node.name);
  const std::pair to(target.parent, target.name);
  const NodeId one = node.id;
  const NodeId other = target.id;
  catalogue.RenameNode(one, from.first, ".exchange");
  catalogue.RenameNode(other, from.first, from.second);
  catalogue.RenameNode(one, to.first, to.second);
  for (const NodeId id : {one, other, from.first, to.first})
    Touch(catalogue, id, now);
  return true;
}

/// As a mount does for a file that leaves the service: what the cache has of
/// it becomes bytes of its own. What was never read is fetched by the plan.
bool World::TakeOwnBytes(Catalogue& catalogue, NodeId id) {
  const std::optional<Content> content = catalogue.node(id).content;
  if (!content || !IsCached(*content)) return true;
  std::optional<Content> own;
  if (!WasDropped(*content)) {
    own = SealIn(catalogue, TextOf(*content));
    if (!own) return false;
  }
  catalogue.EditNode(id).content = own;
  return true;
}

bool World::Rename(const std::string& from, const std::string& to,
                   bool exchange) {
  Gap();
  if (from.empty() || to == from || to.starts_with(from + "/")) return false;
  if (exchange && from.starts_with(to + "/")) return false;
  std::string mover;
  std::string replaced;
  const bool done = Change([&](Catalogue& catalogue, PlanMillis now) {
    const Node* const node = FindIn(catalogue, from);
    const Node* const directory = FindIn(catalogue, ParentOf(to));
    if (node == nullptr || directory == nullptr ||
        directory->kind != NodeKind::kDirectory || !IsShownInFull(*directory))
      return false;
    const Node* const target = catalogue.Child(directory->id, NameOf(to));
    if (exchange) {
      return target != nullptr && ExchangeIn(catalogue, *node, *target, now);
    }
    const bool local = catalogue.InLocalTree(directory->id) ||
                       IsLocalByName(NameOf(to), node->kind);
    const Place place = local ? Place::kLocal : Place::kRemote;
    if (node->kind == NodeKind::kDirectory) {
      if (place != node->place || node->conflict_copy) return false;
      if (!catalogue.capabilities().rename) {
        std::vector<NodeId> all = catalogue.Below(node->id);
        all.push_back(node->id);
        for (const NodeId id : all) {
          const Node& each = catalogue.node(id);
          if (each.kind == NodeKind::kDirectory && !each.loaded) return false;
        }
      }
    }
    if (place == Place::kLocal && node->kind == NodeKind::kFile &&
        !node->content && wire_.offline())
      return false;
    const NodeId id = node->id;
    const NodeId old_parent = node->parent;
    const NodeId new_parent = directory->id;
    if (target != nullptr) {
      if (!CanReplace(catalogue, *node, *target)) return false;
      mover = TokenOfNode(catalogue, *node);
      replaced = TokenOfNode(catalogue, *target);
      NoteGone(catalogue, *target);
      const NodeId gone = target->id;
      Touch(catalogue, gone, now);
      DropNode(catalogue, gone);
    }
    catalogue.RenameNode(id, new_parent, NameOf(to));
    Node& moved = catalogue.EditNode(id);
    moved.conflict_copy = false;
    moved.refused.clear();
    if (moved.place != place) {
      moved.place = place;
      if (place == Place::kRemote) moved.closed = now;
      if (place == Place::kLocal && !TakeOwnBytes(catalogue, id)) return false;
    }
    for (const NodeId each : {id, old_parent, new_parent})
      Touch(catalogue, each, now);
    return true;
  });
  if (done && !mover.empty()) saved_.TookName(mover, replaced);
  NoteStandIns();
  saved_.Remember();
  return done;
}

void World::RemoveTree(const std::string& path) {
  const Node* const top = Find(path);
  if (top == nullptr || top->kind != NodeKind::kDirectory) return;
  std::vector<std::string> below;
  ledger_->Read([&](const Catalogue& catalogue) {
    const std::size_t cut =
        catalogue.ShownPathOf(catalogue.node(root_)).size() + 1;
    for (const NodeId id : catalogue.Below(top->id))
      below.push_back(catalogue.ShownPathOf(catalogue.node(id)).substr(cut));
  });
  std::ranges::sort(below, std::greater<>(), [](const std::string& each) {
    return std::ranges::count(each, '/');
  });
  for (const std::string& each : below) {
    const Node* const node = Find(each);
    if (node == nullptr) continue;
    node->kind == NodeKind::kFile ? Unlink(each) : Rmdir(each);
  }
  Rmdir(path);
}

void World::Save(const std::string& path) {
  Open(path);
  Write(path);
  Close(path);
}

void World::SaveSame(const std::string& path) {
  const Node* const node = Find(path);
  const std::string bytes = TextOf(*node->content);
  Open(path);
  WriteBytes(path, bytes);
  Close(path);
}

void World::VimSave(const std::string& path) {
  const std::string folder = ParentOf(path).empty() ? "" : ParentOf(path) + "/";
  const std::string probe = folder + "4913";
  const std::string backup = path + "~";
  Open(probe);
  Close(probe, /*empty_is_meant=*/true);
  Unlink(probe);
  Unlink(backup);
  Rename(path, backup);
  Save(path);
  Unlink(backup);
}

void World::JetBrainsSave(const std::string& path) {
  const std::string next = path + "___jb_tmp___";
  const std::string old = path + "___jb_old___";
  Open(next);
  Write(next, path);
  Close(next);
  Rename(path, old);
  Rename(next, path);
  Unlink(old);
}

void World::SedSave(const std::string& path) {
  const std::string folder = ParentOf(path).empty() ? "" : ParentOf(path) + "/";
  const std::string next = folder + "sedXa1";
  Open(next);
  Write(next, path);
  Close(next);
  Rename(next, path);
}

void World::SaveWithBackup(const std::string& path) {
  Rename(path, path + ".bak");
  Save(path);
}

void World::TheyPut(const std::string& path, const std::string& bytes) {
  service_.PutFile(Remote(path), bytes);
}

void World::TheyPutNotebook(const std::string& path, const std::string& token) {
  service_.PutNotebook(Remote(path), Language::kPython,
                       kPythonHeader + ("x = '" + token + "'\n"));
}

void World::TheyRemove(const std::string& path) {
  service_.Remove(Remote(path));
}

std::string World::Read(const std::string& path) {
  const Node* const node = Find(path);
  if (node == nullptr) return "(no file)";
  if (!node->content || WasDropped(*node->content)) {
    const auto fetched = syncer_->Hydrate(node->id, CallClass::kSomeoneWaits);
    if (!fetched.ok()) return "(" + fetched.error().message() + ")";
  }
  return TextOf(*Find(path)->content);
}

std::uint64_t World::Met(Window window) {
  const std::vector<WindowCount> all = syncer().Status().windows;
  return std::ranges::find(all, window, &WindowCount::window)->met;
}

int World::ConflictCopies() {
  return ledger_->Read([&](const Catalogue& catalogue) {
    return static_cast<int>(std::ranges::count_if(
        catalogue.AllNodes(),
        [&](NodeId id) { return catalogue.node(id).conflict_copy; }));
  });
}

void World::ForEachThere(
    const std::string& folder,
    const std::function<void(const std::string&, const std::string&)>& use) {
  const auto listed = service_.model().List(folder);
  if (!listed.ok()) return;
  for (const ObjectView& each : *listed) {
    if (HoldsChildren(each.type)) {
      ForEachThere(each.path, use);
    } else {
      use(each.path, service_.Read(each.path));
    }
  }
}

SavedBytes::Tokens World::AtService() {
  SavedBytes::Tokens found;
  ForEachThere(kFolder, [&](const std::string&, const std::string& bytes) {
    found.insert(TokenOf(bytes));
  });
  return found;
}

SavedBytes::Tokens World::Shown() {
  return ledger_->Read([&](const Catalogue& catalogue) {
    SavedBytes::Tokens found;
    for (const NodeId id : catalogue.AllNodes()) {
      const Node& node = catalogue.node(id);
      if (!node.detached()) found.insert(TokenOfNode(catalogue, node));
    }
    found.erase("");
    return found;
  });
}

SavedBytes::Tokens World::Everywhere() {
  SavedBytes::Tokens found = Shown();
  found.merge(AtService());
  const Result<std::vector<TrashItem>> trash = store_->Trash();
  WSFS_CHECK(trash.ok());
  for (const TrashItem& item : *trash)
    found.insert(TokenOf(TextOf(item.content)));
  return found;
}

std::string World::Mixtures() {
  std::string out;
  const auto look = [&](const std::string& path, const std::string& bytes) {
    if (!saved_.IsWhole(bytes))
      out += path + " holds no whole save: " + bytes.substr(0, 80) + "\n";
  };
  ForEachThere(kFolder, look);
  ledger_->Read([&](const Catalogue& catalogue) {
    for (const NodeId id : catalogue.AllNodes()) {
      const Node& node = catalogue.node(id);
      if (node.content && !WasDropped(*node.content))
        look(catalogue.ShownPathOf(node), TextOf(*node.content));
    }
  });
  return out;
}

std::string World::Duplicate() {
  std::map<std::string, std::string> where;
  std::string out;
  ForEachThere(kFolder, [&](const std::string& path, const std::string& bytes) {
    const auto [other, is_new] = where.emplace(TokenOf(bytes), path);
    const std::string& token = other->first;
    if (!is_new && !token.empty() && !stood_in_for_.contains(token))
      out = token + " is in " + other->second + " and " + path;
  });
  return out;
}

std::string World::Differences() {
  std::string out;
  CompareFolder(root_, out);
  return out;
}

void World::CompareFolder(NodeId id, std::string& out) {
  struct Entry {
    std::string path;
    NodeId node;
    bool folder;
    std::optional<Content> content;
  };
  std::string folder;
  std::map<std::string, Entry> mine;
  std::vector<std::string> refused;
  ledger_->Read([&](const Catalogue& catalogue) {
    const Node& node = catalogue.node(id);
    const Object* const object = catalogue.FindObject(node.bind);
    if (object == nullptr || !node.loaded) return;
    folder = catalogue.RemotePathOf(*object);
    for (const NodeId child : catalogue.Children(id)) {
      const Node& kid = catalogue.node(child);
      if (kid.place == Place::kLocal) continue;
      const Object* const bound = catalogue.FindObject(kid.bind);
      if (!kid.refused.empty()) {
        if (bound != nullptr) refused.push_back(bound->name);
        continue;
      }
      if (bound == nullptr) {
        out += "not at the service: " + catalogue.ShownPathOf(kid) + "\n";
        continue;
      }
      mine[bound->name] = {catalogue.RemotePathOf(*bound), child,
                           kid.kind == NodeKind::kDirectory, kid.content};
    }
  });
  if (folder.empty()) return;
  const auto listed = service_.model().List(folder);
  if (!listed.ok()) {
    out += "no folder " + folder + "\n";
    return;
  }
  std::map<std::string, NodeType> theirs;
  for (const ObjectView& each : *listed) theirs[NameOf(each.path)] = each.type;
  for (const std::string& name : refused) theirs.erase(name);
  for (const auto& [name, type] : theirs) {
    if (!mine.contains(name))
      out += "only there: " + folder + "/" + name + "\n";
  }
  for (const auto& [name, entry] : mine) {
    if (!theirs.contains(name)) {
      out += "only here: " + folder + "/" + name + "\n";
    } else if (entry.folder != HoldsChildren(theirs[name])) {
      out += "another kind: " + entry.path + "\n";
    } else if (entry.folder) {
      CompareFolder(entry.node, out);
    } else if (entry.content && !WasDropped(*entry.content) &&
               TokenOf(TextOf(*entry.content)) !=
                   TokenOf(service_.Read(entry.path))) {
      out += "other content: " + entry.path + ": here " +
             TokenOf(TextOf(*entry.content)) + ", there " +
             TokenOf(service_.Read(entry.path)) + "\n";
    }
  }
}

}  // namespace wsfs
