#include <gmock/gmock.h>

#include "fs_world.h"

namespace wsfs {
namespace {

// Where no list tells sizes, each costs an export (design.md §3).
class FsSizesTest : public FsTest {
 protected:
  static constexpr int kNotebooks = 100;
  static std::string NameOf(int number) {
    return (number < 10 ? "n0" : "n") + std::to_string(number) + ".py";
  }
  FsSizesTest() {
    for (int i = 0; i < kNotebooks; ++i) {
      const std::string shown = NameOf(i);
      world.workspace().PutNotebook(
          FsWorld::Remote(shown.substr(0, shown.size() - 3)), Language::kPython,
          "# Databricks notebook source\n1\n");
    }
    EXPECT_EQ(world.Names("")->size(), std::size_t{kNotebooks});
    world.ForgetCalls();
  }
  int Exports() const { return world.ReadsOf("export"); }
};

TEST_F(FsSizesTest, OneIsOneExport) {
  WSFS_ASSERT_OK(world.StatOf(NameOf(0)));
  EXPECT_EQ(Exports(), 1);
  world.Pass(Milliseconds{10'000});
  WSFS_ASSERT_OK(world.StatOf(NameOf(50)));
  EXPECT_EQ(Exports(), 2);
}

TEST_F(FsSizesTest, WhoAsksForASecondIsTakenToGoOn) {
  WSFS_ASSERT_OK(world.StatOf(NameOf(0)));
  WSFS_ASSERT_OK(world.StatOf(NameOf(1)));
  EXPECT_EQ(Exports(), 2 + 64);
  for (int i = 2; i < kNotebooks; ++i) WSFS_ASSERT_OK(world.StatOf(NameOf(i)));
  EXPECT_EQ(Exports(), kNotebooks);
  EXPECT_EQ(world.workspace().TotalCalls(), kNotebooks);
}

TEST_F(FsSizesTest, AnUnreadableOneShowsAndBreaksNoListing) {
  world.workspace().Fail("export", Errc::kPermissionDenied, -1,
                         MemoryWorkspace::Side::kBefore,
                         FsWorld::Remote("n05"));
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(world.StatOf(NameOf(i))->size_bytes, i == 5 ? 0U : 31U) << i;
  const auto opened = world.Open(NameOf(5), {});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code(), Errc::kPermissionDenied);
}

TEST_F(FsSizesTest, TheLastOfAFolderHasNothingBehindIt) {
  WSFS_ASSERT_OK(world.StatOf(NameOf(kNotebooks - 2)));
  WSFS_ASSERT_OK(world.StatOf(NameOf(kNotebooks - 1)));
  EXPECT_EQ(Exports(), 2);
}

}  // namespace
}  // namespace wsfs
