#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include <fmt/format.h>

#include "fs_world.h"

namespace wsfs {
namespace {

/// What a POSIX tree would hold: paths and contents, nothing else.
class ReferenceTree {
 public:
  struct Entry {
    bool folder = false;
    std::string text;
  };

  bool Has(const std::string& path) const {
    return path.empty() || entries_.contains(path);
  }
  bool IsFolder(const std::string& path) const {
    return path.empty() || (Has(path) && entries_.at(path).folder);
  }
  static std::string Parent(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
  }
  bool HasChildren(const std::string& path) const {
    const auto next = entries_.lower_bound(path + "/");
    return next != entries_.end() && next->first.starts_with(path + "/");
  }

  std::optional<Errc> Save(const std::string& path, const std::string& text) {
    if (!IsFolder(Parent(path))) return Errc::kNotFound;
    if (IsFolder(path)) return Errc::kIsADirectory;
    entries_[path] = {.folder = false, .text = text};
    return std::nullopt;
  }
  std::optional<Errc> MakeDirectory(const std::string& path) {
    if (!IsFolder(Parent(path))) return Errc::kNotFound;
    if (Has(path)) return Errc::kAlreadyExists;
    entries_[path] = {.folder = true, .text = ""};
    return std::nullopt;
  }
  std::optional<Errc> Unlink(const std::string& path) {
    if (!Has(path)) return Errc::kNotFound;
    if (IsFolder(path)) return Errc::kIsADirectory;
    entries_.erase(path);
    return std::nullopt;
  }
  std::optional<Errc> RemoveDirectory(const std::string& path) {
    if (!Has(path)) return Errc::kNotFound;
    if (!IsFolder(path)) return Errc::kNotADirectory;
    if (HasChildren(path)) return Errc::kNotEmpty;
    entries_.erase(path);
    return std::nullopt;
  }
  std::optional<Errc> Rename(const std::string& from, const std::string& to) {
    if (!Has(from) || !IsFolder(Parent(to))) return Errc::kNotFound;
    if (from == to) return std::nullopt;
    if (IsFolder(from) && (to + "/").starts_with(from + "/"))
      return Errc::kInvalidArgument;
    if (Has(to)) {
      if (IsFolder(to) && !IsFolder(from)) return Errc::kIsADirectory;
      if (!IsFolder(to) && IsFolder(from)) return Errc::kNotADirectory;
      if (HasChildren(to)) return Errc::kNotEmpty;
      entries_.erase(to);
    }
    std::map<std::string, Entry> moved;
    for (auto it = entries_.begin(); it != entries_.end();) {
      const bool below = it->first == from || it->first.starts_with(from + "/");
      if (below) moved[to + it->first.substr(from.size())] = it->second;
      it = below ? entries_.erase(it) : std::next(it);
    }
    entries_.merge(moved);
    return std::nullopt;
  }
  const std::map<std::string, Entry>& entries() const { return entries_; }

 private:
  std::map<std::string, Entry> entries_;
};

/// Random operations on a Filesystem and on the reference: equal outcomes,
/// equal trees, now and after the service has it all.
class RandomRun {
 public:
  explicit RandomRun(std::uint32_t seed) : random_(seed) {}

  void Step() {
    switch (Below(12)) {
      case 0:
      case 1:
      case 2:
      case 3: return Save();
      case 4:
      case 5:
        return Both("mkdir", Path(), &ReferenceTree::MakeDirectory,
                    &FsWorld::MakeDirectory);
      case 6:
        return Both("unlink", Path(), &ReferenceTree::Unlink, &FsWorld::Unlink);
      case 7:
        return Both("rmdir", Path(), &ReferenceTree::RemoveDirectory,
                    &FsWorld::RemoveDirectory);
      case 8:
      case 9: return Rename();
      case 10: return world_.Pass(Milliseconds{250} * Below(30));
      default: return Restart();
    }
  }
  void CompareTrees() {
    std::map<std::string, std::string> shown;
    Collect("", shown);
    std::map<std::string, std::string> expected;
    for (const auto& [path, entry] : reference_.entries())
      expected[path] = entry.folder ? "<folder>" : entry.text;
    ASSERT_EQ(shown, expected) << log_;
  }
  void CompareService() {
    world_.Settle();
    for (const auto& [path, entry] : reference_.entries()) {
      const std::string remote = FsWorld::Remote(path);
      ASSERT_TRUE(world_.workspace().Has(remote)) << path << log_;
      if (!entry.folder) {
        ASSERT_EQ(world_.workspace().Read(remote), entry.text) << path << log_;
      }
    }
    CompareTrees();
  }
  const std::string& log() const { return log_; }

 private:
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
  void Rename() {
    const std::string from = Path();
    const std::string to = Path();
    const auto expected = reference_.Rename(from, to);
    Compare(fmt::format("rename {} {}", from, to), expected,
            world_.Rename(from, to));
  }
  void Restart() {
    log_ += "\nrestart";
    world_.Crash();
  }
  void Collect(const std::string& folder,
               std::map<std::string, std::string>& into) {
    const auto names = world_.Names(folder);
    ASSERT_TRUE(names.ok()) << names.error().message() << log_;
    for (const std::string& name : *names) {
      const std::string path = folder.empty() ? name : folder + "/" + name;
      const auto stat = world_.StatOf(path);
      ASSERT_TRUE(stat.ok()) << path << log_;
      if (stat->kind == NodeKind::kDirectory) {
        into[path] = "<folder>";
        Collect(path, into);
      } else {
        into[path] = world_.ReadAll(path).value_or("<unreadable>");
      }
    }
  }

  std::mt19937 random_;
  FsWorld world_;
  ReferenceTree reference_;
  std::string log_;
  int saves_ = 0;
};

class FsRandomTest : public testing::TestWithParam<std::uint32_t> {};

TEST_P(FsRandomTest, DoesWhatAnOrdinaryTreeDoes) {
  constexpr int kSteps = 120;
  constexpr int kLook = 20;
  RandomRun run(GetParam());
  for (int i = 0; i < kSteps && !HasFatalFailure(); ++i) {
    run.Step();
    if (i % kLook == 0) run.CompareTrees();
  }
  if (!HasFatalFailure()) run.CompareService();
  if (HasFailure()) GTEST_LOG_(INFO) << "seed " << GetParam() << run.log();
}

INSTANTIATE_TEST_SUITE_P(Seeds, FsRandomTest, testing::Range(1U, 31U));

}  // namespace
}  // namespace wsfs
