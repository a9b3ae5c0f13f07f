#include <algorithm>
#include <atomic>
#include <vector>

#include "base/thread.h"
#include "fs_world.h"

namespace wsfs {
namespace {

// lessons.md §1.1: a file that is overwritten while others stat and read it.
class FsStormTest : public FsTest {
 protected:
  static constexpr int kPollers = 4;
  static constexpr int kRounds = 100;
  inline static const std::string kShort = "seven b";
  inline static const std::string kLong = std::string(3'000, 'l');

  /// Runs `save` for each round while pollers look at "f"; every size and
  /// content they see must satisfy `allowed`.
  template <typename Allowed>
  void Storm(const std::function<void(int)>& save, const Allowed& allowed) {
    const NodeId home = *world.Find("");
    std::atomic<bool> over{false};
    std::atomic<int> wrong{0};
    const auto poll = [&] {
      while (!over) {
        const auto stat = world.fs().Lookup(FsWorld::kMount, home, "f",
                                            Caller(), Waiting::Never());
        if (!stat.ok() || !allowed(stat->size_bytes)) {
          ++wrong;
          ADD_FAILURE() << "stat: "
                        << (stat.ok() ? std::to_string(stat->size_bytes)
                                      : stat.error().message());
        }
        auto text = world.ReadAll("f");
        // Replaced between lookup and open: the kernel looks it up again.
        while (!text.ok() && text.error().code() == Errc::kStale)
          text = world.ReadAll("f");
        if (!text.ok()) {
          ++wrong;
          ADD_FAILURE() << ToString(text.error().code()) << ": "
                        << text.error().message();
        } else if (!allowed(text->size()) ||
                   (!text->empty() && *text != kShort && *text != kLong)) {
          ++wrong;
          ADD_FAILURE() << "read " << text->size()
                        << " bytes: " << text->substr(0, 16);
        }
      }
    };
    std::vector<Thread> pollers;
    for (int i = 0; i < kPollers; ++i) pollers.emplace_back("poll", poll);
    for (int i = 0; i < kRounds; ++i) save(i);
    over = true;
    for (Thread& poller : pollers) poller.Join();
    EXPECT_EQ(wrong, 0);
  }
  static const std::string& Text(int round) {
    return round % 2 == 0 ? kLong : kShort;
  }
};

TEST_F(FsStormTest, OverwritingShowsOldEmptyOrNewAndNothingElse) {
  WSFS_ASSERT_OK(world.Save("f", kShort));
  Storm([&](int i) { WSFS_EXPECT_OK(world.Save("f", Text(i))); },
        [&](std::uint64_t size) {
          return size == 0 || size == kShort.size() || size == kLong.size();
        });
  EXPECT_EQ(*world.ReadAll("f"), kShort);
}

TEST_F(FsStormTest, RenamingOverItNeverShowsAnEmptyFile) {
  WSFS_ASSERT_OK(world.Save("f", kShort));
  Storm(
      [&](int i) {
        WSFS_EXPECT_OK(world.Save("tmp", Text(i)));
        WSFS_EXPECT_OK(world.Rename("tmp", "f"));
      },
      [&](std::uint64_t size) {
        return size == kShort.size() || size == kLong.size();
      });
}

TEST_F(FsStormTest, ManyAppendersLoseNothing) {
  constexpr int kWriters = 4;
  constexpr int kLines = 50;
  WSFS_ASSERT_OK(world.Save("log", ""));
  std::vector<Thread> writers;
  for (int i = 0; i < kWriters; ++i) {
    writers.emplace_back("append", [&, i] {
      const auto handle = world.Open(
          "log", {.read = false, .write = true, .append = true}, 300 + i);
      WSFS_ASSERT_OK(handle);
      for (int line = 0; line < kLines; ++line)
        WSFS_EXPECT_OK(world.Write(*handle, 0, "12345678\n"));
      WSFS_EXPECT_OK(world.Flush(*handle, 300 + i));
      world.Release(*handle);
    });
  }
  for (Thread& writer : writers) writer.Join();
  const std::string text = *world.ReadAll("log");
  EXPECT_EQ(text.size(), 9U * kWriters * kLines);
  EXPECT_EQ(std::ranges::count(text, '\n'), kWriters * kLines);
}

}  // namespace
}  // namespace wsfs
