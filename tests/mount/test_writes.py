"""What close, fsync, rename, unlink and mkdir wait for: --writes, --fsync."""

import errno
import json
import os
import time

from harness import Boxed, Mounted, given, limit, seconds_of

LATENCY = 0.15  # Of each call: what a wait for the service costs at least.

FORBIDDEN = {"status": 403, "count": -1, "code": "PERMISSION_DENIED",
             "message": "You may not write here."}


class Back(Mounted):
    SERVE = ("--latency", "400ms")
    MOUNT = ("--writes", "back")

    @given({"a.txt": b"a"})
    def test_back_waits_for_nothing(self):
        self.read("a.txt")

        self.assertLess(seconds_of(self.write, "a.txt", b"b"), 0.25)
        self.assertEqual(self.remote_content("a.txt"), b"a")
        self.sync()


class Auto(Mounted):
    SERVE = ("--latency", "150ms")

    @given({"a.txt": b"a"})
    def test_auto_returns_when_the_service_has_a_persons_save(self):
        self.write("a.txt", b"mine")
        self.assertEqual(self.remote_content("a.txt"), b"mine")

    def test_auto_does_not_wait_for_new_files(self):
        self.write("first.txt", b"1")
        self.assertLess(seconds_of(self.write, "new.txt", b"new"), LATENCY)
        self.sync()
        self.assertEqual(self.remote_content("new.txt"), b"new")

    @given({"a.txt": b"a"})
    def test_path_overrides_the_mount(self):
        os.setxattr(self.path(), "user.wsfs.writes", b"through")

        self.assertEqual(os.getxattr(self.path("a.txt"), "user.wsfs.writes"),
                         b"through")
        self.write("new.txt", b"new")
        self.assertEqual(self.remote_content("new.txt"), b"new")

        os.setxattr(self.path("a.txt"), "user.wsfs.writes", b"back")
        self.assertLess(seconds_of(self.write, "a.txt", b"b"), LATENCY)
        os.removexattr(self.path(), "user.wsfs.writes")
        self.refuses(errno.ENODATA, os.getxattr, self.path(),
                     "user.wsfs.writes")
        self.sync()

    def test_override_is_a_word_that_exists(self):
        self.refuses(errno.EINVAL, os.setxattr, self.path(),
                     "user.wsfs.writes", b"sometimes")
        self.refuses(errno.EINVAL, os.setxattr, self.path(),
                     "user.wsfs.fsync", b"through")
        self.assertEqual(os.listxattr(self.path()), [])


class Bulk(Mounted):
    """A mount of its own: who saves much is not waited for a while."""

    SERVE = ("--latency", "150ms")

    @given({f"{number}.txt": b"x" for number in range(40)})
    def test_auto_does_not_wait_in_bulk(self):
        names = [f"{number}.txt" for number in range(40)]
        for name in names:
            self.read(name)
        # One after another would take 40 times two round trips.
        handles = [os.open(self.path(name), os.O_WRONLY) for name in names]
        for handle in handles:
            os.write(handle, b"y")

        def close_all():
            for handle in handles:
                os.close(handle)

        self.assertLess(seconds_of(close_all), 40 * LATENCY)
        self.sync()


