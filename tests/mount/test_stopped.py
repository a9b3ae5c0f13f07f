"""The service is stopped in the middle of an answer, and goes on later."""

import os
import pathlib
import signal
import subprocess
import threading
import time

from harness import (Mounted, given, limit, processes_in_state,
                     seconds_of)

ALONE = True
DEADLINE = 5
IDLE = 125  # Seconds: longer than any connection is kept.
WARM = {f"warm-{number:02}.txt": b"warm" for number in range(30)}
COLD = {"cold.bin": b"c" * 4_000_000, "cold-1.txt": b"1", "cold-2.txt": b"2"}


class Stopped(Mounted):
    SERVE = ("--latency", "100ms")

    def setUp(self):
        super().setUp()
        self.started = []
        for name in WARM:
            self.read(name)

    def tearDown(self):
        self.server.process.send_signal(signal.SIGCONT)
        for process in self.started:
            process.kill()
            process.wait(20)
        super().tearDown()

    def cat(self, name):
        process = subprocess.Popen(["cat", str(self.path(name))],
                                   stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.started.append(process)
        return process

    def stop_in_mid_answer(self):
        self.cat("cold.bin")
        time.sleep(0.15)  # The answer has begun: its latency is over.
        self.server.process.send_signal(signal.SIGSTOP)

    def build_tree(self):
        os.mkdir(self.path("tree"))
        for number in range(50):
            self.write(f"tree/{number}.txt", b"first")
        for number in range(0, 50, 5):
            os.rename(self.path(f"tree/{number}.txt"),
                      self.path(f"tree/renamed-{number}.txt"))
        for number in range(1, 50, 5):
            self.write(f"tree/{number}.txt", b"second")
        for number in range(2, 50, 5):
            os.unlink(self.path(f"tree/{number}.txt"))

    def use_while_stopped(self):
        times = []
        for count in range(200):
            times.append(seconds_of(os.listdir, self.dir))
            times.append(seconds_of(self.read, f"warm-{count % 30:02}.txt"))
        self.assertLess(sorted(times)[int(len(times) * 0.99) - 1], 0.02)
        self.assertLess(seconds_of(self.write, "new.txt", b"new"), 0.05)
        self.assertLess(seconds_of(self.build_tree), 3)

    def expect_the_same_there(self):
        self.server.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.mount.sync(60), 0)
        shown = sorted(str(path.relative_to(self.dir))
                       for path in pathlib.Path(self.dir).rglob("*"))
        self.assertEqual(shown, self.remote_names())
        for name in shown:
            if self.path(name).is_file():
                self.assertEqual(self.read(name), self.remote_content(name),
                                 name)

    @limit(200)
    @given({**WARM, **COLD})
    def test_stopped_service_holds_up_nobody(self):
        self.stop_in_mid_answer()
        self.use_while_stopped()

        waiting = self.cat("cold-1.txt")
        time.sleep(0.3)
        waiting.send_signal(signal.SIGINT)
        self.assertLess(seconds_of(waiting.wait, 5), 1)
        # A save of an existing file waits at most as long as `auto` does.
        self.assertLess(seconds_of(self.write, "warm-00.txt", b"mine"), 3)
        self.assertLess(seconds_of(self.write, "warm-01.txt", b"mine"), 3)
        self.assertEqual(self.read("warm-01.txt"), b"mine")

        start = time.monotonic()
        with self.assertRaises(OSError):
            self.read("cold-2.txt")
        self.assertLess(time.monotonic() - start, DEADLINE + 1)
        self.assertEqual(processes_in_state(
            [process.pid for process in self.started], "D"), [])
        told = self.mount.wsfs("status").stdout
        self.assertRegex(told, "service    (degraded|offline) since")

        self.expect_the_same_there()
        self.assertIn("service    online", self.mount.wsfs("status").stdout)

    @limit(300)
    @given({**WARM, **COLD})
    def test_stopped_service_after_two_idle_minutes(self):
        time.sleep(IDLE)
        self.stop_in_mid_answer()
        self.use_while_stopped()
        self.expect_the_same_there()

    @limit(200)
    @given({**WARM, **COLD})
    def test_stopped_writers_are_never_stuck(self):
        self.stop_in_mid_answer()
        done = threading.Event()
        longest = {}

        def watch():
            since = {}
            while not done.wait(0.1):
                for task in pathlib.Path("/proc/self/task").iterdir():
                    stuck = processes_in_state([f"self/task/{task.name}"], "D")
                    if not stuck:
                        since.pop(task.name, None)
                        continue
                    began = since.setdefault(task.name, time.monotonic())
                    longest[task.name] = max(longest.get(task.name, 0),
                                             time.monotonic() - began)

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for number in range(6):
                self.write(f"warm-{number:02}.txt", b"mine")
                os.rename(self.path(f"warm-{number + 10:02}.txt"),
                          self.path(f"moved-{number}.txt"))
        finally:
            done.set()
            watcher.join()
        self.assertLess(max(longest.values(), default=0), DEADLINE + 1)
        self.expect_the_same_there()
