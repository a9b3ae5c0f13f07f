#include "store/sqlite.h"

#include <atomic>
#include <string>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/thread.h"
#include "testing/fault_fs.h"

namespace wsfs {
namespace {

constexpr const char* kFile = "/d/test.db";

/// A disk with the folder /d on it for good.
void MakeFolder(FaultFs& disk) {
  ASSERT_TRUE(disk.MakeDirectories("/d").ok());
  ASSERT_TRUE(disk.SyncDirectory("/").ok());
}

/// Makes a table and puts 1..8 in, each a transaction; the log is synced
/// after each even one and checkpointed after the fourth. `done` and `synced`
/// tell how far it came.
Result<void> Work(FaultFs& disk, int& done, int& synced) {
  SqliteVfs vfs(disk);
  WSFS_TRY(const auto database,
           Database::Open(vfs, kFile, Database::Use::kMake));
  WSFS_RETURN_IF_ERROR(database->Execute(
      "CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, text BLOB)"));
  WSFS_TRY(Statement insert, database->Prepare("INSERT INTO t VALUES (?, ?)"));
  for (int n = 1; n <= 8; ++n) {
    const std::string text(static_cast<std::size_t>(n) * 900, 'x');
    WSFS_RETURN_IF_ERROR(
        database->Transact([&] { return insert.Run(n, Blob{text}); }));
    done = n;
    if (n % 2 == 0) {
      WSFS_RETURN_IF_ERROR(vfs.SyncLog(kFile));
      synced = n;
    }
    if (n != 4) continue;
    WSFS_RETURN_IF_ERROR(database->Checkpoint(false));
  }
  disk.Stop();
  return {};
}

/// How many rows there are; they must be 1..n, whole.
int CountRows(FaultFs& disk) {
  SqliteVfs vfs(disk);
  const auto database =
      Database::Open(vfs, kFile, Database::Use::kMake).value();
  EXPECT_EQ(database->AskText("PRAGMA integrity_check").value(), "ok");
  const auto tables =
      database->AskInteger("SELECT count(*) FROM sqlite_schema").value();
  if (tables == 0) return 0;
  auto rows =
      database->Prepare("SELECT n, length(text) FROM t ORDER BY n").value();
  int count = 0;
  while (rows.Next().value()) {
    ++count;
    EXPECT_EQ(rows.Integer(), count);
    EXPECT_EQ(rows.Integer(), count * 900);
  }
  return count;
}

std::size_t StepsOfWork() {
  FaultFs disk;
  MakeFolder(disk);
  int done = 0;
  int synced = 0;
  EXPECT_TRUE(Work(disk, done, synced).ok());
  return disk.steps();
}

TEST(SqliteVfsTest, KeepsEveryCommitWhenTheProcessDiesAtAnyStep) {
  const std::size_t steps = StepsOfWork();
  ASSERT_GT(steps, 40U);
  for (std::size_t step = 2; step <= steps + 1; ++step) {
    FaultFs disk;
    MakeFolder(disk);
    disk.StopAt(step);
    int done = 0;
    int synced = 0;
    std::ignore = Work(disk, done, synced);

    disk.KillProcess();

    EXPECT_GE(CountRows(disk), done) << "died at step " << step;
  }
}

TEST(SqliteVfsTest, KeepsEverySyncedCommitWhenPowerFailsAtAnyStep) {
  const std::size_t steps = StepsOfWork();
  for (std::size_t step = 3; step <= steps + 1; ++step) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      FaultFs disk;
      MakeFolder(disk);
      disk.StopAt(step);
      int done = 0;
      int synced = 0;
      std::ignore = Work(disk, done, synced);

      seed == 0 ? disk.LosePower() : disk.LosePower(seed);

      EXPECT_GE(CountRows(disk), synced)
          << "power failed at step " << step << ", seed " << seed;
    }
  }
}

