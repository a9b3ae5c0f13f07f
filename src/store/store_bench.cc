#include <string>

#include <benchmark/benchmark.h>

#include "base/test_folder.h"
#include "store/test_store.h"

namespace wsfs {
namespace {

/// A store on this machine's disk, in a folder that goes with it.
class DiskStore {
 public:
  DiskStore() {
    Store::Options options;
    options.directory = directory_.path() / "store";
    opened_ = TestStore::Open(options).value();
  }
  TestStore& opened() { return opened_; }

 private:
  const TestFolder directory_;
  TestStore opened_;
};

/// What untar does for each file: create, write, close.
void BM_CreateAndClose(benchmark::State& state) {
  DiskStore disk;
  TestStore& opened = disk.opened();
  const std::string bytes(static_cast<std::size_t>(state.range(0)), 'x');
  std::uint64_t number = 0;
  for (auto _ : state) {
    const NodeId id = opened.AddFile("file-" + std::to_string(number++));
    if (!opened.Write().ok()) state.SkipWithError("create");
    if (!opened.Save(id, bytes).ok()) state.SkipWithError("close");
  }
}
BENCHMARK(BM_CreateAndClose)
    ->Arg(200)
    ->Arg(4'096)
    ->Arg(65'536)
    ->Arg(262'144)
    ->Unit(benchmark::kMicrosecond);

void BM_Barrier(benchmark::State& state) {
  DiskStore disk;
  TestStore& opened = disk.opened();
  const NodeId id = opened.AddFile("f");
  for (auto _ : state) {
    opened.catalogue->EditNode(id).attributes.mtime++;
    if (!opened.Write().ok()) state.SkipWithError("write");
    if (!opened.store->Barrier().ok()) state.SkipWithError("barrier");
  }
}
BENCHMARK(BM_Barrier)->Unit(benchmark::kMicrosecond);

void BM_WritePower(benchmark::State& state) {
  DiskStore disk;
  TestStore& opened = disk.opened();
  const NodeId id = opened.AddFile("f");
  for (auto _ : state) {
    opened.catalogue->EditNode(id).attributes.mtime++;
    if (!opened.Write(Durability::kPower).ok()) state.SkipWithError("write");
  }
}
BENCHMARK(BM_WritePower)->Unit(benchmark::kMicrosecond);

void BM_ReadBack(benchmark::State& state) {
  DiskStore disk;
  TestStore& opened = disk.opened();
  const NodeId id = opened.AddFile("f");
  const Content content = opened.Save(id, std::string(4'096, 'x')).value();
  for (auto _ : state) benchmark::DoNotOptimize(opened.Read(content).ok());
}
BENCHMARK(BM_ReadBack)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace wsfs
