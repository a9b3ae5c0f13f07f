// The moments in which nobody else's change can be seen are counted
// (planner.md §11).

#include <algorithm>

#include <gmock/gmock.h>

#include "fs_world.h"

namespace wsfs {
namespace {

class WindowsTest : public FsTest {
 protected:
  WindowsTest() {
    for (const char* folder : {"d", "d/e"})
      world.workspace().MakeFolder(FsWorld::Remote(folder));
    for (const char* name : {"a.txt", "b.txt", "d/c.txt", "d/e/f.txt"})
      world.workspace().PutFile(FsWorld::Remote(name), name);
    for (const char* folder : {"", "d", "d/e"})
      EXPECT_TRUE(world.Names(folder).ok());
    for (const char* name : {"a.txt", "b.txt", "d/c.txt", "d/e/f.txt"})
      EXPECT_TRUE(world.ReadAll(name).ok());
  }

  WindowCount Of(Window window) {
    const std::vector<WindowCount> all = world.syncer().Status().windows;
    return *std::ranges::find(all, window, &WindowCount::window);
  }
};

TEST_F(WindowsTest, ASaveOpensTwo) {
  WSFS_ASSERT_OK(world.Save("a.txt", "changed"));
  world.Settle();
  EXPECT_EQ(Of(Window::kCheckToPut).opened, 1);
  EXPECT_EQ(Of(Window::kPutToAnswer).opened, 1);
  EXPECT_LE(Of(Window::kCheckToPut).longest, Milliseconds{2'000});
  EXPECT_EQ(Of(Window::kCheckToPut).met, 0);
}

TEST_F(WindowsTest, AnEarlyCheckCountsFromItsAnswer) {
  const auto handle = world.OpenToWrite("a.txt");
  WSFS_ASSERT_OK(handle);
  WSFS_ASSERT_OK(world.Write(*handle, 0, "changed"));
  world.RunDue();
  world.Pass(Milliseconds{1'500});
  WSFS_ASSERT_OK(world.Close(*handle));
  world.Settle();
  EXPECT_EQ(Of(Window::kCheckToPut).opened, 1);
  EXPECT_GE(Of(Window::kCheckToPut).longest, Milliseconds{1'000});
}

TEST_F(WindowsTest, ANewFileOpensNone) {
  WSFS_ASSERT_OK(world.Save("new.txt", "new"));
  world.Settle();
  EXPECT_EQ(Of(Window::kCheckToPut).opened, 0);
}

TEST_F(WindowsTest, RemovalsAndRenamesAreTold) {
  WSFS_ASSERT_OK(world.Unlink("b.txt"));
  WSFS_ASSERT_OK(world.Rename("a.txt", "z.txt"));
  WSFS_ASSERT_OK(world.Unlink("d/e/f.txt"));
  WSFS_ASSERT_OK(world.RemoveDirectory("d/e"));
  world.Settle();
  EXPECT_EQ(Of(Window::kCheckToDelete).opened, 1);
  EXPECT_EQ(Of(Window::kCheckToRename).opened, 1);
  EXPECT_EQ(Of(Window::kListsToRmtree).opened, 1);
}

}  // namespace
}  // namespace wsfs