TEST(SqliteVfsTest, ReadersSeeWholeTransactionsWhileAnotherWrites) {
  FaultFs disk;
  MakeFolder(disk);
  SqliteVfs vfs(disk);
  const auto writer = Database::Open(vfs, kFile, Database::Use::kMake).value();
  ASSERT_TRUE(writer->Execute("CREATE TABLE t (n INTEGER)").ok());
  std::atomic<bool> stop = false;
  std::atomic<int> odd = 0;
  {
    Thread reader("reader", [&] {
      const auto own =
          Database::Open(vfs, kFile, Database::Use::kExisting).value();
      while (!stop) {
        if (own->AskInteger("SELECT count(*) FROM t").value() % 2 != 0) ++odd;
      }
    });
    Thread checkpointer("checkpoint", [&] {
      const auto own =
          Database::Open(vfs, kFile, Database::Use::kExisting).value();
      while (!stop) EXPECT_TRUE(own->Checkpoint(false).ok());
    });
    auto insert = writer->Prepare("INSERT INTO t VALUES (?)").value();
    for (int n = 0; n < 200; ++n) {
      const auto done = writer->Transact([&]() -> Result<void> {
        WSFS_RETURN_IF_ERROR(insert.Run(n));
        return insert.Run(n);
      });
      ASSERT_TRUE(done.ok()) << done.error().message();
    }
    stop = true;
  }
  EXPECT_EQ(odd, 0);
  EXPECT_EQ(writer->AskInteger("SELECT count(*) FROM t").value(), 400);
}

TEST(SqliteTest, AFullDiskIsNoSpaceAndRollsBack) {
  FaultFs disk;
  MakeFolder(disk);
  SqliteVfs vfs(disk);
  const auto database =
      Database::Open(vfs, kFile, Database::Use::kMake).value();
  ASSERT_TRUE(database->Execute("CREATE TABLE t (n INTEGER, b BLOB)").ok());
  auto insert = database->Prepare("INSERT INTO t VALUES (?, ?)").value();
  const std::string big(300'000, 'x');
  disk.SetCapacity(200'000);

  const auto full =
      database->Transact([&] { return insert.Run(1, Blob{big}); });
  EXPECT_EQ(full.error().code(), Errc::kNoSpace);
  disk.SetCapacity(2'000'000);
  const auto again =
      database->Transact([&] { return insert.Run(2, Blob{big}); });

  EXPECT_TRUE(again.ok());
  EXPECT_EQ(database->AskInteger("SELECT sum(n) FROM t").value(), 2);
}

TEST(SqliteTest, ColumnsComeBackAsTheyWereBound) {
  FaultFs disk;
  MakeFolder(disk);
  SqliteVfs vfs(disk);
  const auto database =
      Database::Open(vfs, kFile, Database::Use::kMake).value();
  ASSERT_TRUE(database->Execute("CREATE TABLE t (a, b, c, d, e)").ok());
  auto insert =
      database->Prepare("INSERT INTO t VALUES (?, ?, ?, ?, ?)").value();
  ASSERT_TRUE(insert
                  .Run(-5, "text", Blob{std::string_view("a\0b", 3)},
                       std::nullopt, std::optional<int>(7))
                  .ok());

  auto row = database->Prepare("SELECT * FROM t").value();
  ASSERT_TRUE(row.Next().value());
  EXPECT_EQ(row.Integer(), -5);
  EXPECT_EQ(row.Text(), "text");
  EXPECT_EQ(row.Bytes(), std::string_view("a\0b", 3));
  EXPECT_EQ(row.MaybeBytes(), std::nullopt);
  EXPECT_EQ(row.MaybeInteger(), 7);
  EXPECT_FALSE(row.Next().value());
}

TEST(SqliteTest, GarbageIsCorrupt) {
  FaultFs disk;
  MakeFolder(disk);
  const std::string garbage(8192, 'g');
  const auto file = disk.Open(kFile, OpenMode::kCreate).value();
  ASSERT_TRUE(file->WriteAt(0, std::as_bytes(std::span(garbage))).ok());
  SqliteVfs vfs(disk);

  const auto database = Database::Open(vfs, kFile, Database::Use::kMake);

  ASSERT_FALSE(database.ok());
  EXPECT_EQ(database.error().code(), Errc::kCorrupt);
  EXPECT_THAT(database.error().message(), ::testing::HasSubstr(kFile));
}

}  // namespace
}  // namespace wsfs
