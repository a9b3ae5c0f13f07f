"""Runs the test modules of this folder and counts.

Each test has an id, `mount/MODULE.TEST` (test_posix.py's test_append is
`mount/posix.append`). Modules run in processes of their own, a few at a time;
a module with ALONE = True measures time and runs when nothing else does. A
test that takes longer than its limit is interrupted, and if it hangs in a
system call its engines are ended, which frees it.
"""

import argparse
import importlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unittest

import harness
import processes
import switches

HERE = pathlib.Path(__file__).resolve().parent
TEST_SECONDS = 60
MODULE_SECONDS = 600


def module_names():
    return sorted(path.stem for path in HERE.glob("test_*.py"))


def identify(test):
    """The id of a unittest test."""
    method = test.id().split(".")[-1]
    module = type(test).__module__
    return "mount/{}.{}".format(module.removeprefix("test_"),
                                method.removeprefix("test_"))


def tests_of(module):
    """The tests of a module in order, as (class, [tests])."""
    loaded = importlib.import_module(module)
    groups = []
    for name in dir(loaded):
        kind = getattr(loaded, name)
        if isinstance(kind, type) and issubclass(kind, unittest.TestCase) \
                and kind.__module__ == module:
            tests = [kind(method) for method in
                     unittest.defaultTestLoader.getTestCaseNames(kind)]
            if tests:
                groups.append((kind, tests))
    return groups


class TooLong(Exception):
    """The test's time is over."""


class Watch:
    """Interrupts a test at its limit; frees one that hangs in the kernel."""

    def __init__(self, test, seconds):
        self.test = test
        self.seconds = seconds

    def __enter__(self):
        def ring(_number, _frame):
            raise TooLong(f"took longer than {self.seconds} s")
        signal.signal(signal.SIGALRM, ring)
        signal.alarm(self.seconds)
        self.last = threading.Timer(self.seconds + 10, self.free)
        self.last.daemon = True
        self.last.start()

    def __exit__(self, *_):
        signal.alarm(0)
        self.last.cancel()

    def free(self):
        box = getattr(self.test, "box", None)
        if box:
            box.abandon()


def run_step(test, seconds, step):
    """Runs `step`; None, or ("left out" | "skipped" | "failed", text)."""
    try:
        with Watch(test, seconds):
            step()
    except harness.LeftOut as reason:
        return "left out", str(reason)
    except unittest.SkipTest as reason:
        return "skipped", str(reason)
    except BaseException as error:  # pylint: disable=broad-except
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        return "failed", traceback.format_exc()
    return None


def run_test(test):
    method = getattr(test, test._testMethodName)
    seconds = getattr(method, "seconds", TEST_SECONDS)

    def body():
        test.setUp()
        try:
            method()
        finally:
            test.tearDown()
            test.doCleanups()
    return run_step(test, seconds, body)


def tell(**fields):
    print("\x1e" + json.dumps(fields), flush=True)


def run_group(kind, tests):
    begun = run_step(kind, TEST_SECONDS, kind.setUpClass)
    for test in tests:
        start = time.monotonic()
        outcome = begun or run_test(test)
        if begun and test is not tests[0]:
            outcome = (begun[0], "its class could not be set up, see above")
        tell(id=identify(test), outcome=outcome[0] if outcome else "passed",
             text=outcome[1] if outcome else "",
             seconds=time.monotonic() - start)
    # Also after a set-up that failed half way: it may have mounted already.
    ended = run_step(kind, TEST_SECONDS, kind.tearDownClass)
    if ended and not begun:
        tell(id=f"mount/{kind.__module__.removeprefix('test_')}.the_end",
             outcome=ended[0], text=ended[1], seconds=0)


def work(module, matches):
    """In the module's own process."""
    for kind, tests in tests_of(module):
        chosen = [test for test in tests if matching(identify(test), matches)]
        if chosen:
            run_group(kind, chosen)


def matching(name, matches):
    return not matches or any(re.search(match, name) for match in matches)


class Tally:
    """Counts outcomes as the modules tell them, and shows them."""

    def __init__(self, verbose):
        self.counts = dict.fromkeys(
            ("passed", "failed", "skipped", "left out"), 0)
        self.verbose = verbose
        self.workers = []
        self.lock = threading.Lock()

    def add(self, name, outcome, text="", seconds=0.0):
        with self.lock:
            self.counts[outcome] += 1
            if outcome == "failed":
                print(f"FAILED {name}\n{text.rstrip()}\n")
            elif outcome == "skipped":
                print(f"skipped {name}: {text}")
            elif outcome == "left out":
                print(f"SKIPPED {name}: {text}")
            elif self.verbose or seconds > 20:
                print(f"passed {name} ({seconds:.1f} s)")
            sys.stdout.flush()


