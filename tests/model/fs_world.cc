#include "fs_world.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "base/check.h"
#include "core/ahead/ahead_filesystem.h"
#include "core/sync/syncer.h"
#include "core/views/view_filesystem.h"
#include "core/watch/watching_filesystem.h"

namespace wsfs {
namespace {

constexpr Milliseconds kStep{250};

ModelOptions OptionsOf(Clock& clock) {
  ModelOptions options;
  options.clock = &clock;
  return options;
}

Result<void> Ignore(const Result<Stat>& stat) {
  if (!stat.ok()) return stat.error();
  return {};
}

/// A syncer with a step of the test's own where open(2) asks for a refresh.
class SteppingSyncer final : public Syncer {
 public:
  SteppingSyncer(Syncer& syncer, std::function<void()>& step)
      : syncer_(syncer), step_(step) {}

  void Start() override { syncer_.Start(); }
  void Stop() override { syncer_.Stop(); }
  int RunReady() override { return syncer_.RunReady(); }
  Result<void> LoadDirectory(NodeId directory, bool renew,
                             const Waiting& waiting) override {
    return syncer_.LoadDirectory(directory, renew, waiting);
  }
  void Refresh(NodeId directory, Milliseconds older_than) override {
    if (const auto step = std::exchange(step_, nullptr)) step();
    syncer_.Refresh(directory, older_than);
  }
  bool ListAhead(NodeId directory, std::function<void()> done) override {
    return syncer_.ListAhead(directory, std::move(done));
  }
  Result<std::shared_ptr<Hydration>> Hydrate(NodeId file,
                                             CallClass call_class) override {
    return syncer_.Hydrate(file, call_class);
  }
  void CheckAhead(NodeId file) override { syncer_.CheckAhead(file); }
  Result<void> WaitTaken(const Awaited& what, Persistence persistence,
                         const Waiting& waiting) override {
    return syncer_.WaitTaken(what, persistence, waiting);
  }
  HealthState Service() override { return syncer_.Service(); }
  FailureNumber LastFailure() override { return syncer_.LastFailure(); }
  std::size_t PushesInFlight() override { return syncer_.PushesInFlight(); }
  std::string ErrorOf(NodeId node) override { return syncer_.ErrorOf(node); }
  Result<SyncStatus> Drain(const Waiting& waiting) override {
    return syncer_.Drain(waiting);
  }
  SyncStatus Status() override { return syncer_.Status(); }

 private:
  Syncer& syncer_;
  std::function<void()>& step_;
};

}  // namespace

FsWorld::FsWorld(const Options& options)
    : options_(options), workspace_(OptionsOf(clock_)) {
  workspace_.UseCallerClock(desk_clock_);
  Start();
}

FsWorld::~FsWorld() {
  Stop();
}

void FsWorld::Start() {
  Store::Options options;
  options.directory = folder_.path();
  auto store = Store::Open(options);
  WSFS_CHECK(store.ok());
  store_ = *std::move(store);
  Ledger::Options ledger_options;
  ledger_options.store = store_.get();
  ledger_options.clock = &desk_clock_;
  ledger_options.host_name = "desk.example.com";
  ledger_options.uid = 1000;
  ledger_options.gid = 1000;
  ledger_options.merge = options_.merge;
  auto ledger = Ledger::Open(ledger_options);
  WSFS_CHECK(ledger.ok());
  ledger_ = *std::move(ledger);
  syncer_ = Syncer::Make(*ledger_, workspace_, {});
  stepping_ = std::make_unique<SteppingSyncer>(*syncer_, during_open_);
  fs_ = std::make_unique<ViewFilesystem>(
      std::make_unique<AheadFilesystem>(
          std::make_unique<WatchingFilesystem>(
              Filesystem::Make(*ledger_, *stepping_, {}), *ledger_, *stepping_,
              WatchingFilesystem::Options{.polls_per_second =
                                              options_.polls_per_second}),
          *ledger_, *stepping_),
      *ledger_);
  const auto home = fs_->ResolveRoot(kHome, Patience());
  WSFS_CHECK(home.ok());
  home_ = *home;
}

void FsWorld::Stop() {
  fs_.reset();
  stepping_.reset();
  syncer_.reset();
  ledger_.reset();
  store_.reset();
}

void FsWorld::DuringNextOpen(std::function<void()> step) {
  during_open_ = std::move(step);
}

// Nothing is closed on the way: the store is left as the last commit left it.
void FsWorld::Crash() {
  Stop();
  Start();
}

std::string FsWorld::Remote(std::string_view path) {
  return fmt::format("{}/{}", kHome, path);
}

void FsWorld::Restart() {
  fs_->SealIdleDrafts();
  fs_->GiveUpUnsaved();
  Stop();
  Start();
}

Result<NodeId> FsWorld::Find(std::string_view path) {
  NodeId at = home_;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view name = path.substr(0, slash);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
    const auto found = Run([&](const Waiting& waiting) {
      return fs_->Lookup(kMount, at, name, As(kReader), waiting);
    });
    if (!found.ok()) return found.error();
    at = found->id;
  }
  return at;
}

