"""The compat ring: others' programs and others' tests.

    run.py [--install] [sdk | fsx | go]...

Each stage needs something that is not in Debian, and is optional: without it
the stage says SKIPPED and why, and fails nothing.

sdk   the official Databricks SDK for Python against `wsfs serve`; needs PyPI
      once, for a virtual environment below build/
go    the official SDK for Go (the version and the checksums of go/go.sum)
      against `wsfs serve`; needs `go` and once its modules
fsx   the File System eXerciser on a mount (fsx_checks.py); needs the program
      `fsx`, in PATH or named by FSX. --install makes it below build/ with
      `cargo install fsx`, which takes some minutes
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
BUILD = REPOSITORY / "build"
PYTHON_SDK = "databricks-sdk>=0.60,<1"
FSX = "fsx@^0.3"


class Missing(Exception):
    """Why a stage cannot run here, in one sentence."""


def need(command, why, seconds=240, **options):
    """Runs what a stage needs first; Missing with its last words."""
    try:
        done = subprocess.run(
            [str(word) for word in command], stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=seconds, check=False,
            **options)
    except (subprocess.TimeoutExpired, OSError) as error:
        raise Missing(f"{why} ({type(error).__name__})") from error
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or [""]
        raise Missing(f"{why} ({said[-1].strip()})")


def sdk(_install):
    folder = BUILD / "compat-venv"
    python = folder / "bin/python"
    there = python.exists() and subprocess.run(
        [str(python), "-c", "import databricks.sdk"], capture_output=True,
        check=False).returncode == 0
    if not there:
        need([sys.executable, "-m", "venv", folder],
             "no virtual environment can be made")
        need([python, "-m", "pip", "install", "-q", "--retries", "1",
              "--timeout", "15", PYTHON_SDK], "PyPI does not give the SDK")
    return [python, HERE / "sdk_checks.py"]


def go(_install):
    if not shutil.which("go"):
        raise Missing("there is no program go")
    # In a folder of its own: what is built does not belong to the sources.
    folder = BUILD / "compat-go"
    shutil.copytree(HERE / "go", folder, dirs_exist_ok=True)
    need(["go", "mod", "download"], "the module proxy does not give the SDK",
         cwd=folder)
    return [sys.executable, HERE / "go_checks.py", folder]


def fsx(install):
    own = BUILD / "compat-cargo"
    program = os.environ.get("FSX") or shutil.which("fsx") or own / "bin/fsx"
    if install and not os.path.exists(program):
        need(["cargo", "install", "--locked", "--root", own, FSX],
             "cargo cannot install fsx", seconds=900)
    if not os.path.exists(program):
        raise Missing("there is no program fsx; tests/compat/run.py --install "
                      "makes one with cargo")
    return [sys.executable, HERE / "fsx_checks.py", program]


def run(name, command):
    """(passed, failed) of a stage, which ends with that line."""
    print(f"-- {name}", flush=True)
    lines = []
    with subprocess.Popen([str(word) for word in command],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=subprocess.DEVNULL, text=True,
                          errors="replace") as process:
        for line in process.stdout:
            lines.append(line)
            found = re.fullmatch(r"(\d+) passed, (\d+) failed\n?", line)
            if not found:
                print(line, end="", flush=True)
    found = lines and re.fullmatch(r"(\d+) passed, (\d+) failed\n?", lines[-1])
    if not found or (process.returncode and not int(found.group(2))):
        print(f"{name} ended with {process.returncode}")
        return 0, 1
    return int(found.group(1)), int(found.group(2))


STAGES = {"sdk": sdk, "go": go, "fsx": fsx}


def main():
    words = sys.argv[1:]
    install = "--install" in words
    passed = failed = 0
    for name in [word for word in words if word != "--install"] or STAGES:
        try:
            command = STAGES[name](install)
        except Missing as reason:
            print(f"SKIPPED compat {name}: {reason}", flush=True)
            continue
        good, bad = run(name, command)
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
