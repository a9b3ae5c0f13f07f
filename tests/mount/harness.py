"""What the tests are written with: a mounted workspace and a folder in it.

    class Saves(Mounted):
        @given({"a.txt": b"old"})
        def test_overwrite(self):
            with self.calls() as calls:
                self.write("a.txt", b"new")
                self.sync()
            self.assertEqual(self.remote_content("a.txt"), b"new")

A class has one server and one mount. Each test has a folder of its own,
/Shared/TEST, which is made, with what @given says, before the mount: later
the mount would not know of it.
"""

import contextlib
import os
import pathlib
import re
import subprocess
import time
import unittest

import switches
from processes import Box
from service import Calls

HEADER = b"# Databricks notebook source\n"


def given(files):
    """Files, notebooks and folders that the test finds in its folder.

    A name that ends in / is a folder. Content that begins with a notebook's
    header goes up as a notebook, whose remote name has no extension.
    """
    def mark(method):
        method.given = files
        return method
    return mark


def limit(seconds):
    """A test's own time limit."""
    def mark(method):
        method.seconds = seconds
        return method
    return mark


class LeftOut(unittest.SkipTest):
    """Raised where a test cannot run and need not: not a failure in CI."""


def needs(*programs):
    """Skips a test where a program is not installed."""
    missing = [program for program in programs
               if subprocess.run(["sh", "-c", f"command -v {program}"],
                                 stdout=subprocess.DEVNULL,
                                 check=False).returncode]
    return unittest.skipIf(missing, f"{', '.join(missing)} not installed")


# What such a mount asks is what a test makes it ask.
ASKS_NOBODY = ("--poll-rate", "0")

LANGUAGES = {".py": "PYTHON", ".sql": "SQL", ".scala": "SCALA", ".r": "R"}


def notebook_of(name, content):
    """(remote name, language) of a notebook, or None for a plain file."""
    stem, extension = os.path.splitext(name)
    first = content.split(b"\n", 1)[0]
    if extension in LANGUAGES and b" Databricks notebook source" in first:
        return stem, LANGUAGES[extension]
    return None


class Boxed(unittest.TestCase):
    """A box a class, for tests that start servers and mounts themselves."""

    box = None

    @classmethod
    def setUpClass(cls):
        cls.box = Box(os.environ["WSFS_TEST_BASE"],
                      f"{cls.__module__.removeprefix('test_')}-{cls.__name__}")

    @classmethod
    def tearDownClass(cls):
        if cls.box:
            reports = cls.box.close()
            if reports:
                raise AssertionError("\n".join(reports))

    def one_sentence(self, text, *words):
        """An error for people: short, names the thing, no stack."""
        for word in words:
            self.assertIn(word, text)
        self.assertLess(len(text.strip().splitlines()), 4, text)
        self.assertFalse(re.search(r"terminate called|Sanitizer|\bat 0x",
                                   text), text)

    def eventually(self, check, seconds=15):
        """Until `check()` holds: for what the product does on its own."""
        deadline = time.monotonic() + seconds
        while not check():
            if time.monotonic() > deadline:
                self.fail("did not come true in time")
            time.sleep(0.05)


