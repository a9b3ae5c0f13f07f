#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/host_fs.h"
#include "base/test_folder.h"
#include "testing/fault_fs.h"

namespace wsfs {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

std::span<const std::byte> Bytes(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string ReadAll(HostFile& file, std::uint64_t offset, std::size_t length) {
  std::string text(length, '?');
  const auto got = file.ReadAt(offset, std::as_writable_bytes(std::span(text)));
  text.resize(got.value());
  return text;
}

/// Either the real disk in a folder of its own, or FaultFs.
class HostFsContract : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      root_ = folder_.emplace().path();
    } else {
      root_ = "/disk";
      ASSERT_TRUE(fault_.MakeDirectories(root_).ok());
    }
  }
  HostFs& host() { return GetParam() ? RealHostFs() : fault_; }
  HostFs::Path At(std::string_view name) const { return root_ / name; }
  std::unique_ptr<HostFile> Make(std::string_view name,
                                 std::string_view text = "") {
    auto file = host().Open(At(name), OpenMode::kCreateNew).value();
    EXPECT_TRUE(file->WriteAt(0, Bytes(text)).ok());
    return file;
  }

 private:
  FaultFs fault_;
  std::optional<TestFolder> folder_;
  HostFs::Path root_;
};

TEST_P(HostFsContract, ReadsWhatWasWrittenAndStopsAtTheEnd) {
  const auto file = Make("a", "hello world");

  EXPECT_EQ(ReadAll(*file, 6, 100), "world");
  EXPECT_EQ(ReadAll(*file, 11, 10), "");
  EXPECT_EQ(ReadAll(*file, 5000, 10), "");
  EXPECT_EQ(file->Size().value(), 11U);
}

TEST_P(HostFsContract, OpenModesDoWhatTheySay) {
  EXPECT_EQ(host().Open(At("x"), OpenMode::kRead).error().code(),
            Errc::kNotFound);
  EXPECT_EQ(host().Open(At("x"), OpenMode::kReadWrite).error().code(),
            Errc::kNotFound);
  Make("x", "one");
  EXPECT_EQ(host().Open(At("x"), OpenMode::kCreateNew).error().code(),
            Errc::kAlreadyExists);
  const auto kept = host().Open(At("x"), OpenMode::kCreate).value();
  EXPECT_EQ(kept->Size().value(), 3U);
  EXPECT_EQ(host().Open(At("no/x"), OpenMode::kCreate).error().code(),
            Errc::kNotFound);
}

