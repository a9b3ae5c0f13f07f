"""A disk that is full, or that nobody may write to: one sentence each, and
nothing that was closed is lost."""

import errno
import os
import subprocess

from harness import Boxed, LeftOut, limit
from processes import mounts_below

PIECE = bytes(1 << 20)
DISK = 24 << 20


class Disks(Boxed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if os.getuid() != 0:
            raise LeftOut("only root can mount a small disk for a test")
        cls.server = cls.box.serve()
        cls.service = cls.server.service
        cls.service.mkdirs("/Shared/d")
        cls.service.put("/Shared/d/a.txt", b"old")
        cls.service.put("/Shared/d/read.txt", b"read before")

    def disk(self):
        """A small disk of its own, unmounted at the end of the test."""
        folder = self.box.path / f"disk-{self._testMethodName}"
        folder.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=700", "tmpfs",
             folder], capture_output=True, text=True, check=False)
        if done.returncode:
            raise LeftOut("no disk can be mounted here: " + done.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", "-l", folder], check=True)
        return folder

    def fill(self, disk):
        """Until not a byte is left."""
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError as error:
                    self.assertEqual(error.errno, errno.ENOSPC)
        return filler

    @limit(120)
    def test_full_disk_refuses_and_loses_nothing(self):
        disk = self.disk()
        mount = self.box.mount(self.server, remote="/Shared/d",
                               store=disk / "store")
        (mount.path / "kept.txt").write_bytes(b"closed before")
        self.assertEqual((mount.path / "read.txt").read_bytes(),
                         b"read before")
        filler = self.fill(disk)

        with self.assertRaises(OSError) as refused:
            with open(mount.path / "large.bin", "wb", buffering=0) as file:
                for _ in range(2 * DISK // len(PIECE)):
                    file.write(PIECE)
        self.assertEqual(refused.exception.errno, errno.ENOSPC)
        self.assertEqual((mount.path / "kept.txt").read_bytes(),
                         b"closed before")
        self.assertEqual((mount.path / "read.txt").read_bytes(),
                         b"read before")
        self.assertIn("kept.txt", os.listdir(mount.path))

        filler.unlink()
        (mount.path / "after.txt").write_bytes(b"room again")
        self.assertEqual(mount.sync(), 0)
        self.assertEqual(self.service.content("/Shared/d/after.txt"),
                         b"room again")
        self.assertEqual(self.service.content("/Shared/d/kept.txt"),
                         b"closed before")
        mount.unmount()

    def test_mount_on_a_full_disk_says_so(self):
        disk = self.disk()
        self.fill(disk)
        mount = self.box.mount(self.server, remote="/Shared/d", ready=False,
                               store=disk / "store")
        self.assertEqual(mount.process.wait(30), 1)
        self.one_sentence(mount.text(), "full", "--store")
        self.assertEqual(mounts_below(mount.path), [])

    @limit(120)
    def test_read_only_disk_says_so_and_keeps_all(self):
        disk = self.disk()
        store = disk / "store"
        mount = self.box.mount(self.server, "--writes", "back",
                               remote="/Shared/d", store=store)
        (mount.path / "waits.txt").write_bytes(b"for a disk")
        mount.unmount("--now")
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)

        refused = self.box.mount(self.server, remote="/Shared/d", ready=False,
                                 store=store)
        self.assertEqual(refused.process.wait(30), 1)
        self.one_sentence(refused.text(), "read-only")
        self.assertEqual(mounts_below(refused.path), [])

        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        again = self.box.mount(self.server, remote="/Shared/d", store=store)
        self.assertEqual((again.path / "waits.txt").read_bytes(),
                         b"for a disk")
        self.assertEqual(again.sync(), 0)
        again.unmount()
        self.assertEqual(self.service.content("/Shared/d/waits.txt"),
                         b"for a disk")
