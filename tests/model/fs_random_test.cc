// Random operations on a Filesystem and on a reference: the same outcomes, the
// same tree after each of them, the same at the service in the end. A failure
// prints its seed and what was done; WSFS_SEED=n runs that one, WSFS_RUNS=n so
// many from there on (`./dev soak`).

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "fs_world.h"
#include "reference_tree.h"
#include "testing/switch_values.h"

namespace wsfs {
namespace {

constexpr std::uint32_t kFirstSeed = 1;
constexpr std::uint32_t kRuns = 40;
constexpr int kSteps = 250;
/// A stranger's names, which nobody here uses.
constexpr std::string_view kStrange = "x-";

class RandomRun {
 public:
  explicit RandomRun(std::uint32_t seed,
                     const std::vector<SwitchValue>& switches = {})
      : random_(seed),
        faults_(seed % 2 == 1),
        stranger_(seed % 4 >= 2),
        world_(
            FsWorld::Options{.polls_per_second = seed % 8 >= 4 ? 2.0 : 0.0}) {
    for (const SwitchValue& each : switches)
      world_.workspace().Set(each.name, each.value);
    EXPECT_TRUE(world_.Names("").ok());  // what was never seen needs an answer
    world_.workspace().BeforeCall(
        [this](const ServiceCall&, const CallOptions&) { return Before(); });
    world_.workspace().AfterCall(
        [this](const ServiceCall&, const CallOptions&) { return After(); });
  }

  void Step() {
    switch (Below(24)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: return Save();
      case 5:
      case 6:
      case 7:
        return Both("mkdir", Path(), &ReferenceTree::MakeDirectory,
                    &FsWorld::MakeDirectory);
      case 8:
        return Both("unlink", Path(), &ReferenceTree::Unlink, &FsWorld::Unlink);
      case 9:
        return Both("rmdir", Path(), &ReferenceTree::RemoveDirectory,
                    &FsWorld::RemoveDirectory);
      case 10:
      case 11: return Rename(RenameMode::kReplace);
      case 12: return Rename(RenameMode::kNoReplace);
      case 13: return Rename(RenameMode::kExchange);
      case 14: return Truncate();
      case 15:
      case 16: return OpenOne();
      case 17:
      case 18: return WriteOne();
      case 19: return ReadOne();
      case 20: return CloseOne();
      case 21: return Wait();
      case 22: return stranger_ ? Strange() : ReadOne();
      default: return Restart();
    }
  }
  void CompareTrees() {
    // A size that no list tells is a download, and that may be made to fail.
    const FsWorld::Tree shown = world_.Shown(kStrange);
    FsWorld::Tree expected;
    for (const auto& [path, file] : reference_.entries())
      expected[path] = file == nullptr ? "/" : file->text;
    ASSERT_EQ(shown, expected) << log_;
  }
  void CompareService() {
    while (!open_.empty()) CloseOne();
    faults_ = false;
    world_.Settle();
    for (const PendingItem& item : world_.syncer().Status().pending)
      log_ += fmt::format("\npending: {} {} next in {} ms ({})", item.operation,
                          item.path, item.next_try_ms, item.error);
    MemoryWorkspace& service = world_.workspace();
    std::size_t count = 0;
    for (const auto& [path, file] : reference_.entries()) {
      const std::string remote = FsWorld::Remote(path);
      ASSERT_TRUE(service.Has(remote)) << path << log_;
      if (file != nullptr) {
        ASSERT_EQ(service.Read(remote), file->text) << path << log_;
      }
      ++count;
    }
    for (const auto& [name, text] : strange_)
      ASSERT_EQ(service.Read(FsWorld::Remote(name)), text) << name << log_;
    ASSERT_EQ(world_.AtService().size(), count + strange_.size()) << log_;
    CompareTrees();
  }
  void Live() {
    for (int i = 0; i < kSteps && !testing::Test::HasFatalFailure(); ++i) {
      Step();
      if (!testing::Test::HasFatalFailure()) CompareTrees();
    }
    if (!testing::Test::HasFatalFailure()) CompareService();
  }

 private:
  struct OpenFile {
    HandleId handle = 0;
    std::int32_t process = 0;  ///< That opened it, one of a few.
    ReferenceTree::FilePointer file;
    bool append = false;
  };
  using OnReference =
      std::optional<Errc> (ReferenceTree::*)(const std::string&);
  using OnWorld = Result<void> (FsWorld::*)(std::string_view);

  int Below(int end) {
    return static_cast<int>(random_() % static_cast<std::uint32_t>(end));
  }
  std::string Path() {
    static constexpr std::array<std::string_view, 5> kNames = {"a", "b", "c",
                                                               "d", "e"};
    std::string path;
    for (int depth = 1 + Below(3); depth > 0; --depth) {
      if (!path.empty()) path += "/";
      path += kNames[static_cast<std::size_t>(Below(kNames.size()))];
    }
    return path;
  }

