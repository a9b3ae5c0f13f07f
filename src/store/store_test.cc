#include "store/store.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/sqlite.h"
#include "store/test_store.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

using Opened = TestStore;
constexpr const char* kPlace = TestStore::kPlace;

Store::Options OptionsFor(FaultFs& disk) {
  return TestStore::OptionsFor(disk);
}

TestStore Open(const Store::Options& options) {
  auto opened = TestStore::Open(options);
  EXPECT_TRUE(opened.ok()) << opened.error().message();
  return *std::move(opened);
}

std::string Big(char letter, std::size_t bytes = 200'000) {
  return std::string(bytes, letter);
}

Node FullNode(Catalogue& catalogue) {
  Node node;
  node.id = catalogue.NewId();
  node.parent = kRootNode;
  node.name = "n\xff\x01\n";
  node.kind = NodeKind::kSymlink;
  node.place = Place::kLocal;
  node.conflict_copy = true;
  node.conflict_of = "n\xfe";
  node.attributes = {.mode = 0640,
                     .uid = 4'000'000'000,
                     .gid = 7,
                     .atime = -1,
                     .mtime = 1'700'000'000'123'456'789,
                     .ctime = 3};
  node.rdev = 9;
  node.symlink_target = "../x";
  node.xattrs = {{"user.a", std::string("\0b", 2)}, {"user.empty", ""}};
  node.gen = 12;
  node.known_size = 1ULL << 50U;
  node.touched = 1;
  node.closed = 2;
  node.again = 3;
  node.refused = "no";
  node.loaded = true;
  node.listed_at = 4;
  return node;
}

Intent FullIntent() {
  Intent intent;
  intent.op = IntentOp::kMove;
  intent.gen = 5;
  intent.node = 77;
  intent.path = "/a";
  intent.dst = "/b";
  intent.parent = kRootObject;
  intent.name = "b";
  intent.view = "b.py";
  intent.kind = ObjectKind::kNotebook;
  intent.language = Language::kR;
  intent.format = NotebookFormat::kJupyter;
  intent.base = {.id = 1LL << 60U, .modified_at = 99};
  intent.at = 6;
  intent.acked = Intent::Acked{.sent_ms = 1, .answered_ms = 2};
  return intent;
}

Object FullObject(Catalogue& catalogue) {
  Object object;
  object.key = catalogue.NewId();
  object.parent = kRootObject;
  object.name = "o";
  object.view = "o.ipynb";
  object.kind = ObjectKind::kNotebook;
  object.language = Language::kSql;
  object.format = NotebookFormat::kSource;
  object.type_name = "NOTEBOOK";
  object.version = {.id = -1, .modified_at = 1'700'000'000'000};
  object.size_bytes = 10;
  object.gen = 3;
  object.base = HashOf("base");
  RemoteInfo news;
  news.kind = ObjectKind::kOpaque;
  news.language = Language::kScala;
  news.version = {.id = 5, .modified_at = 6};
  news.size_bytes = 7;
  news.type_name = "DASHBOARD";
  object.news = news;
  object.intent = FullIntent();
  object.changed = 1;
  object.touched = 2;
  object.asked = 3;
  object.again = 4;
  object.always_empty = true;
  return object;
}

