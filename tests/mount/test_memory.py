"""Contents are never in memory."""

import os
import pathlib

from harness import Mounted, limit, write_all

ALONE = True
SIZE = 100 * 1024 * 1024
PIECE = os.urandom(1 << 20)


class Memory(Mounted):
    @limit(200)
    def test_100_mb_cost_less_than_16(self):
        self.write("warm-up.bin", PIECE * 2)
        self.sync()
        before = self.mount.memory_peak()
        handle = os.open(self.path("big.bin"), os.O_WRONLY | os.O_CREAT, 0o644)
        for _ in range(SIZE // len(PIECE)):
            write_all(handle, PIECE)
        os.close(handle)
        with self.calls() as calls:
            self.sync()
        self.assertEqual(self.mount.wsfs("drop-cache").returncode, 0)
        if os.getuid() == 0:
            pathlib.Path("/proc/sys/vm/drop_caches").write_text("1")
        handle = os.open(self.path("big.bin"), os.O_RDONLY)
        for _ in range(SIZE // len(PIECE)):
            piece = b""
            while len(piece) < len(PIECE):
                piece += os.read(handle, len(PIECE) - len(piece))
            self.assertTrue(piece == PIECE)
        os.close(handle)

        grown = self.mount.memory_peak() - before
        # The sanitizers' own bookkeeping is not the product's.
        if not self.sanitized():
            self.assertLess(grown, 16 << 20)
        self.assertLess(grown, 64 << 20)
        self.assertLessEqual(sum(call.bytes_in for call in calls), SIZE)

    def sanitized(self):
        maps = pathlib.Path(f"/proc/{self.mount.pid}/maps").read_text()
        return "libasan" in maps or "libtsan" in maps
