#include "store/contents.h"

#include <random>
#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "store/test_store.h"

namespace wsfs {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TestStore Open(const Store::Options& options) {
  auto opened = TestStore::Open(options);
  EXPECT_TRUE(opened.ok()) << opened.error().message();
  return *std::move(opened);
}

TestStore Open(FaultFs& disk) {
  return Open(TestStore::OptionsFor(disk));
}

std::vector<std::string> In(FaultFs& disk, const std::string& folder) {
  return disk.List(TestStore::kPlace + ("/" + folder)).value();
}

std::string Big(char letter, std::size_t bytes = 200'000) {
  return std::string(bytes, letter);
}

std::string ReadDraft(Draft& draft) {
  std::string text(draft.size_bytes(), '?');
  EXPECT_EQ(draft.ReadAt(0, std::as_writable_bytes(std::span(text))).value(),
            text.size());
  return text;
}

Content DownloadAll(TestStore& opened, std::string_view bytes) {
  const auto download = opened.contents().NewDownload().value();
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, 50'000);
    EXPECT_TRUE(download->Take(BytesOf(part)).ok());
    bytes.remove_prefix(part.size());
  }
  return download->Finish().value();
}

/// Random writes, cuts, holes and seals on a draft, with a string beside it
/// that does the same. Sizes lie around the border between memory and file.
class DraftModel {
 public:
  DraftModel(TestStore& opened, std::uint64_t seed)
      : opened_(opened),
        chance_(seed),
        draft_(opened.contents().NewDraft().value()) {}

