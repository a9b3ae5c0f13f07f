// The adapter on a real /dev/fuse, over a filesystem in memory.

#include "fuse/fuse_mount.h"

#include <atomic>
#include <csignal>
#include <fstream>
#include <sstream>
#include <thread>

#include <dirent.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/thread.h"
#include "base/unique_fd.h"
#include "fuse/fake_filesystem.h"
#include "fuse/mount_point.h"

namespace wsfs {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;

constexpr NodeId kRoot = 50;

class FuseMountTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (::access("/dev/fuse", R_OK | W_OK) != 0)
      GTEST_SKIP() << "/dev/fuse is not there: this machine cannot mount";
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    directory_ = fs::current_path() / "mounts" /
                 (std::to_string(::getpid()) + test->name());
    fs::create_directories(directory_.parent_path());
    Mount();
  }

  void TearDown() override {
    mount_.reset();
    std::error_code ignored;
    fs::remove(directory_, ignored);
  }

  enum class Alone { kKnown, kNotKnown };
  void Mount(Alone alone = Alone::kKnown) {
    auto point = PrepareMountPoint(directory_);
    ASSERT_TRUE(point.ok()) << point.error().message();
    FuseMount::Options options;
    options.directory = point->path;
    options.source = "test:/a,b";
    options.id = 7;
    options.control = "/the/socket";
    options.root = kRoot;
    options.deadline = Milliseconds(20'000);
    options.on_end = [this] { ended_ = true; };
    auto mount = FuseMount::Start(filesystem_, options);
    ASSERT_TRUE(mount.ok()) << mount.error().message();
    mount_ = std::move(*mount);
    if (alone == Alone::kKnown) mount_->SetOverlapping(false);
  }

  static std::string ReadAll(const fs::path& path) {
    const std::ifstream file(path, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  static void WriteAll(const fs::path& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }

  FakeFilesystem filesystem_;
  fs::path directory_;
  std::atomic<bool> ended_ = false;
  std::unique_ptr<FuseMount> mount_;
};

TEST_F(FuseMountTest, ReadsListsAndStats) {
  filesystem_.Put(kRoot, "a.txt", "hello");
  filesystem_.PutDirectory(kRoot, "d");

  EXPECT_EQ(ReadAll(directory_ / "a.txt"), "hello");
  EXPECT_EQ(fs::file_size(directory_ / "a.txt"), 5U);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory_))
    names.insert(entry.path().filename());
  EXPECT_THAT(names, ElementsAre("a.txt", "d"));
  struct stat status = {};
  ASSERT_EQ(::stat((directory_ / "a.txt").c_str(), &status), 0);
  EXPECT_EQ(status.st_mtim.tv_sec, -2);
  EXPECT_EQ(status.st_mtim.tv_nsec, 500'000'000);
  // close(2) does not wait for RELEASE.
  while (filesystem_.OpenHandleCount() > 0) std::this_thread::yield();
}

TEST_F(FuseMountTest, ListsAFolderThatNeedsManyReplies) {
  constexpr int kCount = 3'000;
  for (int i = 0; i < kCount; ++i)
    filesystem_.Put(kRoot, "file" + std::to_string(i), "x");

  const auto entries = fs::directory_iterator(directory_);
  EXPECT_EQ(std::distance(begin(entries), end(entries)), kCount);
}

TEST_F(FuseMountTest, MakesWritesRenamesAndRemoves) {
  WriteAll(directory_ / "new", "first");
  fs::create_directory(directory_ / "d");
  fs::rename(directory_ / "new", directory_ / "d" / "moved");
  std::ofstream(directory_ / "d" / "moved", std::ios::app) << "+";

  EXPECT_EQ(ReadAll(directory_ / "d" / "moved"), "first+");
  fs::resize_file(directory_ / "d" / "moved", 2);
  EXPECT_EQ(ReadAll(directory_ / "d" / "moved"), "fi");
  EXPECT_FALSE(fs::remove(directory_ / "not there"));
  std::error_code error;
  fs::remove(directory_ / "d", error);
  EXPECT_EQ(error, std::errc::directory_not_empty);
  EXPECT_TRUE(fs::remove(directory_ / "d" / "moved"));
  EXPECT_TRUE(fs::remove(directory_ / "d"));
}

TEST_F(FuseMountTest, KeepsLinksAndTheirTargets) {
  filesystem_.Put(kRoot, "a", "text");
  fs::create_symlink("a", directory_ / "link");
  fs::create_hard_link(directory_ / "a", directory_ / "hard");

  EXPECT_EQ(fs::read_symlink(directory_ / "link"), "a");
  EXPECT_EQ(ReadAll(directory_ / "hard"), "text");
}

