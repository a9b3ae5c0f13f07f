#include "core/ledger.h"

#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"

namespace wsfs {
namespace {

using ::testing::IsEmpty;
using What = Invalidation::What;

/// A store that keeps nothing but the numbers of its writes, and fails when
/// told to.
class CountingStore final : public Store {
 public:
  std::function<void(Catalogue&)> load = [](Catalogue&) {};
  bool fail = false;
  int writes = 0;
  int barriers = 0;

  Result<void> Load(Catalogue& catalogue) override {
    load(catalogue);
    return {};
  }
  Result<void> Write(const Catalogue& /*catalogue*/, const Changes& /*changes*/,
                     Durability /*durability*/) override {
    if (fail) return Error(Errc::kNoSpace, "the disk is full");
    ++writes;
    return {};
  }
  Result<void> Barrier() override {
    ++barriers;
    return {};
  }
  Contents& contents() override {
    CheckFailed("no contents here", __FILE__, __LINE__);
  }
  Result<std::optional<StoreIdentity>> Identity() override {
    return std::optional<StoreIdentity>();
  }
  Result<void> SetIdentity(const StoreIdentity& /*identity*/) override {
    return {};
  }
  Result<std::optional<std::uint64_t>> FindSize(
      const std::string& /*path*/, const Version& /*version*/) override {
    return std::optional<std::uint64_t>();
  }
  Result<void> RememberSize(const KnownSize& /*known*/) override { return {}; }
  Result<std::vector<Notice>> RecentNotices(std::size_t /*limit*/) override {
    return std::vector<Notice>();
  }
  Result<std::vector<TrashItem>> Trash() override {
    return std::vector<TrashItem>();
  }
  Result<DiskSpace> Space() override { return DiskSpace(); }
  CacheCounts CountCache() override { return {}; }
  Result<void> DropCache() override { return {}; }
  Result<void> Close() override { return {}; }
};

class Ear final : public KernelNotifier {
 public:
  std::vector<Invalidation> heard;
  void Notify(std::vector<Invalidation> invalidations) override {
    for (Invalidation& each : invalidations) heard.push_back(std::move(each));
  }
  std::vector<std::pair<What, std::string>> Names() const {
    std::vector<std::pair<What, std::string>> names;
    for (const Invalidation& each : heard)
      names.emplace_back(each.what, each.name);
    return names;
  }
};

Object RemoteFile(std::uint64_t key, const std::string& name) {
  Object object;
  object.key = key;
  object.parent = kRootObject;
  object.name = object.view = name;
  object.version = {.id = 77, .modified_at = 1'000};
  object.gen = 1;
  return object;
}

Node FileNode(NodeId id, const std::string& name, ObjectKey bind,
              Generation gen) {
  Node node;
  node.id = id;
  node.parent = kRootNode;
  node.name = name;
  node.bind = bind;
  node.gen = gen;
  return node;
}

class LedgerTest : public ::testing::Test {
 protected:
  void Open() {
    Result<std::unique_ptr<Ledger>> ledger =
        Ledger::Open({.store = &store_,
                      .clock = &clock_,
                      .host_name = "laptop.example.com",
                      .uid = 1000,
                      .gid = 1000});
    ASSERT_TRUE(ledger.ok());
    ledger_ = *std::move(ledger);
  }
  /// A folder entry made the way mkdir(2) does.
  Result<void> Mkdir(const std::string& name, MountId origin) {
    return ledger_->Transact(Durability::kProcess, origin,
                             [&](Catalogue& catalogue) {
                               Node node;
                               node.id = catalogue.NewId();
                               node.parent = kRootNode;
                               node.name = name;
                               node.kind = NodeKind::kDirectory;
                               node.loaded = true;
                               catalogue.AddNode(std::move(node));
                               return Result<void>();
                             });
  }
  const Node* Find(const std::string& name) {
    return ledger_->Read([&](const Catalogue& catalogue) {
      return catalogue.Child(kRootNode, name);
    });
  }

  CountingStore store_;
  FakeClock clock_;
  std::unique_ptr<Ledger> ledger_;
};

TEST_F(LedgerTest, AChangeIsWrittenOnceAndThenSeen) {
  Open();
  const int before = store_.writes;

  ASSERT_TRUE(Mkdir("d", 0).ok());

  EXPECT_EQ(store_.writes, before + 1);
  EXPECT_NE(Find("d"), nullptr);
}

TEST_F(LedgerTest, AChangeThatTheDiskRefusesDidNotHappen) {
  Open();
  store_.fail = true;

  const Result<void> made = Mkdir("d", 0);

  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code(), Errc::kNoSpace);
  EXPECT_EQ(Find("d"), nullptr);
  store_.fail = false;
  EXPECT_TRUE(Mkdir("d", 0).ok());
}

TEST_F(LedgerTest, AChangeThatFailsHalfwayIsTakenBack) {
  Open();

  const Result<void> done =
      ledger_->Transact([](Catalogue& catalogue) -> Result<void> {
        Node node;
        node.id = catalogue.NewId();
        node.parent = kRootNode;
        node.name = "half";
        catalogue.AddNode(std::move(node));
        return Error(Errc::kAlreadyExists, "no");
      });

  EXPECT_FALSE(done.ok());
  EXPECT_EQ(Find("half"), nullptr);
}

TEST_F(LedgerTest, OtherKernelsHearOfAChangeAndItsOwnDoesNot) {
  Open();
  Ear own;
  Ear other;
  ledger_->AddNotifier(1, &own);
  ledger_->AddNotifier(2, &other);

  ASSERT_TRUE(Mkdir("d", 1).ok());

  EXPECT_THAT(own.heard, IsEmpty());
  EXPECT_THAT(other.Names(),
              ::testing::ElementsAre(std::pair(What::kEntry, "d")));
}

TEST_F(LedgerTest, EveryKernelHearsWhatTheRulesChangedBeyondTheChange) {
  store_.load = [](Catalogue& catalogue) {
    catalogue.LoadObject(RemoteFile(2, "a.txt"));
    catalogue.LoadNode(FileNode(3, "a.txt", 2, 1));
    catalogue.LoadSides({}, {}, 4);
  };
  Open();
  Ear own;
  ledger_->AddNotifier(1, &own);

  // The service says it is gone: a clean node goes with it.
  ASSERT_TRUE(ledger_
                  ->Transact(Durability::kProcess, 1,
                             [](Catalogue& catalogue) {
                               catalogue.EditObject(2).news = Gone();
                               return Result<void>();
                             })
                  .ok());

  EXPECT_THAT(own.Names(),
              ::testing::Contains(std::pair(What::kRemoved, "a.txt")));
  EXPECT_EQ(Find("a.txt"), nullptr);
}

TEST_F(LedgerTest, ARemovedNotifierHearsNothing) {
  Open();
  Ear ear;
  ledger_->AddNotifier(2, &ear);
  ledger_->RemoveNotifier(2);

  ASSERT_TRUE(Mkdir("d", 1).ok());

  EXPECT_THAT(ear.heard, IsEmpty());
}

TEST_F(LedgerTest, TheSyncerIsWokenUnderNoLock) {
  Open();
  int woken = 0;
  ledger_->OnCommit([&] {
    ++woken;
    EXPECT_NE(Find("d"), nullptr);  // Would not return under the lock.
  });

  ASSERT_TRUE(Mkdir("d", 0).ok());

  EXPECT_EQ(woken, 1);
}

// planner.md §12 (e).
TEST_F(LedgerTest, AFileThatWasNeverSealedShowsItsObjectAgainAfterAStart) {
  store_.load = [](Catalogue& catalogue) {
    catalogue.LoadObject(RemoteFile(2, "a.txt"));
    catalogue.LoadNode(FileNode(3, "a.txt", 2, 0));
    Node root = catalogue.node(kRootNode);
    root.loaded = true;
    catalogue.LoadNode(std::move(root));
    catalogue.LoadSides({}, {}, 4);
  };

  Open();

  const Node* const node = Find("a.txt");
  ASSERT_NE(node, nullptr);
  EXPECT_NE(node->id, 3U);
  EXPECT_EQ(node->bind, 2U);
  EXPECT_EQ(node->gen, 1);
}

TEST_F(LedgerTest, TheClockGoesOnFromTheLatestRow) {
  constexpr PlanMillis kLate = 9'000'000'000'000;
  store_.load = [](Catalogue& catalogue) {
    Object object = RemoteFile(2, "a.txt");
    object.changed = kLate;
    catalogue.LoadObject(std::move(object));
    catalogue.LoadNode(FileNode(3, "a.txt", 2, 1));
    catalogue.LoadSides({}, {}, 4);
  };

  Open();

  EXPECT_GT(ledger_->Now(), kLate);
}

TEST_F(LedgerTest, ConflictNamesGetTheHostToItsFirstDot) {
  Open();
  EXPECT_EQ(ledger_->Context().host, "laptop");
}

}  // namespace
}  // namespace wsfs
