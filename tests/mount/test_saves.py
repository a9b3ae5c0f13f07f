"""Every recorded save keeps the object and is one upload (sequences/)."""

import errno
import json
import os

import switches
from harness import Mounted, limit, needs, notebook_of
from replay import Player, decode, sequences


class RecordedSaves(Mounted):
    """One test a file of sequences/; the methods are added below."""

    def remote_name(self, name, content):
        notebook = notebook_of(name, content)
        return notebook[0] if notebook else name

    def play(self, sequence):
        at = self.remote_name(sequence.target, sequence.old)
        self.before = self.object_id(at)
        self.existing = self.remote_names()
        with self.calls() as calls:
            Player(sequence, self.dir).play()
            self.sync()
        self.all_calls = calls
        return at

    def check_save(self, sequence):
        at = self.play(sequence)

        self.assertEqual(self.read(sequence.target), sequence.new)
        self.assertEqual(self.remote_content(at), sequence.new)
        self.is_object(at, self.before)
        self.only_import_is_of(at)
        self.assertEqual(self.remote_names(), self.existing)

    def only_import_is_of(self, at):
        """Nothing else is written, so no temp name was ever there."""
        self.assertEqual([(call.name, call.object)
                          for call in self.all_calls.writes],
                         [("import", self.remote(at))])

    def check_nothing(self, sequence):
        at = self.play(sequence)

        self.assertEqual(self.all_calls.writes, [])
        self.assertEqual(self.read(sequence.target), sequence.old)
        self.is_object(at, self.before)
        self.assertEqual(self.remote_names(), self.existing)

    def check_create(self, sequence):
        at = self.play(sequence)
        words = sequence.expected
        content = decode(words[2]) if len(words) > 2 else sequence.new

        self.assertEqual(self.read(sequence.target), content)
        self.assertEqual(self.remote_content(at), content)
        self.only_import_is_of(at)
        self.assertEqual(self.remote_names(), sorted([*self.existing, at]))

    def check_move(self, sequence):
        self.play(sequence)
        _, old, new = sequence.expected

        self.is_object(new, self.before, was=old)
        self.assertEqual([call.name for call in self.all_calls.writes],
                         ["rename"])


def add_test(sequence):
    @limit(90)
    def test(self):
        getattr(self, "check_" + sequence.expected[0])(sequence)
    test.given = sequence.files
    test.__doc__ = f"The save of {sequence.name}."
    setattr(RecordedSaves, f"test_{sequence.name}", test)


for one in sequences():
    add_test(one)

OLD = b"# Databricks notebook source\nprint('old')\n"
NEW = b"# Databricks notebook source\nprint('new')\n"


class RealTools(Mounted):
    """The programs themselves, where they are installed."""

    def check(self, *command, seconds=50):
        before = self.object_id("nb")
        with self.calls() as calls:
            self.run_in(*command, seconds=seconds)
            self.sync()

        self.assertEqual(self.read("nb.py"), NEW)
        self.assertEqual(self.remote_content("nb"), NEW)
        self.is_object("nb", before)
        self.assertEqual([call.name for call in calls.writes], ["import"])
        self.assertEqual(self.remote_names(), ["nb"])

    # /tmp stands in backupskip: a work folder below it would change the test.
    VIM = ("-N", "-u", "NONE", "-es", "-c", "set backupskip= writebackup")

    @needs("vim")
    def test_real_vim(self):
        self.check("vim", *self.VIM, "-c", "set backupcopy=auto fsync",
                   "-c", "%s/old/new/", "-c", "wq", "nb.py")

    @needs("vim")
    def test_real_vim_with_swap_and_backup_by_rename(self):
        self.check("vim", *self.VIM, "-c", "set backupcopy=no swapfile",
                   "-c", "%s/old/new/", "-c", "wq", "nb.py")

    @needs("nvim")
    def test_real_neovim(self):
        self.check("nvim", "--headless", *self.VIM[:3], "-c",
                   "set backupskip= writebackup", "-c", "%s/old/new/",
                   "-c", "wq", "nb.py")

    @needs("emacs")
    def test_real_emacs(self):
        self.check("emacs", "-Q", "--batch", "nb.py", "--eval",
                   "(progn (setq make-backup-files t) (while (search-forward"
                   ' "old" nil t) (replace-match "new")) (save-buffer))')

    def test_real_sed(self):
        self.check("sed", "-i", "s/old/new/", "nb.py")

    @needs("perl")
    def test_real_perl(self):
        self.check("perl", "-i", "-pe", "s/old/new/", "nb.py")

    @needs("rsync")
    def test_real_rsync(self):
        source = self.box.path / "rsync-source"
        source.mkdir()
        (source / "nb.py").write_bytes(NEW)
        self.check("rsync", "-a", "--checksum", f"{source}/", "./")

    def test_real_cp_over(self):
        source = self.box.path / "cp-source.py"
        source.write_bytes(NEW)
        self.check("cp", str(source), "nb.py")

    def test_real_mv_over(self):
        source = self.box.path / "mv-source.py"
        source.write_bytes(NEW)
        self.check("mv", str(source), "nb.py")

    def test_real_redirection(self):
        text = NEW.decode().replace("\n", "\\n").replace("'", "'\\''")
        self.check("bash", "-c", f"printf '{text}' > nb.py")

    def test_real_python_write_text(self):
        self.check("python3", "-c",
                   "import pathlib; p = pathlib.Path('nb.py');"
                   "p.write_text(p.read_text().replace('old', 'new'))")

    def test_real_ed_patch(self):
        self.check("bash", "-c",
                   "sed s/old/new/ nb.py > nb.py.new && mv nb.py.new nb.py")


for name in dir(RealTools):
    if name.startswith("test_"):
        getattr(RealTools, name).given = {"nb.py": OLD}


