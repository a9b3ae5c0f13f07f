"""A person at work, until the mount dies: `kill_writer.py FOLDER LOG SEED`.

Makes, saves, appends to, renames and removes files, notebooks and folders below
FOLDER, all of them its own, and writes into LOG, which is not on the mount, a
line before each call and one when it has returned:

    ["save", PATH, STAMP]        about to replace all of PATH
    ["append", PATH, STAMP]      about to add to its end
    ["rename", PATH, PATH]  ["unlink", PATH]  ["mkdir", PATH]  ["rmdir", PATH]
    ["fsynced"]                  what is written in this save so far is synced
    ["returned"]                 the call, or the close of the save, returned

What the folder holds at the start is read from it. It ends with the first call
that fails, which is how it learns that the engine is gone.
"""

import json
import os
import random
import sys

# No two notebooks of one folder may be called alike but for their extension.
STEMS = {".txt": "text", ".py": "python", ".sql": "query", ".bin": "data"}
EXTENSIONS = tuple(STEMS)
HEADERS = {".py": b"# Databricks notebook source\n",
           ".sql": b"-- Databricks notebook source\n"}
FILES = 8
FOLDERS = 3


def block_of(stamp):
    """What a save or an append with this stamp writes: "WRITER-NUMBER-SIZE"
    repeated, so that a part or a mixture can be told from the whole."""
    size = int(stamp.rsplit("-", 1)[1])
    line = f"{stamp}\n".encode()
    return (line * (size // len(line) + 1))[:size] + b".\n"


def content_of(path, stamps):
    """The file that was saved and appended to with these stamps."""
    plain = path.removesuffix("~").removesuffix(".tmp")
    header = HEADERS.get(os.path.splitext(plain)[1], b"")
    return header + b"".join(block_of(stamp) for stamp in stamps)


def fail(error):
    raise error


class Writer:
    def __init__(self, folder, log, seed):
        self.folder = folder
        self.name = os.path.basename(log)
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.chance = random.Random(seed)
        self.seed = seed
        self.count = 0
        self.files, self.folders = [], [""]
        for path, _, names in os.walk(folder, onerror=fail):
            below = os.path.relpath(path, folder)
            if below != ".":
                self.folders.append(below)
            self.files += [os.path.normpath(os.path.join(below, name))
                           for name in names]

    def tell(self, *words):
        os.write(self.log, json.dumps(words).encode() + b"\n")

    def stamp(self):
        self.count += 1
        small = self.chance.random() < 0.9
        size = self.chance.randrange(1, 4_000 if small else 200_000)
        return f"{self.name}-{self.seed}-{self.count}-{size}"

    def plain_files(self):
        """All but the remains of saves that were killed."""
        return [file for file in self.files if file.endswith(EXTENSIONS)]

    def free_name(self, extension):
        folder = self.chance.choice(self.folders)
        for number in range(100):
            path = os.path.join(folder,
                                f"{STEMS[extension]}{number}{extension}")
            if path not in self.files:
                return path
        raise RuntimeError("all names are taken")

    def run(self):
        while True:
            getattr(self, self.chance.choices(
                ("save", "make", "append", "rename", "unlink", "directory",
                 "dance"), (6, 4, 2, 3, 2, 2, 2))[0])()

    # A save of an existing file, and of a new one.

    def save(self):
        if self.files:
            self.save_as(self.chance.choice(self.files))

    def make(self):
        if len(self.files) < FILES:
            path = self.free_name(self.chance.choice(EXTENSIONS))
            self.save_as(path)
            self.files.append(path)

    def save_as(self, path):
        stamp = self.stamp()
        self.tell("save", path, stamp)
        self.write(path, os.O_CREAT | os.O_TRUNC, content_of(path, [stamp]))

    def append(self):
        if self.files:
            path = self.chance.choice(self.files)
            stamp = self.stamp()
            self.tell("append", path, stamp)
            self.write(path, os.O_APPEND, block_of(stamp))

    def write(self, path, flags, content):
        handle = os.open(os.path.join(self.folder, path),
                         os.O_WRONLY | flags, 0o644)
        middle = self.chance.randrange(len(content) + 1)
        for part in (content[:middle], content[middle:]):
            while part:
                part = part[os.write(handle, part):]
        if self.chance.random() < 0.2:
            os.fsync(handle)
            self.tell("fsynced")
        os.close(handle)
        self.tell("returned")

    # Names.

    def call(self, function, *paths):
        self.tell(function.__name__, *paths)
        function(*(os.path.join(self.folder, path) for path in paths))
        self.tell("returned")

    def rename(self):
        """A file to a new name, or over another of its kind; or a folder."""
        plain = self.plain_files()
        if self.chance.random() < 0.2 and len(self.folders) > 1:
            self.rename_folder()
        elif plain:
            old = self.chance.choice(plain)
            extension = os.path.splitext(old)[1]
            new = self.free_name(extension)
            same = [path for path in plain
                    if path != old and path.endswith(extension)]
            if same and self.chance.random() < 0.4:
                new = self.chance.choice(same)
            self.call(os.rename, old, new)
            self.files = [path for path in self.files
                          if path not in (old, new)] + [new]

    def rename_folder(self):
        old = self.chance.choice(self.folders[1:])
        new = f"d{self.chance.randrange(100)}"
        if new in self.folders:
            return
        self.call(os.rename, old, new)
        self.folders.remove(old)
        self.folders.append(new)
        self.files = [new + path[len(old):] if path.startswith(old + "/")
                      else path for path in self.files]

    def unlink(self):
        if self.files:
            path = self.chance.choice(self.files)
            self.call(os.unlink, path)
            self.files.remove(path)

    def directory(self):
        empty = [folder for folder in self.folders[1:]
                 if not any(path.startswith(folder + "/")
                            for path in self.files)]
        if empty and self.chance.random() < 0.5:
            folder = self.chance.choice(empty)
            self.call(os.rmdir, folder)
            self.folders.remove(folder)
        elif len(self.folders) <= FOLDERS:
            folder = f"d{self.chance.randrange(100)}"
            if folder not in self.folders:
                self.call(os.mkdir, folder)
                self.folders.append(folder)

    def dance(self):
        """As editors save: by a backup, or by a temp file."""
        plain = self.plain_files()
        if not plain:
            return
        path = self.chance.choice(plain)
        if self.chance.random() < 0.5:
            backup = path + "~"
            self.call(os.rename, path, backup)
            self.save_as(path)
            self.call(os.unlink, backup)
            gone = backup
        else:
            temp = path + ".tmp"
            stamp = self.stamp()
            self.tell("save", temp, stamp)
            self.write(temp, os.O_CREAT | os.O_TRUNC,
                       content_of(path, [stamp]))
            self.call(os.rename, temp, path)
            gone = temp
        # That of a save that was killed in an earlier life.
        self.files = [file for file in self.files if file != gone]


def main():
    try:
        Writer(sys.argv[1], sys.argv[2], int(sys.argv[3])).run()
    except OSError as error:
        # What a dead mount says: not connected, aborted, or an I/O error.
        sys.exit(error.errno)


if __name__ == "__main__":
    main()
