"""Failures of another filesystem for the same job, each with its number."""

import errno
import os
import signal
import subprocess
import sys
import threading
import time

from harness import Boxed, Mounted, given, limit
from syscalls import RENAME_EXCHANGE, RENAME_NOREPLACE, renameat2


class Lessons(Mounted):
    # 2.1-2: an open reader keeps no closed writer's bytes from going out.
    @given({"a.txt": b"old"})
    def test_2_1_2_reader_does_not_hold_back_the_upload(self):
        reader = os.open(self.path("a.txt"), os.O_RDONLY)
        self.addCleanup(os.close, reader)
        self.write("a.txt", b"new")
        self.sync()

        self.assertEqual(self.remote_content("a.txt"), b"new")

    # 2.1-6: truncate to 2^50 must not cost memory, nor the mount.
    def test_2_1_6_huge_truncate(self):
        self.write("a.txt", b"kept")
        self.refuses(errno.EFBIG, os.truncate, self.path("a.txt"), 2 ** 50)
        handle = os.open(self.path("a.txt"), os.O_WRONLY)
        self.refuses(errno.EFBIG, os.pwrite, handle, b"x", 2 ** 40)
        os.close(handle)

        self.assertEqual(self.read("a.txt"), b"kept")

    # 2.1-10: an unlinked dirty file stays unlinked when it is closed.
    @given({"a.txt": b"old"})
    def test_2_1_10_unlinked_file_is_not_resurrected(self):
        handle = os.open(self.path("a.txt"), os.O_WRONLY | os.O_TRUNC)
        os.write(handle, b"dirty")
        os.unlink(self.path("a.txt"))
        os.close(handle)
        self.sync()

        self.assertEqual(self.names(), [])
        self.assertEqual(self.remote_names(), [])

    # 2.1-11: flags of rename are done or refused, never ignored.
    @given({"a.txt": b"a", "b.txt": b"b"})
    def test_2_1_11_rename_flags_are_not_ignored(self):
        self.refuses(errno.EEXIST, renameat2, self.path("a.txt"),
                     self.path("b.txt"), RENAME_NOREPLACE)
        try:
            renameat2(self.path("a.txt"), self.path("b.txt"), RENAME_EXCHANGE)
            contents = [self.read("a.txt"), self.read("b.txt")]
            self.assertEqual(contents, [b"b", b"a"])
        except OSError as error:
            self.assertIn(error.errno, (errno.EINVAL, errno.EXDEV))
            self.assertEqual(self.read("b.txt"), b"b")

    # 2.1-13: the root is always there.
    def test_2_1_13_root_never_vanishes(self):
        end = time.monotonic() + 3
        while time.monotonic() < end:
            os.stat(self.mount.path)
            os.listdir(self.mount.path)

    # 2.1-14: tools that save atomically leave one notebook, not two objects.
    @given({"n.py": b"# Databricks notebook source\n1\n"})
    def test_2_1_14_atomic_save_leaves_one_notebook(self):
        before = self.object_id("n")
        self.write("n.py.tmp", b"# Databricks notebook source\n2\n")
        os.rename(self.path("n.py.tmp"), self.path("n.py"))
        self.sync()

        self.assertEqual(self.remote_names(), ["n"])
        self.is_object("n", before)
        self.assertEqual(self.service.status(self.remote("n"))["object_type"],
                         "NOTEBOOK")