Result<FsWorld::Place> FsWorld::PlaceOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos)
    return Place{.directory = home_, .name = std::string(path)};
  WSFS_TRY(const NodeId directory, Find(path.substr(0, slash)));
  return Place{.directory = directory,
               .name = std::string(path.substr(slash + 1))};
}

Result<Stat> FsWorld::StatOf(std::string_view path) {
  while (true) {
    WSFS_TRY(const NodeId node, Find(path));
    auto stat = Run([&](const Waiting& waiting) {
      return fs_->GetAttributes(node, waiting);
    });
    if (stat.ok() || stat.error().code() != Errc::kStale) return stat;
  }
}

Result<HandleId> FsWorld::Open(std::string_view path, const OpenFlags& flags,
                               std::int32_t process) {
  while (true) {
    WSFS_TRY(const NodeId node, Find(path));
    const auto opened = Run([&](const Waiting& waiting) {
      return fs_->Open(kMount, node, flags, As(process), waiting);
    });
    if (opened.ok()) return opened->handle;
    // The kernel, too, walks the path again.
    if (opened.error().code() != Errc::kStale) return opened.error();
  }
}

Result<HandleId> FsWorld::CreateNew(std::string_view path,
                                    std::int32_t process) {
  WSFS_TRY(const Place place, PlaceOf(path));
  const OpenFlags flags{.read = false, .write = true};
  const auto created = Run([&](const Waiting& waiting) {
    return fs_->Create(kMount, place.directory, place.name, 0644, flags, true,
                       As(process), waiting);
  });
  if (!created.ok()) return created.error();
  return created->second.handle;
}

Result<HandleId> FsWorld::OpenToWrite(std::string_view path,
                                      std::int32_t process) {
  auto opened =
      Open(path, {.read = false, .write = true, .truncate = true}, process);
  if (opened.ok() || opened.error().code() != Errc::kNotFound) return opened;
  return CreateNew(path, process);
}

Result<void> FsWorld::Write(HandleId handle, std::uint64_t offset,
                            std::string_view text) {
  const auto written = Run([&](const Waiting& waiting) {
    return fs_->Write(kMount, handle, offset, BytesOf(text), waiting);
  });
  if (!written.ok()) return written.error();
  EXPECT_EQ(*written, text.size());
  return {};
}

Result<std::string> FsWorld::ReadHandle(HandleId handle, std::uint64_t offset) {
  std::string text;
  std::array<std::byte, 4096> chunk{};
  while (true) {
    const auto got = Run([&](const Waiting& waiting) {
      return fs_->Read(handle, offset + text.size(), chunk, waiting);
    });
    if (!got.ok()) return got.error();
    if (*got == 0) return text;
    for (std::size_t i = 0; i < *got; ++i)
      text.push_back(static_cast<char>(chunk[i]));
    // A short read is the end. Another one would belong to whatever the file
    // has become since: two reads of a file being replaced may differ.
    if (*got < chunk.size()) return text;
  }
}

Result<void> FsWorld::Flush(HandleId handle, std::int32_t process) {
  return Run([&](const Waiting& waiting) {
    return fs_->Flush(kMount, handle, As(process), waiting);
  });
}