class Mounted(Boxed):
    """One server and one mount a class."""

    SERVE = ()
    MOUNT = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.box.serve(*cls.SERVE)
        cls.service = cls.server.service
        for method in unittest.defaultTestLoader.getTestCaseNames(cls):
            cls.seed(cls.home_of(method),
                     getattr(getattr(cls, method), "given", {}))
        cls.mount = cls.box.mount(cls.server, *cls.MOUNT)
        cls.learn()

    @classmethod
    def learn(cls):
        """What a mount finds out with one refused call, once after its start,
        so that the tests count the calls of what they do."""
        if switches.value("raw") == "refused":
            (cls.mount.path / "Shared/learn.txt").write_bytes(
                b"What does this service take?")
            if cls.mount.sync() != 0:
                raise AssertionError("the first file cannot be sent")

    @staticmethod
    def home_of(method):
        return "/Shared/" + method.removeprefix("test_")

    @classmethod
    def seed(cls, home, files):
        cls.service.mkdirs(home)
        for name, content in files.items():
            remote = f"{home}/{name}"
            cls.service.mkdirs(os.path.dirname(remote.rstrip("/")))
            if name.endswith("/"):
                cls.service.mkdirs(remote.rstrip("/"))
                continue
            notebook = notebook_of(name, content)
            if notebook:
                cls.service.put_notebook(f"{home}/{notebook[0]}", content,
                                         notebook[1])
            else:
                cls.service.put(remote, content)

    def setUp(self):
        self.begun = self.service.position()
        self.home = self.home_of(self._testMethodName)
        self.dir = pathlib.Path(f"{self.mount.path}{self.home}")

    # Local side.

    def path(self, name=""):
        return self.dir / name

    def read(self, name):
        return self.path(name).read_bytes()

    def write(self, name, content, flags=os.O_TRUNC):
        """open(O_WRONLY|O_CREAT|flags), write all, close."""
        handle = os.open(self.path(name), os.O_WRONLY | os.O_CREAT | flags,
                         0o644)
        try:
            write_all(handle, content)
        finally:
            os.close(handle)

    def names(self, folder=""):
        return sorted(os.listdir(self.path(folder)))

    def sync(self):
        self.assertEqual(self.mount.sync(), 0, "wsfs sync")

    def kept_and_told(self, name, content):
        """What the service cannot take is here, and says why; removed."""
        self.assertEqual(self.mount.sync(), 1)
        self.assertEqual(self.read(name), content)
        self.assertEqual(os.getxattr(self.path(name), "user.wsfs.state"),
                         b"refused")
        self.assertTrue(os.getxattr(self.path(name), "user.wsfs.error"))
        os.unlink(self.path(name))  # The mount has other tests.
        self.sync()

    def run_in(self, *command, seconds=50, **options):
        """Runs a program in the test's folder; it must succeed."""
        done = subprocess.run(command, cwd=options.pop("cwd", self.dir),
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, errors="replace", timeout=seconds,
                              env=self.tool_environment(), check=False,
                              **options)
        self.assertEqual(done.returncode, 0,
                         f"{command}: {done.stdout}{done.stderr}")
        return done.stdout

    def shell(self, line, **options):
        return self.run_in("bash", "-c", line, **options)

    def tool_environment(self):
        own = self.box.environment()
        own.update(GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null",
                   GIT_AUTHOR_NAME="t", GIT_AUTHOR_EMAIL="t@example.com",
                   GIT_COMMITTER_NAME="t", GIT_COMMITTER_EMAIL="t@example.com",
                   TERM="xterm")
        return own

    # Remote side.

    def remote(self, name=""):
        return f"{self.home}/{name}" if name else self.home

    def remote_names(self, name=""):
        return self.service.names(self.remote(name))

    def remote_content(self, name):
        return self.service.content(self.remote(name))

    def object_id(self, name):
        return self.service.object_id(self.remote(name))

    def is_object(self, name, before, was=None):
        """At the service, `name` is the object that had the id `before`, and
        perhaps was called `was`."""
        self.assertTrue(
            self.service.is_object(self.remote(name), before, self.begun,
                                   self.remote(was or name)),
            f"{name} is another object now")

    @contextlib.contextmanager
    def calls(self):
        """The calls about this test's folder while the block ran; the block
        itself makes none."""
        found = Calls()
        position = self.service.position()
        yield found
        found.extend(call for call in self.service.requests(position)
                     if (call.object + "/").startswith(self.home + "/"))

    def refuses(self, number, function, *arguments):
        """The call fails with exactly this errno."""
        try:
            function(*arguments)
        except OSError as error:
            self.assertEqual(error.errno, number,
                             f"{os.strerror(error.errno)} instead of "
                             f"{os.strerror(number)}")
            return
        self.fail(f"succeeded instead of {os.strerror(number)}")


def write_all(handle, content):
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view):]


def seconds_of(function, *arguments):
    start = time.monotonic()
    function(*arguments)
    return time.monotonic() - start


def processes_in_state(pids, letter):
    """Those of `pids` that the kernel shows in this state."""
    found = []
    for pid in pids:
        try:
            text = pathlib.Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            continue
        if re.sub(r".*\)", "", text).split()[0] == letter:
            found.append(pid)
    return found
