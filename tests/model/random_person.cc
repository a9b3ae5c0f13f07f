#include "random_person.h"

#include <algorithm>
#include <utility>

namespace wsfs {
namespace {

const std::vector<std::string> kFileNames = {"a.txt", "b.txt", "c.txt",
                                             "n.py",  "m.py",  "d"};
const std::vector<std::string> kFolderNames = {"d", "e", "f"};

std::string Join(const std::string& folder, const std::string& name) {
  return folder.empty() ? name : folder + "/" + name;
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

template <typename Script>
void Append(Script& script, Script more) {
  std::ranges::move(more, std::back_inserter(script));
}

}  // namespace

RandomPerson::Script RandomPerson::SaveScript(const std::string& path,
                                              const std::string& as) {
  Script script = {[path](World& w) { w.Open(path); },
                   [path, as](World& w) { w.Write(path, as); }};
  if (fsyncs && chance_.OneIn(4))
    script.push_back([path](World& w) { w.Fsync(path); });
  script.push_back([path](World& w) { w.Close(path); });
  if (fsyncs && chance_.OneIn(6))
    script.push_back([](World& w) { w.SyncDisk(); });
  return script;
}

std::vector<std::string> RandomPerson::Paths(NodeKind kind) {
  return world_.ledger().Read([&](const Catalogue& catalogue) {
    std::vector<std::string> paths;
    const std::size_t cut =
        catalogue.ShownPathOf(catalogue.node(world_.root())).size() + 1;
    for (const NodeId id : catalogue.Below(world_.root())) {
      const Node& node = catalogue.node(id);
      if (node.kind == kind && !node.conflict_copy &&
          node.place == Place::kRemote)
        paths.push_back(catalogue.ShownPathOf(node).substr(cut));
    }
    return paths;
  });
}

std::string RandomPerson::AnyFile() {
  const std::vector<std::string> files = Paths(NodeKind::kFile);
  return files.empty() ? "" : chance_.Pick(files);
}

std::string RandomPerson::AnyFolder() {
  const std::vector<std::string> folders = Paths(NodeKind::kDirectory);
  return folders.empty() ? "" : chance_.Pick(folders);
}

/// A folder to put something in; "" is the top.
std::string RandomPerson::AnyPlace() {
  return chance_.OneIn(3) ? "" : AnyFolder();
}

void RandomPerson::Step() {
  if (scripts_.empty() || (scripts_.size() < 4 && chance_.OneIn(4))) Begin();
  if (scripts_.empty()) return;
  const std::size_t at = chance_.Below(scripts_.size());
  const auto operation = scripts_[at].front();
  scripts_[at].erase(scripts_[at].begin());
  if (scripts_[at].empty())
    scripts_.erase(scripts_.begin() + static_cast<std::ptrdiff_t>(at));
  operation(world_);
}

void RandomPerson::FinishAll() {
  while (!scripts_.empty()) {
    const Script script = scripts_.front();
    scripts_.erase(scripts_.begin());
    for (const auto& operation : script) operation(world_);
  }
  const std::vector<std::string> open =
      world_.ledger().Read([&](const Catalogue& catalogue) {
        std::vector<std::string> paths;
        const std::size_t cut =
            catalogue.ShownPathOf(catalogue.node(world_.root())).size() + 1;
        for (const NodeId id : catalogue.Below(world_.root())) {
          const Node& node = catalogue.node(id);
          for (int i = 0; i < node.writers; ++i)
            paths.push_back(catalogue.ShownPathOf(node).substr(cut));
        }
        return paths;
      });
  for (const std::string& path : open) world_.Close(path);
}

void RandomPerson::Begin() {
  if (chance_.OneIn(3)) {
    BeginOnFolder(AnyFolder());
  } else {
    BeginOnFile(AnyFile());
  }
}

void RandomPerson::BeginOnFolder(const std::string& folder) {
  const std::string made = Join(AnyPlace(), chance_.Pick(kFolderNames));
  const std::string other = AnyFolder();
  if (folder.empty() || chance_.OneIn(4)) {
    scripts_.push_back({[made](World& w) { w.Mkdir(made); }});
    return;
  }
  switch (chance_.Below(4)) {
    case 0:
      scripts_.push_back({[folder](World& w) { w.RemoveTree(folder); }});
      return;
    case 1:
      scripts_.push_back(
          {[folder, made](World& w) { w.Rename(folder, made); }});
      return;
    case 2:
      scripts_.push_back(
          {[folder](World& w) { w.Rename(folder, "tmpswap"); },
           [folder, other](World& w) { w.Rename(other, folder); },
           [other](World& w) { w.Rename("tmpswap", other); }});
      return;
    default: {
      Script script = {[folder](World& w) { w.RemoveTree(folder); }};
      Append(script, SaveScript(folder, folder));
      scripts_.push_back(std::move(script));
    }
  }
}

void RandomPerson::BeginOnFile(const std::string& file) {
  const std::string target = Join(AnyPlace(), chance_.Pick(kFileNames));
  const std::string other = AnyFile();
  if (file.empty() || chance_.OneIn(6)) {
    scripts_.push_back(SaveScript(target, target));
    return;
  }
  const std::string beside = Join(FolderOf(file), "sedXa1");
  switch (chance_.Below(10)) {
    case 0: scripts_.push_back({[file](World& w) { w.VimSave(file); }}); return;
    case 1:
      scripts_.push_back({[file](World& w) { w.JetBrainsSave(file); }});
      return;
    case 2: {
      Script script = SaveScript(beside, file);
      script.push_back([beside, file](World& w) { w.Rename(beside, file); });
      scripts_.push_back(std::move(script));
      return;
    }
    case 3:
      scripts_.push_back({[file](World& w) { w.SaveWithBackup(file); }});
      return;
    case 4:
      scripts_.push_back(
          {[file, target](World& w) { w.Rename(file, target); }});
      return;
    case 5: scripts_.push_back({[file](World& w) { w.Unlink(file); }}); return;
    case 6:
      scripts_.push_back(
          {[file, other](World& w) { w.Rename(file, other, true); }});
      return;
    case 7: {
      Script script = {[file](World& w) { w.Unlink(file); }};
      Append(script, SaveScript(file, file));
      scripts_.push_back(std::move(script));
      return;
    }
    case 8:
      scripts_.push_back({[file](World& w) { w.Rename(file, file + ".tmpfd"); },
                          [file](World& w) { w.Mkdir(file); },
                          [file](World& w) {
                            w.Rename(file + ".tmpfd", file + "/orig.txt");
                          }});
      return;
    default: scripts_.push_back(SaveScript(file, file)); return;
  }
}

std::vector<std::string> RandomStranger::Paths(bool folders) {
  std::vector<std::string> paths;
  std::vector<std::string> open = {world_.Remote("")};
  while (!open.empty()) {
    const std::string folder = open.back();
    open.pop_back();
    if (folders) paths.push_back(folder);
    const auto listed = world_.service().model().List(folder);
    if (!listed.ok()) continue;
    for (const ObjectView& each : *listed) {
      if (HoldsChildren(each.type)) {
        open.push_back(each.path);
      } else if (!folders) {
        paths.push_back(each.path);
      }
    }
  }
  return paths;
}

/// What is at this path, or below it, ends by somebody else's hand.
void RandomStranger::NoteEnd(const std::string& path) {
  for (const std::string& each : Paths(/*folders=*/false)) {
    if (each == path || each.starts_with(path + "/"))
      world_.saved().EndedThere(TokenOf(world_.service().Read(each)));
  }
}

void RandomStranger::Edit(const std::string& path) {
  NoteEnd(path);
  const auto view = world_.service().model().GetStatus(path);
  const std::string token = "@f" + std::to_string(++counter_);
  if (view->type == NodeType::kNotebook) {
    world_.service().PutNotebook(path, Language::kPython,
                                 World::BodyWith("x.py", token));
  } else {
    world_.service().PutFile(path, token + "\n");
  }
}

void RandomStranger::Move(const std::string& path, const std::string& folder) {
  const std::string target =
      folder + "/" + chance_.Pick(std::vector<std::string>{"a.txt", "z", "y"});
  if (target == path || world_.service().Has(target)) return;
  // Where it is now a delete of the folder may take it, unseen
  // (planner.md §11): the person's save ends here.
  NoteEnd(path);
  world_.service().Move(path, target);
  placed[target] = world_.service().model().NowMs();
}

void RandomStranger::Step() {
  const std::vector<std::string> files = Paths(/*folders=*/false);
  const std::string folder = chance_.Pick(Paths(/*folders=*/true));
  const std::string file = files.empty() ? "" : chance_.Pick(files);
  const std::string token = "@f" + std::to_string(++counter_);
  switch (chance_.Below(8)) {
    case 0:
    case 1:
    case 2:
      if (!file.empty()) Edit(file);
      return;
    case 3:
    case 4: {
      const std::string made = folder + "/" + chance_.Pick(kFileNames);
      // What the service refuses nobody does: a folder there, a name clash.
      if (!world_.service().Has(made) && !made.ends_with(".py"))
        world_.service().PutFile(made, token + "\n");
      return;
    }
    case 5:
      if (file.empty()) return;
      NoteEnd(file);
      world_.service().Remove(file);
      return;
    case 6:
      if (!file.empty() && can_move) Move(file, folder);
      return;
    default: {
      const std::string made = folder + "/" + chance_.Pick(kFolderNames);
      if (!world_.service().Has(made)) world_.service().MakeFolder(made);
    }
  }
}

}  // namespace wsfs
