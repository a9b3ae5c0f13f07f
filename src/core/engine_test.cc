#include "core/engine.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "base/test_folder.h"
#include "testing/memory_workspace.h"

namespace wsfs {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

class NoNotifier final : public KernelNotifier {
 public:
  void Notify(std::vector<Invalidation> /*invalidations*/) override {}
};

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    workspace_.MakeFolder("/Shared/d");
    workspace_.MakeFolder("/Shared/d/e");
    engine_ = NewEngine();
  }

  std::unique_ptr<Engine> NewEngine() {
    Store::Options store_options;
    store_options.directory = folder_.path();
    auto store = Store::Open(store_options);
    WSFS_CHECK(store.ok());
    Engine::Options options;
    options.workspace = &workspace_;
    options.clock = &RealClock();
    options.host_name = "desk.example.com";
    options.uid = 1000;
    options.gid = 1000;
    auto engine = Engine::Start(*std::move(store), options);
    WSFS_CHECK(engine.ok());
    return *std::move(engine);
  }
  static Waiting Patience() {
    return Waiting::Until(std::chrono::steady_clock::now() +
                          std::chrono::seconds(30));
  }
  NodeId RootOf(std::string_view path) {
    auto root = engine_->filesystem().ResolveRoot(path, Patience());
    WSFS_CHECK(root.ok());
    return *root;
  }
  /// A mount that notes what it is told.
  void AddView(MountId id, NodeId root, std::vector<bool>& told) {
    engine_->AnnounceView(id, root);
    engine_->AddView(id, {.root = root,
                          .notifier = &notifier_,
                          .set_overlapping = [&told](bool overlapping) {
                            told.push_back(overlapping);
                          }});
  }

  const TestFolder folder_;
  MemoryWorkspace workspace_{{}};
  NoNotifier notifier_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineTest, AMountThatIsAloneMayKeepWhatItKnows) {
  std::vector<bool> told;
  AddView(1, RootOf("/Shared/d"), told);
  EXPECT_THAT(told, ElementsAre(false));
}

// Between the two there would be a kernel that keeps what the other changes.
TEST_F(EngineTest, AnOverlappingMountIsToldBeforeTheNewOneIsThere) {
  std::vector<bool> outer;
  AddView(1, RootOf("/Shared/d"), outer);
  engine_->AnnounceView(2, RootOf("/Shared/d/e"));
  EXPECT_THAT(outer, ElementsAre(false, true));

  engine_->RemoveView(2);  // it could not be mounted
  EXPECT_THAT(outer, ElementsAre(false, true, false));
}

TEST_F(EngineTest, MountsOfOtherFoldersKeepWhatTheyKnow) {
  workspace_.MakeFolder("/Shared/x");
  std::vector<bool> one;
  std::vector<bool> other;
  AddView(1, RootOf("/Shared/d"), one);
  AddView(2, RootOf("/Shared/x"), other);
  EXPECT_THAT(one, Each(false));
  EXPECT_THAT(other, Each(false));
}

TEST_F(EngineTest, WhatWasClosedGoesOutByItself) {
  const NodeId home = RootOf("/Shared/d/e");
  auto& fs = engine_->filesystem();
  const Caller caller{.uid = 1000, .gid = 1000, .process = 1};
  const auto created =
      fs.Create(1, home, "new.txt", 0644, {.read = false, .write = true}, true,
                caller, Patience());
  ASSERT_TRUE(created.ok()) << created.error().message();
  const HandleId handle = created->second.handle;
  const std::string_view text = "ours";
  ASSERT_TRUE(fs.Write(1, handle, 0,
                       std::as_bytes(std::span(text.data(), text.size())),
                       Patience())
                  .ok());
  ASSERT_TRUE(fs.Flush(1, handle, caller, Patience()).ok());
  fs.Release(1, handle);

  const auto drained = engine_->syncer().Drain(Patience());

  ASSERT_TRUE(drained.ok()) << drained.error().message();
  EXPECT_EQ(workspace_.Read("/Shared/d/e/new.txt"), "ours");
}

TEST_F(EngineTest, AnotherStartShowsWhatWasNotSent) {
  const NodeId home = RootOf("/Shared/d/e");
  const Caller caller{.uid = 1000, .gid = 1000, .process = 1};
  const auto made = engine_->filesystem().MakeDirectory(1, home, "made", 0755,
                                                        caller, Patience());
  ASSERT_TRUE(made.ok()) << made.error().message();
  engine_->Stop();
  engine_->Stop();  // a second one does nothing
  engine_.reset();

  engine_ = NewEngine();

  EXPECT_TRUE(
      engine_->filesystem()
          .Lookup(1, RootOf("/Shared/d/e"), "made", Caller(), Patience())
          .ok());
}

/// The plans of a bulk hold together a few times what there is to do (4 in
/// PlanNeedTest, a few more where threads are late), not a part of its square.
TEST_F(EngineTest, PlanningABulkIsLinear) {
  constexpr int kFiles = 1'000;
  const NodeId home = RootOf("/Shared/d/e");
  auto& fs = engine_->filesystem();
  const Caller caller{.uid = 1000, .gid = 1000, .process = 1};
  for (int i = 0; i < kFiles; ++i) {
    const auto made =
        fs.Create(1, home, std::to_string(i), 0644,
                  {.read = false, .write = true}, true, caller, Patience());
    ASSERT_TRUE(made.ok()) << made.error().message();
    const HandleId handle = made->second.handle;
    ASSERT_TRUE(
        fs.Write(1, handle, 0, std::as_bytes(std::span("x", 1)), Patience())
            .ok());
    fs.Release(1, handle);
  }
  const SyncStatus before = engine_->syncer().Status();

  const auto drained = engine_->syncer().Drain(Patience());

  ASSERT_TRUE(drained.ok()) << drained.error().message();
  EXPECT_EQ(drained->pending_count, 0U);
  EXPECT_GT(drained->plans, before.plans);
  EXPECT_LE(drained->planned_actions - before.planned_actions, 20U * kFiles);
}

TEST_F(EngineTest, TheListsBeforeARecursiveDeleteGoTogether) {
  constexpr int kFolders = 4;
  for (int i = 0; i < kFolders; ++i)
    workspace_.MakeFolder("/Shared/d/e/" + std::to_string(i));
  const NodeId root = RootOf("/Shared/d");
  const NodeId home = RootOf("/Shared/d/e");
  auto& fs = engine_->filesystem();
  for (int i = 0; i < kFolders; ++i) {
    const auto removed =
        fs.RemoveDirectory(1, home, std::to_string(i), Patience());
    ASSERT_TRUE(removed.ok()) << removed.error().message();
  }
  ASSERT_TRUE(fs.RemoveDirectory(1, root, "e", Patience()).ok());

  workspace_.Hold("list");
  Thread drain("drain", [&] { (void)engine_->syncer().Drain(Patience()); });
  EXPECT_TRUE(workspace_.WaitUntilHeld(kFolders + 1));
  workspace_.LetGo("list");
  drain.Join();

  EXPECT_FALSE(workspace_.Has("/Shared/d/e"));
}

}  // namespace
}  // namespace wsfs
