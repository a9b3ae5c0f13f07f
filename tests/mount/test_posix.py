"""What POSIX says, on a mount."""

import errno
import fcntl
import mmap
import os
import subprocess
import sys
import threading

from harness import Mounted, given, needs, write_all
from syscalls import (FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_KEEP_SIZE,
                      FALLOC_FL_PUNCH_HOLE, RENAME_EXCHANGE, RENAME_NOREPLACE,
                      RENAME_WHITEOUT, fallocate, renameat2)

LIMIT = 524_288_000


class Files(Mounted):
    def test_create_exclusive(self):
        self.write("a", b"1", os.O_EXCL)

        self.refuses(errno.EEXIST, self.write, "a", b"2", os.O_EXCL)
        self.assertEqual(self.read("a"), b"1")

    def test_missing_name(self):
        self.refuses(errno.ENOENT, os.stat, self.path("nothing"))
        self.refuses(errno.ENOENT, os.open, self.path("nothing"), os.O_RDONLY)
        self.refuses(errno.ENOENT, os.unlink, self.path("nothing"))

    @given({"a": b"one"})
    def test_file_is_no_directory(self):
        self.refuses(errno.ENOTDIR, os.stat, self.path("a/b"))
        self.refuses(errno.ENOTDIR, os.listdir, self.path("a"))
        self.refuses(errno.ENOTDIR, os.rmdir, self.path("a"))

    @given({"d/": None})
    def test_directory_is_no_file(self):
        self.refuses(errno.EISDIR, os.open, self.path("d"), os.O_WRONLY)
        self.refuses(errno.EISDIR, os.unlink, self.path("d"))

    def test_append_goes_to_the_end(self):
        self.write("log", b"a\n")
        for line in (b"b\n", b"c\n"):
            self.write("log", line, os.O_APPEND)
        self.sync()

        self.assertEqual(self.remote_content("log"), b"a\nb\nc\n")

    def test_two_append_writers_lose_nothing(self):
        def writer(letter):
            handle = os.open(self.path("log"),
                             os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            for _ in range(200):
                os.write(handle, letter * 9 + b"\n")
            os.close(handle)
        threads = [threading.Thread(target=writer, args=(letter,))
                   for letter in (b"a", b"b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.sync()

        lines = self.remote_content("log").splitlines()
        self.assertEqual(lines.count(b"a" * 9), 200)
        self.assertEqual(lines.count(b"b" * 9), 200)
        self.assertEqual(len(lines), 400)

    @given({"a.txt": b"0123456789"})
    def test_truncate_and_extend(self):
        os.truncate(self.path("a.txt"), 4)
        self.assertEqual(self.read("a.txt"), b"0123")
        os.truncate(self.path("a.txt"), 6)
        self.sync()

        self.assertEqual(self.read("a.txt"), b"0123\0\0")
        self.assertEqual(self.remote_content("a.txt"), b"0123\0\0")

    @given({"a.txt": b"0123456789"})
    def test_write_in_the_middle_keeps_the_rest(self):
        handle = os.open(self.path("a.txt"), os.O_RDWR)
        os.pwrite(handle, b"XY", 3)
        self.assertEqual(os.pread(handle, 20, 0), b"012XY56789")
        os.close(handle)
        self.sync()

        self.assertEqual(self.remote_content("a.txt"), b"012XY56789")

    def test_sparse_file_reads_zeros(self):
        handle = os.open(self.path("s"), os.O_RDWR | os.O_CREAT)
        os.pwrite(handle, b"end", 1_000_000)
        self.assertEqual(os.fstat(handle).st_size, 1_000_003)
        self.assertEqual(os.pread(handle, 4, 500_000), bytes(4))
        os.close(handle)
        self.sync()

        content = self.remote_content("s")
        self.assertEqual(len(content), 1_000_003)
        self.assertEqual(content, bytes(1_000_000) + b"end")

    def test_fallocate(self):
        handle = os.open(self.path("f"), os.O_RDWR | os.O_CREAT)
        fallocate(handle, 0, 0, 100_000)
        self.assertEqual(os.fstat(handle).st_size, 100_000)
        fallocate(handle, FALLOC_FL_KEEP_SIZE, 0, 200_000)
        self.assertEqual(os.fstat(handle).st_size, 100_000)
        os.pwrite(handle, b"x" * 10, 0)
        try:
            fallocate(handle, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 2, 3)
            self.assertEqual(os.pread(handle, 10, 0), b"xx\0\0\0xxxxx")
        except OSError as error:
            self.assertEqual(error.errno, errno.EOPNOTSUPP)
        self.refuses(errno.EOPNOTSUPP, fallocate, handle,
                     FALLOC_FL_COLLAPSE_RANGE, 0, 4096)
        os.close(handle)

    def test_too_large_is_refused_at_once(self):
        handle = os.open(self.path("big"), os.O_RDWR | os.O_CREAT)
        self.addCleanup(os.close, handle)
        os.write(handle, b"kept")

        self.refuses(errno.EFBIG, os.pwrite, handle, b"x", LIMIT)
        self.refuses(errno.EFBIG, os.ftruncate, handle, LIMIT + 1)
        self.refuses(errno.EFBIG, fallocate, handle, 0, 0, LIMIT + 1)
        self.refuses(errno.EFBIG, os.truncate, self.path("big"), 2 ** 50)
        self.assertEqual(os.fstat(handle).st_size, 4)
        self.assertEqual(os.pread(handle, 10, 0), b"kept")

    def test_copy_file_range(self):
        content = os.urandom(300_000)
        self.write("a", content)
        source = os.open(self.path("a"), os.O_RDONLY)
        target = os.open(self.path("b"), os.O_WRONLY | os.O_CREAT)
        done = 0
        while done < len(content):
            step = os.copy_file_range(source, target, len(content) - done)
            self.assertGreater(step, 0)
            done += step
        os.close(source)
        os.close(target)
        self.sync()

        self.assertEqual(self.remote_content("b"), content)

    @given({"a.bin": bytes(range(256)) * 40})
    def test_mmap_reads(self):
        handle = os.open(self.path("a.bin"), os.O_RDONLY)
        for flags in (mmap.MAP_SHARED, mmap.MAP_PRIVATE):
            with mmap.mmap(handle, 0, flags=flags,
                           prot=mmap.PROT_READ) as view:
                self.assertEqual(view[:], bytes(range(256)) * 40)
        os.close(handle)

    @given({"a.bin": b"a" * 10_000})
    def test_mmap_writes_are_sent(self):
        handle = os.open(self.path("a.bin"), os.O_RDWR)
        with mmap.mmap(handle, 0, flags=mmap.MAP_SHARED) as view:
            view[5000:5005] = b"HELLO"
            view.flush()
        os.close(handle)
        expected = b"a" * 5000 + b"HELLO" + b"a" * 4995
        self.assertEqual(self.read("a.bin"), expected)
        self.eventually(lambda: self.mount.sync() == 0
                        and self.remote_content("a.bin") == expected)

    @given({"a.bin": b"a" * 10_000})
    def test_mmap_that_outlives_its_descriptor(self):
        handle = os.open(self.path("a.bin"), os.O_RDWR)
        view = mmap.mmap(handle, 0, flags=mmap.MAP_SHARED)
        os.close(handle)
        view[0:5] = b"LATER"
        view.flush()
        view.close()
        expected = b"LATER" + b"a" * 9995

        self.assertEqual(self.read("a.bin"), expected)
        self.eventually(lambda: self.mount.sync() == 0
                        and self.remote_content("a.bin") == expected)

    def test_private_mmap_changes_nothing(self):
        self.write("a", b"original")
        handle = os.open(self.path("a"), os.O_RDWR)
        with mmap.mmap(handle, 0, flags=mmap.MAP_PRIVATE) as view:
            view[0:3] = b"XXX"
        os.close(handle)

        self.assertEqual(self.read("a"), b"original")

    def test_unlinked_open_file_lives_until_close(self):
        handle = os.open(self.path("gone"), os.O_RDWR | os.O_CREAT)
        os.write(handle, b"still here")
        os.unlink(self.path("gone"))

        self.assertEqual(self.names(), [])
        self.assertEqual(os.pread(handle, 20, 0), b"still here")
        self.assertEqual(os.fstat(handle).st_nlink, 0)
        os.close(handle)
        self.sync()
        self.assertEqual(self.remote_names(), [])

    def test_many_writers_of_many_files(self):
        def writer(number):
            for count in range(20):
                self.write(f"f{number}-{count}", b"%d" % count)
        threads = [threading.Thread(target=writer, args=(number,))
                   for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.sync()

        self.assertEqual(len(self.remote_names()), 160)
        self.assertEqual(len(self.names()), 160)

    def test_open_handle_keeps_reading_while_replaced(self):
        self.write("a", b"first")
        handle = os.open(self.path("a"), os.O_RDONLY)
        self.write("b", b"second")
        os.rename(self.path("b"), self.path("a"))

        self.assertEqual(os.read(handle, 20), b"first")
        self.assertEqual(self.read("a"), b"second")
        os.close(handle)


class Names(Mounted):
    NAMES = ["with blank.txt", "100%.txt", "a#b.txt", "a?b.txt", "a+b.txt",
             "a&b=c.txt", "quote'\".txt", "é.txt", "e\u0301.txt", "日本語.txt",
             "😀.txt", "-dash", "a\\b.txt", "semi;colon", "tilde~x", "[x]", "..."]

    def test_odd_names(self):
        for name in self.NAMES:
            self.write(name, name.encode())
        self.sync()

        self.assertEqual(self.names(), sorted(self.NAMES))
        self.assertEqual(self.remote_names(), sorted(self.NAMES))
        for name in self.NAMES:
            self.assertEqual(self.remote_content(name), name.encode())
            self.assertEqual(self.read(name), name.encode())

    @given({name: name.encode() for name in NAMES})
    def test_odd_names_of_the_service(self):
        self.assertEqual(self.names(), sorted(self.NAMES))
        for name in self.NAMES:
            self.assertEqual(self.read(name), name.encode())

    def test_name_of_255_bytes(self):
        name = "n" * 255
        self.write(name, b"long")
        wide = "é" * 127 + "e"
        self.write(wide, b"wide")
        self.sync()

        self.assertEqual(self.remote_names(), sorted([name, wide]))

    def test_longer_name_is_refused(self):
        for name in ("n" * 256, "é" * 128):
            self.refuses(errno.ENAMETOOLONG, self.write, name, b"x")
            self.refuses(errno.ENAMETOOLONG, os.stat, self.path(name))
            self.refuses(errno.ENAMETOOLONG, os.mkdir, self.path(name))
        self.write("short", b"x")
        self.refuses(errno.ENAMETOOLONG, os.rename, self.path("short"),
                     self.path("n" * 256))

    def test_invented_name_is_refused(self):
        self.refuses(errno.EINVAL, self.write, ".wsfs-move-1", b"x")


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
        self.assertEqual([self.object_id("moved"),
                          self.object_id("moved/e/b.txt")], before)
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
        self.assertEqual([self.object_id("a.txt"), self.object_id("b.txt")],
                         ids)

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
        self.assertEqual(self.object_id("b.txt"), target)

    @given({"a/x.txt": b"1", "b/y.txt": b"2"})
    def test_swap_of_folders(self):
        ids = [self.object_id("a"), self.object_id("b")]
        self.shell("mv a tmp && mv b a && mv tmp b")
        self.sync()

        self.assertEqual(self.remote_names(),
                         ["a", "a/y.txt", "b", "b/x.txt"])
        self.assertEqual([self.object_id("b"), self.object_id("a")], ids)


class Attributes(Mounted):
    @given({"a.txt": b"a"})
    def test_mode_and_times_stay_here(self):
        with self.calls() as calls:
            os.chmod(self.path("a.txt"), 0o755)
            os.utime(self.path("a.txt"), ns=(1_600_000_000_123_456_789,
                                             1_600_000_001_987_654_321))
            self.sync()
        found = os.stat(self.path("a.txt"))

        self.assertEqual(found.st_mode & 0o777, 0o755)
        self.assertEqual(found.st_mtime_ns, 1_600_000_001_987_654_321)
        self.assertEqual(found.st_atime_ns, 1_600_000_000_123_456_789)
        self.assertEqual(calls.writes, [])

    @given({"a.txt": b"a"})
    def test_chown_to_oneself_only(self):
        os.chown(self.path("a.txt"), os.getuid(), os.getgid())
        self.refuses(errno.EPERM, os.chown, self.path("a.txt"), 12345, -1)

    def test_times_inode_and_size_stay_after_a_save(self):
        self.write("a.txt", b"content")
        before = os.stat(self.path("a.txt"))
        self.sync()
        after = os.stat(self.path("a.txt"))

        for field in ("st_ino", "st_size", "st_mtime_ns", "st_mode"):
            self.assertEqual(getattr(before, field), getattr(after, field))

    def test_inode_stays_after_a_second_save(self):
        self.write("a.txt", b"content")
        before = os.stat(self.path("a.txt")).st_ino
        self.write("a.txt", b"other")
        self.assertEqual(os.stat(self.path("a.txt")).st_ino, before)

    @given({"a.txt": b"a"})
    def test_extended_attributes(self):
        self.assertEqual(os.getxattr(self.path("a.txt"), "user.wsfs.place"),
                         b"remote")
        self.assertEqual(os.getxattr(self.path("a.txt"), "user.wsfs.state"),
                         b"clean")
        self.assertEqual(
            int(os.getxattr(self.path("a.txt"), "user.wsfs.object_id")),
            self.object_id("a.txt"))
        self.refuses(errno.ENODATA, os.getxattr, self.path("a.txt"),
                     "security.capability")
        self.refuses(errno.ENODATA, os.getxattr, self.path("a.txt"),
                     "user.nothing")
        self.refuses(errno.EOPNOTSUPP, os.setxattr, self.path("a.txt"),
                     "system.posix_acl_access", b"\x02\0\0\0")

    def test_statfs_is_plausible(self):
        found = os.statvfs(self.mount.path)
        self.assertGreater(found.f_bavail, 0)
        self.assertEqual(found.f_namemax, 255)

    def test_access(self):
        self.write("a.txt", b"x")
        self.assertTrue(os.access(self.path("a.txt"), os.R_OK | os.W_OK))
        self.assertFalse(os.path.exists(self.path("b.txt")))

    def test_fsync_of_file_and_folder(self):
        handle = os.open(self.path("a.txt"), os.O_WRONLY | os.O_CREAT)
        write_all(handle, b"synced")
        os.fsync(handle)
        os.fdatasync(handle)
        os.close(handle)
        folder = os.open(self.dir, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)


class LocalPlaces(Mounted):
    """Symlinks, hard links and special files stay on this machine."""

    def place(self, name):
        return os.getxattr(self.path(name), "user.wsfs.place",
                           follow_symlinks=False)

    def test_symlink_is_local(self):
        self.write("a.txt", b"target")
        os.symlink("a.txt", self.path("link"))
        self.sync()

        self.assertEqual(os.readlink(self.path("link")), "a.txt")
        self.assertEqual(self.read("link"), b"target")
        self.assertEqual(self.remote_names(), ["a.txt"])

    def test_ephemera_and_machine_bound_trees_are_local(self):
        for name in (".nb.py.swp", "nb.py~", "#nb.py#", ".~lock.x#",
                     ".DS_Store", "~$x.docx", ".nfs001", "a.part"):
            self.write(name, b"x")
        for folder in (".git", ".venv", "node_modules", "__pycache__",
                       ".ipynb_checkpoints", ".pytest_cache"):
            os.makedirs(self.path(folder) / "deep")
            (self.path(folder) / "deep" / "file").write_bytes(b"x")
        self.write("kept.txt", b"x")
        self.sync()

        self.assertEqual(self.remote_names(), ["kept.txt"])
        self.assertEqual((self.path(".git") / "deep" / "file").read_bytes(),
                         b"x")
        self.assertEqual(self.place(".git"), b"local")
        self.assertEqual(self.place("kept.txt"), b"remote")

    def test_local_name_renamed_to_an_ordinary_one_goes_out(self):
        self.write("draft.txt~", b"words")
        os.rename(self.path("draft.txt~"), self.path("draft.txt"))
        self.sync()

        self.assertEqual(self.remote_names(), ["draft.txt"])
        self.assertEqual(self.remote_content("draft.txt"), b"words")

    def test_hard_links_inside_a_local_tree(self):
        os.mkdir(self.path(".git"))
        self.write(".git/a", b"x")
        os.link(self.path(".git/a"), self.path(".git/b"))
        self.assertEqual(self.read(".git/b"), b"x")
        self.assertEqual(os.stat(self.path(".git/b")).st_nlink, 2)

    def test_hard_link_of_a_remote_file(self):
        """Done locally or refused as a filesystem without links does."""
        self.write("a.txt", b"x")
        try:
            os.link(self.path("a.txt"), self.path("b.txt"))
        except OSError as error:
            self.assertIn(error.errno, (errno.EPERM, errno.EOPNOTSUPP))

    def test_special_files(self):
        try:
            os.mkfifo(self.path("pipe"))
        except OSError as error:
            self.assertIn(error.errno, (errno.EPERM, errno.EOPNOTSUPP))
            return
        self.sync()
        self.assertEqual(self.remote_names(), [])


LOCKER = """
import fcntl, os, sys
handle = os.open(sys.argv[1], os.O_RDWR)
try:
    if sys.argv[2] == "flock":
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit(7)
"""


class Locks(Mounted):
    def other_process_gets(self, kind):
        done = subprocess.run([sys.executable, "-c", LOCKER,
                               str(self.path("a")), kind], timeout=30,
                              check=False)
        return done.returncode == 0

    def test_flock(self):
        self.write("a", b"x")
        with open(self.path("a"), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertFalse(self.other_process_gets("flock"))
            fcntl.flock(file, fcntl.LOCK_UN)
            self.assertTrue(self.other_process_gets("flock"))

    def test_fcntl_lock(self):
        self.write("a", b"x")
        with open(self.path("a"), "r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            self.assertFalse(self.other_process_gets("fcntl"))
            fcntl.lockf(file, fcntl.LOCK_UN)
            self.assertTrue(self.other_process_gets("fcntl"))


class Tools(Mounted):
    """Programs people use, on a mount."""

    def test_import_of_a_module_just_written(self):
        self.write("mod.py", b"VALUE = 41\n")
        self.assertEqual(
            self.run_in("python3", "-c", "import mod; print(mod.VALUE + 1)"),
            "42\n")
        self.write("mod.py", b"VALUE = 1041\n")
        self.assertEqual(
            self.run_in("python3", "-c", "import mod; print(mod.VALUE + 1)"),
            "1042\n")
        self.sync()
        self.assertEqual(self.remote_names(), ["mod.py"])

    @needs("git")
    def test_git_clone_status_commit(self):
        source = self.box.path / "origin"
        source.mkdir()
        self.run_in("git", "init", "-q", "-b", "main", cwd=source)
        for number in range(40):
            folder = source / f"d{number % 4}"
            folder.mkdir(exist_ok=True)
            (folder / f"f{number}.txt").write_text(f"{number}\n")
        (source / "nb.py").write_text("# Databricks notebook source\n1\n")
        self.run_in("git", "add", "-A", cwd=source)
        self.run_in("git", "commit", "-qm", "one", cwd=source)

        self.run_in("git", "clone", "-q", str(source), "clone")
        clone = self.path("clone")
        self.assertEqual(self.run_in("git", "status", "--porcelain",
                                     cwd=clone), "")
        self.sync()
        self.assertEqual(self.run_in("git", "status", "--porcelain",
                                     cwd=clone), "")
        (clone / "d0" / "f0.txt").write_text("changed\n")
        self.assertEqual(self.run_in("git", "status", "--porcelain",
                                     cwd=clone), " M d0/f0.txt\n")
        self.run_in("git", "commit", "-qam", "two", cwd=clone)
        self.run_in("git", "fsck", "--strict", cwd=clone)
        self.run_in("git", "gc", "-q", cwd=clone)
        self.sync()

        remote = self.remote_names("clone")
        self.assertEqual([name for name in remote if ".git" in name], [])
        self.assertEqual(len(remote), 4 + 40 + 1)
        self.assertIn("nb", remote)
        self.assertEqual(self.remote_content("clone/d0/f0.txt"), b"changed\n")

    @needs("rg")
    @given({f"d{number}/f.py": b"needle\n" if number == 3 else b"hay\n"
            for number in range(6)})
    def test_ripgrep(self):
        self.assertEqual(self.run_in("rg", "-l", "needle").strip(),
                         "d3/f.py")
        self.assertEqual(self.run_in("rg", "-c", "needle", "d3/f.py").strip(),
                         "1")

    @needs("tar")
    def test_tar_out_and_in(self):
        os.mkdir(self.path("d"))
        for number in range(30):
            self.write(f"d/{number}.txt", b"%d\n" % number)
        os.chmod(self.path("d/3.txt"), 0o755)
        self.shell("tar cf d.tar d && rm -rf d && tar xpf d.tar && rm d.tar")
        self.sync()

        self.assertEqual(os.stat(self.path("d/3.txt")).st_mode & 0o777, 0o755)
        self.assertEqual(len(self.remote_names("d")), 30)

    @needs("rsync")
    def test_rsync_twice_changes_nothing_the_second_time(self):
        source = self.box.path / "tree"
        (source / "sub").mkdir(parents=True)
        for number in range(10):
            (source / "sub" / f"{number}.txt").write_text(f"{number}\n")
        self.run_in("rsync", "-a", f"{source}/", "./")
        self.sync()
        with self.calls() as calls:
            changed = self.run_in("rsync", "-ai", f"{source}/", "./")
            self.sync()

        self.assertEqual(changed, "")
        self.assertEqual(calls.writes, [])
        self.assertEqual(len(self.remote_names()), 11)

    def test_sqlite_in_a_local_tree(self):
        os.mkdir(self.path(".venv"))
        self.run_in("python3", "-c", "import sqlite3\n"
                    "db = sqlite3.connect('.venv/x.db')\n"
                    "db.execute('pragma journal_mode=wal')\n"
                    "db.execute('create table t(a)')\n"
                    "db.executemany('insert into t values (?)',"
                    " [(i,) for i in range(1000)])\n"
                    "db.commit()\n"
                    "assert db.execute('select count(*) from t')"
                    ".fetchone()[0] == 1000\n"
                    "db.close()\n")
        self.sync()
        self.assertEqual(self.remote_names(), [])

    def test_make_sees_what_is_newer(self):
        self.write("Makefile", b"out: in\n\tcp in out\n")
        self.write("in", b"1\n")
        if subprocess.run(["sh", "-c", "command -v make"], check=False,
                          stdout=subprocess.DEVNULL).returncode:
            return
        self.run_in("make", "-s", "out")
        self.sync()
        self.assertIn("up to date", self.run_in("make", "out"))