TEST_P(HostFsContract, WritingBeyondTheEndLeavesAHoleOfZeros) {
  const auto file = Make("a", "x");

  ASSERT_TRUE(file->WriteAt(200'000, Bytes("end")).ok());

  EXPECT_EQ(file->Size().value(), 200'003U);
  EXPECT_EQ(ReadAll(*file, 0, 3), std::string("x\0\0", 3));
  EXPECT_EQ(ReadAll(*file, 199'998, 10), std::string("\0\0end", 5));
  EXPECT_EQ(file->SeekData(100'000).value() / 65'536, 200'000U / 65'536);
  EXPECT_LE(file->SeekHole(0).value(), 65'536U);
  EXPECT_EQ(file->SeekData(300'000).value(), 200'003U);
}

TEST_P(HostFsContract, TruncateCutsAndGrows) {
  const auto file = Make("a", "abcdef");

  ASSERT_TRUE(file->Truncate(2).ok());
  ASSERT_TRUE(file->Truncate(4).ok());
  EXPECT_EQ(ReadAll(*file, 0, 10), std::string("ab\0\0", 4));

  ASSERT_TRUE(file->Truncate(1ULL << 40U).ok());
  EXPECT_EQ(file->Size().value(), 1ULL << 40U);
}

TEST_P(HostFsContract, RenameReplacesAndOpenFilesLiveOn) {
  const auto from = Make("from", "new");
  const auto to = Make("to", "old");

  ASSERT_TRUE(host().Rename(At("from"), At("to")).ok());

  EXPECT_FALSE(host().Exists(At("from")).value());
  EXPECT_EQ(ReadAll(*to, 0, 10), "old");
  const auto now = host().Open(At("to"), OpenMode::kRead).value();
  EXPECT_EQ(ReadAll(*now, 0, 10), "new");
  EXPECT_EQ(host().Rename(At("gone"), At("to")).error().code(),
            Errc::kNotFound);
}

TEST_P(HostFsContract, RemovedFilesStayReadableWhileOpen) {
  const auto file = Make("a", "still here");

  ASSERT_TRUE(host().Remove(At("a")).ok());

  EXPECT_EQ(ReadAll(*file, 0, 100), "still here");
  EXPECT_EQ(host().Remove(At("a")).error().code(), Errc::kNotFound);
  EXPECT_EQ(host().SizeOf(At("a")).error().code(), Errc::kNotFound);
}

TEST_P(HostFsContract, FoldersAreMadeListedAndRemovedWhenEmpty) {
  ASSERT_TRUE(host().MakeDirectories(At("d/e/f")).ok());
  ASSERT_TRUE(host().MakeDirectories(At("d/e/f")).ok());
  Make("d/file");

  EXPECT_THAT(host().List(At("d")).value(), UnorderedElementsAre("e", "file"));
  EXPECT_EQ(host().Remove(At("d")).error().code(), Errc::kNotEmpty);
  EXPECT_TRUE(host().Remove(At("d/e/f")).ok());
  EXPECT_THAT(host().List(At("d/e")).value(), ElementsAre());
  EXPECT_EQ(host().List(At("none")).error().code(), Errc::kNotFound);
  EXPECT_EQ(host().MakeDirectories(At("d/file/x")).error().code(),
            Errc::kNotADirectory);
  EXPECT_TRUE(host().SyncDirectory(At("d")).ok());
}

TEST_P(HostFsContract, OneHolderOfALock) {
  const auto first = Make("lock");
  auto second = host().Open(At("lock"), OpenMode::kReadWrite).value();
  auto third = host().Open(At("lock"), OpenMode::kReadWrite).value();

  EXPECT_TRUE(second->TryLock().value());
  EXPECT_TRUE(second->TryLock().value());
  EXPECT_FALSE(third->TryLock().value());
  second.reset();
  EXPECT_TRUE(third->TryLock().value());
}

TEST_P(HostFsContract, CopyTakesTheFirstBytesAndKeepsHoles) {
  const auto from = Make("from", "start");
  ASSERT_TRUE(from->WriteAt(1ULL << 30U, Bytes("far")).ok());
  const auto whole = Make("whole");
  const auto part = Make("part");

  ASSERT_TRUE(whole->CopyFrom(*from, (1ULL << 30U) + 3).ok());
  ASSERT_TRUE(part->CopyFrom(*from, 3).ok());

  EXPECT_EQ(ReadAll(*whole, 0, 6), std::string("start\0", 6));
  EXPECT_EQ(ReadAll(*whole, 1ULL << 30U, 9), "far");
  EXPECT_LT(whole->SeekHole(0).value(), 1ULL << 20U);
  EXPECT_EQ(ReadAll(*part, 0, 10), "sta");
}

TEST_P(HostFsContract, PunchedRangesReadAsZeros) {
  const auto file = Make("a", std::string(20'000, 'x'));

  ASSERT_TRUE(
      file->Allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1, 9'999)
          .ok());
  ASSERT_TRUE(file->Allocate(FALLOC_FL_KEEP_SIZE, 0, 40'000).ok());
  EXPECT_EQ(file->Size().value(), 20'000U);
  ASSERT_TRUE(file->Allocate(0, 0, 30'000).ok());

  EXPECT_EQ(file->Size().value(), 30'000U);
  EXPECT_EQ(ReadAll(*file, 0, 3), std::string("x\0\0", 3));
  EXPECT_EQ(ReadAll(*file, 9'999, 3), std::string("\0xx", 3));
}

INSTANTIATE_TEST_SUITE_P(, HostFsContract, ::testing::Bool(),
                         [](const auto& row) {
                           return row.param ? "RealDisk" : "FaultFs";
                         });

TEST(RealHostFsTest, FilesAndFoldersAreForTheOwnerOnly) {
  const TestFolder folder;
  const HostFs::Path& root = folder.path();

  ASSERT_TRUE(RealHostFs().MakeDirectories(root / "d").ok());
  ASSERT_TRUE(RealHostFs().Open(root / "d/f", OpenMode::kCreate).ok());

  struct stat info{};
  ASSERT_EQ(::stat((root / "d").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat((root / "d/f").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(FaultFsTest, UnsyncedBytesAndEntriesAreLostWithThePower) {
  FaultFs disk;
  ASSERT_TRUE(disk.MakeDirectories("/d").ok());
  ASSERT_TRUE(disk.SyncDirectory("/").ok());
  auto kept = disk.Open("/d/kept", OpenMode::kCreate).value();
  ASSERT_TRUE(kept->WriteAt(0, Bytes("synced")).ok());
  ASSERT_TRUE(kept->Sync().ok());
  ASSERT_TRUE(disk.SyncDirectory("/d").ok());
  ASSERT_TRUE(kept->WriteAt(0, Bytes("UNSYNC")).ok());
  ASSERT_TRUE(disk.Open("/d/lost", OpenMode::kCreate).ok());

  disk.LosePower();

  EXPECT_EQ(kept->Size().error().code(), Errc::kIo);
  EXPECT_THAT(disk.Files(), ElementsAre("/d/kept"));
  const auto now = disk.Open("/d/kept", OpenMode::kRead).value();
  EXPECT_EQ(ReadAll(*now, 0, 10), "synced");
}

TEST(FaultFsTest, ADeadProcessKeepsWhatItWroteAndTearsTheLastWrite) {
  FaultFs disk;
  auto file = disk.Open("/f", OpenMode::kCreate).value();
  ASSERT_TRUE(file->WriteAt(0, Bytes("whole ")).ok());
  disk.StopAt(disk.steps() + 1);

  EXPECT_EQ(file->WriteAt(6, Bytes("torn")).error().code(), Errc::kIo);
  EXPECT_EQ(file->Size().error().code(), Errc::kIo);
  disk.KillProcess();

  const auto now = disk.Open("/f", OpenMode::kRead).value();
  EXPECT_EQ(ReadAll(*now, 0, 20), "whole to");
}

TEST(FaultFsTest, FailsOneStepFillsUpAndTurnsBits) {
  FaultFs disk;
  auto file = disk.Open("/f", OpenMode::kCreate).value();
  disk.FailAt(disk.steps() + 1, Errc::kIo);
  EXPECT_FALSE(file->Sync().ok());
  EXPECT_TRUE(file->WriteAt(0, Bytes("a")).ok());

  disk.SetCapacity(8192);
  const std::string big(8000, 'x');
  EXPECT_EQ(file->WriteAt(1, Bytes(big)).error().code(), Errc::kNoSpace);
  EXPECT_EQ(disk.Space("/").value().free_bytes, 4096U);

  disk.FlipBit("/f", 0);
  EXPECT_EQ(ReadAll(*file, 0, 1), "`");
  disk.SetReadOnly(true);
  EXPECT_EQ(file->Truncate(0).error().code(), Errc::kReadOnly);
}

}  // namespace
}  // namespace wsfs
