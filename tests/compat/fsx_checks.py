"""fsx, the File System eXerciser, on a mount of a service that now and then
fails: `fsx_checks.py PROGRAM`.

fsx writes, truncates, maps, copies, punches and reads one file at random, and
compares each byte it reads with what it should be. Afterwards the service must
have the same bytes. Together the runs are 100,000 operations; each has seeds of
its own, for fsx and for what the service does wrong, which a failure prints:

    WSFS_SEED=3 python3 tests/compat/fsx_checks.py fsx
"""

import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/mount"))

from processes import Box  # noqa: E402

# Seed, operations, how it is mounted. An fsync that waits for the service
# makes a run ten times slower.
RUNS = [(1, 24_000, ("--writes", "back")),
        (2, 24_000, ("--writes", "back")),
        (3, 24_000, ("--writes", "auto")),
        (4, 24_000, ("--writes", "through")),
        (5, 4_000, ("--writes", "back", "--fsync", "remote"))]
SECONDS = 400

# Every operation that fsx has.
CONFIG = """
flen = 262144
[opsize]
max = 65536
[weights]
close_open = 2
invalidate = 1
mapread = 10
mapwrite = 10
read = 10
write = 10
truncate = 5
fsync = 1
fdatasync = 1
posix_fallocate = 2
punch_hole = 2
sendfile = 2
posix_fadvise = 1
copy_file_range = 2
"""

FAULTS = [{"status": 503},
          {"status": 500, "code": "INTERNAL_ERROR"},
          {"status": 429, "code": "REQUEST_LIMIT_EXCEEDED",
           "retry_after": "1"},
          {"reset": True},
          {"reset": True, "side": "after"},
          {"truncate": True},
          {"delay_ms": 300}]


def faults(seed):
    """One call in ten of each kind that a file is saved and read by."""
    chance = random.Random(seed)
    found = []
    for route in ("import", "get-status", "export"):
        at = 0
        for _ in range(400):
            at += chance.randrange(1, 20)
            found.append({"route": route, "skip": at,
                          **chance.choice(FAULTS)})
    return {"faults": found}


def run_one(program, home, seed, count, options):
    """What went wrong, or None."""
    box = Box(home, f"seed-{seed}")
    try:
        file = box.path / "faults.json"
        file.write_text(json.dumps(faults(seed)))
        config = box.path / "fsx.toml"
        config.write_text(CONFIG)
        server = box.serve("--faults", file)
        # It is there already: each close of it is an upload.
        server.service.put("/Shared/file.bin", b"first")
        mount = box.mount(server, "--log-level", "info", *options)
        file = mount.path / "Shared/file.bin"
        done = subprocess.run(
            [program, "-f", config, "-S", str(seed), "-N", str(count),
             "-P", box.path, file], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace",
            timeout=SECONDS, check=False)
        if done.returncode:
            return (done.stdout + done.stderr)[-4000:]
        content = file.read_bytes()
        if mount.sync(120):
            return "not everything is sent: " + mount.wsfs("status").stdout
        if file.read_bytes() != content:
            return "the mount shows other bytes after the upload"
        if server.service.content("/Shared/file.bin") != content:
            return "the service has other bytes"
        if server.service.names("/Shared") != ["file.bin"]:
            return f"there is also {server.service.names('/Shared')}"
        calls = server.service.requests()
        print(f"fsx: seed {seed}, {count} operations, {' '.join(options)}: "
              f"{len(calls.of('import'))} uploads, "
              f"{len([call for call in calls if call.status != 200])} calls "
              "of all failed", flush=True)
        return None
    except subprocess.TimeoutExpired:
        box.abandon()
        return f"took longer than {SECONDS} s"
    finally:
        reports = box.close()
        if reports:
            print("\n".join(reports))


def main():
    program = sys.argv[1]
    only = os.environ.get("WSFS_SEED")
    home = tempfile.mkdtemp(prefix="fsx-", dir=REPOSITORY / "build")
    passed = failed = 0
    try:
        for seed, count, options in RUNS:
            if only and int(only) != seed:
                continue
            wrong = run_one(program, home, seed, count, options)
            if wrong:
                failed += 1
                print(f"FAILED compat fsx: WSFS_SEED={seed}, "
                      f"{' '.join(options)}: {wrong}", flush=True)
            else:
                passed += 1
    finally:
        if not failed:
            shutil.rmtree(home, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
