"""The compat ring: the official Databricks SDK for Python against `wsfs serve`.

Optional: it needs PyPI once, for a virtual environment below build/. Without
it the ring says SKIPPED and why, and fails nothing.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parents[1]
SDK = "databricks-sdk>=0.60,<1"


def environment():
    """The Python of a virtual environment with the SDK; or why not."""
    folder = REPOSITORY / "build/compat-venv"
    python = folder / "bin/python"
    if subprocess.run([str(python), "-c", "import databricks.sdk"],
                      capture_output=True, check=False).returncode == 0 \
            if python.exists() else False:
        return str(python), None
    for command, why in (
            ([sys.executable, "-m", "venv", str(folder)],
             "no virtual environment can be made"),
            ([str(python), "-m", "pip", "install", "-q", "--retries", "1",
              "--timeout", "15", SDK], "PyPI does not give the SDK")):
        try:
            done = subprocess.run(command, capture_output=True, text=True,
                                  timeout=240, check=False)
        except (subprocess.TimeoutExpired, OSError) as error:
            return None, f"{why} ({type(error).__name__})"
        if done.returncode:
            lines = (done.stdout + done.stderr).strip().splitlines()
            return None, f"{why} ({lines[-1] if lines else ''})"
    return str(python), None


def main():
    python, reason = environment()
    if reason:
        print(f"SKIPPED compat: {reason}")
        print("0 passed, 0 failed")
        return 0
    return subprocess.run([python, str(HERE / "sdk_checks.py")],
                          timeout=600, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
