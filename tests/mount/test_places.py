"""What stays on this machine, and locks."""

import errno
import fcntl
import os
import subprocess
import sys

from harness import Mounted


class LocalPlaces(Mounted):
    """Symlinks, hard links and special files stay on this machine."""

    def place(self, name):
        return os.getxattr(self.path(name), "user.wsfs.place",
                           follow_symlinks=False)

    def test_symlink_is_local(self):
        self.write("a.txt", b"target")
        os.symlink("a.txt", self.path("link"))
        self.sync()

        self.assertEqual(os.readlink(self.path("link")), "a.txt")
        self.assertEqual(self.read("link"), b"target")
        self.assertEqual(self.remote_names(), ["a.txt"])

    def test_ephemera_and_machine_bound_trees_are_local(self):
        for name in (".nb.py.swp", "nb.py~", "#nb.py#", ".~lock.x#",
                     ".DS_Store", "~$x.docx", ".nfs001", "a.part"):
            self.write(name, b"x")
        for folder in (".git", ".venv", "node_modules", "__pycache__",
                       ".ipynb_checkpoints", ".pytest_cache"):
            os.makedirs(self.path(folder) / "deep")
            (self.path(folder) / "deep" / "file").write_bytes(b"x")
        self.write("kept.txt", b"x")
        self.sync()

        self.assertEqual(self.remote_names(), ["kept.txt"])
        self.assertEqual((self.path(".git") / "deep" / "file").read_bytes(),
                         b"x")
        self.assertEqual(self.place(".git"), b"local")
        self.assertEqual(self.place("kept.txt"), b"remote")

    def test_local_name_renamed_to_an_ordinary_one_goes_out(self):
        self.write("draft.txt~", b"words")
        os.rename(self.path("draft.txt~"), self.path("draft.txt"))
        self.sync()

        self.assertEqual(self.remote_names(), ["draft.txt"])
        self.assertEqual(self.remote_content("draft.txt"), b"words")

    def test_hard_links_are_refused(self):
        """With EPERM, on which git and others rename or copy instead."""
        os.mkdir(self.path(".git"))
        for name in ("a.txt", ".git/a"):
            self.write(name, b"x")
            self.refuses(errno.EPERM, os.link, self.path(name),
                         self.path(name + "-link"))

    def test_special_files(self):
        try:
            os.mkfifo(self.path("pipe"))
        except OSError as error:
            self.assertIn(error.errno, (errno.EPERM, errno.EOPNOTSUPP))
            return
        self.sync()
        self.assertEqual(self.remote_names(), [])


LOCKER = """
import fcntl, os, sys
handle = os.open(sys.argv[1], os.O_RDWR)
try:
    if sys.argv[2] == "flock":
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    sys.exit(7)
"""


class Locks(Mounted):
    def other_process_gets(self, kind):
        done = subprocess.run([sys.executable, "-c", LOCKER,
                               str(self.path("a")), kind], timeout=30,
                              check=False)
        return done.returncode == 0

    def test_flock(self):
        self.write("a", b"x")
        with open(self.path("a"), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.assertFalse(self.other_process_gets("flock"))
            fcntl.flock(file, fcntl.LOCK_UN)
            self.assertTrue(self.other_process_gets("flock"))

    def test_fcntl_lock(self):
        self.write("a", b"x")
        with open(self.path("a"), "r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)
            self.assertFalse(self.other_process_gets("fcntl"))
            fcntl.lockf(file, fcntl.LOCK_UN)
            self.assertTrue(self.other_process_gets("fcntl"))