/// All of two catalogues' rows, compared with what the rows print best.
void ExpectSame(const Catalogue& a, const Catalogue& b) {
  ASSERT_EQ(a.AllNodes(), b.AllNodes());
  ASSERT_EQ(a.AllObjects(), b.AllObjects());
  for (const NodeId id : a.AllNodes()) {
    const Node& x = a.node(id);
    const Node& y = b.node(id);
    EXPECT_EQ(x.parent, y.parent);
    EXPECT_EQ(x.name, y.name);
    EXPECT_EQ(x.kind, y.kind);
    EXPECT_EQ(x.place, y.place);
    EXPECT_EQ(x.conflict_copy, y.conflict_copy);
    EXPECT_EQ(x.conflict_of, y.conflict_of);
    EXPECT_EQ(x.ancestor, y.ancestor);
    EXPECT_EQ(x.attributes, y.attributes);
    EXPECT_EQ(x.rdev, y.rdev);
    EXPECT_EQ(x.symlink_target, y.symlink_target);
    EXPECT_EQ(x.xattrs, y.xattrs);
    EXPECT_EQ(x.gen, y.gen);
    EXPECT_EQ(x.content, y.content);
    EXPECT_EQ(x.known_size, y.known_size);
    EXPECT_EQ(x.bind, y.bind);
    EXPECT_EQ(x.src, y.src);
    EXPECT_EQ(std::tie(x.touched, x.closed, x.again, x.refused, x.intent),
              std::tie(y.touched, y.closed, y.again, y.refused, y.intent));
    EXPECT_EQ(x.loaded, y.loaded);
    EXPECT_EQ(x.listed_at, y.listed_at);
  }
  for (const ObjectKey key : a.AllObjects()) {
    const Object& x = a.object(key);
    const Object& y = b.object(key);
    EXPECT_EQ(std::tie(x.parent, x.name, x.view, x.kind, x.language, x.format,
                       x.type_name, x.version, x.size_bytes),
              std::tie(y.parent, y.name, y.view, y.kind, y.language, y.format,
                       y.type_name, y.version, y.size_bytes));
    EXPECT_EQ(x.gen, y.gen);
    EXPECT_EQ(x.base, y.base);
    EXPECT_EQ(x.news, y.news);
    EXPECT_EQ(x.news_content, y.news_content);
    EXPECT_EQ(x.intent, y.intent);
    EXPECT_EQ(std::tie(x.fresh, x.changed, x.touched, x.asked, x.again,
                       x.always_empty),
              std::tie(y.fresh, y.changed, y.touched, y.asked, y.again,
                       y.always_empty));
  }
  EXPECT_EQ(a.sides(), b.sides());
  EXPECT_EQ(a.capabilities(), b.capabilities());
}

TEST(StoreTest, EveryFieldOfEveryRowComesBack) {
  FaultFs disk;
  Opened first = Open(OptionsFor(disk));
  Catalogue& catalogue = *first.catalogue;
  const NodeId node = catalogue.AddNode(FullNode(catalogue)).id;
  const ObjectKey object = catalogue.AddObject(FullObject(catalogue)).key;
  catalogue.AddNode([&] {
    Node other;
    other.id = catalogue.NewId();
    other.parent = kRootNode;
    other.name = "other";
    other.content = first.SealNew("hello").value();
    other.intent = FullIntent();
    other.intent->content = other.content;
    return other;
  }());
  catalogue.EditObject(object).news_content = first.SealNew("news").value();
  catalogue.Bind(node, object);
  catalogue.SetSource(node, object);
  SideTables& sides = catalogue.EditSides();
  sides.echo[{"n", HashOf("x")}] = 1;
  sides.echo_delete_path["/p"] = 2;
  sides.echo_delete_row[{kRootObject, "q"}] = 3;
  sides.recent[{"/r", 4}] = 5;
  catalogue.EditCapabilities().rename = false;
  catalogue.EditCapabilities().rename_keeps_version = true;
  ASSERT_TRUE(first.Write().ok());
  const std::uint64_t next = catalogue.next_id();

  first.store.reset();
  Opened second = Open(OptionsFor(disk));

  ExpectSame(catalogue, *second.catalogue);
  EXPECT_GE(second.catalogue->next_id(), next);
  second.catalogue->CheckInvariants();
}

TEST(StoreTest, ChangedAndRemovedRowsFollow) {
  FaultFs disk;
  Opened first = Open(OptionsFor(disk));
  Catalogue& catalogue = *first.catalogue;
  const NodeId a = first.AddFile("a");
  const NodeId b = first.AddFile("b");
  const NodeId c = first.AddFile("c");
  catalogue.EditNode(a).intent = FullIntent();
  const ObjectKey object = catalogue.AddObject(FullObject(catalogue)).key;
  catalogue.EditSides().echo_delete_path["/p"] = 2;
  ASSERT_TRUE(first.Write().ok());

  catalogue.RenameNode(a, kRootNode, "x");
  catalogue.RenameNode(b, kRootNode, "a");
  catalogue.RenameNode(a, kRootNode, "b");
  catalogue.EditNode(a).intent.reset();
  catalogue.RemoveNode(c);
  catalogue.RemoveObject(object);
  catalogue.EditSides().echo_delete_path = {{"/q", 3}};
  ASSERT_TRUE(first.Write().ok());

  first.store.reset();
  Opened second = Open(OptionsFor(disk));
  ExpectSame(catalogue, *second.catalogue);
}