def jupyter(*sources):
    """A notebook in Jupyter's form, as an editor writes it."""
    return json.dumps({
        "cells": [{"cell_type": "code", "execution_count": None, "id": f"c{n}",
                   "metadata": {}, "outputs": [], "source": [source]}
                  for n, source in enumerate(sources)],
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()


class Jupyter(Mounted):
    """Notebooks whose native form is .ipynb."""

    def cells(self, name):
        book = json.loads(self.service.content(self.remote(name), "JUPYTER"))
        return ["".join(cell["source"]) for cell in book["cells"]]

    def test_new_ipynb_is_a_notebook(self):
        content = jupyter("print(1)")
        self.write("book.ipynb", content)
        self.sync()

        found = self.service.status(self.remote("book"))
        self.assertEqual(found["object_type"], "NOTEBOOK")
        if switches.value("export-info") == "yes":
            self.assertEqual(found["repos_export_format"], "JUPYTER")
        self.assertEqual(self.cells("book"), ["print(1)"])
        self.assertEqual(self.names(), ["book.ipynb"])
        self.assertEqual(self.read("book.ipynb"), content)

    def test_ipynb_saved_twice_comes_to_rest(self):
        self.write("book.ipynb", jupyter("print(1)"))
        self.sync()
        before = self.object_id("book")
        with self.calls() as calls:
            for number in (2, 3):
                self.write("book.ipynb", jupyter(f"print({number})"))
                self.sync()

        self.assertEqual(len(calls.of("import")), 2, calls)
        self.is_object("book", before)
        self.assertEqual(self.cells("book"), ["print(3)"])
        with self.calls() as calls:
            self.sync()
        self.assertEqual(calls.writes, [])

    def test_broken_ipynb_is_a_file(self):
        self.write("broken.ipynb", b"{ no notebook")
        if switches.value("raw") == "refused":
            self.kept_and_told("broken.ipynb", b"{ no notebook")
            self.assertEqual(self.remote_names(), [])
            return
        self.sync()
        self.assertEqual(
            self.service.status(self.remote("broken.ipynb"))["object_type"],
            "FILE")


class NotebookKinds(Mounted):
    """What a new file becomes is decided by its content."""

    def kind(self, name):
        found = self.service.status(self.remote(name))
        return found and (found["object_type"], found.get("language"))

    def test_header_makes_a_notebook(self):
        self.write("a.py", b"# Databricks notebook source\nprint(1)\n")
        self.write("b.sql", b"-- Databricks notebook source\nselect 1\n")
        self.write("c.scala", b"// Databricks notebook source\nval a = 1\n")
        self.write("d.r", b"# Databricks notebook source\na <- 1\n")
        self.sync()

        self.assertEqual(self.remote_names(), ["a", "b", "c", "d"])
        self.assertEqual(self.kind("a"), ("NOTEBOOK", "PYTHON"))
        self.assertEqual(self.kind("b"), ("NOTEBOOK", "SQL"))
        self.assertEqual(self.kind("c"), ("NOTEBOOK", "SCALA"))
        self.assertEqual(self.kind("d"), ("NOTEBOOK", "R"))
        self.assertEqual(self.names(), ["a.py", "b.sql", "c.scala", "d.r"])

    def test_no_header_makes_a_file(self):
        for name in ("a.py", "b.sql", "c.scala", "d.r"):
            self.write(name, b"x = 1\n")
        self.sync()

        self.assertEqual(self.remote_names(),
                         ["a.py", "b.sql", "c.scala", "d.r"])
        for name in ("a.py", "b.sql", "c.scala", "d.r"):
            self.assertEqual(self.kind(name)[0], "FILE")

    def test_empty_file_takes_its_kind_from_its_first_content(self):
        self.path("later.py").touch()
        self.sync()
        self.assertEqual(self.kind("later.py")[0], "FILE")

        self.write("later.py", b"# Databricks notebook source\n1\n")
        self.sync()

        self.assertEqual(self.remote_names(), ["later"])
        self.assertEqual(self.kind("later"), ("NOTEBOOK", "PYTHON"))
        self.assertEqual(self.names(), ["later.py"])

    def test_file_stays_a_file_when_it_gets_the_header(self):
        self.write("m.py", b"x = 1\n")
        self.sync()
        before = self.object_id("m.py")

        if switches.value("raw") == "refused":
            self.refuses(errno.EINVAL, self.write, "m.py", OLD)
            self.assertEqual(self.remote_content("m.py"), b"x = 1\n")
            self.kept_and_told("m.py", OLD)
            return
        self.write("m.py", OLD)
        self.sync()

        self.assertEqual(self.object_id("m.py"), before)
        self.assertEqual(self.kind("m.py")[0], "FILE")

    def test_notebook_shows_with_extension_and_exact_size(self):
        self.assertEqual(self.names(), ["n.py", "q.sql"])
        for name in self.names():
            size = os.stat(self.path(name)).st_size
            self.assertEqual(size, len(self.read(name)))

    test_notebook_shows_with_extension_and_exact_size.given = {
        "n.py": b"# Databricks notebook source\nprint('\xc3\xa9')\n",
        "q.sql": b"-- Databricks notebook source\nselect 1"}

    def test_notebook_name_beside_is_taken(self):
        """`n` cannot be made beside notebook `n.py`: it is the same name.

        Without O_EXCL an open of `n` is an open of the notebook.
        """
        self.refuses(17, self.write, "n", b"x", os.O_EXCL)
        self.refuses(17, os.mkdir, self.path("n"))
        self.assertEqual(self.read("n"), self.read("n.py"))

    test_notebook_name_beside_is_taken.given = {
        "n.py": b"# Databricks notebook source\n1\n"}
