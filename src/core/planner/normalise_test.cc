#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/planner/changes.h"
#include "core/planner/planner.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr WallNanos kSecond = 1'000'000'000;
/// 2026-02-14T09:30:00Z
constexpr WallNanos kWall = 1'771'061'400 * kSecond;

Content Text(std::string_view text) {
  Content content;
  content.size_bytes = text.size();
  content.body = 1'000'000 + text.size();
  const Hash hash = HashOf(text);
  content.digest = Content::Digest{hash, hash, hash, false};
  return content;
}

/// A catalogue with a root that was listed.
class NormaliseTest : public ::testing::Test {
 protected:
  NormaliseTest() {
    context_.now = 100'000;
    context_.wall = kWall;
    context_.host = "ada";
    context_.uid = 1000;
    context_.gid = 100;
    catalogue_.EditNode(kRootNode).loaded = true;
    catalogue_.Commit();
  }

  ObjectKey Found(std::string name, Form form = {}) {
    Object object;
    object.key = catalogue_.NewId();
    object.parent = kRootObject;
    object.view = *ViewFor(form, name);
    object.name = std::move(name);
    object.kind = form.kind;
    object.language = form.language;
    object.format = form.format;
    object.version = {7, 1'000};
    object.size_bytes = 42;
    object.fresh = true;
    return catalogue_.AddObject(std::move(object)).key;
  }

  NodeId Made(std::string name, std::optional<Content> content) {
    Node node;
    node.id = catalogue_.NewId();
    node.parent = kRootNode;
    node.name = std::move(name);
    node.gen = content ? 1 : 0;
    node.content = std::move(content);
    return catalogue_.AddNode(std::move(node)).id;
  }

  /// A known file whose bytes are here, and clean.
  NodeId Known(const std::string& name, const Content& content) {
    const ObjectKey key = Found(name);
    Settle();
    Node& node = catalogue_.EditNode(catalogue_.NodeOf(key)->id);
    node.content = content;
    catalogue_.EditObject(key).base = NormalHash(content, {});
    Settle();
    return node.id;
  }

  void Save(NodeId id, const Content& content) {
    Node& node = catalogue_.EditNode(id);
    node.content = content;
    node.gen += 1;
  }

  void Edited(ObjectKey key, ServiceMillis at) {
    RemoteInfo info;
    info.version = {7, at};
    info.size_bytes = 43;
    catalogue_.EditObject(key).news = info;
  }

  void Settle() {
    Normalise(catalogue_, context_);
    notices_ = catalogue_.PendingChanges().notices;
    trashed_ = catalogue_.PendingChanges().trashed;
    catalogue_.Commit();
    catalogue_.CheckInvariants();
  }

  Plan PlanNow() const { return MakePlan(catalogue_, context_); }

  const Node& At(std::string_view name) const {
    const Node* node = catalogue_.Child(kRootNode, name);
    EXPECT_NE(node, nullptr) << name;
    return *node;
  }

  Catalogue catalogue_;
  PlannerContext context_;
  std::vector<Notice> notices_;
  std::vector<std::pair<std::string, Content>> trashed_;
};

TEST_F(NormaliseTest, ShowsAFoundFileWithItsSizeAndTime) {
  Found("a.txt");
  Found("board", {.kind = ObjectKind::kOpaque});
  Found("d", {.kind = ObjectKind::kDirectory});
  Settle();

  const Node& file = At("a.txt");
  EXPECT_EQ(file.attributes.mode, 0644U);
  EXPECT_EQ(file.attributes.uid, 1000U);
  EXPECT_EQ(file.attributes.mtime, kSecond);
  EXPECT_EQ(file.attributes.ctime, kWall);
  EXPECT_EQ(file.known_size, 42U);
  EXPECT_EQ(At("board").attributes.mode, 0444U);
  EXPECT_EQ(At("d").attributes.mode, 0755U);
  EXPECT_EQ(At("d").attributes.mtime, kWall);
  EXPECT_EQ(catalogue_.node(kRootNode).attributes.mtime, kWall);
  EXPECT_THAT(PlanNow(), IsEmpty());
}

TEST_F(NormaliseTest, AForeignChangeMovesTheTimeOnEvenWhenItsOwnIsOlder) {
  const NodeId id = Known("a.txt", Text("old"));
  catalogue_.EditNode(id).attributes.mtime = kWall;
  Edited(catalogue_.node(id).bind, 2'000);
  Settle();

  const Node& node = catalogue_.node(id);
  EXPECT_FALSE(node.content);
  EXPECT_EQ(node.known_size, 43U);
  EXPECT_EQ(node.attributes.mtime, kWall + 1);
  EXPECT_EQ(node.gen, 2);
}

TEST_F(NormaliseTest, AConflictCopyIsNamedMarkedLocalAndTold) {
  const NodeId id = Known("a.txt", Text("old"));
  const ObjectKey key = catalogue_.node(id).bind;
  Save(id, Text("ours"));
  Edited(key, 2'000);
  catalogue_.EditObject(key).news_content = Text("theirs");
  Settle();

  const Node& copy = catalogue_.node(id);
  EXPECT_EQ(copy.name, "a.conflict-ada-20260214T093000Z.txt");
  EXPECT_TRUE(copy.conflict_copy);
  EXPECT_EQ(copy.place, Place::kLocal);
  EXPECT_EQ(copy.content, Text("ours"));
  EXPECT_EQ(At("a.txt").bind, key);
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_EQ(notices_[0].path, "/a.txt");
  EXPECT_THAT(notices_[0].text, HasSubstr(copy.name));
  EXPECT_THAT(PlanNow(), IsEmpty());
}

TEST_F(NormaliseTest, ASecondConflictInOneSecondIsNumbered) {
  Made("a.conflict-ada-20260214T093000Z.txt", Text("earlier"));
  const NodeId id = Made("a.txt", Text("ours"));
  const ObjectKey key = Found("a.txt");
  catalogue_.EditObject(key).news_content = Text("theirs");
  Settle();

  EXPECT_EQ(catalogue_.node(id).name, "a.conflict-ada-20260214T093000Z-2.txt");
}

TEST_F(NormaliseTest, NothingIsDecidedUnderAnOpenWriter) {
  const NodeId id = Known("a.txt", Text("old"));
  const ObjectKey key = catalogue_.node(id).bind;
  catalogue_.EditNode(id).writers = 1;
  Edited(key, 2'000);
  Settle();
  EXPECT_TRUE(catalogue_.object(key).has_news());

  catalogue_.EditNode(id).writers = 0;
  Settle();
  EXPECT_FALSE(catalogue_.object(key).has_news());
}

TEST_F(NormaliseTest, WhatSomebodyElseDeletedGoesToLocalTrash) {
  const NodeId id = Known("a.txt", Text("old"));
  catalogue_.EditObject(catalogue_.node(id).bind).news = Gone();
  Settle();

  EXPECT_EQ(catalogue_.FindNode(id), nullptr);
  ASSERT_EQ(trashed_.size(), 1U);
  EXPECT_EQ(trashed_[0].first, "/a.txt");
}

TEST_F(NormaliseTest, ANotebookGivesItsShownNameToAFile) {
  const Form python{ObjectKind::kNotebook, Language::kPython,
                    NotebookFormat::kSource};
  const ObjectKey notebook = Found("n", python);
  Settle();
  const NodeId id = catalogue_.NodeOf(notebook)->id;
  const ObjectKey file = Found("n.py");
  Settle();

  EXPECT_EQ(At("n.py").bind, file);
  EXPECT_EQ(catalogue_.node(id).name, "n.notebook.py");
  EXPECT_EQ(catalogue_.object(notebook).view, "n.notebook.py");
  EXPECT_THAT(PlanNow(), IsEmpty());
}

TEST_F(NormaliseTest, ANotebookFoundBesideAFileIsShownUnderAnotherName) {
  const Form python{ObjectKind::kNotebook, Language::kPython,
                    NotebookFormat::kSource};
  const ObjectKey file = Found("n.py");
  const ObjectKey notebook = Found("n", python);
  Settle();

  EXPECT_EQ(At("n.py").bind, file);
  EXPECT_EQ(At("n.notebook.py").bind, notebook);
  EXPECT_THAT(PlanNow(), IsEmpty());
}

TEST_F(NormaliseTest, AnAlwaysEmptyFileTakesItsKindFromItsFirstContent) {
  const NodeId id = Known("x.py", Text(""));
  const ObjectKey key = catalogue_.node(id).bind;
  catalogue_.EditObject(key).always_empty = true;
  Content notebook = Text("# Databricks notebook source\n1");
  notebook.header = Header::kHash;
  Save(id, notebook);
  Settle();

  EXPECT_EQ(catalogue_.node(id).bind, kNoObject);
  EXPECT_EQ(catalogue_.NodeOf(key), nullptr);
  const Plan plan = PlanNow();
  const ActionKey create{.op = ActionOp::kCreate, .object = 0, .node = id};
  const ActionKey remove{.op = ActionOp::kDelete, .object = key, .node = 0};
  ASSERT_TRUE(plan.contains(create) && plan.contains(remove));
  EXPECT_THAT(plan.at(create).blockers, ElementsAre(remove));
  EXPECT_THAT(plan.at(remove).blockers, IsEmpty());

  // Taken back before it was sent: the object is kept.
  Save(id, Text("print(1)"));
  Settle();
  EXPECT_EQ(catalogue_.node(id).bind, key);
}

TEST_F(NormaliseTest, AFileThatHeldBytesKeepsItsKind) {
  const NodeId id = Known("x.py", Text("print(1)"));
  const ObjectKey key = catalogue_.node(id).bind;
  Content notebook = Text("# Databricks notebook source\n1");
  notebook.header = Header::kHash;
  Save(id, notebook);
  Settle();

  EXPECT_EQ(catalogue_.node(id).bind, key);
  EXPECT_TRUE(PlanNow().contains({ActionOp::kPut, key, 0}));
}

TEST_F(NormaliseTest, LargeContentsAreHashedBeforeTheyAreSent) {
  const NodeId id = Known("a.bin", Text("old"));
  const ObjectKey key = catalogue_.node(id).bind;
  Content large = Text("large");
  const Content hashed = large;
  large.digest.reset();
  Save(id, large);
  const NodeId made = Made("b.ipynb", large);
  Settle();

  const Plan plan = PlanNow();
  const ActionKey digest{.op = ActionOp::kDigest, .object = 0, .node = id};
  ASSERT_TRUE(plan.contains(digest));
  EXPECT_THAT(plan.at({ActionOp::kPut, key, 0}).blockers, ElementsAre(digest));
  EXPECT_THAT(plan.at({ActionOp::kCreate, 0, made}).blockers,
              ElementsAre(ActionKey{ActionOp::kDigest, 0, made}));

  catalogue_.EditNode(id).content = hashed;
  Settle();
  EXPECT_THAT(PlanNow().at({ActionOp::kPut, key, 0}).blockers, IsEmpty());
}

TEST_F(NormaliseTest, BytesThatAreOnlyHereLeaveTheCacheFirst) {
  Content cached = Text("old");
  cached.place = BodyPlace::kClean;
  const Content own = Text("old");
  const NodeId id = Known("a.txt", cached);
  catalogue_.EditCapabilities().rename = false;
  catalogue_.RenameNode(id, kRootNode, "b.txt");
  Settle();
  const ActionKey secure{.op = ActionOp::kSecure, .object = 0, .node = id};
  const ActionKey create{.op = ActionOp::kCreate, .object = 0, .node = id};
  EXPECT_THAT(PlanNow().at(create).blockers, ElementsAre(secure));

  // Somebody else takes the name: no conflict copy before its bytes are safe.
  const ObjectKey key = Found("b.txt");
  catalogue_.EditObject(key).news_content = Text("theirs");
  Settle();
  EXPECT_FALSE(catalogue_.node(id).conflict_copy);
  EXPECT_TRUE(PlanNow().contains(secure));

  catalogue_.EditNode(id).content = own;
  Settle();
  EXPECT_TRUE(catalogue_.node(id).conflict_copy);
  EXPECT_EQ(At("b.txt").bind, key);
}

TEST_F(NormaliseTest, WhatWasSealedByAnFsyncIsSentAtTheClose) {
  const NodeId id = Known("a.txt", Text("old"));
  const NodeId made = Made("b.txt", Text("new"));
  Save(id, Text("new"));
  for (const NodeId each : {id, made}) {
    catalogue_.EditNode(each).unclosed = true;
    catalogue_.SetOpenState(each, 1, false);
  }
  EXPECT_TRUE(catalogue_.node(id).writers == 1);
  Settle();
  EXPECT_THAT(PlanNow(), IsEmpty());

  for (const NodeId each : {id, made}) {
    catalogue_.EditNode(each).unclosed = false;
    catalogue_.SetOpenState(each, 0, false);
  }
  Settle();
  EXPECT_EQ(PlanNow().size(), 2U);
}

TEST_F(NormaliseTest, WhatWasRefusedIsTriedAgainNotBeforeItsTime) {
  const NodeId id = Known("a.txt", Text("old"));
  const ObjectKey key = catalogue_.node(id).bind;
  Save(id, Text("new"));
  catalogue_.EditNode(id).refused = "PERMISSION_DENIED";
  catalogue_.EditNode(id).again = context_.now + 30'000;
  Settle();

  const ActionKey put{.op = ActionOp::kPut, .object = key, .node = 0};
  EXPECT_EQ(PlanNow().at(put).ready, context_.now + 30'000);
  EXPECT_THAT(MakePlan(catalogue_, context_, {.retry_refused = false}),
              IsEmpty());
}

TEST_F(NormaliseTest, SettlingNowShortensNoHoldAndNoBackOff) {
  const NodeId id = Known("a.txt", Text("old"));
  const ObjectKey key = catalogue_.node(id).bind;
  catalogue_.RenameNode(id, kRootNode, "a.txt~");
  catalogue_.EditNode(id).place = Place::kLocal;
  catalogue_.EditObject(key).touched = context_.now;
  const NodeId fresh = Made("new.txt", Text("new"));
  catalogue_.EditNode(fresh).closed = context_.now;
  Settle();

  const ActionKey remove{.op = ActionOp::kDelete, .object = key, .node = 0};
  const ActionKey create{.op = ActionOp::kCreate, .object = 0, .node = fresh};
  EXPECT_EQ(PlanNow().at(create).ready, context_.now + kSettleMs);
  const Plan now = MakePlan(catalogue_, context_, {.settle_now = true});
  EXPECT_EQ(now.at(create).ready, 0);
  EXPECT_EQ(now.at(remove).ready, context_.now + kHoldMs);
}

TEST_F(NormaliseTest, AnEchoThatRanOutIsNotWaitedFor) {
  const NodeId id = Known("a.txt", Text("old"));
  const ObjectKey key = catalogue_.node(id).bind;
  catalogue_.EditSides().echo[{"a.txt", HashOf("sent")}] = context_.now + 100;
  Edited(key, 2'000);
  Settle();
  EXPECT_TRUE(catalogue_.object(key).has_news());
  EXPECT_TRUE(PlanNow().contains({ActionOp::kFetch, key, 0}));

  context_.now += 101;
  Settle();
  EXPECT_FALSE(catalogue_.object(key).has_news());
  EXPECT_THAT(PlanNow(), IsEmpty());
}

TEST(ServiceTimes, ThatNoFileCanHaveAreTheLatestItCan) {
  constexpr WallNanos kLatest = std::numeric_limits<WallNanos>::max();
  EXPECT_EQ(WallOf(1'700'000'000'001), 1'700'000'000'001'000'000);
  EXPECT_EQ(WallOf(-1), 0);
  EXPECT_LE(kLatest - WallOf(std::numeric_limits<ServiceMillis>::max()),
            1'000'000);
  EXPECT_EQ(Ascending(3, 5), 6);
  EXPECT_EQ(Ascending(9, 5), 9);
  EXPECT_EQ(Ascending(3, kLatest), kLatest);
}

}  // namespace
}  // namespace wsfs
