#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/test_folder.h"
#include "core/views/view_filesystem.h"
#include "testing/memory_workspace.h"

namespace wsfs {

/// A machine's clock that somebody may set; time goes by all the same.
class DeskClock final : public Clock {
 public:
  explicit DeskClock(const Clock& time) : time_(time) {}
  SteadyTime Now() const override { return time_.Now(); }
  WallNanos Wall() const override { return time_.Wall() + set_ns_; }
  void SetBy(Milliseconds by) { set_ns_ += by.count() * 1'000'000; }

 private:
  const Clock& time_;
  std::atomic<WallNanos> set_ns_ = 0;
};

/// A Filesystem over a real store in a folder of its own and a workspace in
/// memory, driven request by request as a kernel would, on a clock that moves
/// when told. Paths are below the user's home.
///
/// Each call is tried with Waiting::Never() first and run again when it would
/// block, as the adapter does.
class FsWorld {
 public:
  static constexpr MountId kMount = 1;
  static constexpr std::int32_t kEditor = 100;  ///< The process that opens.
  static constexpr std::int32_t kChild = 200;   ///< One that inherits.
  static constexpr std::int32_t kReader = 300;  ///< Who looks names up.
  static constexpr std::string_view kHome = "/Users/ada@example.com";

  struct Options {
    bool merge = true;
    double polls_per_second = 0;  ///< What a test counts comes from itself.
  };
  FsWorld() : FsWorld(Options()) {}
  explicit FsWorld(const Options& options);
  ~FsWorld();

  // -- Requests
  Result<NodeId> Find(std::string_view path);
  Result<Stat> StatOf(std::string_view path);
  Result<HandleId> Open(std::string_view path, const OpenFlags& flags,
                        std::int32_t process = kEditor);
  /// open(O_WRONLY | O_CREAT | O_TRUNC), as the kernel does it.
  Result<HandleId> OpenToWrite(std::string_view path,
                               std::int32_t process = kEditor);
  Result<HandleId> CreateNew(std::string_view path,
                             std::int32_t process = kEditor);
  Result<void> Write(HandleId handle, std::uint64_t offset,
                     std::string_view text);
  Result<std::string> ReadHandle(HandleId handle, std::uint64_t offset = 0);
  Result<void> Flush(HandleId handle, std::int32_t process = kEditor);
  void Release(HandleId handle);
  Result<void> Fsync(HandleId handle);
  /// close(2) by who opened it: FLUSH, RELEASE.
  Result<void> Close(HandleId handle, std::int32_t process = kEditor);
  Result<void> Truncate(std::string_view path, HandleId handle,
                        std::uint64_t size);
  Result<void> SetAttributes(std::string_view path,
                             const AttributeChange& change);
  Result<std::string> ReadAll(std::string_view path);
  /// `printf text > path`, in one process.
  Result<void> Save(std::string_view path, std::string_view text);
  Result<void> Unlink(std::string_view path);
  Result<void> MakeDirectory(std::string_view path);
  Result<void> RemoveDirectory(std::string_view path);
  Result<void> Rename(std::string_view from, std::string_view to,
                      RenameMode mode = RenameMode::kReplace);
  Result<void> Symlink(std::string_view path, std::string_view target);
  Result<std::vector<std::string>> Names(std::string_view directory);
  Result<std::string> Xattr(std::string_view path, std::string_view name);

  // -- Time and work
  /// Lets `time` pass in small steps and does all work that is due.
  void Pass(Milliseconds time);
  /// Until nothing is left to do for longer than any hold.
  void Settle() { Pass(Milliseconds{130'000}); }
  void RunDue();
  /// Sets this machine's clock, not the service's.
  void SetClock(Milliseconds by) { desk_clock_.SetBy(by); }
  /// What is planned now, a line each: for messages of failures.
  std::string DescribePlan();
  /// kill -9, and a new start on the same store.
  void Crash();
  void Restart();  ///< The engine ends, and starts again.

  // -- The service
  static std::string Remote(std::string_view path);
  /// The calls that changed something since the last Forget: "import a.txt".
  std::vector<std::string> Writes() const;
  int ReadsOf(std::string_view method) const;
  void ForgetCalls() { workspace_.ClearCalls(); }
  MemoryWorkspace& workspace() { return workspace_; }

  /// What there is below the home: paths and contents; of a folder, "/". At
  /// the service a Python notebook stands under the name it is shown with.
  using Tree = std::map<std::string, std::string>;
  Tree Shown(std::string_view but_not = {});  ///< names that begin so
  Tree AtService();
  /// What a person was told, a line each.
  std::string Notices();

  // -- Interleavings
  /// Runs `step` in the middle of the next open(2): its bytes are found, its
  /// handle is not there yet.
  void DuringNextOpen(std::function<void()> step);

  Filesystem& fs() { return *fs_; }
  Syncer& syncer() { return *syncer_; }
  Ledger& ledger() { return *ledger_; }
  FakeClock& clock() { return clock_; }
  Waiting Patience() {
    return Waiting::Until(clock_.Now() + Milliseconds{30'000});
  }
  static Caller As(std::int32_t process) {
    return {.uid = 1000, .gid = 1000, .process = process};
  }

  /// With Never() first; again with a deadline when it would block.
  template <typename Call>
  auto Run(Call&& call) -> decltype(call(Waiting::Never())) {
    auto first = call(Waiting::Never());
    if (first.ok() || first.error().code() != Errc::kWouldBlock) return first;
    return call(Patience());
  }

 private:
  struct Place {
    NodeId directory = kNoNode;
    std::string name;
  };
  Result<Place> PlaceOf(std::string_view path);
  void AddShown(const std::string& folder, std::string_view but_not,
                Tree& tree);
  void AddAtService(const std::string& folder, Tree& tree);
  void Start();
  void Stop();

  const Options options_;
  FakeClock clock_;
  DeskClock desk_clock_{clock_};
  const TestFolder folder_;
  MemoryWorkspace workspace_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Syncer> syncer_;
  std::function<void()> during_open_;
  std::unique_ptr<Syncer> stepping_;  ///< What the filesystem talks to.
  std::unique_ptr<ViewFilesystem> fs_;
  NodeId home_ = kNoNode;
};

/// A test with a world of its own.
class FsTest : public testing::Test {
 protected:
  FsWorld world;
};

inline std::span<const std::byte> BytesOf(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

#define WSFS_EXPECT_OK(expression)                          \
  do {                                                      \
    const auto outcome = (expression);                      \
    EXPECT_TRUE(outcome.ok()) << outcome.error().message(); \
  } while (false)
#define WSFS_ASSERT_OK(expression)                          \
  do {                                                      \
    const auto outcome = (expression);                      \
    ASSERT_TRUE(outcome.ok()) << outcome.error().message(); \
  } while (false)
#define WSFS_EXPECT_ERROR(expected, expression)                               \
  do {                                                                        \
    const auto outcome = (expression);                                        \
    ASSERT_FALSE(outcome.ok());                                               \
    EXPECT_EQ(outcome.error().code(), expected) << outcome.error().message(); \
  } while (false)

}  // namespace wsfs