TEST(StoreTest, BytesOfEverySizeComeBackAndGoWhenDropped) {
  FaultFs disk;
  Opened first = Open(OptionsFor(disk));
  const NodeId small = first.AddFile("small");
  const NodeId big = first.AddFile("big");
  ASSERT_TRUE(first.Write().ok());
  const Content little = first.Save(small, "little").value();
  EXPECT_EQ(little.place, BodyPlace::kInline);
  const Content large = first.Save(big, Big('x')).value();
  EXPECT_EQ(large.place, BodyPlace::kSealed);
  EXPECT_EQ(large.digest->raw, HashOf(Big('x')));

  first.store.reset();
  disk.KillProcess();
  Opened second = Open(OptionsFor(disk));
  EXPECT_EQ(second.ReadNode("small"), "little");
  EXPECT_EQ(second.ReadNode("big"), Big('x'));

  second.catalogue->RemoveNode(small);
  second.catalogue->RemoveNode(big);
  ASSERT_TRUE(second.Write().ok());
  ASSERT_TRUE(second.store->Barrier().ok());
  EXPECT_FALSE(second.Read(little).ok());
  EXPECT_FALSE(second.Read(large).ok());
  EXPECT_THAT(disk.List("/home/store/sealed").value(), IsEmpty());
}

TEST(StoreTest, AFailedWriteLeavesTheOldRowsAndMayBeTriedAgain) {
  FaultFs disk;
  Opened opened = Open(OptionsFor(disk));
  const NodeId file = opened.AddFile("f");
  ASSERT_TRUE(opened.Write().ok());
  ASSERT_TRUE(opened.Save(file, "one").ok());
  const Content two = opened.SealNew("two").value();
  disk.FailAt(disk.steps() + 2, Errc::kNoSpace);

  opened.catalogue->EditNode(file).content = two;
  const auto full = opened.Write();
  EXPECT_EQ(full.error().code(), Errc::kNoSpace);
  EXPECT_EQ(opened.ReadNode("f"), "one");
  opened.catalogue->EditNode(file).content = two;
  ASSERT_TRUE(opened.Write().ok());

  opened.store.reset();
  disk.KillProcess();
  EXPECT_EQ(Open(OptionsFor(disk)).ReadNode("f"), "two");
}

TEST(StoreTest, OneEngineAtATime) {
  FaultFs disk;
  Opened first = Open(OptionsFor(disk));

  const auto second = Store::Open(OptionsFor(disk));
  EXPECT_EQ(second.error().code(), Errc::kBusy);
  EXPECT_THAT(second.error().message(), HasSubstr(kPlace));

  first.store.reset();
  EXPECT_TRUE(Store::Open(OptionsFor(disk)).ok());
}

TEST(StoreTest, AReadOnlyDiskAndANewerStoreSaySo) {
  FaultFs disk;
  {
    const Opened made = Open(OptionsFor(disk));
  }
  disk.SetReadOnly(true);
  EXPECT_EQ(Store::Open(OptionsFor(disk)).error().code(), Errc::kReadOnly);
  disk.SetReadOnly(false);
  {
    SqliteVfs vfs(disk);
    const auto database = Database::Open(vfs, "/home/store/catalogue.db",
                                         Database::Use::kExisting)
                              .value();
    ASSERT_TRUE(database->Execute("PRAGMA user_version=99").ok());
  }
  const auto newer = Store::Open(OptionsFor(disk));
  EXPECT_EQ(newer.error().code(), Errc::kUnsupported);
  EXPECT_THAT(newer.error().message(), HasSubstr("newer wsfs"));
}

