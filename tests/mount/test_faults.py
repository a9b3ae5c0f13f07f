"""The service misbehaves in every way that it can be told to."""

import errno
import json
import os
import time

from harness import Boxed, limit


class Faults(Boxed):
    def start(self, faults, *arguments, files=None, rates=None,
              age=0.0):
        """A server with these faults, which begin after the test's set-up."""
        file = self.box.path / f"faults-{self._testMethodName}.json"
        file.write_text(json.dumps({"faults": faults, "rates": rates or {}}))
        self.server = self.box.serve("--faults", file, *arguments)
        self.service = self.server.service
        self.service.mkdirs("/Shared/d")
        for name, content in (files or {}).items():
            self.service.put("/Shared/d/" + name, content)
        time.sleep(age)  # So that a stale answer knows the files.
        self.mount = self.box.mount(
            self.server, remote="/Shared/d",
            store=self.box.path / f"store-{self._testMethodName}")
        return self.mount.path

    def settle(self, seconds=40):
        end = time.monotonic() + seconds
        while self.mount.sync(10) and time.monotonic() < end:
            time.sleep(0.2)
        self.assertEqual(self.mount.sync(5), 0)

    @limit(100)
    def test_throttled_upload_is_sent_later(self):
        folder = self.start([{"route": "import", "path": "/Shared/d/new.txt",
                              "status": 429, "count": 3,
                              "code": "REQUEST_LIMIT_EXCEEDED",
                              "retry_after": "1"}])
        (folder / "new.txt").write_bytes(b"new")
        self.settle()
        self.assertEqual(self.service.content("/Shared/d/new.txt"), b"new")

    @limit(100)
    def test_unavailable_service_is_asked_again(self):
        folder = self.start([{"route": "import", "path": "/Shared/d/new.txt",
                              "status": 503, "count": 2},
                             {"route": "get-status", "status": 500,
                              "path": "/Shared/d/new.txt", "count": 2}])
        (folder / "new.txt").write_bytes(b"new")
        self.settle()
        self.assertEqual(self.service.content("/Shared/d/new.txt"), b"new")

    @limit(100)
    def test_lost_answer_of_an_upload_is_no_conflict(self):
        folder = self.start([{"route": "import", "path": "/Shared/d/a.txt",
                              "skip": 1, "reset": True, "side": "after"}],
                            files={"a.txt": b"old"})
        (folder / "a.txt").read_bytes()
        (folder / "a.txt").write_bytes(b"new")
        self.settle()
        self.assertEqual(self.service.content("/Shared/d/a.txt"), b"new")
        self.assertEqual(os.listdir(folder), ["a.txt"])

        (folder / "a.txt").write_bytes(b"newer")
        self.settle()
        self.assertEqual(self.service.content("/Shared/d/a.txt"), b"newer")
        self.assertEqual(os.listdir(folder), ["a.txt"])

    @limit(100)
    def test_lost_answer_of_a_create_makes_one_object(self):
        folder = self.start([{"route": "import", "path": "/Shared/d/new.txt",
                              "reset": True, "side": "after"}])
        (folder / "new.txt").write_bytes(b"new")
        self.settle()
        self.assertEqual(self.service.names("/Shared/d"), ["new.txt"])
        self.assertEqual(os.listdir(folder), ["new.txt"])

    @limit(100)
    def test_lost_answer_of_a_delete_deletes_once(self):
        folder = self.start([{"route": "delete", "path": "/Shared/d/a.txt",
                              "reset": True, "side": "after"}],
                            files={"a.txt": b"a", "b.txt": b"b"})
        os.unlink(folder / "a.txt")
        self.settle()
        self.assertEqual(self.service.names("/Shared/d"), ["b.txt"])

    @limit(100)
    def test_lost_answer_of_a_rename(self):
        folder = self.start([{"route": "rename", "reset": True,
                              "side": "after"}], files={"a.txt": b"a"})
        before = self.service.object_id("/Shared/d/a.txt")
        os.rename(folder / "a.txt", folder / "b.txt")
        self.settle()
        self.assertEqual(self.service.names("/Shared/d"), ["b.txt"])
        self.assertTrue(self.service.is_object(
            "/Shared/d/b.txt", before, was="/Shared/d/a.txt"))
        self.assertEqual((folder / "b.txt").read_bytes(), b"a")

    @limit(100)
    def test_truncated_download_is_never_shown(self):
        folder = self.start([{"route": "export", "path": "/Shared/d/a.bin",
                              "truncate": True, "count": 2}],
                            files={"a.bin": b"0123456789" * 1000})
        for _ in range(5):
            try:
                self.assertEqual((folder / "a.bin").read_bytes(),
                                 b"0123456789" * 1000)
            except OSError as error:
                self.assertIn(error.errno, (errno.EIO, errno.ETIMEDOUT,
                                            errno.EHOSTUNREACH))
        self.assertEqual((folder / "a.bin").read_bytes(), b"0123456789" * 1000)

    @limit(100)
    def test_forbidden_upload_keeps_the_data(self):
        folder = self.start([{"route": "import", "path": "/Shared/d/a.txt",
                              "skip": 1, "status": 403, "count": -1,
                              "code": "PERMISSION_DENIED",
                              "message": "You may not write here."}],
                            files={"a.txt": b"old"})
        with self.assertRaises(PermissionError):
            (folder / "a.txt").write_bytes(b"mine")
        self.assertEqual(self.mount.sync(10), 1)

        self.assertEqual((folder / "a.txt").read_bytes(), b"mine")
        self.assertEqual(os.getxattr(folder / "a.txt", "user.wsfs.state"),
                         b"refused")
        self.assertIn("a.txt", self.mount.wsfs("status").stdout)
        self.assertEqual(self.service.content("/Shared/d/a.txt"), b"old")

    @limit(100)
    def test_stalled_listing_ends_at_the_deadline(self):
        folder = self.start([{"route": "list", "path": "/Shared/d/slow",
                              "stall": True, "count": -1},
                             {"route": "list-files",
                              "path": "/Shared/d/slow",
                              "stall": True, "count": -1}])
        self.service.mkdirs("/Shared/d/slow")
        start = time.monotonic()
        try:
            os.listdir(folder / "slow")
        except OSError as error:
            self.assertIn(error.errno, (errno.ETIMEDOUT, errno.ENOENT))
        self.assertLess(time.monotonic() - start, 20)

    @limit(100)
    def test_stale_answer_after_a_save_undoes_nothing(self):
        folder = self.start([{"route": "get-status", "stale_ms": 3000,
                              "path": "/Shared/d/a.txt", "count": 6}],
                            files={"a.txt": b"old"}, age=3.5)
        (folder / "a.txt").read_bytes()
        (folder / "a.txt").write_bytes(b"new")
        (folder / "b.txt").write_bytes(b"b")
        self.settle()
        self.assertEqual((folder / "a.txt").read_bytes(), b"new")
        self.assertEqual(sorted(os.listdir(folder)), ["a.txt", "b.txt"])
        self.assertEqual(self.service.content("/Shared/d/a.txt"), b"new")
        self.assertEqual(self.service.content("/Shared/d/b.txt"), b"b")

    @limit(100)
    def test_rate_limit_slows_but_loses_nothing(self):
        folder = self.start([], rates={"import": 10.0})
        for number in range(40):
            (folder / f"{number}.txt").write_bytes(b"%d" % number)
        self.settle(60)
        self.assertEqual(len(self.service.names("/Shared/d")), 40)


