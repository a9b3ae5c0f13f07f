#include "store/catalogue.h"

#include <random>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Node FileNode(Catalogue& catalogue, NodeId parent, std::string name) {
  Node node;
  node.id = catalogue.NewId();
  node.parent = parent;
  node.name = std::move(name);
  return node;
}

Node DirectoryNode(Catalogue& catalogue, NodeId parent, std::string name) {
  Node node = FileNode(catalogue, parent, std::move(name));
  node.kind = NodeKind::kDirectory;
  return node;
}

Object FileObject(Catalogue& catalogue, ObjectKey parent, std::string name) {
  Object object;
  object.key = catalogue.NewId();
  object.parent = parent;
  object.name = name;
  object.view = std::move(name);
  return object;
}

Content Dirty(std::uint64_t body) {
  Content content;
  content.body = body;
  return content;
}

TEST(Catalogue, StartsWithTheRootOnBothSides) {
  const Catalogue catalogue;

  EXPECT_EQ(catalogue.NodeOf(kRootObject)->id, kRootNode);
  EXPECT_EQ(catalogue.ShownPathOf(catalogue.node(kRootNode)), "/");
  EXPECT_EQ(catalogue.RemotePathOf(catalogue.object(kRootObject)), "/");
  EXPECT_TRUE(catalogue.PendingChanges().empty());
  catalogue.CheckInvariants();
}

TEST(Catalogue, FindsChildrenByNameInOrder) {
  Catalogue catalogue;
  const NodeId d =
      catalogue.AddNode(DirectoryNode(catalogue, kRootNode, "d")).id;
  const NodeId b = catalogue.AddNode(FileNode(catalogue, d, "b")).id;
  const NodeId a = catalogue.AddNode(FileNode(catalogue, d, "a")).id;

  EXPECT_THAT(catalogue.Children(d), ElementsAre(a, b));
  EXPECT_EQ(catalogue.Child(d, "b")->id, b);
  EXPECT_EQ(catalogue.Child(d, "c"), nullptr);
  EXPECT_EQ(catalogue.ShownPathOf(catalogue.node(b)), "/d/b");
  EXPECT_THAT(catalogue.Below(kRootNode), ElementsAre(d, a, b));
}

TEST(Catalogue, ExchangesNamesThroughAMomentWithTwo) {
  Catalogue catalogue;
  const NodeId a = catalogue.AddNode(FileNode(catalogue, kRootNode, "a")).id;
  const NodeId b = catalogue.AddNode(FileNode(catalogue, kRootNode, "b")).id;

  catalogue.RenameNode(a, kRootNode, "b");
  catalogue.RenameNode(b, kRootNode, "a");

  EXPECT_EQ(catalogue.Child(kRootNode, "a")->id, b);
  EXPECT_EQ(catalogue.Child(kRootNode, "b")->id, a);
  catalogue.CheckInvariants();
}

TEST(Catalogue, KeepsADetachedNodeOutOfEveryDirectory) {
  Catalogue catalogue;
  const NodeId a = catalogue.AddNode(FileNode(catalogue, kRootNode, "a")).id;

  catalogue.Detach(a);

  EXPECT_THAT(catalogue.Children(kRootNode), IsEmpty());
  EXPECT_TRUE(catalogue.node(a).detached());
  catalogue.CheckInvariants();
}

TEST(Catalogue, BindsAnObjectToOneNodeOnly) {
  Catalogue catalogue;
  const ObjectKey o =
      catalogue.AddObject(FileObject(catalogue, kRootObject, "a")).key;
  const NodeId a = catalogue.AddNode(FileNode(catalogue, kRootNode, "a")).id;
  const NodeId b = catalogue.AddNode(FileNode(catalogue, kRootNode, "b")).id;

  catalogue.Bind(a, o);
  EXPECT_TRUE(catalogue.InPlace(catalogue.node(a), catalogue.object(o)));
  catalogue.Bind(b, o);

  EXPECT_EQ(catalogue.NodeOf(o)->id, b);
  EXPECT_EQ(catalogue.node(a).bind, kNoObject);
  EXPECT_FALSE(catalogue.InPlace(catalogue.node(b), catalogue.object(o)));
  EXPECT_EQ(catalogue.Occupant(catalogue.object(o))->id, a);
  catalogue.CheckInvariants();
}