  void Step() {
    switch (Below(8)) {
      case 0:
      case 1: Write(Below(100'000)); break;
      case 2: Write(expected_.size()); break;
      case 3: Truncate(); break;
      case 4: Punch(); break;
      case 5: Reopen(); break;
      default: Seal(); break;
    }
    ASSERT_EQ(draft_->size_bytes(), expected_.size());
    ASSERT_TRUE(ReadDraft(*draft_) == expected_);
    for (const auto& [content, bytes] : sealed_)
      ASSERT_TRUE(opened_.Read(content).value() == bytes);
  }

 private:
  std::uint64_t Below(std::uint64_t limit) { return chance_() % limit; }

  void Write(std::uint64_t offset) {
    const std::string bytes(1 + Below(40'000),
                            static_cast<char>('a' + Below(26)));
    ASSERT_TRUE(draft_->WriteAt(offset, BytesOf(bytes)).ok());
    const std::uint64_t end = offset + bytes.size();
    if (expected_.size() < end) expected_.resize(end);
    expected_.replace(offset, bytes.size(), bytes);
  }
  void Truncate() {
    const std::uint64_t size = Below(3) == 0 ? 0 : Below(120'000);
    ASSERT_TRUE(draft_->Truncate(size).ok());
    expected_.resize(size);
  }
  void Punch() {
    const std::uint64_t offset = Below(100'000);
    const std::uint64_t length = 1 + Below(50'000);
    ASSERT_TRUE(draft_
                    ->Allocate(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                               offset, length)
                    .ok());
    for (std::uint64_t at = offset;
         at < std::min(offset + length, expected_.size()); ++at) {
      expected_[at] = '\0';
    }
  }
  void Seal() {
    const Content content =
        opened_.contents()
            .Seal(*draft_, opened_.catalogue->NewId(), Below(2) == 0)
            .value();
    EXPECT_EQ(content.digest->raw, HashOf(expected_));
    sealed_.emplace_back(content, expected_);
  }
  void Reopen() {
    if (sealed_.empty()) return;
    const auto& [content, bytes] = sealed_[Below(sealed_.size())];
    const std::uint64_t keep = Below(2) == 0 ? bytes.size() : Below(120'000);
    draft_.reset();
    draft_ = opened_.contents().DraftFrom(content, keep).value();
    expected_ = bytes.substr(0, keep);
  }

  TestStore& opened_;
  std::mt19937_64 chance_;
  std::unique_ptr<Draft> draft_;
  std::string expected_;
  std::vector<std::pair<Content, std::string>> sealed_;
};

TEST(DraftTest, DoesWhatAStringDoesAndNeverChangesWhatWasSealed) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    FaultFs disk;
    TestStore opened = Open(disk);
    DraftModel model(opened, seed);
    for (int step = 0; step < 40; ++step) {
      model.Step();
      if (::testing::Test::HasFatalFailure())
        FAIL() << "seed " << seed << ", step " << step;
    }
  }
}

TEST(DraftTest, StaysInMemoryUpToTheInlineSize) {
  FaultFs disk;
  TestStore opened = Open(disk);
  const auto draft = opened.contents().NewDraft().value();

  ASSERT_TRUE(draft->WriteAt(0, BytesOf(Big('x', kInlineBytes))).ok());
  EXPECT_THAT(In(disk, "staging"), IsEmpty());
  ASSERT_TRUE(draft->Append(BytesOf("y")).ok());
  EXPECT_THAT(In(disk, "staging"), SizeIs(1));
  EXPECT_EQ(draft->size_bytes(), kInlineBytes + 1);
}

// lessons.md §2.1 item 6: `truncate -s` of a huge size took all memory.
TEST(DraftTest, HugeSparseSizesTakeNoMemory) {
  FaultFs disk;
  TestStore opened = Open(disk);
  const auto draft = opened.contents().NewDraft().value();

  ASSERT_TRUE(draft->Truncate(1ULL << 50U).ok());
  ASSERT_TRUE(draft->WriteAt(1ULL << 40U, BytesOf("far")).ok());
  EXPECT_EQ(draft->size_bytes(), 1ULL << 50U);
  EXPECT_LE(draft->SeekData(0).value(), 1ULL << 40U);
  EXPECT_EQ(draft->SeekHole(0).value(), 0U);
  EXPECT_LT(
      disk.Space("/").value().total_bytes - disk.Space("/").value().free_bytes,
      1'000'000U);

  EXPECT_EQ(draft->Truncate(1ULL << 63U).error().code(), Errc::kTooLarge);
  EXPECT_EQ(draft->WriteAt(~0ULL - 1, BytesOf("xx")).error().code(),
            Errc::kTooLarge);
  ASSERT_TRUE(draft->Truncate(3).ok());
  EXPECT_EQ(ReadDraft(*draft), std::string(3, '\0'));
  EXPECT_THAT(In(disk, "staging"), IsEmpty());
}

TEST(DraftTest, AnAppendAfterASealCopiesNothing) {
  FaultFs disk;
  TestStore opened = Open(disk);
  const NodeId file = opened.AddFile("log");
  auto draft = opened.contents().NewDraft().value();
  ASSERT_TRUE(draft->WriteAt(0, BytesOf(Big('1'))).ok());
  Content last;
  for (int line = 0; line < 5; ++line) {
    ASSERT_TRUE(draft->Append(BytesOf("line")).ok());
    const auto sealed =
        opened.contents().Seal(*draft, opened.catalogue->NewId(), false);
    last = opened.Close(file, sealed).value();
    EXPECT_THAT(In(disk, "sealed"), SizeIs(1));
    EXPECT_THAT(In(disk, "staging"), IsEmpty());
  }

  EXPECT_EQ(opened.Read(last).value().size(), 200'020U);
  // Opened again for appending it goes on in the same file.
  draft.reset();
  const std::uint64_t before = disk.steps();
  const auto again = opened.contents().DraftFrom(last, last.size_bytes).value();
  ASSERT_TRUE(again->Append(BytesOf("more")).ok());
  EXPECT_LE(disk.steps() - before, 3U);
  EXPECT_EQ(opened.Read(last).value().size(), 200'020U);
}

TEST(ContentsTest, TellsHeaderDigestAndNotebook) {
  FaultFs disk;
  TestStore opened = Open(disk);
  const Content source =
      opened.SealNew("# Databricks notebook source\nprint(1)").value();
  EXPECT_EQ(source.header, Header::kHash);
  EXPECT_EQ(source.digest->source, HashOf("print(1)"));
  EXPECT_FALSE(source.digest->jupyter);

  const std::string notebook =
      R"({"cells":[],"metadata":{},"nbformat":4,"nbformat_minor":5})";
  const Content jupyter = DownloadAll(opened, notebook);
  EXPECT_TRUE(jupyter.digest->jupyter);
  EXPECT_NE(jupyter.digest->cells, jupyter.digest->raw);

  const std::string header = "-- Databricks notebook source\n";
  const Content large = DownloadAll(opened, header + Big('s'));
  EXPECT_EQ(large.header, Header::kDashes);
  EXPECT_EQ(large.digest->source, HashOf(Big('s')));
}

TEST(ContentsTest, LargeOnesAreHashedLater) {
  FaultFs disk;
  TestStore opened = Open(disk);
  const std::string bytes = Big('x', kDigestAtOnceBytes + 1);

  const Content content = opened.SealNew(bytes).value();

  EXPECT_FALSE(content.digest);
  EXPECT_EQ(opened.contents().DigestOf(content).value().raw, HashOf(bytes));
}

TEST(ContentsTest, ABodyStaysReadableWhateverIsForgotten) {
  FaultFs disk;
  TestStore opened = Open(disk);
  const NodeId file = opened.AddFile("f");
  const Content content = opened.Save(file, Big('x')).value();
  const Content clean = DownloadAll(opened, Big('y'));
  const auto body = opened.contents().Open(content).value();
  const auto blob = opened.contents().Open(clean).value();

  opened.catalogue->RemoveNode(file);
  ASSERT_TRUE(opened.Write().ok());
  ASSERT_TRUE(opened.store->Barrier().ok());
  ASSERT_TRUE(opened.store->DropCache().ok());

  EXPECT_EQ(opened.contents().Open(content).error().code(), Errc::kNotFound);
  EXPECT_EQ(opened.contents().Open(clean).error().code(), Errc::kNotFound);
  std::byte last{};
  EXPECT_EQ(body->ReadAt(199'999, {&last, 1}).value(), 1U);
  EXPECT_EQ(last, std::byte{'x'});
  EXPECT_EQ(blob->ReadAt(0, {&last, 1}).value(), 1U);
  EXPECT_EQ(last, std::byte{'y'});
  EXPECT_EQ(blob->ReadAt(200'000, {&last, 1}).value(), 0U);
}

TEST(ContentsTest, DownloadsAreReadOnTheWayAndStayOverARestart) {
  FaultFs disk;
  Content small;
  Content large;
  {
    TestStore opened = Open(disk);
    const auto download = opened.contents().NewDownload().value();
    ASSERT_TRUE(download->Take(BytesOf("wrong start")).ok());
    ASSERT_TRUE(download->Restart().ok());
    ASSERT_TRUE(download->Take(BytesOf(Big('a', 100'000))).ok());
    std::byte piece{};
    EXPECT_EQ(download->ReadAt(99'999, {&piece, 1}).value(), 1U);
    EXPECT_EQ(download->ReadAt(100'000, {&piece, 1}).value(), 0U);
    ASSERT_TRUE(download->Take(BytesOf("end")).ok());
    EXPECT_EQ(download->taken_bytes(), 100'003U);
    large = download->Finish().value();
    small = DownloadAll(opened, "tiny");
    EXPECT_EQ(DownloadAll(opened, "tiny"), small);
    ASSERT_TRUE(opened.store->Close().ok());
  }
  EXPECT_EQ(large.place, BodyPlace::kBlob);
  EXPECT_EQ(small.place, BodyPlace::kClean);

  TestStore opened = Open(disk);
  EXPECT_TRUE(opened.contents().Holds(small));
  EXPECT_TRUE(opened.contents().Holds(large));
  EXPECT_EQ(opened.Read(small).value(), "tiny");
  EXPECT_EQ(opened.Read(large).value(), Big('a', 100'000) + "end");
  EXPECT_THAT(In(disk, "staging"), IsEmpty());
}

// lessons.md §2.1: reads from its disk cache were not checksummed.
TEST(ContentsTest, ADamagedBlobIsDroppedAndFetchedAgain) {
  FaultFs disk;
  Content large;
  {
    TestStore opened = Open(disk);
    large = DownloadAll(opened, Big('b'));
  }
  disk.FlipBit(TestStore::kPlace + ("/blobs/" + large.digest->raw.Hex()), 99);

  TestStore opened = Open(disk);
  EXPECT_EQ(opened.contents().Open(large).error().code(), Errc::kNotFound);
  EXPECT_FALSE(opened.contents().Holds(large));
  EXPECT_EQ(DownloadAll(opened, Big('b')), large);
  EXPECT_EQ(opened.Read(large).value(), Big('b'));
}

TEST(ContentsTest, ADamagedCacheDatabaseIsMadeAnew) {
  FaultFs disk;
  Content small;
  {
    TestStore opened = Open(disk);
    small = DownloadAll(opened, "tiny");
    ASSERT_TRUE(opened.store->Close().ok());
  }
  {
    const auto file = disk.Open(TestStore::kPlace + std::string("/cache.db"),
                                OpenMode::kReadWrite)
                          .value();
    ASSERT_TRUE(file->WriteAt(0, BytesOf(Big('z', 4096))).ok());
  }

  TestStore opened = Open(disk);
  EXPECT_FALSE(opened.contents().Holds(small));
  EXPECT_EQ(opened.contents().Open(small).error().code(), Errc::kNotFound);
  EXPECT_EQ(DownloadAll(opened, "tiny"), small);
  EXPECT_EQ(opened.Read(small).value(), "tiny");
}

TEST(ContentsTest, WhatTheServiceHoldsBecomesClean) {
  FaultFs disk;
  TestStore opened = Open(disk);
  for (const auto& bytes : {std::string("small"), Big('L')}) {
    const NodeId file = opened.AddFile("f");
    const Content dirty = opened.Save(file, bytes).value();
    ASSERT_TRUE(opened.store->Barrier().ok());

    const Content clean = opened.contents().MakeClean(dirty).value();
    EXPECT_EQ(opened.Read(dirty).value(), bytes);
    EXPECT_EQ(opened.Read(clean).value(), bytes);
    opened.catalogue->EditNode(file).content = clean;
    ASSERT_TRUE(opened.Write().ok());
    opened.contents().Forget(dirty);
    ASSERT_TRUE(opened.store->Barrier().ok());

    EXPECT_TRUE(opened.contents().Holds(clean));
    EXPECT_EQ(opened.contents().MakeClean(clean).value(), clean);
    EXPECT_THAT(In(disk, "sealed"), IsEmpty());
    opened.catalogue->RemoveNode(file);
    ASSERT_TRUE(opened.Write().ok());
  }
}

TEST(ContentsTest, TheLeastRecentlyUsedBlobsGoFirst) {
  FaultFs disk;
  auto options = TestStore::OptionsFor(disk);
  options.cache_cap_bytes = 800'000;  // Three blobs of 200,000 bytes.
  TestStore opened = Open(options);
  const Content a = DownloadAll(opened, Big('a'));
  const Content b = DownloadAll(opened, Big('b'));
  const Content c = DownloadAll(opened, Big('c'));
  ASSERT_TRUE(opened.contents().Open(a).ok());

  const Content d = DownloadAll(opened, Big('d'));

  EXPECT_TRUE(opened.contents().Holds(a));
  EXPECT_FALSE(opened.contents().Holds(b));
  EXPECT_TRUE(opened.contents().Holds(c));
  EXPECT_TRUE(opened.contents().Holds(d));
}

TEST(ContentsTest, TheCacheCountsWhatItDid) {
  FaultFs disk;
  auto options = TestStore::OptionsFor(disk);
  options.cache_cap_bytes = 800'000;  // Three blobs of 200,000 bytes.
  TestStore opened = Open(options);
  std::vector<Content> large;
  for (char letter = 'a'; letter < 'e'; ++letter)
    large.push_back(DownloadAll(opened, Big(letter)));
  const Content small = DownloadAll(opened, "small");
  const CacheCounts before = opened.store->CountCache();

  EXPECT_FALSE(opened.contents().Open(large[0]).ok());
  EXPECT_TRUE(opened.contents().Open(large[3]).ok());
  EXPECT_TRUE(opened.contents().Open(small).ok());

  const CacheCounts counts = opened.store->CountCache();
  EXPECT_EQ(counts.cap_bytes, 800'000U);
  EXPECT_EQ(counts.blob_bytes, 600'000U);
  EXPECT_EQ(counts.small_bytes, 5U);
  EXPECT_EQ(counts.evictions, 1U);
  EXPECT_EQ(counts.misses - before.misses, 1U);
  EXPECT_EQ(counts.hits - before.hits, 2U);
  EXPECT_EQ(counts.damaged, 0U);
}

TEST(ContentsTest, SmallCleanContentsHaveACapToo) {
  FaultFs disk;
  auto options = TestStore::OptionsFor(disk);
  options.cache_cap_bytes = 400'000;
  TestStore opened = Open(options);
  std::vector<Content> all;
  for (char letter = 'a'; letter < 'g'; ++letter)
    all.push_back(DownloadAll(opened, Big(letter, 30'000)));

  EXPECT_FALSE(opened.contents().Holds(all[0]));
  EXPECT_TRUE(opened.contents().Holds(all[5]));
}

TEST(ContentsTest, BlobsMakeRoomOnAFullDisk) {
  FaultFs disk;
  TestStore opened = Open(disk);
  const Content a = DownloadAll(opened, Big('a', 400'000));
  DownloadAll(opened, Big('b', 400'000));
  const DiskSpace space = disk.Space("/").value();
  disk.SetCapacity(space.total_bytes - space.free_bytes + 320'000);
  ASSERT_TRUE(opened.contents().Holds(a));

  const Content c = DownloadAll(opened, Big('c', 300'000));

  EXPECT_FALSE(opened.contents().Holds(a));
  EXPECT_TRUE(opened.contents().Holds(c));
}

TEST(ContentsTest, AnUnpreparedContentIsGone) {
  FaultFs disk;
  TestStore opened = Open(disk);
  const Content small = opened.SealNew("small").value();
  const Content large = opened.SealNew(Big('x')).value();

  opened.contents().Unprepare(small);
  opened.contents().Unprepare(large);
  ASSERT_TRUE(opened.store->Barrier().ok());

  EXPECT_FALSE(opened.Read(small).ok());
  EXPECT_FALSE(opened.Read(large).ok());
  EXPECT_THAT(In(disk, "sealed"), IsEmpty());
}

}  // namespace
}  // namespace wsfs