void FsWorld::Release(HandleId handle) {
  fs_->Release(kMount, handle);
}

Result<void> FsWorld::Fsync(HandleId handle) {
  return Run([&](const Waiting& waiting) {
    return fs_->Fsync(kMount, handle, true, waiting);
  });
}

Result<void> FsWorld::Close(HandleId handle, std::int32_t process) {
  auto flushed = Flush(handle, process);
  Release(handle);
  return flushed;
}

Result<void> FsWorld::Truncate(std::string_view path, HandleId handle,
                               std::uint64_t size) {
  AttributeChange change;
  change.size_bytes = size;
  WSFS_TRY(const NodeId node, Find(path));
  return Ignore(Run([&](const Waiting& waiting) {
    return fs_->SetAttributes(kMount, node, change, handle, As(kEditor),
                              waiting);
  }));
}

Result<void> FsWorld::SetAttributes(std::string_view path,
                                    const AttributeChange& change) {
  WSFS_TRY(const NodeId node, Find(path));
  return Ignore(Run([&](const Waiting& waiting) {
    return fs_->SetAttributes(kMount, node, change, std::nullopt, As(kEditor),
                              waiting);
  }));
}

Result<std::string> FsWorld::ReadAll(std::string_view path) {
  WSFS_TRY(const HandleId handle, Open(path, {}));
  auto text = ReadHandle(handle);
  Release(handle);
  return text;
}

Result<void> FsWorld::Save(std::string_view path, std::string_view text) {
  WSFS_TRY(const HandleId handle, OpenToWrite(path));
  if (!text.empty()) {
    WSFS_RETURN_IF_ERROR(Write(handle, 0, text));
  }
  return Close(handle);
}

Result<void> FsWorld::Unlink(std::string_view path) {
  WSFS_TRY(const Place place, PlaceOf(path));
  return Run([&](const Waiting& waiting) {
    return fs_->Unlink(kMount, place.directory, place.name, waiting);
  });
}

Result<void> FsWorld::MakeDirectory(std::string_view path) {
  WSFS_TRY(const Place place, PlaceOf(path));
  return Ignore(Run([&](const Waiting& waiting) {
    return fs_->MakeDirectory(kMount, place.directory, place.name, 0755,
                              As(kEditor), waiting);
  }));
}

Result<void> FsWorld::RemoveDirectory(std::string_view path) {
  WSFS_TRY(const Place place, PlaceOf(path));
  return Run([&](const Waiting& waiting) {
    return fs_->RemoveDirectory(kMount, place.directory, place.name, waiting);
  });
}

Result<void> FsWorld::Rename(std::string_view from, std::string_view to,
                             RenameMode mode) {
  WSFS_TRY(const Place source, PlaceOf(from));
  WSFS_TRY(const Place target, PlaceOf(to));
  return Run([&](const Waiting& waiting) {
    return fs_->Rename(kMount, source.directory, source.name, target.directory,
                       target.name, mode, waiting);
  });
}

Result<void> FsWorld::Symlink(std::string_view path, std::string_view target) {
  WSFS_TRY(const Place place, PlaceOf(path));
  return Ignore(Run([&](const Waiting& waiting) {
    return fs_->Symlink(kMount, place.directory, place.name, target,
                        As(kEditor), waiting);
  }));
}

Result<std::vector<std::string>> FsWorld::Names(std::string_view directory) {
  WSFS_TRY(const NodeId node, Find(directory));
  const auto handle = Run([&](const Waiting& waiting) {
    return fs_->OpenDirectory(node, waiting);
  });
  if (!handle.ok()) return handle.error();
  std::vector<std::string> names;
  WSFS_RETURN_IF_ERROR(fs_->ReadDirectory(
      kMount, handle->handle, 0, false,
      [&](std::uint64_t /*next*/, const DirectoryEntry& entry) {
        names.push_back(entry.name);
        return true;
      }));
  fs_->ReleaseDirectory(handle->handle);
  std::ranges::sort(names);
  return names;
}

Result<std::string> FsWorld::Xattr(std::string_view path,
                                   std::string_view name) {
  WSFS_TRY(const NodeId node, Find(path));
  return fs_->GetXattr(node, name);
}