  // -- The service's troubles: one call in six, before or after it is done.
  Result<void> Before() {
    if (!faults_ || Below(12) != 0) return {};
    static constexpr std::array kCodes = {Errc::kThrottled, Errc::kUnavailable,
                                          Errc::kUnreachable, Errc::kTimeout};
    return Error(kCodes[static_cast<std::size_t>(Below(kCodes.size()))],
                 "a fault that was asked for");
  }
  Result<void> After() {
    if (!faults_ || Below(12) != 0) return {};
    return Error(Errc::kOutcomeUnknown, "an answer that was lost");
  }
  void Strange() {
    const std::string name = fmt::format("{}{}", kStrange, Below(4));
    const std::string text = fmt::format("theirs {}", ++saves_);
    log_ += fmt::format("\nstranger {}", name);
    world_.workspace().PutFile(FsWorld::Remote(name), text);
    strange_[name] = text;
  }

  // -- Operations on both
  void Compare(const std::string& what, std::optional<Errc> expected,
               const Result<void>& got) {
    log_ += "\n" + what;
    if (!expected.has_value()) {
      ASSERT_TRUE(got.ok()) << got.error().message() << log_;
      return;
    }
    // A path through a file is ENOTDIR to the kernel, and to us.
    ASSERT_FALSE(got.ok()) << ToString(*expected) << log_;
    const Errc code = got.error().code();
    const bool same = code == *expected || (*expected == Errc::kNotFound &&
                                            code == Errc::kNotADirectory);
    ASSERT_TRUE(same) << ToString(*expected) << " " << got.error().message()
                      << log_;
  }
  void Both(std::string_view verb, const std::string& path, OnReference model,
            OnWorld real) {
    const auto expected = (reference_.*model)(path);
    Compare(fmt::format("{} {}", verb, path), expected, (world_.*real)(path));
  }
  void Save() {
    const std::string path = Path();
    const std::string text = fmt::format("text {}", ++saves_);
    const auto expected = reference_.Save(path, text);
    Compare(fmt::format("save {} {}", path, text), expected,
            world_.Save(path, text));
  }
  void Truncate() {
    const std::string path = Path();
    const auto size = static_cast<std::uint64_t>(Below(12));
    const auto expected = reference_.Truncate(path, size);
    AttributeChange change;
    change.size_bytes = size;
    Compare(fmt::format("truncate {} {}", path, size), expected,
            world_.SetAttributes(path, change));
  }
  void Rename(RenameMode mode) {
    const std::string from = Path();
    const std::string to = Path();
    std::optional<Errc> expected;
    switch (mode) {
      case RenameMode::kReplace: expected = reference_.Rename(from, to); break;
      case RenameMode::kNoReplace:
        expected = reference_.RenameNoReplace(from, to);
        break;
      case RenameMode::kExchange:
        expected = reference_.Exchange(from, to);
        break;
    }
    Compare(fmt::format("rename {} {} {}", static_cast<int>(mode), from, to),
            expected, world_.Rename(from, to, mode));
  }

  /// Now and then somebody sets the clock meanwhile: by seconds, or a day.
  void Wait() {
    if (Below(6) == 0) {
      const Milliseconds by{(Below(2) == 0 ? 7'000 : 86'400'000) *
                            (Below(2) == 0 ? 1 : -1)};
      log_ += fmt::format("\nthe clock is set by {} ms", by.count());
      world_.SetClock(by);
    }
    world_.Pass(Milliseconds{250} * Below(30));
  }

  // -- Open files
  void OpenOne() {
    const std::string path = Path();
    OpenFile open;
    open.process = FsWorld::kEditor + static_cast<std::int32_t>(opens_++ % 3);
    open.append = Below(2) == 0 && reference_.FileAt(path) != nullptr;
    if (open.append) {
      open.file = reference_.FileAt(path);
      const auto handle = world_.Open(
          path, {.read = true, .write = true, .append = true}, open.process);
      log_ += fmt::format("\nopen {} to append", path);
      ASSERT_TRUE(handle.ok()) << handle.error().message() << log_;
      open.handle = *handle;
    } else {
      const auto expected = reference_.OpenToWrite(path, open.file);
      const auto handle = world_.OpenToWrite(path, open.process);
      Compare("open " + path, expected,
              handle.ok() ? Result<void>() : Result<void>(handle.error()));
      if (!handle.ok()) return;
      open.handle = *handle;
    }
    open_.push_back(open);
  }
  void WriteOne() {
    if (open_.empty()) return;
    const OpenFile& open = Pick();
    const std::string text = fmt::format("<{}>", ++saves_);
    std::string& file = open.file->text;
    const std::size_t at =
        open.append ? file.size() : static_cast<std::size_t>(Below(20));
    if (file.size() < at + text.size()) file.resize(at + text.size());
    file.replace(at, text.size(), text);
    log_ += fmt::format("\nwrite {} at {} to handle {}", text, at, open.handle);
    const auto written = world_.Write(open.handle, at, text);
    ASSERT_TRUE(written.ok()) << written.error().message() << log_;
    if (Below(4) != 0) return;
    log_ += "\nfsync";
    const auto synced = world_.Fsync(open.handle);
    ASSERT_TRUE(synced.ok()) << synced.error().message() << log_;
  }
  void ReadOne() {
    if (open_.empty()) return;
    const OpenFile& open = Pick();
    if (!open.append) return;  // the others are write-only
    const auto text = world_.ReadHandle(open.handle);
    ASSERT_TRUE(text.ok()) << text.error().message() << log_;
    ASSERT_EQ(*text, open.file->text) << open.handle << log_;
  }
  void CloseOne() {
    if (open_.empty()) return;
    const auto index =
        static_cast<std::size_t>(Below(static_cast<int>(open_.size())));
    log_ += fmt::format("\nclose {}", open_[index].handle);
    const OpenFile& open = open_[index];
    // A child that inherited it closes first: that is nobody's close.
    const auto inherited = world_.Flush(open.handle, FsWorld::kChild);
    ASSERT_TRUE(inherited.ok()) << inherited.error().message() << log_;
    const auto closed = world_.Close(open.handle, open.process);
    ASSERT_TRUE(closed.ok()) << closed.error().message() << log_;
    open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(index));
  }
  const OpenFile& Pick() {
    return open_[static_cast<std::size_t>(
        Below(static_cast<int>(open_.size())))];
  }
  void Restart() {
    while (!open_.empty()) CloseOne();  // what is open is nobody's promise
    world_.fs().SealIdleDrafts();
    log_ += "\nrestart";
    world_.Crash();
  }

