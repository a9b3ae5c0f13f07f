"""A mount by somebody who is not root, as nearly everybody has it: set-uid
fusermount3 mounts and unmounts for them."""

import ctypes
import os
import pathlib
import pwd
import signal
import stat
import subprocess

from harness import Boxed, LeftOut
from processes import mounts_below, pids_naming, prefix, wsfs_program

OTHER_USER = "nobody"
DEVICE = pathlib.Path("/dev/fuse")
CLONE_NEWNS, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x1000, 0x4000, 0x40000


def libc(name, *arguments):
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def open_device_to_all(folder):
    """A /dev/fuse that others may open, as it is outside of containers; seen
    by this process and its children only."""
    if stat.S_IMODE(DEVICE.stat().st_mode) & 0o006 == 0o006:
        return
    own = str(folder / "fuse")
    os.mknod(own, stat.S_IFCHR | 0o666, DEVICE.stat().st_rdev)
    os.chmod(own, 0o666)
    libc("unshare", CLONE_NEWNS)
    libc("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    libc("mount", os.fsencode(own), os.fsencode(DEVICE), None, MS_BIND, None)


class Unprivileged(Boxed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = pwd.getpwuid(os.getuid())
        if os.getuid() == 0:
            cls.user = pwd.getpwnam(OTHER_USER)
            cls.make_room_for_other_user()
        cls.server = cls.box.serve()
        cls.service = cls.server.service
        cls.service.mkdirs("/Shared/d")
        cls.service.put("/Shared/d/a.txt", b"a")

    @classmethod
    def make_room_for_other_user(cls):
        cls.box.environment()  # makes the folders
        cls.box.path.parent.chmod(0o711)
        for folder in [cls.box.path, *cls.box.path.iterdir()]:
            os.chown(folder, cls.user.pw_uid, cls.user.pw_gid)
        try:
            open_device_to_all(cls.box.path)
        except OSError as error:
            raise LeftOut(f"{DEVICE} is root's alone here ({error})")
        try:
            reached = cls.run_as_user("test", "-x", wsfs_program(), "-a", "-r",
                                      cls.box.path).returncode == 0
        except PermissionError:  # Not even its working folder.
            reached = False
        if not reached:
            raise LeftOut(f"{OTHER_USER} cannot reach {wsfs_program()}")
        if cls.run_as_user("sh", "-c", f": <>{DEVICE}").returncode:
            raise LeftOut(f"{OTHER_USER} cannot open {DEVICE}")

    @classmethod
    def run_as_user(cls, *command, server=None, umask=0o022, seconds=60):
        """Runs a command as the user, in the box."""
        identity = {}
        if os.getuid() == 0:
            identity = {"user": cls.user.pw_uid, "group": cls.user.pw_gid,
                        "extra_groups": []}
        return subprocess.run(
            [str(word) for word in command], cwd=cls.box.path, umask=umask,
            env=cls.box.environment(server), stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=seconds, check=False,
            **identity)

    def wsfs(self, *arguments, **options):
        return self.run_as_user(*prefix(), wsfs_program(), *arguments,
                                server=self.server, **options)

    def succeeds(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def mounted(self, **options):
        """A mount in the background, in the user's own store."""
        folder = self.box.path / f"mount-{self.box.next_number()}"
        self.succeeds(self.wsfs("mount", "/Shared/d", folder, **options))
        self.addCleanup(self.wsfs, "unmount", "--now", folder)
        self.assertEqual(mounts_below(folder), [str(folder)])
        return folder

    def shell(self, line):
        return self.succeeds(self.run_as_user("bash", "-ec", line))

    def test_user_mounts_writes_reads_syncs_and_unmounts(self):
        folder = self.mounted()
        said = self.shell(f"cd {folder}; cat a.txt; printf new > n.txt; "
                          "cat n.txt; mkdir sub; mv n.txt sub/; "
                          "stat -c %u:%g sub/n.txt")
        self.assertEqual(said, f"anew{self.user.pw_uid}:{self.user.pw_gid}\n")
        self.succeeds(self.wsfs("sync", folder))
        self.assertEqual(self.service.content("/Shared/d/sub/n.txt"), b"new")
        self.assertIn(str(folder), self.succeeds(self.wsfs("status", folder)))

        self.shell(f"printf last > {folder}/last.txt")
        self.succeeds(self.wsfs("unmount", folder))
        self.assertEqual(mounts_below(folder), [])
        self.assertEqual(self.service.content("/Shared/d/last.txt"), b"last")

    def test_user_unmounts_by_fusermount3(self):
        folder = self.mounted()
        self.shell(f"printf x > {folder}/by-fusermount.txt")
        self.succeeds(self.run_as_user("fusermount3", "-u", folder))
        self.assertEqual(mounts_below(folder), [])
        # Nobody waits for the engine; it drains and ends by itself.
        self.eventually(lambda: not pids_naming(folder), seconds=40)
        self.assertEqual(self.service.content("/Shared/d/by-fusermount.txt"),
                         b"x")

    def test_user_foreground_mount_ends_by_a_signal(self):
        folder = self.box.path / "foreground"
        command = [*prefix(), wsfs_program(), "mount", "--foreground",
                   "/Shared/d", str(folder)]
        script = ('"$@" & child=$!; trap "kill $child" EXIT; '
                  f'while ! grep -q " {folder} " /proc/mounts; do '
                  "kill -0 $child; sleep 0.05; done; "
                  f"printf x > {folder}/signalled.txt; "
                  "kill $child; trap - EXIT; wait $child")
        self.succeeds(self.run_as_user("bash", "-ec", script, "-", *command,
                                       server=self.server))
        self.assertEqual(mounts_below(folder), [])
        self.assertEqual(self.service.content("/Shared/d/signalled.txt"), b"x")

    def test_nobody_else_sees_a_mount_not_even_root(self):
        folder = self.mounted()
        with open("/proc/self/mounts", encoding="utf-8") as table:
            options = next(line.split()[3] for line in table
                           if line.split()[1] == str(folder)).split(",")
        self.assertIn("nosuid", options)
        self.assertIn("nodev", options)
        self.assertIn(f"user_id={self.user.pw_uid}", options)
        self.assertNotIn("allow_other", options)
        if os.getuid() == 0:
            with self.assertRaises(PermissionError):
                os.listdir(folder)

    def test_store_of_a_user_is_private_whatever_the_umask(self):
        folder = self.mounted(umask=0)
        self.shell(f"cat {folder}/a.txt; cd {folder}; "
                   "head -c 200000 /dev/zero > big.bin; printf x > small.txt")
        self.succeeds(self.wsfs("sync", folder, umask=0))
        self.succeeds(self.wsfs("unmount", folder, umask=0))
        # What is made with its own mode: the folders of XDG are the test's.
        found = [path for kind in ("state", "data", "cache", "runtime")
                 for path in (self.box.path / f"xdg-{kind}").rglob("*")]
        self.assertTrue([path for path in found if path.name == "catalogue.db"],
                        found)
        for path in found:
            status = os.lstat(path)
            self.assertEqual(status.st_uid, self.user.pw_uid, path)
            mode = stat.S_IMODE(status.st_mode)
            if path.is_dir():
                self.assertEqual(mode, 0o700, f"{path}: {mode:o}")
            else:
                self.assertEqual(mode & 0o077, 0, f"{path}: {mode:o}")

    def test_folder_of_somebody_else_is_refused_in_a_sentence(self):
        if os.getuid() != 0:
            raise LeftOut("only root can make folders of somebody else")
        folder = self.box.path / "of-root"
        folder.mkdir(mode=0o755)
        done = self.wsfs("mount", "/Shared/d", folder)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(str(folder), done.stderr)
        self.assertLess(len(done.stderr.strip().splitlines()), 4, done.stderr)
        self.assertEqual(mounts_below(folder), [])

    def test_user_mounts_over_an_engine_that_died(self):
        folder = self.mounted()
        self.shell(f"printf kept > {folder}/kept.txt")
        engines = pids_naming(folder)
        self.assertTrue(engines)
        for pid in engines:
            os.kill(pid, signal.SIGKILL)
        self.succeeds(self.wsfs("mount", "/Shared/d", folder))
        self.assertEqual(self.shell(f"cat {folder}/kept.txt"), "kept")
        self.succeeds(self.wsfs("unmount", folder))
        self.assertEqual(mounts_below(folder), [])
        self.assertEqual(self.service.content("/Shared/d/kept.txt"), b"kept")
