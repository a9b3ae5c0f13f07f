"""Replays the recorded saves of sequences/*.txt.

A line is a system call: its name, then words as in a shell. Paths are relative
to the test's folder. A line that begins with # is a comment.

    file NAME TEXT         the object at the service before the mount
    expect WHAT [NAME]     what must be so afterwards, see below
    open H PATH FLAGS [MODE]   H names the descriptor in later lines
    write H TEXT           TEXT may be NEW (the new content), NEW[:4], NEW[4:],
                           OLD, or ZERO*4096
    pwrite H OFFSET TEXT
    read H | fsync H | fdatasync H | close H | fstat H
    ftruncate H SIZE | fchmod H MODE | fchown H | futimens H
    rename A B | rename-noreplace A B | link A B | symlink TEXT PATH
    unlink P | mkdir P [MODE] | rmdir P | chmod P MODE | truncate P SIZE
    utimens P | copy A B (copy_file_range of A into the new file B)
    listdir P | stat P | missing P   (must be ENOENT)
    getxattr P NAME | setxattr P NAME
    wait MILLISECONDS      what the tool itself waits

A line may end in `! ERRNO`: it must fail with exactly that.

What may be expected of the name (the first `file` if none is given):

    save       same object, exactly one import, nothing else written, the new
               content, no other name ever at the service
    nothing    no call that writes at all
    create     one import, nothing else; content NEW, or the word after NAME
    move       A B: the object is at B with its id, one rename, no import
"""

import errno
import os
import pathlib
import shlex
import time

from syscalls import MINIMAL_ACL, RENAME_NOREPLACE, renameat2

FOLDER = pathlib.Path(__file__).resolve().parent / "sequences"


class Sequence:
    """A parsed file."""

    def __init__(self, path):
        self.name = path.stem
        self.files = {}
        self.steps = []
        self.expected = []
        for number, line in enumerate(path.read_text().splitlines(), 1):
            words = shlex.split(line) if not line.startswith("#") else []
            if not words:
                continue
            if words[0] == "file":
                self.files[words[1]] = decode(words[2])
            elif words[0] == "expect":
                self.expected = words[1:]
            else:
                self.steps.append((f"{path.name}:{number}: {line}", words))
        self.target = (self.expected[1:] or list(self.files) or [""])[0]
        self.old = self.files.get(self.target, b"")
        self.new = self.old + b"# a new line at the end\nprint('saved')\n"


def decode(text):
    return text.encode().decode("unicode_escape").encode()


class Player:
    """Makes the system calls of a sequence in a folder."""

    def __init__(self, sequence, folder):
        self.sequence = sequence
        self.folder = pathlib.Path(folder)
        self.handles = {}

    def play(self):
        try:
            for line, words in self.sequence.steps:
                self.step(line, words)
        finally:
            for handle in self.handles.values():
                os.close(handle)

    def step(self, line, words):
        wanted = None
        if "!" in words:
            at = words.index("!")
            wanted = words[at + 1]
            words = words[:at]
        name = words[0].replace("-", "_")
        try:
            getattr(self, "do_" + name)(*words[1:])
        except OSError as error:
            if wanted is None or error.errno != getattr(errno, wanted):
                raise AssertionError(f"{line}: {error}") from error
            return
        if wanted:
            raise AssertionError(f"{line}: succeeded")

    def at(self, name):
        return self.folder / name

    def text(self, word):
        if word.startswith("ZERO*"):
            return bytes(int(word[5:]))
        base, _, part = word.partition("[")
        content = {"NEW": self.sequence.new,
                   "OLD": self.sequence.old}.get(base)
        if content is None:
            return decode(word)
        if not part:
            return content
        begin, _, end = part.rstrip("]").partition(":")
        return content[int(begin or 0):int(end) if end else None]

    def do_open(self, handle, path, flags, mode="0644"):
        bits = 0
        for flag in flags.split("|"):
            bits |= getattr(os, flag)
        self.handles[handle] = os.open(self.at(path), bits, int(mode, 8))

    def do_close(self, handle):
        os.close(self.handles.pop(handle))

    def do_write(self, handle, word):
        content = self.text(word)
        assert os.write(self.handles[handle], content) == len(content)

    def do_pwrite(self, handle, offset, word):
        os.pwrite(self.handles[handle], self.text(word), int(offset))

    def do_read(self, handle):
        while os.read(self.handles[handle], 1 << 16):
            pass

    def do_fsync(self, handle):
        os.fsync(self.handles[handle])

    def do_fdatasync(self, handle):
        os.fdatasync(self.handles[handle])

    def do_fstat(self, handle):
        os.fstat(self.handles[handle])

    def do_ftruncate(self, handle, size):
        os.ftruncate(self.handles[handle], int(size))

    def do_fchmod(self, handle, mode):
        os.fchmod(self.handles[handle], int(mode, 8))

    def do_fchown(self, handle):
        os.fchown(self.handles[handle], os.getuid(), os.getgid())

    def do_futimens(self, handle):
        os.utime(self.handles[handle], (1_600_000_000, 1_600_000_000))

    def do_rename(self, old, new):
        os.rename(self.at(old), self.at(new))

    def do_rename_noreplace(self, old, new):
        renameat2(self.at(old), self.at(new), RENAME_NOREPLACE)

    def do_link(self, old, new):
        os.link(self.at(old), self.at(new))

    def do_symlink(self, text, path):
        os.symlink(text, self.at(path))

    def do_unlink(self, path):
        os.unlink(self.at(path))

    def do_mkdir(self, path, mode="0755"):
        os.mkdir(self.at(path), int(mode, 8))

    def do_rmdir(self, path):
        os.rmdir(self.at(path))

    def do_chmod(self, path, mode):
        os.chmod(self.at(path), int(mode, 8))

    def do_truncate(self, path, size):
        os.truncate(self.at(path), int(size))

    def do_utimens(self, path):
        os.utime(self.at(path), None)

    def do_copy(self, old, new):
        source = os.open(self.at(old), os.O_RDONLY)
        target = os.open(self.at(new), os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            while os.copy_file_range(source, target, 1 << 20):
                pass
        finally:
            os.close(source)
            os.close(target)

    def do_listdir(self, path):
        os.listdir(self.at(path))

    def do_stat(self, path):
        os.stat(self.at(path))

    def do_missing(self, path):
        assert not os.path.lexists(self.at(path)), f"{path} exists"

    def do_getxattr(self, path, name):
        os.getxattr(self.at(path), name)

    def do_setxattr(self, path, name):
        os.setxattr(self.at(path), name, MINIMAL_ACL)

    def do_wait(self, milliseconds):
        time.sleep(int(milliseconds) / 1000)


def sequences():
    return [Sequence(path) for path in sorted(FOLDER.glob("*.txt"))]
