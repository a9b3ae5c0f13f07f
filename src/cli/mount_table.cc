#include "cli/mount_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace wsfs {
namespace {

/// For a listing that is known already, but from an earlier run.
constexpr Milliseconds kRenewTime{4'000};

}  // namespace

MountTable::MountTable(Engine& engine, Options options)
    : engine_(engine),
      started_(engine.ledger().Now()),
      options_(std::move(options)),
      reaper_("wsfs-reaper", [this] { Reap(); }) {}

MountTable::~MountTable() {
  for (const MountInfo& info : All()) Detach(info.id);
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  reaper_.Join();
}

Result<NodeId> MountTable::Reach(const MountWish& wish) {
  const Waiting waiting =
      Waiting::Until(std::chrono::steady_clock::now() + wish.reach_time);
  auto root = engine_.filesystem().ResolveRoot(wish.remote, waiting);
  if (!root.ok() && root.error().code() == Errc::kNotFound)
    return Error(Errc::kNotFound,
                 fmt::format("the workspace has no folder {}", wish.remote));
  if (!root.ok()) return std::move(root).error();
  Renew(*root);
  // Listed now, so that the first `ls` works.
  WSFS_TRY(const OpenedDirectory opened,
           engine_.filesystem().OpenDirectory(*root, waiting));
  engine_.filesystem().ReleaseDirectory(opened.handle);
  return *root;
}

/// What an earlier run knew may be long out of date; when the service is away
/// it is what there is.
void MountTable::Renew(NodeId root) {
  const bool old = engine_.ledger().Read([&](const Catalogue& catalogue) {
    const Node* node = catalogue.FindNode(root);
    return node != nullptr && node->loaded && node->listed_at < started_;
  });
  if (!old) return;
  const auto renewed = engine_.syncer().LoadDirectory(
      root, true,
      Waiting::Until(std::chrono::steady_clock::now() + kRenewTime));
  if (!renewed.ok())
    Log(LogLevel::kInfo, "the listing of an earlier run is shown: {}",
        renewed.error().message());
}

Result<std::unique_ptr<FuseMount>> MountTable::Start(const MountInfo& info,
                                                     NodeId root,
                                                     Milliseconds deadline) {
  FuseMount::Options options;
  options.directory = info.directory;
  options.source = fmt::format("{}:{}", options_.host, info.remote);
  options.control = options_.control;
  options.id = info.id;
  options.root = root;
  options.read_only = info.read_only;
  options.deadline = deadline;
  options.on_end = [this, id = info.id] { Ended(id); };
  options.on_told = options_.on_told;
  return FuseMount::Start(*options_.files, std::move(options));
}

Result<MountInfo> MountTable::Add(const MountWish& wish) {
  WSFS_TRY(const MountPoint point, PrepareMountPoint(wish.directory));
  const auto undo = [&](Error error) {
    std::error_code ignored;
    if (point.created) std::filesystem::remove(point.path, ignored);
    return error;
  };
  auto root = Reach(wish);
  if (!root.ok()) return undo(std::move(root).error());
  MountInfo info = {.id = engine_.NewMountId(),
                    .directory = point.path,
                    .remote = wish.remote,
                    .read_only = wish.read_only,
                    .drain = wish.drain,
                    .policy = wish.policy};
  // In this order no kernel ever keeps what another one may change.
  engine_.AnnounceView(info.id, *root);
  engine_.filesystem().SetPolicy(info.id, wish.policy);
  auto mount = Start(info, *root, wish.deadline);
  if (!mount.ok()) {
    engine_.RemoveView(info.id);
    return undo(std::move(mount).error());
  }
  FuseMount* raw = mount->get();
  engine_.AddView(info.id, {.root = *root,
                            .notifier = &raw->notifier(),
                            .set_overlapping = [raw](bool overlapping) {
                              raw->SetOverlapping(overlapping);
                            }});
  const MutexLock lock(mutex_);
  const bool ended = std::erase(early_ends_, info.id) > 0;
  entries_.push_back(
      {.info = info, .mount = std::move(*mount), .ended = ended});
  changed_.NotifyAll();
  return info;
}

Result<void> MountTable::Unmount(const std::filesystem::path& directory) {
  MountId id = 0;
  for (const MountInfo& info : All())
    if (info.directory == directory) id = info.id;
  if (id == 0)
    return Error(Errc::kNotFound,
                 fmt::format("nothing of this engine is mounted at {}",
                             directory.native()));
  auto unmounted = UnmountAt(directory, UnmountHow::kIfIdle);
  if (!unmounted.ok() && unmounted.error().code() == Errc::kBusy)
    return Error(Errc::kBusy,
                 fmt::format("{} is in use: close the files, shells and "
                             "editors that are in it, then unmount again",
                             directory.native()));
  if (!unmounted.ok()) return std::move(unmounted).error();
  WaitGone(id, nullptr);
  return {};
}

void MountTable::Detach(MountId id) {
  std::shared_ptr<FuseMount> mount;
  {
    const MutexLock lock(mutex_);
    for (const Entry& entry : entries_)
      if (entry.info.id == id && !entry.ended) mount = entry.mount;
  }
  // Ends the session, whose last receiver then calls Ended().
  if (mount != nullptr) mount->Detach();
  mount.reset();
  WaitGone(id, nullptr);
}

std::vector<MountInfo> MountTable::All() const {
  const MutexLock lock(mutex_);
  std::vector<MountInfo> all;
  for (const Entry& entry : entries_) all.push_back(entry.info);
  return all;
}

bool MountTable::Has(MountId id) const {
  return std::ranges::any_of(
      entries_, [&](const Entry& entry) { return entry.info.id == id; });
}

bool MountTable::WaitGone(MountId id,
                          const std::shared_ptr<CancelToken>& cancel) {
  CancelToken::Handle wake = 0;
  if (cancel != nullptr)
    wake = cancel->OnCancel([this] {
      const MutexLock lock(mutex_);
      changed_.NotifyAll();
    });
  bool gone = false;
  {
    const MutexLock lock(mutex_);
    while (Has(id) && (cancel == nullptr || !cancel->cancelled()))
      changed_.Wait(mutex_);
    gone = !Has(id);
  }
  if (wake != 0) cancel->Forget(wake);
  return gone;
}

void MountTable::Ended(MountId id) {
  const MutexLock lock(mutex_);
  const auto entry = std::ranges::find_if(
      entries_, [&](const Entry& one) { return one.info.id == id; });
  if (entry == entries_.end())
    early_ends_.push_back(id);
  else
    entry->ended = true;
  changed_.NotifyAll();
}

void MountTable::Reap() {
  while (true) {
    std::shared_ptr<FuseMount> mount;
    MountId id = 0;
    {
      const MutexLock lock(mutex_);
      const auto ended = [this]() REQUIRES(mutex_) {
        return std::ranges::find_if(
            entries_, [](const Entry& entry) { return entry.ended; });
      };
      while (ended() == entries_.end() && !stopping_) changed_.Wait(mutex_);
      const auto entry = ended();
      if (entry == entries_.end()) return;
      id = entry->info.id;
      mount = std::move(entry->mount);
      entry->ended = false;
    }
    engine_.RemoveView(id);
    mount.reset();
    {
      const MutexLock lock(mutex_);
      entries_.remove_if(
          [&](const Entry& entry) { return entry.info.id == id; });
      changed_.NotifyAll();
    }
    if (options_.on_change) options_.on_change();
  }
}

}  // namespace wsfs