class Through(Mounted):
    SERVE = ("--latency", "20ms")
    MOUNT = ("--writes", "through")

    def test_through_close_waits_for_a_new_file(self):
        self.write("new.txt", b"new")
        self.assertEqual(self.remote_content("new.txt"), b"new")

    def test_through_names_are_there_when_the_call_returns(self):
        os.mkdir(self.path("folder"))
        self.assertEqual(self.remote_names(), ["folder"])
        self.write("folder/a.txt", b"a")
        before = self.object_id("folder/a.txt")

        os.rename(self.path("folder/a.txt"), self.path("folder/b.txt"))
        self.assertEqual(self.remote_names("folder"), ["b.txt"])
        self.is_object("folder/b.txt", before, was="folder/a.txt")

        os.rename(self.path("folder"), self.path("moved"))
        self.assertEqual(self.remote_names(), ["moved", "moved/b.txt"])

        os.unlink(self.path("moved/b.txt"))
        self.assertEqual(self.remote_names("moved"), [])
        os.rmdir(self.path("moved"))
        self.assertEqual(self.remote_names(), [])

    def test_through_goes_on_with_what_was_just_made(self):
        # The service has taken the file, and may not have told its id yet.
        for i in range(10):
            self.write(f"a{i}.txt", b"a")
            os.rename(self.path(f"a{i}.txt"), self.path(f"b{i}.txt"))
            self.assertEqual(self.remote_names(), [f"b{i}.txt"])
            self.write("c.txt", b"c")
            os.unlink(self.path("c.txt"))
            self.assertEqual(self.remote_names(), [f"b{i}.txt"])
            os.unlink(self.path(f"b{i}.txt"))

    @given({"a.txt": b"a", "b.txt": b"b"})
    def test_through_rename_over_another_keeps_its_object(self):
        target = self.object_id("b.txt")
        os.rename(self.path("a.txt"), self.path("b.txt"))

        self.assertEqual(self.remote_names(), ["b.txt"])
        self.assertEqual(self.remote_content("b.txt"), b"a")
        self.is_object("b.txt", target)

    def test_through_local_entries_wait_for_nobody(self):
        os.mkdir(self.path(".git"))
        self.write(".git/config", b"[core]\n")
        os.symlink("x", self.path("link"))
        os.rename(self.path(".git/config"), self.path(".git/other"))
        self.assertEqual(self.remote_names(), [])

    @given({"a.py": b"# Databricks notebook source\nprint(1)\n"})
    def test_through_editors_dance_is_one_put(self):
        before = self.object_id("a")
        with self.calls() as calls:
            os.rename(self.path("a.py"), self.path("a.py~"))
            self.write("a.py", b"# Databricks notebook source\nprint(2)\n")
            os.unlink(self.path("a.py~"))
        self.is_object("a", before)
        self.assertEqual(len(calls.of("import")), 1)
        self.assertEqual(len(calls.of("delete", "rename")), 0)


