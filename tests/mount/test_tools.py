"""Programs people use, on a mount."""

import os
import subprocess

from harness import Mounted, given, needs


class Tools(Mounted):
    """Programs people use, on a mount."""

    def test_import_of_a_module_just_written(self):
        self.write("mod.py", b"VALUE = 41\n")
        self.assertEqual(
            self.run_in("python3", "-c", "import mod; print(mod.VALUE + 1)"),
            "42\n")
        self.write("mod.py", b"VALUE = 1041\n")
        self.assertEqual(
            self.run_in("python3", "-c", "import mod; print(mod.VALUE + 1)"),
            "1042\n")
        self.sync()
        self.assertEqual(self.remote_names(), ["mod.py"])

    @needs("git")
    def test_git_clone_status_commit(self):
        source = self.box.path / "origin"
        source.mkdir()
        self.run_in("git", "init", "-q", "-b", "main", cwd=source)
        for number in range(40):
            folder = source / f"d{number % 4}"
            folder.mkdir(exist_ok=True)
            (folder / f"f{number}.txt").write_text(f"{number}\n")
        (source / "nb.py").write_text("# Databricks notebook source\n1\n")
        self.run_in("git", "add", "-A", cwd=source)
        self.run_in("git", "commit", "-qm", "one", cwd=source)

        self.run_in("git", "clone", "-q", str(source), "clone")
        clone = self.path("clone")
        self.assertEqual(self.run_in("git", "status", "--porcelain",
                                     cwd=clone), "")
        self.sync()
        self.assertEqual(self.run_in("git", "status", "--porcelain",
                                     cwd=clone), "")
        (clone / "d0" / "f0.txt").write_text("changed\n")
        self.assertEqual(self.run_in("git", "status", "--porcelain",
                                     cwd=clone), " M d0/f0.txt\n")
        self.run_in("git", "commit", "-qam", "two", cwd=clone)
        self.run_in("git", "fsck", "--strict", cwd=clone)
        self.run_in("git", "gc", "-q", cwd=clone)
        self.sync()

        remote = self.remote_names("clone")
        self.assertEqual([name for name in remote if ".git" in name], [])
        self.assertEqual(len(remote), 4 + 40 + 1)
        self.assertIn("nb", remote)
        self.assertEqual(self.remote_content("clone/d0/f0.txt"), b"changed\n")

    @needs("rg")
    @given({f"d{number}/f.py": b"needle\n" if number == 3 else b"hay\n"
            for number in range(6)})
    def test_ripgrep(self):
        self.assertEqual(self.run_in("rg", "-l", "needle").strip(),
                         "d3/f.py")
        self.assertEqual(self.run_in("rg", "-c", "needle", "d3/f.py").strip(),
                         "1")

    @needs("tar")
    def test_tar_out_and_in(self):
        os.mkdir(self.path("d"))
        for number in range(30):
            self.write(f"d/{number}.txt", b"%d\n" % number)
        os.chmod(self.path("d/3.txt"), 0o755)
        self.shell("tar cf d.tar d && rm -rf d && tar xpf d.tar && rm d.tar")
        self.sync()

        self.assertEqual(os.stat(self.path("d/3.txt")).st_mode & 0o777, 0o755)
        self.assertEqual(len(self.remote_names("d")), 30)

    @needs("rsync")
    def test_rsync_twice_changes_nothing_the_second_time(self):
        source = self.box.path / "tree"
        (source / "sub").mkdir(parents=True)
        for number in range(10):
            (source / "sub" / f"{number}.txt").write_text(f"{number}\n")
        self.run_in("rsync", "-a", f"{source}/", "./")
        self.sync()
        with self.calls() as calls:
            changed = self.run_in("rsync", "-ai", f"{source}/", "./")
            self.sync()

        self.assertEqual(changed, "")
        self.assertEqual(calls.writes, [])
        self.assertEqual(len(self.remote_names()), 11)

    def test_sqlite_in_a_local_tree(self):
        os.mkdir(self.path(".venv"))
        self.run_in("python3", "-c", "import sqlite3\n"
                    "db = sqlite3.connect('.venv/x.db')\n"
                    "db.execute('pragma journal_mode=wal')\n"
                    "db.execute('create table t(a)')\n"
                    "db.executemany('insert into t values (?)',"
                    " [(i,) for i in range(1000)])\n"
                    "db.commit()\n"
                    "assert db.execute('select count(*) from t')"
                    ".fetchone()[0] == 1000\n"
                    "db.close()\n")
        self.sync()
        self.assertEqual(self.remote_names(), [])

    def test_make_sees_what_is_newer(self):
        self.write("Makefile", b"out: in\n\tcp in out\n")
        self.write("in", b"1\n")
        if subprocess.run(["sh", "-c", "command -v make"], check=False,
                          stdout=subprocess.DEVNULL).returncode:
            return
        self.run_in("make", "-s", "out")
        self.sync()
        self.assertIn("up to date", self.run_in("make", "out"))
