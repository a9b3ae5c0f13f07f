#include "core/engine.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "core/ahead/ahead_filesystem.h"
#include "core/views/view_filesystem.h"

namespace wsfs {
namespace {

bool IsWithin(const Catalogue& catalogue, NodeId node, NodeId top) {
  while (node != kNoNode && node != top) {
    const Node* found = catalogue.FindNode(node);
    node = found == nullptr ? kNoNode : found->parent;
  }
  return node == top;
}

}  // namespace

Engine::Engine(std::unique_ptr<Store> store) : store_(std::move(store)) {}

Result<std::unique_ptr<Engine>> Engine::Start(std::unique_ptr<Store> store,
                                              const Options& options) {
  std::unique_ptr<Engine> engine(new Engine(std::move(store)));
  WSFS_TRY(engine->ledger_, Ledger::Open({.store = engine->store_.get(),
                                          .clock = options.clock,
                                          .host_name = options.host_name,
                                          .uid = options.uid,
                                          .gid = options.gid,
                                          .merge = options.merge}));
  engine->syncer_ =
      Syncer::Make(*engine->ledger_, *options.workspace, options.syncer);
  engine->filesystem_ = std::make_unique<ViewFilesystem>(
      std::make_unique<AheadFilesystem>(
          std::make_unique<WatchingFilesystem>(
              Filesystem::Make(*engine->ledger_, *engine->syncer_,
                               options.filesystem),
              *engine->ledger_, *engine->syncer_, options.watch),
          *engine->ledger_, *engine->syncer_),
      *engine->ledger_);
  engine->syncer_->Start();
  engine->timer_ =
      Thread("wsfs-timer",
             [raw = engine.get(), every = options.tick] { raw->Tick(every); });
  return engine;
}

Engine::~Engine() {
  Stop();
}

void Engine::Stop() {
  {
    const MutexLock lock(mutex_);
    if (stopping_) return;
    stopping_ = true;
    stop_.NotifyAll();
  }
  timer_.Join();
  if (filesystem_ != nullptr) {
    filesystem_->SealIdleDrafts();
    filesystem_->GiveUpUnsaved();
  }
  if (syncer_ != nullptr) syncer_->Stop();
  filesystem_.reset();
  syncer_.reset();
  ledger_.reset();
  const auto closed = store_->Close();
  if (!closed.ok())
    Log(LogLevel::kError, "closing the store: {}", closed.error().message());
}

void Engine::Tick(Milliseconds every) {
  while (true) {
    const SteadyTime next = std::chrono::steady_clock::now() + every;
    {
      const MutexLock lock(mutex_);
      while (!stopping_ && stop_.WaitUntil(mutex_, next)) {
      }
      if (stopping_) return;
    }
    filesystem_->OnTimer();
  }
}

Filesystem& Engine::filesystem() {
  return *filesystem_;
}

MountId Engine::NewMountId() {
  const MutexLock lock(mutex_);
  return ++last_mount_;
}

bool Engine::Overlaps(NodeId one, NodeId other) {
  return ledger_->Read([&](const Catalogue& catalogue) {
    return IsWithin(catalogue, one, other) || IsWithin(catalogue, other, one);
  });
}

void Engine::TellOverlaps() {
  for (auto& [id, view] : views_) {
    const bool overlapping =
        std::ranges::any_of(views_, [&, self = id](const auto& other) {
          return other.first != self && Overlaps(view.root, other.second.root);
        });
    if (view.set_overlapping) view.set_overlapping(overlapping);
  }
}

void Engine::AnnounceView(MountId mount, NodeId root) {
  const MutexLock lock(mutex_);
  views_[mount].root = root;
  TellOverlaps();
}

void Engine::AddView(MountId mount, MountView view) {
  ledger_->AddNotifier(mount, view.notifier);
  const MutexLock lock(mutex_);
  views_[mount] = std::move(view);
  TellOverlaps();
}

void Engine::RemoveView(MountId mount) {
  ledger_->RemoveNotifier(mount);
  const MutexLock lock(mutex_);
  views_.erase(mount);
  TellOverlaps();
}

}  // namespace wsfs