TEST_F(FuseMountTest, DoesOrRefusesEveryKindOfRename) {
  filesystem_.Put(kRoot, "a", "A");
  filesystem_.Put(kRoot, "b", "B");
  const auto rename = [&](unsigned int flags) {
    return ::renameat2(AT_FDCWD, (directory_ / "a").c_str(), AT_FDCWD,
                       (directory_ / "b").c_str(), flags);
  };

  EXPECT_EQ(rename(RENAME_NOREPLACE), -1);
  EXPECT_EQ(errno, EEXIST);
  EXPECT_EQ(rename(RENAME_WHITEOUT), -1);
  EXPECT_EQ(rename(RENAME_EXCHANGE), 0);
  EXPECT_EQ(ReadAll(directory_ / "a"), "B");
}

TEST_F(FuseMountTest, AnswersWarmQuestionsFromTheKernel) {
  filesystem_.Put(kRoot, "a", "A");
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(fs::exists(directory_ / "a"));
    EXPECT_FALSE(fs::exists(directory_ / "missing"));
  }
  EXPECT_EQ(filesystem_.calls("lookup"), 2);
  ReadAll(directory_ / "a");
  ReadAll(directory_ / "a");
  EXPECT_EQ(filesystem_.calls("read"), 1);
  EXPECT_EQ(filesystem_.calls("flush"), 0);
}

TEST_F(FuseMountTest, TellsTheKernelWhatChangedElsewhere) {
  const NodeId file = filesystem_.Put(kRoot, "a", "old");
  EXPECT_EQ(ReadAll(directory_ / "a"), "old");
  EXPECT_FALSE(fs::exists(directory_ / "b"));

  filesystem_.Remove(kRoot, "a");
  const NodeId other = filesystem_.Put(kRoot, "a", "newer");
  filesystem_.Put(kRoot, "b", "B");
  mount_->notifier().Notify(
      {{.what = Invalidation::What::kEntry,
        .parent = kRoot,
        .name = "a",
        .node = other},
       {.what = Invalidation::What::kContent,
        .parent = kRoot,
        .name = "a",
        .node = file},
       {.what = Invalidation::What::kEntry, .parent = kRoot, .name = "b"}});
  mount_->WaitNotified();

  EXPECT_EQ(ReadAll(directory_ / "a"), "newer");
  EXPECT_EQ(ReadAll(directory_ / "b"), "B");
}

TEST_F(FuseMountTest, KeepsNothingInTheKernelWhileMountsOverlap) {
  filesystem_.Put(kRoot, "a", "A");
  EXPECT_TRUE(fs::exists(directory_ / "a"));
  EXPECT_FALSE(fs::exists(directory_ / "b"));

  mount_->SetOverlapping(true);
  filesystem_.Remove(kRoot, "a");
  filesystem_.Put(kRoot, "b", "B");

  EXPECT_FALSE(fs::exists(directory_ / "a"));
  EXPECT_TRUE(fs::exists(directory_ / "b"));
}

TEST_F(FuseMountTest, KeepsNothingUntilItIsToldThatItIsAlone) {
  mount_.reset();
  Mount(Alone::kNotKnown);
  filesystem_.Put(kRoot, "a", "A");
  EXPECT_TRUE(fs::exists(directory_ / "a"));
  filesystem_.Remove(kRoot, "a");
  EXPECT_FALSE(fs::exists(directory_ / "a"));
}

// A notification raises the inode's version, and the kernel takes the answer
// to a GETATTR that was asked before for an old one: it would not know the end.
TEST_F(FuseMountTest, KnowsTheEndWhenTheNewsOvertakesTheAnswer) {
  const NodeId file = filesystem_.Put(kRoot, "unanswered", "old");
  const UniqueFd fd(::open((directory_ / "unanswered").c_str(), O_RDONLY));
  mount_->SetOverlapping(true);
  off_t end = 0;
  Thread seek("seek", [&] { end = ::lseek(fd.get(), 0, SEEK_END); });
  while (filesystem_.waiting() == 0) std::this_thread::yield();

  filesystem_.Rewrite(file, "longer");
  mount_->notifier().Notify({{.what = Invalidation::What::kAttributes,
                              .parent = kRoot,
                              .name = "unanswered",
                              .node = file}});
  mount_->WaitNotified();
  filesystem_.Unstall();
  seek.Join();

  EXPECT_EQ(end, 6);
}