def run_module(module, base, matches, tally):
    """Starts a module's process and reads what it tells."""
    started = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, str(HERE / "run.py"), "--worker", module,
         "--base", str(base), *matches],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace",
        start_new_session=True)
    tally.workers.append(process)
    limit = threading.Timer(MODULE_SECONDS, process.terminate)
    limit.start()
    loose = []
    try:
        for line in process.stdout:
            if "\x1e" in line:
                fields = json.loads(line.split("\x1e", 1)[1])
                tally.add(fields["id"], fields["outcome"], fields["text"],
                          fields["seconds"])
            else:
                loose.append(line)
                if line.startswith("note: "):
                    print(line, end="", flush=True)
        code = process.wait(60)
    finally:
        limit.cancel()
        if process.poll() is None:
            process.kill()
    if code:
        tally.add(f"mount/{module.removeprefix('test_')}", "failed",
                  f"ended with {code} after {time.monotonic() - started:.0f} s"
                  f"\n{''.join(loose[-40:])}")


def run_modules(modules, base, matches, jobs, tally):
    waiting = list(modules)
    lock = threading.Lock()

    def take():
        while True:
            with lock:
                if not waiting:
                    return
                module = waiting.pop(0)
            run_module(module, base, matches, tally)
    threads = [threading.Thread(target=take, daemon=True) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def chosen_modules(matches):
    """(those that share the machine, those that run alone)."""
    shared, alone = [], []
    names = {}
    for module in module_names():
        tests = [identify(test) for _, group in tests_of(module)
                 for test in group]
        for name in tests:
            if name in names:
                raise SystemExit(f"two tests are called {name}")
            names[name] = module
        if any(matching(name, matches) for name in tests):
            loaded = sys.modules[module]
            (alone if getattr(loaded, "ALONE", False) else shared).append(
                module)
    return shared, alone, names


def why_not():
    """Why no mount is possible here, in one sentence, or None."""
    check = processes.REPOSITORY / "tools/check_fuse.sh"
    done = subprocess.run([str(check)], capture_output=True, text=True,
                          timeout=30, check=False)
    if done.returncode:
        return done.stderr.strip()
    program = processes.wsfs_program()
    if not os.access(program, os.X_OK):
        return f"There is no program {program}: ./dev build makes it."
    return None


def sweep(base):
    """Whatever a module's process could not undo itself."""
    for pid in processes.pids_naming(base):
        os.kill(pid, signal.SIGKILL)
    for path in processes.mounts_below(base):
        processes.detach(path)
    if not os.environ.get("WSFS_KEEP"):
        shutil.rmtree(base, ignore_errors=True)


def options():
    parser = argparse.ArgumentParser(description="the mount tests")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--match", nargs="*", default=[])
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--worker")
    parser.add_argument("--base")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("-v", "--verbose", action="store_true")
    return parser.parse_args()


def main():
    given = options()
    matches = given.names + given.match
    if given.worker:
        os.environ["WSFS_TEST_BASE"] = given.base
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        work(given.worker, matches)
        return 0
    shared, alone, names = chosen_modules(matches)
    if given.list:
        print("\n".join(sorted(names)))
        return 0
    reason = why_not()
    if reason:
        return cannot_run(reason, names, matches)
    return run_all(given, shared, alone, matches)


def cannot_run(reason, names, matches):
    """A person sees one sentence; CI fails, for nothing was tested."""
    count = sum(matching(name, matches) for name in names)
    print(f"SKIPPED mount: {reason}")
    if os.environ.get("CI") == "true":
        print(f"0 passed, {count} failed")
        return 1
    print(f"0 passed, 0 failed, {count} skipped")
    return 0


def run_all(given, shared, alone, matches):
    parent = processes.REPOSITORY / "build"
    parent.mkdir(exist_ok=True)
    base = pathlib.Path(os.environ.get("WSFS_TEST_FOLDER") or
                        tempfile.mkdtemp(prefix="mnt-", dir=parent))
    base.mkdir(exist_ok=True)
    if switches.chosen():
        print("The service's switches: " + ", ".join(
            f"{name}={value}" for name, value in switches.chosen().items()),
            flush=True)
    tally = Tally(given.verbose)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        run_modules(shared, base, matches, given.jobs, tally)
        run_modules(alone, base, matches, 1, tally)
    except KeyboardInterrupt:
        print("interrupted")
        tally.counts["failed"] += 1
    finally:
        for worker in tally.workers:
            if worker.poll() is None:
                worker.kill()
        sweep(base)
    counts = tally.counts
    line = f"{counts['passed']} passed, {counts['failed']} failed"
    if counts["skipped"]:
        line += f", {counts['skipped']} skipped"
        if os.environ.get("CI") == "true":
            print("skipped tests count as failed in CI")
            line = (f"{counts['passed']} passed, "
                    f"{counts['failed'] + counts['skipped']} failed")
            counts["failed"] += counts["skipped"]
    print(line)
    return 1 if counts["failed"] else 0