class Switches(Boxed):
    """The same day at workspaces that differ."""

    def day(self, *switches):
        arguments = [word for switch in switches
                     for word in ("--switch", switch)]
        server = self.box.serve(*arguments)
        service = server.service
        service.mkdirs("/Shared/d/e")
        service.put("/Shared/d/a.txt", b"a")
        service.put("/Shared/d/e/b.txt", b"b")
        service.put_notebook("/Shared/d/n", b"# Databricks notebook source\n1")
        mount = self.box.mount(
            server, remote="/Shared/d",
            store=self.box.path / f"store-{self._testMethodName}")
        folder = mount.path
        self.assertEqual(sorted(os.listdir(folder)), ["a.txt", "e", "n.py"])
        self.assertEqual((folder / "a.txt").stat().st_size, 1)
        (folder / "a.txt").write_bytes(b"a2")
        (folder / "n.py").write_bytes(b"# Databricks notebook source\n2")
        (folder / "e/c.txt").write_bytes(b"c")
        self.assertEqual(mount.sync(), 0)
        os.rename(folder / "a.txt", folder / "a3.txt")
        self.assertEqual(mount.sync(), 0)
        os.unlink(folder / "e/b.txt")
        self.assertEqual(mount.sync(), 0)

        self.assertEqual(service.names("/Shared/d"),
                         ["a3.txt", "e", "e/c.txt", "n"])
        self.assertEqual(service.content("/Shared/d/a3.txt"), b"a2")
        self.assertEqual(service.content("/Shared/d/n"),
                         b"# Databricks notebook source\n2")
        self.assertEqual(sorted(os.listdir(folder)),
                         ["a3.txt", "e", "n.py"])

    def test_day_as_recorded(self):
        self.day()

    def test_day_with_sizes(self):
        self.day("size=yes")

    def test_day_without_rename(self):
        self.day("rename=absent")

    def test_day_with_new_ids_after_rename(self):
        self.day("id-after-rename=new", "modified-at-after-rename=bump")

    def test_day_with_new_ids_after_overwrite(self):
        self.day("keep-id-on-overwrite=no")

    def test_day_without_workspace_files(self):
        self.day("workspace-files=missing")

    def test_day_without_list_files(self):
        self.day("list-files=refused")

    def test_day_without_raw(self):
        self.day("raw=refused")

    def test_day_without_notebook_times(self):
        self.day("notebook-times=no")

    @limit(120)
    def test_download_over_the_export_cap(self):
        server = self.box.serve("--switch", "export-cap=10485760")
        server.service.mkdirs("/Shared/d")
        content = bytes(range(256)) * 45_000
        server.service.put("/Shared/d/big.bin", content)
        mount = self.box.mount(server, remote="/Shared/d",
                               store=self.box.path / "store-cap")
        try:
            self.assertTrue((mount.path / "big.bin").read_bytes() == content)
        except OSError as error:
            self.assertEqual(error.errno, errno.EFBIG)
