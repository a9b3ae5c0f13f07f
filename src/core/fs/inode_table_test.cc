#include "core/fs/inode_table.h"

#include <gtest/gtest.h>

namespace wsfs {
namespace {

constexpr MountId kMount = 1;
constexpr NodeId kNode = 42;

Node Row(NodeId id) {
  Node node;
  node.id = id;
  return node;
}

TEST(InodeTableTest, AnInodeGoesWithItsLastUse) {
  KernelCounts counts;
  InodeTable table(counts);
  {
    const auto one = table.Ensure(kNode);
    const auto two = table.Find(kNode);
    EXPECT_EQ(one.pointer(), two.pointer());
  }
  EXPECT_EQ(table.size(), 0U);
}

TEST(InodeTableTest, HandlesAndUnsealedBytesKeepIt) {
  KernelCounts counts;
  InodeTable table(counts);
  {
    const auto use = table.Ensure(kNode);
    const MutexLock lock(use->state);
    use->handles = 1;
  }
  EXPECT_EQ(table.size(), 1U);
  {
    const auto use = table.Find(kNode);
    const MutexLock lock(use->state);
    use->handles = 0;
    use->changed = true;
  }
  EXPECT_EQ(table.size(), 1U);
  {
    const auto use = table.Find(kNode);
    const MutexLock lock(use->state);
    use->changed = false;
  }
  EXPECT_EQ(table.size(), 0U);
}

TEST(InodeTableTest, ARemovedNodeIsKeptUntilTheKernelForgetsIt) {
  KernelCounts counts;
  InodeTable table(counts);
  counts.Add(kMount, kNode);
  counts.Add(kMount, kNode);
  table.Removed({Row(kNode), Row(kNode + 1)});
  EXPECT_EQ(table.size(), 1U);  // nobody knows the other one

  EXPECT_FALSE(counts.Forget(kMount, kNode, 1));
  table.Forgotten(kNode);
  EXPECT_EQ(table.size(), 1U);
  EXPECT_TRUE(counts.Forget(kMount, kNode, 1));
  table.Forgotten(kNode);
  EXPECT_EQ(table.size(), 0U);
}

TEST(KernelCountsTest, ANodeIsKnownWhileAnyMountKnowsIt) {
  KernelCounts counts;
  counts.Add(kMount, kNode);
  counts.Add(kMount + 1, kNode);
  EXPECT_FALSE(counts.Forget(kMount, kNode, 5));
  EXPECT_TRUE(counts.Known(kNode));
  counts.ForgetMount(kMount + 1);
  EXPECT_FALSE(counts.Known(kNode));
}

TEST(KernelCountsTest, PagesAreOfOneGeneration) {
  KernelCounts counts;
  counts.Add(kMount, kNode);
  EXPECT_FALSE(counts.SetCached(kMount, kNode, 3));
  EXPECT_TRUE(counts.SetCached(kMount, kNode, 3));
  counts.Advance(kMount, kNode, 3, 4);
  EXPECT_TRUE(counts.SetCached(kMount, kNode, 4));
  counts.Advance(kMount, kNode, 3, 9);  // its pages were not of 3
  EXPECT_TRUE(counts.SetCached(kMount, kNode, 4));
  EXPECT_FALSE(counts.SetCached(kMount, kNode, kNoGeneration));
  EXPECT_FALSE(counts.SetCached(kMount, kNode, kNoGeneration));
}

}  // namespace
}  // namespace wsfs