  std::uint32_t opens_ = 0;
  std::mt19937 random_;
  bool faults_;
  const bool stranger_;
  FsWorld world_;
  ReferenceTree reference_;
  std::vector<OpenFile> open_;
  std::map<std::string, std::string> strange_;
  std::string log_;
  int saves_ = 0;
};

std::uint32_t NumberOf(const char* variable, std::uint32_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr
             ? otherwise
             : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

class FsRandomTest : public testing::TestWithParam<std::uint32_t> {};

TEST_P(FsRandomTest, DoesWhatAnOrdinaryTreeDoes) {
  RandomRun run(GetParam());
  run.Live();
  if (HasFailure()) GTEST_LOG_(INFO) << "WSFS_SEED=" << GetParam();
}

std::vector<std::uint32_t> Seeds() {
  const bool one = std::getenv("WSFS_SEED") != nullptr;
  const std::uint32_t count = NumberOf("WSFS_RUNS", one ? 1 : kRuns);
  std::vector<std::uint32_t> seeds;
  for (std::uint32_t i = 0; i < count; ++i)
    seeds.push_back(NumberOf("WSFS_SEED", kFirstSeed) + i);
  return seeds;
}

INSTANTIATE_TEST_SUITE_P(Seeds, FsRandomTest, testing::ValuesIn(Seeds()),
                         testing::PrintToStringParamName());

/// The same at services that differ in one way: with and without faults,
/// strangers and both.
class FsRandomSwitch : public testing::TestWithParam<SwitchValue> {};

TEST_P(FsRandomSwitch, DoesWhatAnOrdinaryTreeDoes) {
  const std::uint32_t first = NumberOf("WSFS_SEED", kFirstSeed);
  for (std::uint32_t seed = first; seed < first + 4; ++seed) {
    RandomRun run(seed, {GetParam()});
    run.Live();
    ASSERT_FALSE(HasFailure()) << "WSFS_SEED=" << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Alone, FsRandomSwitch,
                         testing::ValuesIn(OtherValues()),
                         [](const auto& of) { return of.param.test_name(); });

/// Every two of them that can be together, a life each. A build tries one pair
/// in ten; `./dev soak`, which sets WSFS_RUNS, all of them with new seeds.
TEST(FsRandomPairs, DoWhatAnOrdinaryTreeDoes) {
  const std::vector<SwitchValue> values = OtherValues();
  const std::uint32_t stride = std::getenv("WSFS_RUNS") != nullptr ? 1 : 10;
  const std::uint32_t first = NumberOf("WSFS_SEED", kFirstSeed);
  std::uint32_t pair = 0;
  for (std::size_t one = 0; one < values.size(); ++one) {
    for (std::size_t two = one + 1; two < values.size(); ++two) {
      if (values[one].name == values[two].name) continue;
      if (pair++ % stride != 0) continue;
      RandomRun run(first + pair, {values[one], values[two]});
      run.Live();
      ASSERT_FALSE(testing::Test::HasFailure())
          << values[one].text() << " " << values[two].text()
          << " with the seed " << first + pair << ": WSFS_SEED=" << first;
    }
  }
}

}  // namespace
}  // namespace wsfs
