"""kill -9 of the engine, at every moment that hurts."""

import os
import signal
import threading
import time

from harness import Boxed, limit


class Kills(Boxed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.box.serve()
        cls.service = cls.server.service

    def setUp(self):
        self.remote = f"/Shared/{self._testMethodName}"
        self.service.mkdirs(self.remote)

    def start(self, folder=None):
        self.mount = self.box.mount(
            self.server, remote=self.remote, folder=folder,
            store=self.box.path / f"store-{self._testMethodName}")
        return self.mount.path

    def kill_and_start(self):
        self.mount.kill()
        return self.start(self.mount.path)

    def content(self, name):
        return self.service.content(f"{self.remote}/{name}")

    def test_fsynced_but_open_file_is_there(self):
        folder = self.start()
        handle = os.open(folder / "a.txt", os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(handle, b"synced")
        os.fsync(handle)
        self.mount.kill()
        self.close(handle)
        folder = self.start(self.mount.path)

        self.assertEqual((folder / "a.txt").read_bytes(), b"synced")
        self.assertEqual(self.mount.sync(), 0)
        self.assertEqual(self.content("a.txt"), b"synced")

    def test_truncated_but_open_file_is_its_old_self(self):
        self.service.put(self.remote + "/a.txt", b"old")
        folder = self.start()
        handle = os.open(folder / "a.txt", os.O_WRONLY | os.O_TRUNC)
        os.write(handle, b"half")
        self.mount.kill()
        self.close(handle)
        folder = self.start(self.mount.path)

        self.assertEqual((folder / "a.txt").read_bytes(), b"old")
        self.assertEqual(self.mount.sync(), 0)
        self.assertEqual(self.content("a.txt"), b"old")

    def test_half_of_an_editors_dance_shows_the_object_again(self):
        """Killed between unlink and the first close of the new file."""
        self.service.put(self.remote + "/a.txt", b"old")
        before = self.service.object_id(self.remote + "/a.txt")
        folder = self.start()
        os.unlink(folder / "a.txt")
        handle = os.open(folder / "a.txt", os.O_WRONLY | os.O_CREAT, 0o644)
        os.write(handle, b"half")
        self.mount.kill()
        self.close(handle)
        folder = self.start(self.mount.path)

        self.assertEqual((folder / "a.txt").read_bytes(), b"old")
        self.assertEqual(self.mount.sync(), 0)
        self.assertEqual(self.service.object_id(self.remote + "/a.txt"),
                         before)

    def test_changes_of_the_tree_are_there(self):
        for name in ("a", "b", "c"):
            self.service.put(f"{self.remote}/{name}.txt", name.encode())
        folder = self.start()
        os.listdir(folder)
        os.rename(folder / "a.txt", folder / "renamed.txt")
        os.unlink(folder / "b.txt")
        os.mkdir(folder / "made")
        (folder / "made/inside.txt").write_bytes(b"inside")
        os.symlink("c.txt", folder / "link")
        os.mkdir(folder / ".git")
        (folder / ".git/config").write_bytes(b"local")
        os.chmod(folder / "c.txt", 0o755)
        folder = self.kill_and_start()

        self.assertEqual(sorted(os.listdir(folder)),
                         [".git", "c.txt", "link", "made", "renamed.txt"])
        self.assertEqual(os.readlink(folder / "link"), "c.txt")
        self.assertEqual((folder / ".git/config").read_bytes(), b"local")
        self.assertEqual(os.stat(folder / "c.txt").st_mode & 0o777, 0o755)
        self.assertEqual(self.mount.sync(), 0)
        self.assertEqual(self.service.names(self.remote),
                         ["c.txt", "made", "made/inside.txt", "renamed.txt"])

    @limit(180)
    def test_killed_again_and_again_while_writing(self):
        folder = self.start()
        closed = {}
        for turn in range(6):
            stop = threading.Event()
            writers = [threading.Thread(target=self.write_on, args=(
                folder, f"{turn}-{number}", closed, stop))
                for number in range(3)]
            for writer in writers:
                writer.start()
            time.sleep(0.3 + 0.15 * turn)
            self.mount.kill()
            stop.set()
            for writer in writers:
                writer.join(20)
            folder = self.start(self.mount.path)
            for name, contents in closed.items():
                self.assertIn((folder / name).read_bytes(), contents, name)
        self.assertEqual(self.mount.sync(60), 0)

        for name, contents in closed.items():
            self.assertIn(self.content(name), contents, name)
        self.assertEqual(set(self.service.names(self.remote)),
                         set(os.listdir(folder)))
        self.assertFalse([name for name in os.listdir(folder)
                          if "conflict" in name])

    def write_on(self, folder, stem, closed, stop):
        """Saves files until the engine dies. `closed` holds, for each name,
        its last closed content and what was perhaps closed after it."""
        count = 0
        while not stop.is_set():
            name = f"{stem}-{count % 5}"
            content = b"%s %d\n" % (stem.encode(), count) * (1 + count % 700)
            count += 1
            before = closed.get(name, [])[-1:]
            try:
                handle = os.open(folder / name,
                                 os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            except OSError:
                return
            try:
                view = memoryview(content)
                while view:
                    view = view[os.write(handle, view):]
            except OSError:
                self.close(handle)
                return
            if before:
                closed[name] = before + [content]
            try:
                os.close(handle)
            except OSError:
                return
            closed[name] = [content]

    @staticmethod
    def close(handle):
        try:
            os.close(handle)
        except OSError:
            pass

    @limit(120)
    def test_killed_during_an_upload_resolves(self):
        self.service.put(self.remote + "/a.txt", b"old")
        folder = self.start()
        (folder / "a.txt").read_bytes()
        self.server.process.send_signal(signal.SIGSTOP)
        (folder / "a.txt").write_bytes(b"new")
        time.sleep(1)
        self.mount.kill()
        self.server.process.send_signal(signal.SIGCONT)
        folder = self.start(self.mount.path)

        self.assertEqual((folder / "a.txt").read_bytes(), b"new")
        self.assertEqual(self.mount.sync(), 0)
        self.assertEqual(self.content("a.txt"), b"new")
        self.assertEqual(os.listdir(folder), ["a.txt"])

    def test_modes_times_and_inodes_survive(self):
        self.service.put(self.remote + "/a.txt", b"a")
        folder = self.start()
        os.chmod(folder / "a.txt", 0o700)
        os.utime(folder / "a.txt", ns=(10**18, 10**18 + 5))
        before = os.stat(folder / "a.txt")
        folder = self.kill_and_start()
        after = os.stat(folder / "a.txt")

        for field in ("st_mode", "st_mtime_ns", "st_ino", "st_size"):
            self.assertEqual(getattr(after, field), getattr(before, field))
