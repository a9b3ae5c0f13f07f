"""600 readers wait for a service that has stalled."""

import os
import pathlib
import signal
import subprocess
import sys
import time

from harness import Mounted, limit, processes_in_state, seconds_of

ALONE = True
READERS = 600
DEADLINE = 5

HANDLER = """
import os, signal, sys
def ring(*_):
    os.write(1, b"handled\\n")
    os._exit(3)
signal.signal(signal.SIGINT, ring)
os.write(1, b"waiting\\n")
open(sys.argv[1], "rb").read()
"""


def percentile(values, share):
    return sorted(values)[int(len(values) * share) - 1]


class Readers(Mounted):
    @classmethod
    def seed(cls, home, files):
        super().seed(home, {f"warm-{number:03}.txt": b"warm"
                            for number in range(50)})
        for number in range(READERS + 2):
            cls.service.put(f"{home}/cold-{number:03}.txt", b"cold")

    def spawn(self, name):
        return subprocess.Popen(["cat", str(self.path(name))],
                                stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)

    @limit(150)
    def test_readers_stalled_hold_up_nobody(self):
        for name in os.listdir(self.dir):
            os.stat(self.path(name))
            if name.startswith("warm"):
                self.read(name)
        if os.getuid() == 0:
            # So that the calls below reach the engine.
            pathlib.Path("/proc/sys/vm/drop_caches").write_text("2")
        self.server.process.send_signal(signal.SIGSTOP)
        stalled = []
        try:
            self.stall(stalled)
        finally:
            self.server.process.send_signal(signal.SIGCONT)
            for process in stalled:
                process.kill()
                process.wait(20)
        self.assertEqual(self.read("cold-000.txt"), b"cold")

    def stall(self, stalled):
        handler = subprocess.Popen(
            [sys.executable, "-c", HANDLER, str(self.path("cold-600.txt"))],
            stdout=subprocess.PIPE)
        stalled.append(handler)
        for number in range(READERS):
            stalled.append(self.spawn(f"cold-{number:03}.txt"))
        self.assertEqual(handler.stdout.readline(), b"waiting\n")
        times = {"stat": [], "ls": [], "cat": []}
        for count in range(200):
            name = f"warm-{count % 50:03}.txt"
            times["stat"].append(seconds_of(os.stat, self.path(name)))
            times["cat"].append(seconds_of(self.read, name))
            times["ls"].append(seconds_of(os.listdir, self.dir))
        waiting = sum(process.poll() is None for process in stalled)
        for what, values in times.items():
            self.assertLess(percentile(values, 0.99), 0.02, what)
        self.assertGreater(waiting, READERS // 2)

        cat = self.spawn("cold-601.txt")
        stalled.append(cat)
        time.sleep(0.3)
        for process in (cat, handler):
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            process.wait(5)
            self.assertLess(time.monotonic() - start, 1.0)
        if handler.returncode != 3:
            self.assertEqual(handler.returncode, 1, "timed out before SIGINT")

        time.sleep(DEADLINE + 1)
        stuck = processes_in_state([process.pid for process in stalled], "D")
        self.assertEqual(stuck, [])