TEST(Catalogue, LetsGoOfNodesWithTheirObject) {
  Catalogue catalogue;
  const ObjectKey o =
      catalogue.AddObject(FileObject(catalogue, kRootObject, "a")).key;
  Node moved = FileNode(catalogue, kRootNode, "m");
  moved.src = o;
  const NodeId m = catalogue.AddNode(std::move(moved)).id;
  Node holder = FileNode(catalogue, kRootNode, "a");
  holder.bind = o;
  const NodeId a = catalogue.AddNode(std::move(holder)).id;
  EXPECT_THAT(catalogue.Borrowers(o), ElementsAre(m));

  catalogue.RemoveObject(o);

  EXPECT_EQ(catalogue.node(a).bind, kNoObject);
  EXPECT_EQ(catalogue.node(m).src, kNoObject);
  catalogue.CheckInvariants();
}

TEST(Catalogue, FindsObjectsByWhatTheyAreShownAs) {
  Catalogue catalogue;
  const ObjectKey file =
      catalogue.AddObject(FileObject(catalogue, kRootObject, "n.py")).key;
  const ObjectKey notebook =
      catalogue.AddObject(FileObject(catalogue, kRootObject, "n")).key;
  catalogue.SetView(notebook, "n.py");
  EXPECT_THAT(catalogue.ObjectsShownAs(kRootObject, "n.py"),
              ElementsAre(file, notebook));

  catalogue.SetView(notebook, "n.py.notebook.py");

  EXPECT_THAT(catalogue.ObjectsShownAs(kRootObject, "n.py"), ElementsAre(file));
  EXPECT_THAT(catalogue.ObjectsShownAs(kRootObject, "n"), IsEmpty());
  EXPECT_THAT(catalogue.ObjectsShownAs(kRootObject, "n.py.notebook.py"),
              ElementsAre(notebook));
  EXPECT_EQ(catalogue.ObjectChild(kRootObject, "n")->key, notebook);
  catalogue.CheckInvariants();
}

TEST(Catalogue, TellsWhatATransactionChanged) {
  Catalogue catalogue;
  const NodeId a = catalogue.AddNode(FileNode(catalogue, kRootNode, "a")).id;
  const NodeId b = catalogue.AddNode(FileNode(catalogue, kRootNode, "b")).id;
  catalogue.Commit();
  EXPECT_TRUE(catalogue.PendingChanges().empty());

  catalogue.EditNode(a).attributes.mode = 0600;
  catalogue.EditNode(b).writers = 1;  // Lives in memory only.
  catalogue.RemoveNode(
      catalogue.AddNode(FileNode(catalogue, kRootNode, "c")).id);
  catalogue.EditSides();

  const Changes changes = catalogue.PendingChanges();
  EXPECT_THAT(changes.nodes, ElementsAre(a));
  EXPECT_FALSE(changes.side_tables);
}

TEST(Catalogue, DropsAContentWithItsLastRow) {
  Catalogue catalogue;
  Node node = FileNode(catalogue, kRootNode, "a");
  node.content = Dirty(100);
  const NodeId a = catalogue.AddNode(std::move(node)).id;
  const ObjectKey o =
      catalogue.AddObject(FileObject(catalogue, kRootObject, "a")).key;
  Intent put;
  put.content = Dirty(100);
  catalogue.EditObject(o).intent = put;
  catalogue.Commit();

  catalogue.EditNode(a).content = Dirty(101);
  EXPECT_THAT(catalogue.PendingChanges().dropped, IsEmpty());
  catalogue.Commit();

  catalogue.EditObject(o).intent.reset();
  EXPECT_THAT(catalogue.PendingChanges().dropped, ElementsAre(Dirty(100)));
  catalogue.Rollback();
  EXPECT_TRUE(catalogue.object(o).intent);
}

TEST(Catalogue, SendsAContentToTrashInsteadOfDroppingIt) {
  Catalogue catalogue;
  Node node = FileNode(catalogue, kRootNode, "a");
  node.content = Dirty(100);
  const NodeId a = catalogue.AddNode(std::move(node)).id;
  catalogue.Commit();

  catalogue.KeepInTrash("/a", Dirty(100));
  catalogue.RemoveNode(a);

  const Changes changes = catalogue.PendingChanges();
  EXPECT_THAT(changes.dropped, IsEmpty());
  ASSERT_EQ(changes.trashed.size(), 1U);
  EXPECT_EQ(changes.trashed[0].first, "/a");
}

TEST(Catalogue, KnowsWhichRowsThePlanMustLookAt) {
  Catalogue catalogue;
  const ObjectKey o =
      catalogue.AddObject(FileObject(catalogue, kRootObject, "a")).key;
  const NodeId a = catalogue.AddNode(FileNode(catalogue, kRootNode, "a")).id;
  EXPECT_THAT(catalogue.UnsettledObjects(), ElementsAre(o));
  EXPECT_THAT(catalogue.UnsettledNodes(), ElementsAre(a));

  catalogue.Bind(a, o);
  catalogue.EditNode(a).gen = 1;
  catalogue.EditObject(o).gen = 1;
  EXPECT_THAT(catalogue.UnsettledObjects(), IsEmpty());
  EXPECT_THAT(catalogue.UnsettledNodes(), IsEmpty());

  catalogue.RenameNode(a, kRootNode, "b");
  EXPECT_THAT(catalogue.UnsettledObjects(), ElementsAre(o));
  catalogue.Rollback();
  EXPECT_THAT(catalogue.UnsettledObjects(), IsEmpty());
}