TEST_F(FuseMountTest, TellsAReaderOfAnOverlappingMountOfNewContent) {
  const NodeId file = filesystem_.Put(kRoot, "a", "old");
  mount_->SetOverlapping(true);
  const UniqueFd fd(::open((directory_ / "a").c_str(), O_RDONLY));
  std::array<char, 8> bytes{};
  EXPECT_EQ(::pread(fd.get(), bytes.data(), bytes.size(), 0), 3);

  filesystem_.Rewrite(file, "newer");
  mount_->notifier().Notify({{.what = Invalidation::What::kContent,
                              .parent = kRoot,
                              .name = "a",
                              .node = file}});
  mount_->WaitNotified();

  EXPECT_EQ(::pread(fd.get(), bytes.data(), bytes.size(), 0), 5);
}

TEST_F(FuseMountTest, GivesBackEveryLookupCount) {
  const NodeId file = filesystem_.Put(kRoot, "a", "A");
  EXPECT_TRUE(fs::exists(directory_ / "a"));
  EXPECT_GT(filesystem_.LookupsOf(file), 0U);

  mount_->Detach();

  EXPECT_EQ(filesystem_.LookupsOf(file), 0U);
}

TEST_F(FuseMountTest, AnswersFromWhatItKnowsWhileManyWait) {
  filesystem_.Put(kRoot, "stalled", "late");
  filesystem_.Put(kRoot, "ready", "now");
  std::vector<Thread> readers;
  for (int i = 0; i < 40; ++i)
    readers.emplace_back(
        "reader", [&] { EXPECT_EQ(ReadAll(directory_ / "stalled"), "late"); });
  while (filesystem_.waiting() < 40) std::this_thread::yield();

  EXPECT_EQ(ReadAll(directory_ / "ready"), "now");
  fs::create_directory(directory_ / "made meanwhile");

  filesystem_.Unstall();
}

/// The exit status of a child that runs `body` until a signal ends it.
template <typename Body>
pid_t Spawn(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    ::_exit(0);
  }
  return child;
}

TEST_F(FuseMountTest, EndsAWaitingOpenAtASignal) {
  filesystem_.Put(kRoot, "stalled", "late");
  const std::string path = directory_ / "stalled";
  const pid_t child = Spawn([&] { ::open(path.c_str(), O_RDONLY); });
  while (filesystem_.waiting() == 0) std::this_thread::yield();

  ::kill(child, SIGTERM);

  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  while (filesystem_.waiting() > 0) std::this_thread::yield();
}

TEST_F(FuseMountTest, EndsAWaitingCloseAtASignal) {
  filesystem_.Put(kRoot, "stalled-flush", "");
  const std::string path = directory_ / "stalled-flush";
  const pid_t child = Spawn([&] {
    const int fd = ::open(path.c_str(), O_WRONLY);
    ::close(fd);
  });
  while (filesystem_.waiting() == 0) std::this_thread::yield();

  ::kill(child, SIGTERM);

  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(filesystem_.waiting(), 1);  // The work itself goes on.
  filesystem_.Unstall();
}

