#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/test_folder.h"
#include "core/fs/filesystem.h"
#include "core/sync/syncer.h"
#include "testing/memory_workspace.h"

namespace wsfs {

/// A Syncer with its threads and the machine's clock, a Filesystem that makes
/// work for it in /Shared/d, and a workspace in memory. For tests.
class SyncerTest : public ::testing::Test {
 protected:
  static constexpr std::string_view kHome = "/Shared/d/";
  static constexpr MountId kMount = 1;
  static constexpr Caller kPerson{.uid = 1000, .gid = 1000, .process = 1};

  SyncerTest() {
    workspace_.MakeFolder("/Shared/d");
    workspace_.PutFile("/Shared/d/a.txt", "theirs");
    workspace_.PutFile("/Shared/d/b.txt", "theirs");
    workspace_.AfterCall([this](const ServiceCall& call, const CallOptions&) {
      const MutexLock lock(mutex_);
      ++executed_[call.method];
      changed_.NotifyAll();
      return Result<void>();
    });
    Open();
  }
  ~SyncerTest() override { Close(); }

  /// A process that has not begun to work.
  void Open() {
    Store::Options store_options;
    store_options.directory = folder_.path();
    auto store = Store::Open(store_options);
    WSFS_CHECK(store.ok());
    store_ = *std::move(store);
    Ledger::Options options;
    options.store = store_.get();
    options.clock = &RealClock();
    options.host_name = "desk.example.com";
    options.uid = kPerson.uid;
    options.gid = kPerson.gid;
    auto ledger = Ledger::Open(options);
    WSFS_CHECK(ledger.ok());
    ledger_ = *std::move(ledger);
    syncer_ = Syncer::Make(*ledger_, workspace_, {});
    fs_ = Filesystem::Make(*ledger_, *syncer_, {});
    home_ = *fs_->ResolveRoot("/Shared/d", Patience());
  }
  void Close() {
    syncer_->Stop();
    fs_.reset();
    syncer_.reset();
    ledger_.reset();
    WSFS_CHECK(store_->Close().ok());
    store_.reset();
  }

  static Waiting Patience() { return Within(std::chrono::seconds(30)); }
  static Waiting Within(Milliseconds time,
                        std::shared_ptr<CancelToken> cancel = nullptr) {
    return Waiting::Until(RealClock().Now() + time, std::move(cancel));
  }

  Result<NodeId> Find(std::string_view name) {
    WSFS_TRY(const Stat found,
             fs_->Lookup(kMount, home_, name, Caller(), Patience()));
    return found.id;
  }

  /// `printf text > name`.
  Result<void> Save(std::string_view name, std::string_view text) {
    WSFS_TRY(const HandleId handle, OpenToWrite(name));
    return WriteAndClose(handle, text);
  }
  Result<void> WriteAndClose(HandleId handle, std::string_view text) {
    const auto written = fs_->Write(
        kMount, handle, 0, std::as_bytes(std::span(text.data(), text.size())),
        Patience());
    auto closed = fs_->Flush(kMount, handle, kPerson, Patience());
    fs_->Release(kMount, handle);
    if (!written.ok()) return written.error();
    return closed;
  }
  Result<HandleId> OpenToWrite(std::string_view name) {
    const OpenFlags flags{.read = false, .write = true, .truncate = true};
    const auto found = Find(name);
    if (found.ok()) {
      WSFS_TRY(const Opened opened,
               fs_->Open(kMount, *found, flags, kPerson, Patience()));
      return opened.handle;
    }
    WSFS_TRY(const auto created,
             fs_->Create(kMount, home_, name, 0644, flags, /*exclusive=*/false,
                         kPerson, Patience()));
    return created.second.handle;
  }

  /// Until the service has executed `count` calls of this kind, 30 s at most.
  bool WaitUntilExecuted(const std::string& method, int count) {
    const SteadyTime until = RealClock().Now() + std::chrono::seconds(30);
    const MutexLock lock(mutex_);
    while (executed_[method] < count)
      if (!changed_.WaitUntil(mutex_, until)) return false;
    return true;
  }
  int Executed(const std::string& method) {
    const MutexLock lock(mutex_);
    return executed_[method];
  }

  /// Calls that are decided and of which nobody knows what became.
  int OpenIntents() {
    return ledger_->Read([](const Catalogue& catalogue) {
      int open = 0;
      for (const ObjectKey key : catalogue.UnsettledObjects())
        open += catalogue.object(key).intent.has_value() ? 1 : 0;
      for (const NodeId id : catalogue.UnsettledNodes())
        open += catalogue.node(id).intent.has_value() ? 1 : 0;
      return open;
    });
  }

  std::string Remote(std::string_view name) {
    return workspace_.Read(std::string(kHome).append(name));
  }
  bool HasRemote(std::string_view name) {
    return workspace_.Has(std::string(kHome).append(name));
  }

  MemoryWorkspace workspace_{{}};
  std::unique_ptr<Store> store_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Syncer> syncer_;
  std::unique_ptr<Filesystem> fs_;
  NodeId home_ = kNoNode;

 private:
  const TestFolder folder_;
  Mutex mutex_;
  CondVar changed_;
  std::map<std::string, int> executed_ GUARDED_BY(mutex_);
};

}  // namespace wsfs
