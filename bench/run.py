#!/usr/bin/env python3
"""End-to-end loads on a real mount, beside the same loads on the local disk.

    bench/run.py [--files N] [--latency 50ms] [--json FILE] [LOAD...]

Each load prints what it took on the mount, what the same took on the disk
that holds the mount point, the ratio of the two, and the API calls it made.
Ratios and calls are what counts: both sides ran in the same minute on the
same machine. The program under test is $WSFS or build/release/wsfs.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests/mount"))
os.environ.setdefault("WSFS", str(REPOSITORY / "build/release/wsfs"))

from processes import Box  # noqa: E402  (the path is set above)

FILE_BYTES = 2_000
BIG_BYTES = 100 * 1024 * 1024


class Bench:
    """A server with latency, a mount of it, and a folder on the disk."""

    def __init__(self, box, options):
        self.options = options
        self.files = options.files
        self.box = box
        self.server = box.serve("--latency", options.latency)
        self.service = self.server.service
        self.disk = box.path / "disk"
        self.disk.mkdir()
        self.rows = []

    def seed(self):
        """/Shared/tree: `files` files in folders of 20, there and on disk."""
        for number in range(self.files):
            folder = f"tree/d{number // 20}"
            body = (f"line of {number}\n" * 200).encode()[:FILE_BYTES]
            if number % 20 == 0:
                self.service.mkdirs(f"/Shared/{folder}")
                (self.disk / folder).mkdir(parents=True)
            self.service.put(f"/Shared/{folder}/f{number}.txt", body)
            (self.disk / folder / f"f{number}.txt").write_bytes(body)

    def mount(self):
        self.mounted = self.box.mount(self.server, remote="/Shared")
        self.root = self.mounted.path

    @contextlib.contextmanager
    def row(self, name, disk=None):
        """Times the block on the mount, and `disk()` beside it."""
        beside = None
        if disk:
            begun = time.monotonic()
            disk()
            beside = time.monotonic() - begun
        position = self.service.position()
        begun = time.monotonic()
        extra = {}
        yield extra
        seconds = time.monotonic() - begun
        calls = len(self.service.requests(position))
        self.rows.append({"load": name, "seconds": round(seconds, 4),
                          "disk_seconds": beside and round(beside, 4),
                          "ratio": beside and round(seconds / beside, 2),
                          "calls": calls, **extra})
        shown = f"{seconds / beside:6.2f}x" if beside else "      -"
        print(f"{name:<44}{seconds:9.3f} s {shown} {calls:7} calls  "
              f"{extra or ''}", flush=True)


def run(*command):
    return lambda: subprocess.run(command, stdout=subprocess.DEVNULL,
                                  check=True)


def load_list(bench):
    tree, local = bench.root / "tree", bench.disk / "tree"
    with bench.row("cold ls -lR", run("ls", "-lR", local)):
        run("ls", "-lR", tree)()
    with bench.row("warm ls -lR", run("ls", "-lR", local)):
        run("ls", "-lR", tree)()
    with bench.row("warm find -newer", run("find", local, "-newer", "/etc")):
        run("find", tree, "-newer", "/etc")()


def load_read(bench):
    tree, local = bench.root / "tree", bench.disk / "tree"
    search = ("grep", "-rc", "line")
    with bench.row("cold grep -r", run(*search, local)):
        run(*search, tree)()
    with bench.row("warm grep -r", run(*search, local)):
        run(*search, tree)()
    with bench.row("warm cp -r out",
                   run("cp", "-r", local, bench.disk / "copy1")):
        run("cp", "-r", tree, bench.disk / "copy2")()


def load_save(bench):
    path = bench.root / "tree/d0/f0.txt"
    worst = 0.0
    with bench.row("20 saves, one after the other"):
        for number in range(20):
            with open(path, "wb", buffering=0) as file:
                file.write(f"save {number}\n".encode())
                begun = time.monotonic()
            worst = max(worst, time.monotonic() - begun)
        bench.mounted.sync()
    bench.rows[-1]["close_ms_max"] = round(worst * 1000, 2)
    print(f"    the slowest close took {worst * 1000:.2f} ms")
    with bench.row("100 x create + delete"):
        for number in range(100):
            made = bench.root / f"tree/d0/new{number}"
            made.write_bytes(b"x")
            made.unlink()
        bench.mounted.sync()


def load_copy_in(bench):
    with bench.row("cp -r in", run("cp", "-r", bench.disk / "tree",
                                   bench.disk / "copy3")) as extra:
        run("cp", "-r", bench.disk / "tree", bench.root / "in")()
        extra["files"] = bench.files
    with bench.row("drain of it") as extra:
        extra["exit"] = bench.mounted.sync(seconds=300)
    with bench.row("rm -rf of it, drained"):
        shutil.rmtree(bench.root / "in")
        bench.mounted.sync(seconds=300)


def load_big(bench):
    block = os.urandom(1024 * 1024)

    def write(path):
        with open(path, "wb", buffering=0) as file:
            for _ in range(BIG_BYTES // len(block)):
                file.write(block)

    def read(path):
        with open(path, "rb", buffering=0) as file:
            while file.read(len(block)):
                pass

    before = bench.mounted.memory_peak()
    with bench.row("write 100 MB", lambda: write(bench.disk / "big")):
        write(bench.root / "big")
    with bench.row("read 100 MB", lambda: read(bench.disk / "big")):
        read(bench.root / "big")
    with bench.row("drain of it") as extra:
        extra["exit"] = bench.mounted.sync(seconds=300)
    grown = bench.mounted.memory_peak() - before
    bench.rows[-1]["memory_grown_bytes"] = grown
    print(f"    the engine's peak memory grew by {grown / 2**20:.1f} MB")


LOADS = {"list": load_list, "read": load_read, "save": load_save,
         "copy-in": load_copy_in, "big": load_big}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("loads", nargs="*", choices=[*LOADS, []],
                        metavar="LOAD", help=", ".join(LOADS))
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--latency", default="50ms")
    parser.add_argument("--json", help="also write the rows to this file")
    options = parser.parse_args()
    folder = REPOSITORY / "build"
    folder.mkdir(exist_ok=True)
    base = tempfile.mkdtemp(prefix="bench-", dir=folder)
    box = Box(base, "box")
    try:
        bench = Bench(box, options)
        bench.seed()
        bench.mount()
        for name in options.loads or LOADS:
            LOADS[name](bench)
        if options.json:
            pathlib.Path(options.json).write_text(
                json.dumps(bench.rows, indent=1) + "\n", encoding="utf-8")
    finally:
        box.close()
        shutil.rmtree(base, ignore_errors=True)


if __name__ == "__main__":
    main()