TEST_F(FuseMountTest, CopiesTheBytesOfAWriteThatWaits) {
  const NodeId node = filesystem_.Put(kRoot, "stalled-write", "");
  Thread writer("writer", [&] {
    WriteAll(directory_ / "stalled-write", std::string(100'000, 'w'));
  });
  while (filesystem_.waiting() == 0) std::this_thread::yield();
  filesystem_.Unstall();
  writer.Join();
  EXPECT_EQ(filesystem_.ContentOf(node), std::string(100'000, 'w'));
}

TEST_F(FuseMountTest, TellsTheProcessThatClosesNotItsThread) {
  filesystem_.Put(kRoot, "a", "");
  Thread closer("closer", [&] { WriteAll(directory_ / "a", "text"); });
  closer.Join();
  EXPECT_THAT(filesystem_.flushers(), ElementsAre(::getpid()));
}

TEST_F(FuseMountTest, AnswersExtendedAttributesAndAllocation) {
  filesystem_.Put(kRoot, "a", "");
  const std::string path = directory_ / "a";
  std::array<char, 16> value{};

  EXPECT_EQ(
      ::getxattr(path.c_str(), "user.wsfs.place", value.data(), value.size()),
      6);
  EXPECT_EQ(::getxattr(path.c_str(), "user.wsfs.place", value.data(), 3), -1);
  EXPECT_EQ(errno, ERANGE);
  EXPECT_EQ(::getxattr(path.c_str(), "user.none", value.data(), 3), -1);
  EXPECT_EQ(errno, ENODATA);
  EXPECT_EQ(::setxattr(path.c_str(), "user.other", "x", 1, 0), -1);
  EXPECT_EQ(errno, EOPNOTSUPP);
  // The kernel sends the removal of an ACL for one that says nothing.
  EXPECT_EQ(
      ::setxattr(path.c_str(), "system.posix_acl_access", "\2\0\0\0", 4, 0),
      -1);
  EXPECT_EQ(errno, EOPNOTSUPP);
  const UniqueFd fd(::open(path.c_str(), O_RDWR));
  EXPECT_EQ(::fallocate(fd.get(), 0, 0, 10), 0);
  EXPECT_EQ(::lseek(fd.get(), 0, SEEK_HOLE), 10);
  EXPECT_EQ(::fsync(fd.get()), 0);
}

TEST_F(FuseMountTest, TellsACommandWhereItsEngineListens) {
  filesystem_.PutDirectory(kRoot, "d");

  EXPECT_EQ(WsfsMountOf(directory_ / "d" / "e"), directory_);
  EXPECT_THAT(WsfsMounts(), Contains(directory_));
  EXPECT_EQ(*ControlSocketOf(directory_), "/the/socket");
  EXPECT_FALSE(ControlSocketOf(directory_ / "d").ok());
  EXPECT_EQ(WsfsMountOf(directory_.parent_path()), std::nullopt);
}

TEST_F(FuseMountTest, StaysWhileSomethingIsOpen) {
  filesystem_.Put(kRoot, "a", "A");
  const UniqueFd fd(::open((directory_ / "a").c_str(), O_RDONLY));

  const auto busy = mount_->Unmount();

  ASSERT_FALSE(busy.ok());
  EXPECT_EQ(busy.error().code(), Errc::kBusy);
  EXPECT_FALSE(ended_);
}

TEST_F(FuseMountTest, EndsWhenItIsUnmountedFromOutside) {
  ASSERT_TRUE(UnmountAt(directory_, UnmountHow::kIfIdle).ok());
  while (!ended_) std::this_thread::yield();
  EXPECT_TRUE(mount_->ended());
  EXPECT_FALSE(IsWsfsMount(directory_));
}

TEST_F(FuseMountTest, ReleasesWhatWasOpenWhenItIsDetached) {
  filesystem_.Put(kRoot, "a", "A");
  const UniqueFd fd(::open((directory_ / "a").c_str(), O_RDONLY));

  mount_->Detach();

  EXPECT_EQ(filesystem_.OpenHandleCount(), 0U);
  std::array<char, 4> buffer{};
  EXPECT_EQ(::pread(fd.get(), buffer.data(), 4, 0), -1);
}

TEST_F(FuseMountTest, EndsWhileRequestsWait) {
  filesystem_.Put(kRoot, "stalled", "late");
  Thread reader("reader", [&] {
    EXPECT_EQ(::open((directory_ / "stalled").c_str(), O_RDONLY), -1);
  });
  while (filesystem_.waiting() == 0) std::this_thread::yield();

  mount_->Detach();

  EXPECT_EQ(filesystem_.waiting(), 0);
}

TEST_F(FuseMountTest, ClearsTheMountOfAKilledProcess) {
  mount_.reset();
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe(ready.data()), 0);
  const pid_t child = Spawn([&] {
    Mount();
    if (::write(ready[1], "x", 1) == 1) ::pause();
  });
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  // The kernel keeps the root's attributes and goes on to answer with them.
  EXPECT_TRUE(fs::is_directory(directory_));

  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_FALSE(ControlSocketOf(directory_).ok());

  const auto point = PrepareMountPoint(directory_);
  EXPECT_TRUE(point.ok()) << point.error().message();
  EXPECT_FALSE(IsWsfsMount(directory_));
}

TEST_F(FuseMountTest, RefusesAFolderThatIsAMountOrNotEmpty) {
  filesystem_.Put(kRoot, "a", "A");
  const auto mounted = PrepareMountPoint(directory_);
  ASSERT_FALSE(mounted.ok());
  EXPECT_EQ(mounted.error().code(), Errc::kBusy);

  const auto full = PrepareMountPoint(fs::current_path());
  ASSERT_FALSE(full.ok());
  EXPECT_EQ(full.error().code(), Errc::kNotEmpty);
}

}  // namespace
}  // namespace wsfs