TEST(StoreTest, KeepsIdentityNoticesTrashAndSizes) {
  FaultFs disk;
  {
    Opened opened = Open(OptionsFor(disk));
    EXPECT_EQ(opened.store->Identity().value(), std::nullopt);
    ASSERT_TRUE(opened.store
                    ->SetIdentity({.host = "h",
                                   .credential_hash = "c",
                                   .user_name = "u",
                                   .workspace_id = "7"})
                    .ok());
    opened.catalogue->AddNotice({.at = 1, .path = "/p", .text = "one"});
    opened.catalogue->AddNotice({.at = 2, .path = "/q", .text = "two"});
    opened.catalogue->KeepInTrash("/t", opened.SealNew("kept").value());
    ASSERT_TRUE(opened.Write().ok());
    ASSERT_TRUE(opened.store
                    ->RememberSize({.path = "/s",
                                    .version = {.id = 1, .modified_at = 2},
                                    .size_bytes = 1ULL << 33U})
                    .ok());
    ASSERT_TRUE(opened.store->Close().ok());
  }
  Opened opened = Open(OptionsFor(disk));

  const auto identity = opened.store->Identity().value();
  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->user_name, "u");
  EXPECT_EQ(identity->workspace_id, "7");
  const auto notices = opened.store->RecentNotices(1).value();
  ASSERT_THAT(notices, SizeIs(1));
  EXPECT_EQ(notices[0].text, "two");
  const auto trash = opened.store->Trash().value();
  ASSERT_THAT(trash, SizeIs(1));
  EXPECT_EQ(trash[0].path, "/t");
  EXPECT_EQ(opened.Read(trash[0].content).value(), "kept");
  const auto size = [&](Version version) {
    return opened.store->FindSize("/s", version).value();
  };
  EXPECT_EQ(size({.id = 1, .modified_at = 2}), 1ULL << 33U);
  EXPECT_EQ(size({.id = 1, .modified_at = 3}), std::nullopt);
}

TEST(StoreTest, TrashIsEmptiedAfterAMonthButForWhatARowNames) {
  FaultFs disk;
  Content gone;
  Content named;
  {
    Opened opened = Open(OptionsFor(disk));
    gone = opened.SealNew(Big('g')).value();
    named = opened.SealNew("named").value();
    opened.catalogue->EditNode(opened.AddFile("f")).content = named;
    opened.catalogue->KeepInTrash("/g", gone);
    opened.catalogue->KeepInTrash("/f", named);
    ASSERT_TRUE(opened.Write().ok());
    ASSERT_TRUE(opened.store->Close().ok());
  }
  EXPECT_THAT(Open(OptionsFor(disk)).store->Trash().value(), SizeIs(2));
  {
    SqliteVfs vfs(disk);
    const auto database = Database::Open(vfs, "/home/store/catalogue.db",
                                         Database::Use::kExisting)
                              .value();
    ASSERT_TRUE(
        database->Execute("UPDATE trash SET at = at - 2678400000").ok());
  }

  Opened opened = Open(OptionsFor(disk));

  EXPECT_THAT(opened.store->Trash().value(), IsEmpty());
  EXPECT_FALSE(opened.Read(gone).ok());
  EXPECT_EQ(opened.ReadNode("f"), "named");
}

TEST(StoreTest, SweepsWhatAnUncleanEndLeftOver) {
  FaultFs disk;
  {
    Opened opened = Open(OptionsFor(disk));
    const auto draft = opened.contents().NewDraft().value();
    ASSERT_TRUE(draft->WriteAt(0, BytesOf(Big('d'))).ok());
    ASSERT_TRUE(
        opened.SealNew(Big('s')).ok());  // Sealed, and its row never written.
    EXPECT_THAT(disk.List("/home/store/staging").value(), SizeIs(1));
    EXPECT_THAT(disk.List("/home/store/sealed").value(), SizeIs(1));
    disk.Stop();
  }
  disk.KillProcess();

  const Opened opened = Open(OptionsFor(disk));

  EXPECT_THAT(disk.List("/home/store/staging").value(), IsEmpty());
  EXPECT_THAT(disk.List("/home/store/sealed").value(), IsEmpty());
}

}  // namespace
}  // namespace wsfs
