"""Builds the program in go/ with the official SDK and runs it once."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/mount"))

from processes import Box  # noqa: E402


def said(done):
    return (done.stdout + done.stderr).strip()


def check(folder, home):
    """What went wrong, or None."""
    built = subprocess.run(["go", "build", "-o", "sdk", "."], cwd=folder,
                           capture_output=True, text=True, timeout=600,
                           check=False)
    if built.returncode:
        return said(built)
    box = Box(home, "box")
    try:
        server = box.serve()
        done = subprocess.run([os.path.join(folder, "sdk")],
                              env=box.environment(server),
                              capture_output=True, text=True, timeout=120,
                              check=False)
        if done.returncode:
            return said(done)
        left = server.service.status("/Shared/sdk-go")
        return f"it left {left}" if left else None
    finally:
        box.close()


def main():
    home = tempfile.mkdtemp(prefix="go-", dir=REPOSITORY / "build")
    try:
        wrong = check(sys.argv[1], home)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    if wrong:
        print(f"FAILED compat go: {wrong}")
    print(f"{0 if wrong else 1} passed, {1 if wrong else 0} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
