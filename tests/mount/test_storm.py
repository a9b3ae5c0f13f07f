"""Lesson 1.1: a file overwritten while others look at it all the time."""

import os
import threading
import time

from harness import Mounted, given, limit

ALONE = True
ROUNDS = 100


class Storm(Mounted):
    SERVE = ("--latency", "100ms")

    @limit(150)
    @given({"f.txt": b"%09d\n" % 0})
    def test_storm_1_1_readers_never_see_a_wrong_state(self):
        wrong = []
        stop = threading.Event()

        def poll():
            while not stop.is_set():
                size = os.stat(self.path("f.txt")).st_size
                if size not in (0, 10):
                    wrong.append(f"size {size}")
                content = self.read("f.txt")
                if content and (len(content) != 10 or content[-1:] != b"\n"
                                or not content[:9].isdigit()):
                    wrong.append(f"content {content!r}")
                time.sleep(0.002)

        pollers = [threading.Thread(target=poll) for _ in range(4)]
        for poller in pollers:
            poller.start()
        try:
            for number in range(1, ROUNDS + 1):
                content = b"%09d\n" % number
                self.write("f.txt", content)
                self.assertEqual(self.read("f.txt"), content)
                self.assertEqual(os.stat(self.path("f.txt")).st_size, 10)
                time.sleep(0.02)
        finally:
            stop.set()
            for poller in pollers:
                poller.join()
        self.sync()

        self.assertEqual(wrong, [])
        self.assertEqual(self.remote_content("f.txt"), b"%09d\n" % ROUNDS)

    @limit(150)
    @given({"g.txt": b"%09d\n" % 0})
    def test_storm_server_never_holds_an_unwritten_size(self):
        seen = set()
        stop = threading.Event()

        def watch():
            while not stop.is_set():
                seen.add(len(self.service.content(self.remote("g.txt"))))
        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            for number in range(1, 30):
                self.shell(f"echo {number:09} > g.txt")
                os.stat(self.path("g.txt"))
                time.sleep(0.05)
            self.sync()
        finally:
            stop.set()
            watcher.join()

        self.assertEqual(seen, {10})
