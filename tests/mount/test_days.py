"""Whole days: a tree goes in, is unmounted, mounted again and compared."""

import hashlib
import os
import subprocess
import time

from harness import Boxed, limit
from processes import REPOSITORY


class WholeDay(Boxed):
    """A tree goes in, is unmounted and mounted again: nothing is missing."""

    @limit(200)
    def test_tree_comes_back_the_same(self):
        server = self.box.serve()
        server.service.mkdirs("/Shared/w")
        mount = self.box.mount(server, remote="/Shared/w")
        source = self.box.path / "source"
        self.make(source)
        subprocess.run(["cp", "-r", str(source), str(mount.path / "tree")],
                       check=True, timeout=100)
        (mount.path / "big.bin").write_bytes(bytes(range(256)) * 40_000)
        self.assertEqual(mount.sync(90), 0)
        self.assertEqual(mount.unmount().returncode, 0)

        again = self.box.mount(server, remote="/Shared/w")
        subprocess.run(["diff", "-r", str(source), str(again.path / "tree")],
                       check=True, timeout=60)
        fresh = self.box.mount(server, remote="/Shared/w",
                               store=self.box.path / "another-store")
        subprocess.run(["diff", "-r", str(source), str(fresh.path / "tree")],
                       check=True, timeout=60)
        self.assertEqual((fresh.path / "big.bin").read_bytes(),
                         bytes(range(256)) * 40_000)
        self.assertEqual(len(server.service.names("/Shared/w")),
                         2 + sum(1 for _ in source.rglob("*")))

    def make(self, folder):
        for number in range(8):
            inner = folder / f"d{number}"
            inner.mkdir(parents=True)
            for count in range(25):
                (inner / f"f{count}.txt").write_text(f"{number} {count}\n" *
                                                     (count + 1))
        (folder / "nb.py").write_text("# Databricks notebook source\n1\n")
        (folder / "mod.py").write_text("x = 1\n")


class DemoDay(Boxed):
    """What a visitor does in the demo, and what the service holds after it."""

    LOCAL = (".git", "__pycache__")

    def demo(self):
        folder = self.box.path / "demo"
        done = self.box.wsfs("mount", "--demo", folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return folder

    def in_demo(self, line):
        environment = self.box.environment()
        environment["GIT_CONFIG_GLOBAL"] = str(self.box.path / "gitconfig")
        done = subprocess.run(["bash", "-ec", line], env=environment,
                              cwd=self.box.path / "demo/Shared",
                              stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0,
                         f"{line}: {done.stdout}{done.stderr}")
        return done.stdout

    @limit(300)
    def test_demo_day(self):
        (self.box.path / "gitconfig").write_text(
            "[safe]\n directory = *\n[user]\n name = t\n email = t@t\n")
        folder = self.demo()
        self.in_demo(f"git clone -q --depth 1 file://{REPOSITORY} wsfs")
        self.assertEqual(self.in_demo("cd wsfs && git status --porcelain"), "")
        self.in_demo("sed -i 's/wsfs/WSFS/' wsfs/README.md")
        self.assertEqual(self.in_demo("cd wsfs && git status --porcelain"),
                         " M README.md\n")
        self.in_demo("cd wsfs && git commit -qam change")
        self.in_demo("echo 'answer = 42' > mod.py;"
                     " test $(python3 -c 'import mod; print(mod.answer)') = 42")
        self.in_demo("cp -r wsfs/src copy && mv copy moved && rm -rf wsfs/docs")
        self.in_demo("head -c 104857600 /dev/urandom > big.bin; sync big.bin")
        self.in_demo("find . | wc -l; grep -rl namespace moved | head -3")
        sums = "find . -type f -not -path '*/.git/*' -print0 | sort -z |" \
            " xargs -0 sha256sum"
        before = self.in_demo(sums)
        self.assertEqual(self.box.wsfs("sync", "--timeout", "120s", folder,
                                       seconds=150).returncode, 0)
        self.assertEqual(self.box.wsfs("unmount", folder).returncode, 0)

        self.demo()
        self.assertEqual(self.in_demo(sums), before)
        self.assertIn(" D docs/", self.in_demo(
            "cd wsfs && git status --porcelain"))
        self.assertEqual(self.box.wsfs("unmount", folder).returncode, 0)
        self.holds(before)

    def holds(self, sums):
        """The service has exactly the files of `sums`, minus local places."""
        server = self.box.serve("--switch", "export-cap=0",
                                data=self.box.path / "xdg-data/wsfs/demo")
        wanted = {line.split("  ./", 1)[1]: line.split()[0]
                  for line in sums.splitlines()}
        wanted = {name: digest for name, digest in wanted.items()
                  if not set(name.split("/")) & set(self.LOCAL)}
        tree = server.service.tree("/Shared")
        files = {name for name, kind in tree.items() if kind == "FILE"}
        self.assertEqual(files, set(wanted))
        for name in ["big.bin", "mod.py", "wsfs/README.md"]:
            content = server.service.content(f"/Shared/{name}")
            self.assertEqual(hashlib.sha256(content).hexdigest(),
                             wanted[name], name)


class Time(Boxed):
    def test_first_ls_is_soon(self):
        server = self.box.serve()
        start = time.monotonic()
        mount = self.box.mount(server)
        os.listdir(mount.path)
        self.assertLess(time.monotonic() - start, 10)
