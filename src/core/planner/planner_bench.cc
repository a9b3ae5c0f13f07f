#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "core/planner/planner.h"

namespace wsfs {
namespace {

constexpr int kDirectories = 1'000;
constexpr int kFilesEach = 100;

ObjectKey AddObject(Catalogue& catalogue, ObjectKey parent, ObjectKind kind,
                    const std::string& name) {
  Object object;
  object.key = catalogue.NewId();
  object.parent = parent;
  object.name = object.view = name;
  object.kind = kind;
  object.version = {static_cast<ObjectId>(object.key), 1};
  object.gen = 1;
  return catalogue.AddObject(std::move(object)).key;
}

NodeId AddNode(Catalogue& catalogue, NodeId parent, ObjectKey bind,
               const std::string& name, NodeKind kind) {
  Node node;
  node.id = catalogue.NewId();
  node.parent = parent;
  node.name = name;
  node.kind = kind;
  node.gen = 1;
  node.bind = bind;
  node.loaded = true;
  return catalogue.AddNode(std::move(node)).id;
}

Content SomeContent(int number) {
  const Hash hash = HashOf(std::to_string(number));
  Content content;
  content.size_bytes = 100;
  content.digest = Content::Digest{hash, hash, hash, false};
  content.body = static_cast<std::uint64_t>(number);
  return content;
}

/// 1,000 folders with 100 clean files each; gives a file in the middle.
NodeId Fill(Catalogue& catalogue) {
  NodeId some = kNoNode;
  catalogue.EditNode(kRootNode).loaded = true;
  for (int d = 0; d < kDirectories; ++d) {
    const std::string folder = fmt::format("folder{}", d);
    const ObjectKey object =
        AddObject(catalogue, kRootObject, ObjectKind::kDirectory, folder);
    const NodeId node =
        AddNode(catalogue, kRootNode, object, folder, NodeKind::kDirectory);
    for (int f = 0; f < kFilesEach; ++f) {
      const std::string file = fmt::format("file{}.txt", f);
      const NodeId id =
          AddNode(catalogue, node,
                  AddObject(catalogue, object, ObjectKind::kFile, file), file,
                  NodeKind::kFile);
      if (d == kDirectories / 2) some = id;
    }
  }
  Normalise(catalogue, {});
  catalogue.Commit();
  return some;
}

PlannerContext At(PlanMillis now) {
  PlannerContext context;
  context.now = now;
  context.host = "here";
  return context;
}

/// design.md §11: what a close costs must not grow with the tree.
void BM_SaveAmongManyCleanFiles(benchmark::State& state) {
  Catalogue catalogue;
  const NodeId id = Fill(catalogue);
  int round = 0;
  for (auto _ : state) {
    Node& node = catalogue.EditNode(id);
    node.gen += 1;
    node.content = SomeContent(++round);
    node.closed = round;
    Normalise(catalogue, At(round));
    benchmark::DoNotOptimize(catalogue.PendingChanges());
    catalogue.Commit();
    benchmark::DoNotOptimize(MakePlan(catalogue, At(round)));
  }
}
BENCHMARK(BM_SaveAmongManyCleanFiles);

void BM_CreateAndDeleteAmongManyCleanFiles(benchmark::State& state) {
  Catalogue catalogue;
  const NodeId parent = catalogue.node(Fill(catalogue)).parent;
  for (auto _ : state) {
    const NodeId id =
        AddNode(catalogue, parent, kNoObject, "new.txt", NodeKind::kFile);
    catalogue.EditNode(id).content = SomeContent(1);
    catalogue.EditNode(parent).touched += 1;
    Normalise(catalogue, At(1));
    catalogue.Commit();
    catalogue.RemoveNode(id);
    Normalise(catalogue, At(1));
    catalogue.Commit();
    benchmark::DoNotOptimize(MakePlan(catalogue, At(1)));
  }
}
BENCHMARK(BM_CreateAndDeleteAmongManyCleanFiles);

/// One plan while so many new files wait for their folder to settle.
void BM_PlanWithNewFiles(benchmark::State& state) {
  Catalogue catalogue;
  const NodeId parent = catalogue.node(Fill(catalogue)).parent;
  for (int i = 0; i < state.range(0); ++i) {
    const NodeId id = AddNode(catalogue, parent, kNoObject,
                              fmt::format("new{}.txt", i), NodeKind::kFile);
    catalogue.EditNode(id).content = SomeContent(i);
  }
  Normalise(catalogue, At(1));
  catalogue.Commit();
  for (auto _ : state) {
    benchmark::DoNotOptimize(MakePlan(catalogue, At(1)));
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_PlanWithNewFiles)->Arg(100)->Arg(10'000);

/// A listing of a folder with so many files, nothing known before.
void BM_ShowAListing(benchmark::State& state) {
  for (auto _ : state) {
    Catalogue catalogue;
    catalogue.EditNode(kRootNode).loaded = true;
    for (int i = 0; i < state.range(0); ++i) {
      const ObjectKey key = AddObject(catalogue, kRootObject, ObjectKind::kFile,
                                      fmt::format("file{}.txt", i));
      catalogue.EditObject(key).fresh = true;
    }
    Normalise(catalogue, At(1));
    catalogue.Commit();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_ShowAListing)->Arg(100)->Arg(10'000);

}  // namespace
}  // namespace wsfs