std::string FsWorld::DescribePlan() {
  return ledger_->Read([&](const Catalogue& catalogue) {
    std::string text;
    for (const auto& [key, action] : MakePlan(catalogue, ledger_->Context())) {
      const Object* object = catalogue.FindObject(key.object);
      const Node* node = object != nullptr ? catalogue.NodeOf(object->key)
                                           : catalogue.FindNode(key.node);
      text +=
          fmt::format("  action {} of object {} ({}) node {}, {} blockers\n",
                      static_cast<int>(key.op), key.object,
                      object != nullptr ? catalogue.RemotePathOf(*object) : "",
                      node != nullptr ? catalogue.ShownPathOf(*node) : "-",
                      action.blockers.size());
    }
    return text;
  });
}

void FsWorld::RunDue() {
  constexpr int kMany = 1'000;
  int rounds = 0;
  while (syncer_->RunReady() > 0 && rounds < kMany) ++rounds;
  ASSERT_LT(rounds, kMany) << "the plan does not come to rest:\n"
                           << DescribePlan();
}

void FsWorld::Pass(Milliseconds time) {
  for (Milliseconds passed{0}; passed < time; passed += kStep) {
    clock_.Advance(kStep);
    fs_->OnTimer();
    RunDue();
  }
}

std::vector<std::string> FsWorld::Writes() const {
  std::vector<std::string> writes;
  const std::string home = std::string(kHome) + "/";
  const auto leaf = [&](const std::string& path) {
    return path.starts_with(home) ? path.substr(home.size()) : path;
  };
  for (const ServiceCall& call : workspace_.Calls()) {
    const bool write = call.method == "import" || call.method == "mkdirs" ||
                       call.method == "delete" || call.method == "rename";
    if (!write) continue;
    writes.push_back(call.method + " " + leaf(call.path));
    if (!call.to.empty()) writes.back() += " > " + leaf(call.to);
  }
  return writes;
}

FsWorld::Tree FsWorld::Shown(std::string_view but_not) {
  Tree tree;
  AddShown("", but_not, tree);
  return tree;
}

void FsWorld::AddShown(const std::string& folder, std::string_view but_not,
                       Tree& tree) {
  const auto names = Names(folder);
  ASSERT_TRUE(names.ok()) << names.error().message();
  for (const std::string& name : *names) {
    if (!but_not.empty() && name.starts_with(but_not)) continue;
    const std::string path = folder.empty() ? name : folder + "/" + name;
    const auto stat = StatOf(path);
    ASSERT_TRUE(stat.ok()) << path << ": " << stat.error().message();
    if (stat->kind == NodeKind::kDirectory) {
      tree[path] = "/";
      AddShown(path, but_not, tree);
    } else {
      tree[path] = ReadAll(path).value_or("unreadable");
    }
  }
}

FsWorld::Tree FsWorld::AtService() {
  Tree tree;
  AddAtService("", tree);
  return tree;
}

void FsWorld::AddAtService(const std::string& folder, Tree& tree) {
  const auto listed = workspace_.model().List(
      folder.empty() ? std::string(kHome) : Remote(folder));
  ASSERT_TRUE(listed.ok()) << folder;
  for (const ObjectView& object : *listed) {
    const std::string path = object.path.substr(kHome.size() + 1);
    if (object.type == NodeType::kDirectory) {
      tree[path] = "/";
      AddAtService(path, tree);
      continue;
    }
    const bool notebook = object.type == NodeType::kNotebook;
    tree[notebook ? path + ".py" : path] = workspace_.Read(object.path);
  }
}

std::string FsWorld::Notices() {
  constexpr std::size_t kMany = 100;
  std::string all;
  const auto notices = store_->RecentNotices(kMany);
  EXPECT_TRUE(notices.ok());
  if (!notices.ok()) return all;
  for (const Notice& notice : *notices)
    all += fmt::format("{} {}\n", notice.path, notice.text);
  return all;
}

int FsWorld::ReadsOf(std::string_view method) const {
  return workspace_.CountOf(method);
}

}  // namespace wsfs
