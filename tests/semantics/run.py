"""The semantics ring: each promise of docs/semantics.md names its tests."""

import pathlib
import subprocess
import sys

TIDY = pathlib.Path(__file__).resolve().parents[2] / "tools/tidy"

if __name__ == "__main__":
    sys.exit(subprocess.run([sys.executable, str(TIDY), "--promises"],
                            check=False).returncode)