TEST(Catalogue, GivesATouchedObjectThatWasWaitingAgainAfterARollback) {
  Catalogue catalogue;
  const ObjectKey o =
      catalogue.AddObject(FileObject(catalogue, kRootObject, "a")).key;
  catalogue.Commit();
  catalogue.TakeTouched();
  catalogue.LookAgain(o);

  EXPECT_THAT(catalogue.TakeTouched().objects, ElementsAre(o));
  EXPECT_THAT(catalogue.TakeTouched().objects, IsEmpty());
  catalogue.Rollback();
  EXPECT_THAT(catalogue.TakeTouched().objects, ElementsAre(o));
}

TEST(Catalogue, TouchesTheObjectWhoseNameANodeTakesOrLeaves) {
  Catalogue catalogue;
  const ObjectKey o =
      catalogue.AddObject(FileObject(catalogue, kRootObject, "a")).key;
  const NodeId b = catalogue.AddNode(FileNode(catalogue, kRootNode, "b")).id;
  catalogue.TakeTouched();

  catalogue.RenameNode(b, kRootNode, "a");
  EXPECT_THAT(catalogue.TakeTouched().objects, ElementsAre(o));
  catalogue.RenameNode(b, kRootNode, "b");
  EXPECT_THAT(catalogue.TakeTouched().objects, ElementsAre(o));
}

/// All that Rollback() must restore, as text.
std::string Dump(const Catalogue& catalogue) {
  std::ostringstream out;
  for (const NodeId id : catalogue.AllNodes()) {
    const Node& n = catalogue.node(id);
    out << "n" << id << ' ' << n.parent << ' ' << n.name << ' ' << n.gen << ' '
        << n.bind << ' ' << n.src << ' ' << n.refused << ' ' << n.writers << ' '
        << (n.content ? n.content->body : 0) << " kids";
    for (const NodeId kid : catalogue.Children(id)) out << ' ' << kid;
    out << '\n';
  }
  for (const ObjectKey key : catalogue.AllObjects()) {
    const Object& o = catalogue.object(key);
    out << "o" << key << ' ' << o.parent << ' ' << o.name << ' ' << o.view
        << ' ' << o.gen << ' ' << o.gone() << o.fresh << " kids";
    for (const ObjectKey kid : catalogue.ObjectChildren(key)) out << ' ' << kid;
    for (const NodeId id : catalogue.Borrowers(key)) out << " b" << id;
    const Node* node = catalogue.NodeOf(key);
    out << " of " << (node == nullptr ? 0 : node->id) << '\n';
  }
  out << catalogue.sides().recent.size();
  for (const ObjectKey key : catalogue.UnsettledObjects()) out << " u" << key;
  for (const NodeId id : catalogue.UnsettledNodes()) out << " v" << id;
  for (const NodeId id : catalogue.RefusedNodes()) out << " r" << id;
  return out.str();
}

/// Makes random changes that keep the invariants.
class RandomEditor {
 public:
  explicit RandomEditor(std::uint64_t seed) : random_(seed) {}

  void Change(Catalogue& catalogue) {
    switch (Below(12)) {
      case 0: return AddNode(catalogue);
      case 1: return AddObject(catalogue);
      case 2: return RenameNode(catalogue);
      case 3: return catalogue.SetView(AnyObject(catalogue), Name());
      case 4: return RemoveNode(catalogue);
      case 5: return RemoveObject(catalogue);
      case 6: return catalogue.Bind(AnyNode(catalogue), AnyObject(catalogue));
      case 7:
        return catalogue.SetSource(AnyNode(catalogue), AnyObject(catalogue));
      case 8: return EditFields(catalogue);
      case 9: return RenameObject(catalogue);
      case 10: return catalogue.Bind(AnyNode(catalogue), kNoObject);
      default: {
        const ObjectKey key = AnyObject(catalogue);
        catalogue.EditSides().recent[{Name(), 1}] = 5;
        catalogue.EditObject(key).news = Gone();
        catalogue.LookAgain(key);
      }
    }
  }

  std::uint64_t Below(std::uint64_t limit) { return random_() % limit; }