class Foreign(Mounted):
    """Somebody else writes at the service."""

    # 2.1-7: what somebody made meanwhile is not replaced by a create.
    @given({"known.txt": b"x"})
    def test_2_1_7_create_does_not_clobber(self):
        self.names()
        self.service.put(self.remote("race.txt"), b"theirs")
        theirs = self.object_id("race.txt")
        self.write("race.txt", b"ours")
        self.mount.sync()

        self.assertEqual(self.remote_content("race.txt"), b"theirs")
        self.is_object("race.txt", theirs)
        self.kept_beside("race", b"ours")

    # 2.1-8: an edit made between our open and close is not lost.
    @given({"a.txt": b"base"})
    def test_2_1_8_foreign_edit_is_not_overwritten(self):
        handle = os.open(self.path("a.txt"), os.O_RDWR)
        self.assertEqual(os.read(handle, 10), b"base")
        self.service.put(self.remote("a.txt"), b"theirs")
        os.pwrite(handle, b"ours", 0)
        os.close(handle)
        code = self.mount.sync()

        self.assertEqual(code, 6)
        self.assertEqual(self.remote_content("a.txt"), b"theirs")
        self.eventually(lambda: self.read("a.txt") == b"theirs")
        self.kept_beside("a", b"ours")

    @given({"a.txt": b"base"})
    def test_same_edit_on_both_sides_is_no_conflict(self):
        self.read("a.txt")
        self.service.put(self.remote("a.txt"), b"same")
        self.write("a.txt", b"same")
        self.mount.sync()

        self.assertEqual(self.names(), ["a.txt"])
        self.assertEqual(self.remote_content("a.txt"), b"same")

    @given({"a.txt": b"one\ntwo\nthree\nfour\n"})
    def test_edits_of_other_lines_are_merged(self):
        self.read("a.txt")
        object_id = self.object_id("a.txt")
        self.service.put(self.remote("a.txt"), b"one\ntwo\nthree\nTHEIRS\n")
        self.write("a.txt", b"OURS\ntwo\nthree\nfour\n")
        self.mount.sync()

        both = b"OURS\ntwo\nthree\nTHEIRS\n"
        self.assertEqual(self.names(), ["a.txt"])
        self.assertEqual(self.read("a.txt"), both)
        self.assertEqual(self.remote_content("a.txt"), both)
        self.is_object("a.txt", object_id)

    @given({"a.txt": b"base"})
    def test_deleted_there_edited_here_is_made_again(self):
        self.read("a.txt")
        self.service.delete(self.remote("a.txt"))
        self.write("a.txt", b"edited")
        self.mount.sync()

        self.assertEqual(self.remote_content("a.txt"), b"edited")

    @given({"a.txt": b"base"})
    def test_edited_there_deleted_here_is_shown_again(self):
        self.read("a.txt")
        self.service.put(self.remote("a.txt"), b"theirs")
        os.unlink(self.path("a.txt"))
        self.mount.sync()

        self.assertEqual(self.remote_content("a.txt"), b"theirs")
        self.eventually(lambda: self.names() == ["a.txt"])
        self.assertEqual(self.read("a.txt"), b"theirs")

    @given({"d/a.txt": b"a"})
    def test_rm_rf_spares_what_somebody_added(self):
        self.shell("ls -R d")
        self.service.put(self.remote("d/theirs.txt"), b"theirs")
        self.shell("rm -rf d")
        self.mount.sync()

        self.assertEqual(self.remote_content("d/theirs.txt"), b"theirs")

    def kept_beside(self, stem, content):
        copies = [name for name in self.names()
                  if name.startswith(f"{stem}.conflict-")]
        self.assertEqual(len(copies), 1, self.names())
        self.assertTrue(copies[0].endswith(".txt"), copies)
        self.assertEqual(self.read(copies[0]), content)
        self.assertEqual(
            [name for name in self.remote_names() if "conflict" in name], [])


