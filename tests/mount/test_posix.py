"""What POSIX says of files, names and attributes, on a mount."""

import errno
import mmap
import os
import threading

from harness import Mounted, given, write_all
from syscalls import (FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_KEEP_SIZE,
                      FALLOC_FL_PUNCH_HOLE, MINIMAL_ACL, fallocate)

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

    def test_local_place_has_the_disks_limit(self):
        os.mkdir(self.path(".git"))
        self.write(".git/pack", b"x")
        os.truncate(self.path(".git/pack"), 4 * LIMIT)
        self.assertEqual(os.stat(self.path(".git/pack")).st_size, 4 * LIMIT)

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
             "😀.txt", "-dash", "a\\b.txt", "semi;colon", "tilde~x", "[x]",
             "..."]

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

    @given({f"{number}.txt": b"x" for number in range(60)})
    def test_inodes_stay_when_the_kernel_forgets(self):
        before = {name: os.stat(self.path(name)).st_ino
                  for name in self.names()}
        if os.getuid() == 0:
            with open("/proc/sys/vm/drop_caches", "w") as file:
                file.write("2")
        after = {name: os.stat(self.path(name)).st_ino
                 for name in self.names()}
        self.assertEqual(before, after)
        self.assertEqual(len(set(after.values())), 60)

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
                     "system.posix_acl_access", MINIMAL_ACL)

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
