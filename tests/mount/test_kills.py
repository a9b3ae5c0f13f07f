"""kill -9 of the engine, at every moment that hurts."""

import errno
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from harness import Boxed, limit
from kill_writer import block_of, content_of, fail


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


# What a call on a mount says whose engine has died.
DEAD = (errno.ENOTCONN, errno.ECONNABORTED, errno.EIO)


class Person:
    """One writer (kill_writer.py) over all lives, and what must be there.

    `files` and `folders` are what its last life left: paths to contents. After
    a kill there may be one call that has not returned, so `allowed` holds one
    or more such pairs.
    """

    def __init__(self, name, folder, log):
        self.name = name
        self.folder = folder
        self.log = log
        self.process = None
        self.position = 0
        self.files, self.folders = {}, set()
        self.allowed = [({}, set())]
        self.returning = []
        self.ever = set()

    def start(self, seed):
        script = pathlib.Path(__file__).with_name("kill_writer.py")
        self.process = subprocess.Popen(
            [sys.executable, str(script), str(self.folder), str(self.log),
             str(seed)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)

    def wait(self):
        """Its exit code, after its engine has died."""
        _, said = self.process.communicate(timeout=20)
        if self.process.returncode not in DEAD:
            raise AssertionError(
                f"writer {self.name} ended with {self.process.returncode}: "
                f"{said} {self.last_lines()}")

    def last_lines(self):
        return self.log.read_text().splitlines()[-6:] if self.log.exists() \
            else []

    def replay(self, held_there):
        """Reads on in the log. `held_there(path)` is what the service has
        under that name, perhaps in a folder that is to be renamed."""
        lines = [json.loads(line) for line
                 in self.log.read_bytes()[self.position:].splitlines()] \
            if self.log.exists() else []
        self.position = self.log.stat().st_size if self.log.exists() else 0
        open_call, synced = None, False
        for line in lines:
            if line[0] == "fsynced":
                synced = True
            elif line[0] == "returned":
                self.files, self.folders = self.after(open_call)
                open_call, synced = None, False
            else:
                open_call = line
                if line[0] in ("save", "append"):
                    self.ever.add(self.written_by(line))
        self.returning = []
        self.allowed = [] if synced else [(self.files, self.folders)]
        if open_call:
            self.allowed.append(self.after(open_call))
        if open_call and open_call[0] == "save" and not synced and \
                open_call[1] not in self.files:
            # The first half of a save under a name whose object is still
            # there: what the object holds is shown again, at the latest when
            # its own calls are settled.
            self.returning = [{open_call[1]: held}
                              for held in held_there(open_call[1])]
            self.allowed += [({**self.files, **file}, self.folders)
                             for file in self.returning]

    def written_by(self, call):
        name, path, stamp = call
        if name == "append":
            return self.files[path] + block_of(stamp)
        return content_of(path, [stamp])

    def after(self, call):
        """The files and folders when this call has been done."""
        files, folders = dict(self.files), set(self.folders)
        name, path = call[:2]
        if name in ("save", "append"):
            files[path] = self.written_by(call)
        elif name == "unlink":
            del files[path]
        elif name == "mkdir":
            folders.add(path)
        elif name == "rmdir":
            folders.remove(path)
        elif path in folders:
            folders.remove(path)
            folders.add(call[2])
            files = {call[2] + file[len(path):]
                     if file.startswith(path + "/") else file: content
                     for file, content in files.items()}
        else:
            files[call[2]] = files.pop(path)
        return files, folders

    def on_disk(self):
        files, folders = {}, set()
        for path, names, leaves in os.walk(self.folder, onerror=fail):
            below = pathlib.Path(path).relative_to(self.folder)
            folders.update(str(below / name) for name in names)
            for leaf in leaves:
                files[str(below / leaf)] = \
                    (pathlib.Path(path) / leaf).read_bytes()
        return files, folders

    def look(self):
        """What the mount shows is what one of the allowed pairs says."""
        files, folders = self.on_disk()
        if (files, folders) not in self.allowed:
            raise AssertionError("\n".join(
                [f"{self.folder}: not what was closed", *self.last_lines()] +
                [line for pair in self.allowed
                 for line in ["or:", *self.differences(files, folders, *pair)]
                 ]))
        self.files, self.folders = files, folders
        self.allowed = [(files, folders)] + [
            ({**files, **file}, folders) for file in self.returning
            if not file.keys() & files.keys()]

    @staticmethod
    def differences(files, folders, wanted, wanted_folders):
        for path in sorted(set(files) | set(wanted)):
            if files.get(path) != wanted.get(path):
                yield (f"{path}: is {brief(files.get(path))}, "
                       f"should be {brief(wanted.get(path))}")
        if folders != wanted_folders:
            yield f"folders {sorted(folders)}, not {sorted(wanted_folders)}"


def brief(content):
    if content is None:
        return "absent"
    return f"{len(content)} bytes {content[:60]!r}...{content[-20:]!r}"


class ManyLives(Boxed):
    """200 times kill -9 while three processes work (WSFS_KILLS: how often).

    WSFS_SEED=n repeats the choices of a run, not its timing.
    """

    PEOPLE = 3
    REMOTE = "/Shared/lives"

    @limit(550)
    def test_killed_at_random_moments(self):
        seed = int(os.environ.get("WSFS_SEED") or time.time_ns() % 10**9)
        kills = int(os.environ.get("WSFS_KILLS") or 50)
        self.chance = random.Random(seed)
        # Where RAW is refused, a temp file of a save that was killed, which
        # had become an object, is refused under its notebook's name: the
        # object of a file stays one.
        self.server = self.box.serve("--latency", "10ms", "--switch",
                                     "raw=yes")
        self.service = self.server.service
        self.service.mkdirs(self.REMOTE)
        self.folder = self.box.path / "mount-of-all-lives"
        self.people = [
            Person(name, self.folder / name, self.box.path / f"writer-{name}")
            for name in "abc"[:self.PEOPLE]]
        for person in self.people:
            self.service.mkdirs(f"{self.REMOTE}/{person.name}")
        life, at_start = 0, 0
        try:
            for life in range(kills):
                if self.chance.random() < 0.1:
                    self.end_while_starting()
                    at_start += 1
                else:
                    self.live(life)
            self.come_to_rest()
        except BaseException:
            print(f"note: kills: life {life} of {kills}: WSFS_SEED={seed} "
                  f"WSFS_KILLS={kills}", flush=True)
            raise
        calls = sum(len(person.log.read_text().splitlines())
                    for person in self.people)
        print(f"note: kills: seed {seed}, {kills} kills, {at_start} of them while "
              f"starting, {calls} lines of what returned", flush=True)

    def mounted(self, **options):
        writes = self.chance.choices(("auto", "back", "through"), (5, 3, 2))[0]
        return self.box.mount(
            self.server, "--writes", writes, "--log-level", "info",
            remote=self.REMOTE, folder=self.folder,
            store=self.box.path / "store-of-all-lives", **options)

    def end(self, mount):
        os.kill(mount.pid, signal.SIGKILL)
        mount.process.wait(20)

    def clear(self):
        """As a person does, who knows the command; or the next start does."""
        if self.chance.random() < 0.5:
            subprocess.run(["fusermount3", "-u", str(self.folder)],
                           stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, timeout=20, check=False)

    def end_while_starting(self):
        mount = self.mounted(ready=False)
        time.sleep(self.chance.uniform(0, 0.6))
        self.end(mount)
        self.clear()

    def live(self, life):
        mount = self.mounted()
        self.look(mount)
        for person in self.people:
            person.start(self.chance.randrange(10**6))
        time.sleep(self.chance.uniform(0.05, 0.8))
        self.end(mount)
        for person in self.people:
            person.wait()
        self.wait_for_calls_on_the_way()
        for person in self.people:
            person.replay(lambda path, name=person.name:
                          self.held_as(name, path))
        self.look_at_service()
        self.clear()

    def look(self, mount):
        for person in self.people:
            person.look()
        if any(len(person.allowed) > 1 for person in self.people):
            # 5: an object whose node has a backup's name is held for a minute.
            self.assertIn(mount.sync(60), (0, 5))
            for person in self.people:
                person.look()
                person.returning = []

    def wait_for_calls_on_the_way(self):
        """Until what the engine had sent when it died has been executed."""
        seen = None
        while seen != self.service.position():
            seen = self.service.position()
            time.sleep(0.05)  # Five times the latency of a call.

    def held_as(self, person, path):
        below = f"{self.REMOTE}/{person}"
        tree = self.service.tree(below)
        return [self.service.content(f"{below}/{found}")
                for found, kind in tree.items() if kind != "DIRECTORY" and
                os.path.basename(self.shown_name(found, tree)) ==
                os.path.basename(path)]

    @staticmethod
    def shown_name(path, tree):
        """Of an object, as the writers name what they write."""
        if tree[path] != "NOTEBOOK":
            return path
        return path + {"python": ".py", "query": ".sql"}.get(
            os.path.basename(path).rstrip("0123456789"), "")

    def look_at_service(self):
        """Every object is one whole content that somebody saved, and none has
        an invented name."""
        ever = set().union(*(person.ever for person in self.people))
        paths = [path for path, kind in self.service.tree(self.REMOTE).items()
                 if kind != "DIRECTORY"]
        with ThreadPoolExecutor(8) as pool:
            contents = pool.map(lambda path: self.service.content(
                f"{self.REMOTE}/{path}"), paths)
        for path, content in zip(paths, contents):
            self.assertNotIn(".conflict-", path)
            self.assertTrue(content in ever,
                            f"half an object: {path}: {brief(content)}")

    def come_to_rest(self):
        """The service ends with what the mount shows, each object once."""
        mount = self.mounted()
        self.look(mount)
        for person in self.people:
            self.tidy(person.folder)
        done = mount.wsfs("sync", "--timeout", "90s", seconds=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for person in self.people:
            files, folders = person.on_disk()
            below = f"{self.REMOTE}/{person.name}"
            tree = self.service.tree(below)
            there = {path: self.shown_name(path, tree) for path in tree}
            self.assertEqual(sorted(there.values()),
                             sorted([*files, *folders]))
            for path, shown in there.items():
                if shown in files:
                    self.assertEqual(self.service.content(f"{below}/{path}"),
                                     files[shown], path)
        self.look_at_service()

    def tidy(self, folder):
        """What a person does with the remains of a save that was killed."""
        for path in sorted(folder.rglob("*")):
            plain = str(path).rstrip("~").removesuffix(".tmp")
            if plain == str(path) or path.is_dir():
                continue
            if path.name.endswith("~") and not os.path.exists(plain):
                os.rename(path, plain)
            else:
                os.unlink(path)