class Outages(Boxed):
    """The service fails; nothing that was closed is lost."""

    def start(self, *arguments):
        data = self.box.path / f"data-{self._testMethodName}"
        self.server = self.box.serve(*arguments, data=data)
        self.server.service.mkdirs("/Shared/d")
        self.server.service.put("/Shared/d/a.txt", b"old")
        self.mount = self.box.mount(
            self.server, remote="/Shared/d",
            store=self.box.path / f"store-{self._testMethodName}")
        return self.mount.path

    def restart_server(self):
        self.server.kill()
        self.server = self.box.serve(data=self.box.path /
                                     f"data-{self._testMethodName}",
                                     port=self.server.port)

    # 2.1-1, 2.1-3: a close says the truth, and a failed upload is retried.
    @limit(120)
    def test_2_1_1_and_3_outage_keeps_and_retries(self):
        folder = self.start()
        (folder / "a.txt").read_bytes()
        self.server.kill()
        (folder / "a.txt").write_bytes(b"new")
        (folder / "b.txt").write_bytes(b"b")
        self.assertEqual((folder / "a.txt").read_bytes(), b"new")
        self.assertNotEqual(self.mount.sync(4), 0)

        self.restart_server()
        end = time.monotonic() + 60
        while self.mount.sync(20) and time.monotonic() < end:
            pass
        self.assertEqual(self.server.service.content("/Shared/d/a.txt"),
                         b"new")
        self.assertEqual(self.server.service.content("/Shared/d/b.txt"), b"b")

    # 2.1-5: kill -9 of the engine loses nothing that was closed.
    @limit(120)
    def test_2_1_5_killed_engine_loses_nothing(self):
        folder = self.start()
        self.server.process.send_signal(signal.SIGSTOP)
        (folder / "new.txt").write_bytes(b"closed")
        (folder / "large.bin").write_bytes(b"L" * 300_000)
        self.mount.kill()
        self.server.process.send_signal(signal.SIGCONT)

        again = self.box.mount(self.server, remote="/Shared/d",
                               folder=self.mount.path, store=self.mount.store)
        self.assertEqual((again.path / "new.txt").read_bytes(), b"closed")
        self.assertEqual(again.sync(), 0)
        service = self.server.service
        self.assertEqual(service.content("/Shared/d/new.txt"), b"closed")
        self.assertEqual(service.content("/Shared/d/large.bin"),
                         b"L" * 300_000)
        self.assertEqual(service.names("/Shared/d"),
                         ["a.txt", "large.bin", "new.txt"])

    # 2.1-9: an error is no "not found": nothing is made anew because of it.
    def test_2_1_9_error_is_not_absence(self):
        folder = self.start()
        os.listdir(folder)
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            try:
                (folder / "a.txt").read_bytes()
            except OSError as error:
                self.assertIn(error.errno, (errno.ETIMEDOUT,
                                            errno.EHOSTUNREACH, errno.EIO))
        finally:
            self.server.process.send_signal(signal.SIGCONT)
        self.assertEqual((folder / "a.txt").stat().st_size, 3)
        self.assertEqual((folder / "a.txt").read_bytes(), b"old")

    # 2.2, first point: a signal in a call is EINTR or a retry, never EIO.
    def test_2_2_signal_during_a_call_is_no_error(self):
        folder = self.start("--latency", "700ms")
        program = ("import os, signal, sys\n"
                   "signal.signal(signal.SIGALRM, lambda *_: None)\n"
                   "signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)\n"
                   "data = open(sys.argv[1], 'rb').read()\n"
                   "signal.setitimer(signal.ITIMER_REAL, 0)\n"
                   "assert data == b'old', data\n")
        done = subprocess.run([sys.executable, "-c", program,
                               str(folder / "a.txt")], timeout=40,
                              capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


class TwoStores(Boxed):
    # 2.1-12: two mounts of one user with other stores never mix contents.
    def test_2_1_12_two_workspaces_do_not_share_contents(self):
        folders = []
        for letter in ("A", "B"):
            server = self.box.serve()
            server.service.put("/Shared/c1", letter.encode() * 10)
            folders.append(self.box.mount(
                server, remote="/Shared",
                store=self.box.path / f"store-{letter}").path)

        self.assertEqual((folders[0] / "c1").read_bytes(), b"A" * 10)
        self.assertEqual((folders[1] / "c1").read_bytes(), b"B" * 10)
        self.assertEqual((folders[0] / "c1").read_bytes(), b"A" * 10)


class Latency(Mounted):
    SERVE = ("--latency", "300ms")

    # 2.2: stat and ls of a file that is being uploaded wait for nothing.
    @given({"a.bin": b"x", "b.txt": b"b"})
    def test_2_2_stat_during_upload_is_at_once(self):
        self.read("b.txt")
        os.listdir(self.dir)
        self.write("a.bin", b"y" * 5_000_000)
        worst = 0.0
        for _ in range(100):
            start = time.monotonic()
            os.stat(self.path("a.bin"))
            os.listdir(self.dir)
            worst = max(worst, time.monotonic() - start)
        self.sync()

        self.assertLess(worst, 0.2)

    @given({f"{number}.txt": b"x" for number in range(8)})
    def test_reads_wait_beside_each_other(self):
        threads = [threading.Thread(target=self.read, args=(f"{number}.txt",))
                   for number in range(8)]
        start = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertLess(time.monotonic() - start, 3)