class Remote(Mounted):
    SERVE = ("--latency", "20ms")
    MOUNT = ("--writes", "back", "--fsync", "remote")

    def test_fsync_returns_when_the_service_has_it(self):
        handle = os.open(self.path("new.txt"), os.O_WRONLY | os.O_CREAT)
        try:
            os.write(handle, b"saved")
            os.fsync(handle)
            self.assertEqual(self.remote_content("new.txt"), b"saved")
        finally:
            os.close(handle)

    @given({"a.txt": b"a"})
    def test_fsync_of_a_closed_save_waits_for_it(self):
        os.mkdir(self.path("folder"))
        self.write("folder/b.txt", b"b")
        handle = os.open(self.path("folder/b.txt"), os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        self.assertEqual(self.remote_content("folder/b.txt"), b"b")


class Refusals(Boxed):
    """The service says no, or nothing."""

    def start(self, faults, *arguments, files=None):
        file = self.box.path / f"faults-{self._testMethodName}.json"
        file.write_text(json.dumps({"faults": faults}))
        self.server = self.box.serve("--faults", file)
        self.service = self.server.service
        self.service.mkdirs("/Shared/d")
        for name, content in (files or {}).items():
            self.service.put("/Shared/d/" + name, content)
        self.mount = self.box.mount(
            self.server, *arguments, remote="/Shared/d",
            store=self.box.path / f"store-{self._testMethodName}")
        return self.mount.path

    def refused(self, number, function, *arguments):
        with self.assertRaises(OSError) as raised:
            function(*arguments)
        self.assertEqual(raised.exception.errno, number)

    @limit(100)
    def test_auto_close_tells_a_refusal(self):
        folder = self.start(
            [{"route": "import", "path": "/Shared/d/a.txt", "skip": 1,
              **FORBIDDEN}], files={"a.txt": b"old"})
        file = folder / "a.txt"

        self.refused(errno.EACCES, file.write_bytes, b"mine")

        self.assertEqual(file.read_bytes(), b"mine")
        self.assertEqual(os.getxattr(file, "user.wsfs.state"), b"refused")
        self.assertIn(b"may not write",
                      os.getxattr(file, "user.wsfs.error"))
        self.assertIn("may not write", self.mount.wsfs("status").stdout)
        # Saved once more: asked once more.
        self.refused(errno.EACCES, file.write_bytes, b"again")
        self.assertEqual(file.read_bytes(), b"again")
        self.assertEqual(self.service.content("/Shared/d/a.txt"), b"old")

    @limit(100)
    def test_auto_close_of_a_transient_failure_is_a_success(self):
        folder = self.start(
            [{"route": "import", "path": "/Shared/d/a.txt", "skip": 1,
              "status": 503, "count": 1}], files={"a.txt": b"old"})
        (folder / "a.txt").write_bytes(b"mine")

        self.assertEqual((folder / "a.txt").read_bytes(), b"mine")
        self.assertEqual(self.mount.sync(), 0)
        self.assertEqual(self.service.content("/Shared/d/a.txt"), b"mine")

    @limit(100)
    def test_auto_close_waits_two_seconds_at_most(self):
        folder = self.start(
            [{"route": "import", "path": "/Shared/d/a.txt", "skip": 1,
              "stall": True, "count": 1}], files={"a.txt": b"old"})
        (folder / "a.txt").read_bytes()
        took = seconds_of((folder / "a.txt").write_bytes, b"mine")
        self.assertGreater(took, 1.5)
        self.assertLess(took, 4)

    @limit(100)
    def test_through_tells_refusals_of_names(self):
        folder = self.start(
            [{"route": "mkdirs", "path": "/Shared/d/new", **FORBIDDEN},
             {"route": "delete", "path": "/Shared/d/a.txt", **FORBIDDEN},
             {"route": "import", "path": "/Shared/d/b.txt", **FORBIDDEN}],
            "--writes", "through", files={"a.txt": b"a"})

        self.refused(errno.EACCES, os.mkdir, folder / "new")
        self.refused(errno.EACCES, os.unlink, folder / "a.txt")
        self.refused(errno.EACCES, (folder / "b.txt").write_bytes, b"b")

        self.assertEqual((folder / "b.txt").read_bytes(), b"b")
        self.assertEqual(self.service.names("/Shared/d"), ["a.txt"])
        status = self.mount.wsfs("status").stdout
        for name in ("new", "a.txt", "b.txt"):
            self.assertIn(name, status)

    @limit(100)
    def test_back_close_tells_nothing_and_status_does(self):
        folder = self.start(
            [{"route": "import", "path": "/Shared/d/a.txt", "skip": 1,
              **FORBIDDEN}], "--writes", "back", files={"a.txt": b"old"})
        (folder / "a.txt").write_bytes(b"mine")

        self.assertEqual(self.mount.sync(), 1)
        self.assertIn("may not write", self.mount.wsfs("status").stdout)

    @limit(100)
    def test_refused_data_outlives_a_remount(self):
        folder = self.start(
            [{"route": "import", "path": "/Shared/d/a.txt", "skip": 1,
              **FORBIDDEN}], files={"a.txt": b"old"})
        self.refused(errno.EACCES, (folder / "a.txt").write_bytes, b"mine")
        self.mount.unmount("--now")
        self.mount = self.box.mount(
            self.server, remote="/Shared/d",
            store=self.box.path / f"store-{self._testMethodName}")
        file = self.mount.path / "a.txt"

        self.assertEqual(file.read_bytes(), b"mine")
        self.assertEqual(os.getxattr(file, "user.wsfs.state"), b"refused")
