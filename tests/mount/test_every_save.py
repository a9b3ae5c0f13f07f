"""Every recorded save, on a notebook and on a file, at every pace, under every
--writes: the same object, one import, nothing else ever at the service."""

import copy
import threading
import time

from harness import Mounted, limit, notebook_of
from replay import Player, sequences

HEADER = b"# Databricks notebook source\n"
PACES = (0, 50, 500)  # Milliseconds between the calls of a save.


class PacedPlayer(Player):
    """Waits between the calls, as a slow program, or a slow disk, does."""

    def __init__(self, sequence, folder, milliseconds):
        super().__init__(sequence, folder)
        self.pause = milliseconds / 1000

    def step(self, line, words):
        super().step(line, words)
        time.sleep(self.pause)


def as_file(sequence):
    """The same save of a plain file: without the header that makes a notebook."""
    plain = copy.copy(sequence)
    plain.files = {name: content.removeprefix(HEADER)
                   for name, content in sequence.files.items()}
    plain.old = plain.files.get(plain.target, b"")
    plain.new = sequence.new.removeprefix(HEADER)
    return plain


class Save:
    """One save at one pace, in a folder of its own."""

    def __init__(self, sequence, kind, pace):
        self.sequence = sequence
        self.pace = pace
        self.folder = f"{kind}-{pace}/{sequence.name}"
        notebook = notebook_of(sequence.target, sequence.old)
        self.remote = (f"{self.folder}/"
                       f"{notebook[0] if notebook else sequence.target}")

    def __str__(self):
        return self.folder


RECORDED = [each for each in sequences() if each.expected[0] == "save"]
SAVES = [Save(each, "notebook", pace) for each in RECORDED for pace in PACES
         if notebook_of(each.target, each.old)]
SAVES += [Save(as_file(each), "file", pace) for each in RECORDED
          for pace in PACES]
GIVEN = {f"{save.folder}/{name}": content for save in SAVES
         for name, content in save.sequence.files.items()}


class EverySave(Mounted):
    """All saves at once: a slow pace costs no more than its longest save."""

    # Saves whose temp file has a name as any file has: what it is for shows
    # only when it is renamed.
    LOOSE = frozenset()
    # Saves that begin with a delete.
    DELETES = frozenset()

    def check_all(self):
        before = {save: self.object_id(save.remote) for save in SAVES}
        there = {save: self.remote_names(save.folder) for save in SAVES}
        failures = []

        def play(save):
            try:
                PacedPlayer(save.sequence, self.dir / save.folder,
                            save.pace).play()
            except (AssertionError, OSError) as error:
                failures.append(f"{save}: {error}")

        with self.calls() as calls:
            threads = [threading.Thread(target=play, args=(save,))
                       for save in SAVES]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.sync()
        for save in SAVES:
            writes = [(call.name, call.object) for call in calls.writes
                      if call.object.startswith(self.remote(save.folder) + "/")]
            try:
                self.check_one(save, writes)
                if save.sequence.name not in self.DELETES:
                    self.is_object(save.remote, before[save])
                self.assertEqual(self.remote_names(save.folder), there[save])
            except AssertionError as error:
                failures.append(f"{save}: {error}")
        self.assertEqual(failures, [], "\n".join(failures))

    def check_one(self, save, writes):
        new = save.sequence.new
        self.assertEqual(self.read(f"{save.folder}/{save.sequence.target}"),
                         new)
        self.assertEqual(self.remote_content(save.remote), new)
        once = ("import", self.remote(save.remote))
        if save.sequence.name in self.LOOSE | self.DELETES:
            self.assertEqual(writes.count(once), 1)
        else:
            self.assertEqual(writes, [once])


class Auto(EverySave):
    MOUNT = ("--writes", "auto")

    @limit(180)
    def test_auto(self):
        self.check_all()

    test_auto.given = GIVEN


class Back(EverySave):
    MOUNT = ("--writes", "back")

    @limit(180)
    def test_back(self):
        self.check_all()

    test_back.given = GIVEN


class Through(EverySave):
    MOUNT = ("--writes", "through")
    LOOSE = frozenset({"agent", "kate", "perl", "rsync", "sed"})
    DELETES = frozenset({"unlink_create"})

    @limit(180)
    def test_through(self):
        self.check_all()

    test_through.given = GIVEN
