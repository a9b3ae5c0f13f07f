"""The programs under test: a local workspace and mounts of it.

A Box is a folder that holds everything of one test class: stores, logs, the
mount points. Closing it unmounts, ends the processes it started (by pid) and
removes the folder, also after a failure. Nothing else is ever ended.
"""

import errno
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import switches
from service import Service

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TOKEN = "dapi-test-0123456789abcdef"
READY_SECONDS = 40


def wsfs_program():
    return os.environ.get("WSFS") or str(REPOSITORY / "build/dev/wsfs")


def prefix():
    """TSan's runtime needs an address space without randomisation."""
    if os.environ.get("WSFS_SETARCH"):
        return ["setarch", os.uname().machine, "-R"]
    return []


def mounts_below(folder):
    """Mount points at or below `folder`, the innermost first."""
    folder = str(folder)
    found = []
    with open("/proc/self/mounts", encoding="utf-8") as table:
        for line in table:
            path = re.sub(r"\\([0-7]{3})",
                          lambda match: chr(int(match.group(1), 8)),
                          line.split()[1])
            if path == folder or path.startswith(folder + "/"):
                found.append(path)
    return sorted(found, key=len, reverse=True)


def detach(path):
    """Unmounts whatever happens: the server may be dead or stuck."""
    for command in (["fusermount3", "-u", "-z", path], ["umount", "-l", path]):
        try:
            done = subprocess.run(command, timeout=10, check=False,
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        except (subprocess.TimeoutExpired, FileNotFoundError):
            continue
        if done.returncode == 0:
            return


def pids_naming(folder):
    """Processes whose command line names `folder`: engines in background."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if b"wsfs" in os.path.basename(words[0]) and any(
                os.fsencode(str(folder)) in word for word in words):
            found.append(int(entry))
    return found


def sanitizer_says(text):
    """The first line by which a sanitizer reports an error, if any."""
    for line in text.splitlines():
        if "ERROR: AddressSanitizer" in line or "runtime error:" in line \
                or "ERROR: LeakSanitizer" in line \
                or "WARNING: ThreadSanitizer" in line:
            return line.strip()
    return None


class Program:
    """One started process, its output in a file."""

    def __init__(self, arguments, log, environment, **options):
        self.log = pathlib.Path(log)
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(
                prefix() + [str(word) for word in arguments],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=environment, start_new_session=True, **options)
        self.pid = self.process.pid

    def text(self):
        return self.log.read_text(errors="replace")

    def running(self):
        return self.process.poll() is None

    def end(self, number=signal.SIGTERM, seconds=15):
        """Signals, and once more, then kills. The exit code."""
        for last in (False, True):
            if not self.running():
                break
            self.process.send_signal(number)
            self.process.send_signal(signal.SIGCONT)
            try:
                self.process.wait(seconds / 2)
            except subprocess.TimeoutExpired:
                if last:
                    self.kill()
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.process.wait(10)


class Server(Program):
    """`wsfs serve` on a free port of the loopback interface."""

    def __init__(self, box, *arguments, data=":memory:", port=0):
        self.request_log = box.path / f"requests-{box.next_number()}.log"
        self.request_log.touch()
        super().__init__(
            [wsfs_program(), "serve", "--listen", f"127.0.0.1:{port}",
             "--data", data, "--token", TOKEN,
             "--request-log", self.request_log,
             *switches.arguments(), *arguments],
            box.path / f"serve-{box.next_number()}.log", box.environment())
        self.port = self.wait_for_port()
        self.host = f"http://127.0.0.1:{self.port}"
        self.service = Service(self.host, TOKEN, self.request_log)

    def wait_for_port(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            found = re.search(r"127\.0\.0\.1:([1-9]\d*)", self.text())
            if found and answers(int(found.group(1))):
                return int(found.group(1))
            if not self.running():
                break
            time.sleep(0.02)
        raise RuntimeError("wsfs serve did not start: " + self.text()[-2000:])


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


class Mount(Program):
    """`wsfs mount --foreground`: this process is the engine or waits for it."""

    def __init__(self, box, server, *arguments, remote="/", store=None,
                 folder=None, ready=True, token=TOKEN, settings=None):
        number = box.next_number()
        self.box = box
        self.path = pathlib.Path(folder or box.path / f"mount-{number}")
        self.store = pathlib.Path(store or box.path / "store")
        self.wsfs_log = box.path / f"wsfs-{number}.log"
        super().__init__(
            [wsfs_program(), "mount", "--foreground", "--store", self.store,
             *([] if "--log-level" in arguments else ["--log-level", "debug"]),
             "--log-file", self.wsfs_log, *arguments, remote, self.path],
            box.path / f"mount-{number}.out",
            {**box.environment(server, token), **(settings or {})})
        if ready:
            self.wait_until_ready()

    def wait_until_ready(self):
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            if str(self.path) in mounts_below(self.path):
                try:
                    os.listdir(self.path)
                    # A mount of a killed engine may be cleared meanwhile,
                    # and its empty folder be seen.
                    if os.path.ismount(self.path):
                        return
                except OSError as error:
                    # Of an engine that was killed, until it is cleared.
                    if error.errno != errno.ENOTCONN:
                        raise
            if not self.running():
                break
            time.sleep(0.02)
        raise RuntimeError("wsfs mount did not start: " + self.text()[-2000:])

    def wsfs(self, command, *arguments, seconds=60):
        """Runs `wsfs COMMAND DIR ARGUMENTS`; the finished process."""
        return self.box.wsfs(command, *arguments, self.path, seconds=seconds)

    def sync(self, seconds=30):
        """Waits until everything closed has been sent; the exit code."""
        return self.wsfs("sync", "--timeout", f"{seconds}s",
                         seconds=seconds + 30).returncode

    def unmount(self, *arguments, seconds=60):
        """`wsfs unmount`; waits for the foreground process to end as well."""
        done = self.wsfs("unmount", *arguments, seconds=seconds)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        return done

    def is_mounted(self):
        return str(self.path) in mounts_below(self.path)

    def memory_peak(self):
        """VmHWM of the engine in bytes."""
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


class Box:
    """The folder, the processes and the mounts of one test class."""

    def __init__(self, base, name):
        self.path = pathlib.Path(base) / name
        self.path.mkdir(parents=True)
        self.programs = []
        self.number = 0

    def next_number(self):
        self.number += 1
        return self.number

    def environment(self, server=None, token=TOKEN):
        """Nothing of the person's own: a home, XDG folders, credentials."""
        own = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
               "HOME": str(self.path / "home")}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            # To files: an engine in the background has no stderr.
            given = os.environ.get(name)
            own[name] = (f"{given}:" if given else "") + \
                f"log_path={self.path / 'sanitizer'}"
        for kind in ("data", "state", "cache", "config", "runtime"):
            folder = self.path / f"xdg-{kind}"
            folder.mkdir(mode=0o700, exist_ok=True)
            own["XDG_RUNTIME_DIR" if kind == "runtime" else
                f"XDG_{kind.upper()}_HOME"] = str(folder)
        (self.path / "home").mkdir(exist_ok=True)
        if server:
            own["DATABRICKS_HOST"] = server.host
            own["DATABRICKS_TOKEN"] = token
        return own

    def serve(self, *arguments, **options):
        self.programs.append(Server(self, *arguments, **options))
        return self.programs[-1]

    def mount(self, server, *arguments, **options):
        self.programs.append(Mount(self, server, *arguments, **options))
        return self.programs[-1]

    def wsfs(self, *arguments, seconds=60, server=None, settings=None):
        """Runs `wsfs ARGUMENTS` to its end, with these in its environment."""
        return subprocess.run(
            prefix() + [wsfs_program(), *[str(word) for word in arguments]],
            env={**self.environment(server), **(settings or {})},
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=seconds, check=False)

    def close(self):
        """Ends all, the last started first; what the sanitizers reported."""
        reports = []
        for program in reversed(self.programs):
            if isinstance(program, Mount):
                program.end(signal.SIGTERM, seconds=20)
                for path in mounts_below(program.path):
                    detach(path)
            else:
                program.end()
        for pid in pids_naming(self.path):
            os.kill(pid, signal.SIGKILL)
        for path in mounts_below(self.path):
            detach(path)
        for log in [*self.path.glob("*.log"), *self.path.glob("*.out"),
                    *self.path.glob("sanitizer.*")]:
            said = sanitizer_says(log.read_text(errors="replace"))
            if said:
                reports.append(f"{log.name}: {said}")
        if not reports and not os.environ.get("WSFS_KEEP"):
            shutil.rmtree(self.path, ignore_errors=True)
        return reports

    def abandon(self):
        """Frees whoever hangs in a mount of this box: the engines die."""
        for program in self.programs:
            if program.running():
                program.process.kill()
        for pid in pids_naming(self.path):
            os.kill(pid, signal.SIGKILL)
        for path in mounts_below(self.path):
            detach(path)
