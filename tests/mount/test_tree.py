"""Folders and renames, on a mount."""

import errno
import os

from harness import Mounted, given
from syscalls import (RENAME_EXCHANGE, RENAME_NOREPLACE, RENAME_WHITEOUT,
                      renameat2)


class Folders(Mounted):
    def test_mkdir_and_rmdir(self):
        os.makedirs(self.path("a/b/c"))
        self.refuses(errno.EEXIST, os.mkdir, self.path("a"))
        self.refuses(errno.ENOTEMPTY, os.rmdir, self.path("a"))
        self.sync()
        self.assertEqual(self.remote_names(), ["a", "a/b", "a/b/c"])

        os.rmdir(self.path("a/b/c"))
        self.sync()
        self.assertEqual(self.remote_names(), ["a", "a/b"])

    @given({"d/a.txt": b"a", "d/e/b.txt": b"b", "other.txt": b"o"})
    def test_rm_rf(self):
        self.shell("rm -rf d")
        self.sync()

        self.assertEqual(self.names(), ["other.txt"])
        self.assertEqual(self.remote_names(), ["other.txt"])

    @given({"d/a.txt": b"a", "d/e/b.txt": b"b"})
    def test_cp_r(self):
        self.shell("cp -r d copy")
        self.sync()

        self.assertEqual(self.remote_names(),
                         ["copy", "copy/a.txt", "copy/e", "copy/e/b.txt", "d",
                          "d/a.txt", "d/e", "d/e/b.txt"])
        self.assertEqual(self.remote_content("copy/e/b.txt"), b"b")

    @given({"d/a.txt": b"a", "d/e/b.txt": b"b"})
    def test_mv_of_a_folder_keeps_the_objects(self):
        before = [self.object_id("d"), self.object_id("d/e/b.txt")]
        with self.calls() as calls:
            self.shell("mv d moved")
            self.sync()

        self.assertEqual(self.remote_names(), ["moved", "moved/a.txt",
                                               "moved/e", "moved/e/b.txt"])
        self.is_object("moved", before[0], was="d")
        self.is_object("moved/e/b.txt", before[1], was="d/e/b.txt")
        self.assertEqual([call.name for call in calls.writes], ["rename"])

    @given({"d/a.txt": b"a", "e/b.txt": b"b"})
    def test_rename_over_a_full_folder(self):
        self.refuses(errno.ENOTEMPTY, os.rename, self.path("d"),
                     self.path("e"))

    @given({"d/a.txt": b"a"})
    def test_rename_into_itself(self):
        self.refuses(errno.EINVAL, os.rename, self.path("d"),
                     self.path("d/inside"))

    @given({"d/a.txt": b"a", "f.txt": b"f"})
    def test_rename_between_kinds(self):
        self.refuses(errno.EISDIR, os.rename, self.path("f.txt"),
                     self.path("d"))
        self.refuses(errno.ENOTDIR, os.rename, self.path("d"),
                     self.path("f.txt"))

    @given({f"d{number}/f{inner}.txt": b"x"
            for number in range(5) for inner in range(4)})
    def test_find_sees_each_name_once(self):
        found = self.shell("find . -mindepth 1 | sort").split()
        self.assertEqual(len(found), 25)
        self.assertEqual(len(set(found)), 25)

    def test_long_listing_is_whole(self):
        for number in range(600):
            self.write(f"file-{number:04}-{'x' * 60}", b"")
        self.assertEqual(len(self.names()), 600)
        self.assertEqual(len(set(self.names())), 600)

    @given({f"n{number:04}.txt": b"" for number in range(1500)})
    def test_large_folder_of_the_service(self):
        self.assertEqual(self.names(),
                         [f"n{number:04}.txt" for number in range(1500)])

    @given({"d/": None, "f": b""})
    def test_link_counts_and_dots(self):
        with os.scandir(self.dir) as entries:
            kinds = {entry.name: entry.is_dir() for entry in entries}
        self.assertEqual(kinds, {"d": True, "f": False})
        self.assertEqual(os.stat(self.path("f")).st_nlink, 1)
        self.assertEqual(os.stat(self.path("d/..")).st_ino,
                         os.stat(self.dir).st_ino)


class Renames(Mounted):
    @given({"a.txt": b"a", "b.txt": b"b"})
    def test_noreplace(self):
        self.refuses(errno.EEXIST, renameat2, self.path("a.txt"),
                     self.path("b.txt"), RENAME_NOREPLACE)
        renameat2(self.path("a.txt"), self.path("c.txt"), RENAME_NOREPLACE)

        self.assertEqual(self.names(), ["b.txt", "c.txt"])

    @given({"a.txt": b"a", "b.txt": b"b"})
    def test_exchange_keeps_the_objects_at_their_names(self):
        ids = [self.object_id("a.txt"), self.object_id("b.txt")]
        try:
            renameat2(self.path("a.txt"), self.path("b.txt"), RENAME_EXCHANGE)
        except OSError as error:
            self.assertIn(error.errno, (errno.EINVAL, errno.EXDEV))
            self.assertEqual(self.read("a.txt"), b"a")
            self.assertEqual(self.read("b.txt"), b"b")
            return
        self.assertEqual(self.read("a.txt"), b"b")
        self.assertEqual(self.read("b.txt"), b"a")
        self.sync()
        self.assertEqual(self.remote_content("a.txt"), b"b")
        self.assertEqual(self.remote_content("b.txt"), b"a")
        for name, before in zip(("a.txt", "b.txt"), ids):
            self.is_object(name, before)

    @given({"a.txt": b"a"})
    def test_exchange_with_nothing(self):
        self.refuses(errno.ENOENT, renameat2, self.path("a.txt"),
                     self.path("none"), RENAME_EXCHANGE)

    @given({"a.txt": b"a"})
    def test_whiteout_is_refused(self):
        self.refuses(errno.EINVAL, renameat2, self.path("a.txt"),
                     self.path("b.txt"), RENAME_WHITEOUT)
        self.assertEqual(self.names(), ["a.txt"])

    @given({"a.txt": b"a"})
    def test_there_and_back_sends_nothing(self):
        with self.calls() as calls:
            os.rename(self.path("a.txt"), self.path("b.txt"))
            os.rename(self.path("b.txt"), self.path("a.txt"))
            self.sync()

        self.assertEqual(calls.writes, [])

    @given({"a.txt": b"aa", "b.txt": b"bb"})
    def test_over_another_keeps_the_targets_object(self):
        target = self.object_id("b.txt")
        os.rename(self.path("a.txt"), self.path("b.txt"))
        self.sync()

        self.assertEqual(self.remote_names(), ["b.txt"])
        self.assertEqual(self.remote_content("b.txt"), b"aa")
        self.is_object("b.txt", target)

    @given({"a/x.txt": b"1", "b/y.txt": b"2"})
    def test_swap_of_folders(self):
        ids = [self.object_id("a"), self.object_id("b")]
        self.shell("mv a tmp && mv b a && mv tmp b")
        self.sync()

        self.assertEqual(self.remote_names(),
                         ["a", "a/y.txt", "b", "b/x.txt"])
        for name, was, before in zip("ba", "ab", ids):
            self.is_object(name, before, was=was)
