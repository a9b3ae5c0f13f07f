"""Two mounts of nested folders are one engine."""

import os
import signal
import time

from harness import Boxed, limit


class TwoMounts(Boxed):
    def start(self):
        name = self._testMethodName
        self.server = self.box.serve()
        self.service = self.server.service
        self.service.mkdirs("/Shared/d/e")
        self.service.put("/Shared/d/e/f.txt", b"first")
        store = self.box.path / f"store-{name}"
        self.outer = self.box.mount(self.server, remote="/Shared/d",
                                    store=store)
        self.inner = self.box.mount(self.server, remote="/Shared/d/e",
                                    store=store)

    @limit(120)
    def test_two_mounts_show_each_others_writes_at_once(self):
        self.start()
        wide, deep = self.outer.path / "e", self.inner.path
        self.assertEqual((deep / "f.txt").read_bytes(), b"first")
        self.assertEqual((wide / "f.txt").read_bytes(), b"first")
        before = self.service.position()
        for number in range(30):
            source, target = (wide, deep) if number % 2 else (deep, wide)
            content = b"round %d" % number * (1 + number % 3)
            (source / "f.txt").write_bytes(content)
            self.assertEqual((target / "f.txt").stat().st_size, len(content))
            self.assertEqual((target / "f.txt").read_bytes(), content)
            (source / f"n{number}").write_bytes(b"new")
            self.assertIn(f"n{number}", os.listdir(target))
            self.assertEqual((target / f"n{number}").read_bytes(), b"new")
            os.unlink(target / f"n{number}")
            self.assertNotIn(f"n{number}", os.listdir(source))
        (wide / "once.txt").write_bytes(b"once")
        self.assertEqual(self.inner.sync(), 0)

        imports = [call for call in self.service.requests(before)
                   if call.name == "import"]
        self.assertEqual(self.service.content("/Shared/d/e/once.txt"), b"once")
        self.assertLessEqual(len(imports), 31 + 1)
        self.assertEqual(self.service.names("/Shared/d/e"),
                         ["f.txt", "once.txt"])

    @limit(120)
    def test_second_mount_ends_alone(self):
        self.start()
        self.inner.process.send_signal(signal.SIGTERM)
        self.inner.process.wait(30)

        self.assertFalse(self.inner.is_mounted())
        self.assertTrue(self.outer.is_mounted())
        self.assertEqual((self.outer.path / "e/f.txt").read_bytes(), b"first")

    @limit(120)
    def test_engine_serves_on_after_its_own_mount_ends(self):
        self.start()
        self.outer.process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 20
        while self.outer.is_mounted() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertFalse(self.outer.is_mounted())
        self.assertTrue(self.inner.is_mounted())
        self.assertEqual((self.inner.path / "f.txt").read_bytes(), b"first")
        self.assertTrue(self.outer.running())
        (self.inner.path / "g.txt").write_bytes(b"g")
        self.inner.unmount()
        self.outer.process.wait(30)
        self.assertEqual(self.service.content("/Shared/d/e/g.txt"), b"g")

    @limit(120)
    def test_local_entries_are_the_engines(self):
        self.start()
        os.mkdir(self.outer.path / "e/.git")
        (self.outer.path / "e/.git/x").write_bytes(b"local")
        self.assertEqual((self.inner.path / ".git/x").read_bytes(), b"local")
