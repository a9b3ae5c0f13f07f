"""What others do at the service shows up in a mount that is in use."""

import os
import time

from harness import Mounted

INTERVAL = 2.0
SLACK = 6.0  # of a loaded machine


class Watch(Mounted):
    """Nobody lists the folder: stat and open of names is all they do."""

    def setUp(self):
        super().setUp()
        self.names()

    def shows_up(self, check):
        """The kernel answers most looks from its cache."""
        begun = time.monotonic()
        self.eventually(check, seconds=INTERVAL + SLACK)
        print(f"note: watch: seen after {time.monotonic() - begun:.1f} s",
              flush=True)

    def put(self, name, content):
        self.service.put(f"{self.home}/{name}", content)

    def size(self, name):
        try:
            return os.stat(self.path(name)).st_size
        except FileNotFoundError:
            return None

    def listings(self):
        return sum(1 for call in self.service.requests(self.begun)
                   if call.name in ("list", "list-files"))

    def test_watch_shows_the_edit_of_a_colleague(self):
        self.put("a.txt", b"one")
        self.shows_up(lambda: self.size("a.txt") == 3)
        self.assertEqual(self.read("a.txt"), b"one")
        self.put("a.txt", b"longer than it was")
        self.shows_up(lambda: self.size("a.txt") == 18)
        self.assertEqual(self.read("a.txt"), b"longer than it was")

    def test_watch_shows_an_edit_of_the_same_size(self):
        self.put("a.txt", b"one")
        self.shows_up(lambda: self.size("a.txt") == 3)
        self.assertEqual(self.read("a.txt"), b"one")
        self.put("a.txt", b"two")
        self.shows_up(lambda: self.read("a.txt") == b"two")

    def test_watch_shows_what_comes_and_goes(self):
        self.assertIsNone(self.size("new.txt"))  # The kernel remembers that.
        self.put("new.txt", b"n")
        self.shows_up(lambda: self.size("new.txt") == 1)
        self.service.delete(f"{self.home}/new.txt")
        self.shows_up(lambda: self.size("new.txt") is None)
        self.assertNotIn("new.txt", self.names())

    def test_watch_takes_nothing_of_ours_for_news(self):
        def state():
            found = os.stat(self.path("mine.txt"))
            return found.st_mtime_ns, found.st_size, found.st_ino

        self.write("mine.txt", b"mine")
        self.sync()
        before = state()
        begun = self.listings()

        def looked_at_again():
            self.assertEqual(state(), before)
            self.assertEqual(self.read("mine.txt"), b"mine")
            return self.listings() >= begun + 3

        self.eventually(looked_at_again, seconds=3 * INTERVAL + SLACK)
        self.assertEqual(self.service.content(f"{self.home}/mine.txt"),
                         b"mine")