 private:
  std::string Name() { return std::string(1, char('a' + Below(6))); }
  NodeId AnyNode(const Catalogue& catalogue) {
    const std::vector<NodeId> all = catalogue.AllNodes();
    return all.size() == 1 ? kRootNode : all[1 + Below(all.size() - 1)];
  }
  ObjectKey AnyObject(const Catalogue& catalogue) {
    const std::vector<ObjectKey> all = catalogue.AllObjects();
    return all.size() == 1 ? kRootObject : all[1 + Below(all.size() - 1)];
  }
  NodeId AnyDirectory(const Catalogue& catalogue) {
    const NodeId id = AnyNode(catalogue);
    return catalogue.node(id).kind == NodeKind::kDirectory ? id : kRootNode;
  }
  void AddNode(Catalogue& catalogue) {
    const NodeId parent = AnyDirectory(catalogue);
    const std::string name = Name();
    if (catalogue.Child(parent, name) != nullptr) return;
    Node node = Below(3) == 0 ? DirectoryNode(catalogue, parent, name)
                              : FileNode(catalogue, parent, name);
    node.content = Dirty(node.id);
    catalogue.AddNode(std::move(node));
  }
  void AddObject(Catalogue& catalogue) {
    Object object = FileObject(catalogue, AnyObject(catalogue), Name());
    object.kind = ObjectKind::kDirectory;
    catalogue.AddObject(std::move(object));
  }
  void RenameNode(Catalogue& catalogue) {
    const NodeId id = AnyNode(catalogue);
    const NodeId parent = AnyDirectory(catalogue);
    const std::string name = Name();
    for (const NodeId below : catalogue.Below(id)) {
      if (below == parent) return;
    }
    if (id == kRootNode || id == parent || catalogue.Child(parent, name))
      return;
    catalogue.RenameNode(id, parent, name);
  }
  void RenameObject(Catalogue& catalogue) {
    const ObjectKey key = AnyObject(catalogue);
    const ObjectKey parent = AnyObject(catalogue);
    if (key == kRootObject) return;
    if (catalogue.IsUnder(catalogue.object(parent), key)) return;
    catalogue.RenameObject(key, parent, Name());
  }
  void RemoveNode(Catalogue& catalogue) {
    const NodeId id = AnyNode(catalogue);
    if (id != kRootNode && !catalogue.HasChildren(id)) catalogue.RemoveNode(id);
  }
  void RemoveObject(Catalogue& catalogue) {
    const ObjectKey key = AnyObject(catalogue);
    if (key == kRootObject || !catalogue.ObjectChildren(key).empty()) return;
    catalogue.RemoveObject(key);
  }
  void EditFields(Catalogue& catalogue) {
    Node& node = catalogue.EditNode(AnyNode(catalogue));
    node.gen += 1;
    node.writers = static_cast<int>(Below(2));
    node.refused = Below(2) == 0 ? "no" : "";
    if (node.kind == NodeKind::kFile) node.content = Dirty(1000 + Below(5));
    Object& object = catalogue.EditObject(AnyObject(catalogue));
    object.gen = static_cast<Generation>(Below(3));
    object.fresh = Below(2) == 0;
    object.news = std::monostate();
  }

  std::mt19937_64 random_;
};

std::set<std::uint64_t> BodiesIn(const Catalogue& catalogue) {
  std::set<std::uint64_t> out;
  for (const NodeId id : catalogue.AllNodes()) {
    const Node& node = catalogue.node(id);
    if (node.content) out.insert(node.content->body);
  }
  return out;
}

TEST(CatalogueAtRandom, RollsBackToExactlyWhatItWas) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    Catalogue catalogue;
    RandomEditor editor(seed);
    for (int round = 0; round < 12; ++round) {
      const std::string before = Dump(catalogue);
      const std::set<std::uint64_t> bodies = BodiesIn(catalogue);
      const std::uint64_t steps = 1 + editor.Below(20);
      for (std::uint64_t step = 0; step < steps; ++step) {
        editor.Change(catalogue);
        catalogue.CheckInvariants();
        if (editor.Below(4) == 0) catalogue.TakeTouched();
      }
      const Changes changes = catalogue.PendingChanges();
      const std::set<std::uint64_t> left = BodiesIn(catalogue);
      std::set<std::uint64_t> dropped;
      for (const Content& content : changes.dropped) {
        dropped.insert(content.body);
      }
      for (const std::uint64_t body : bodies) {
        EXPECT_EQ(dropped.contains(body), !left.contains(body)) << body;
      }
      if (editor.Below(2) == 0) {
        catalogue.Commit();
      } else {
        catalogue.Rollback();
        ASSERT_EQ(Dump(catalogue), before);
      }
      catalogue.CheckInvariants();
      ASSERT_TRUE(catalogue.PendingChanges().empty());
    }
  }
}

}  // namespace
}  // namespace wsfs
