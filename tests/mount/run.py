"""The mount ring: `run.py [-v] [--list] [--match NAME...]`."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import runner  # noqa: E402

if __name__ == "__main__":
    sys.exit(runner.main())
