"""A notebook under its other names (docs/semantics.md, "Views")."""

import errno
import json
import os
import shutil
import tempfile

import switches
from harness import Mounted, given, needs

SOURCE = (b"# Databricks notebook source\none = 1\n\n# COMMAND ----------\n\n"
          b"# MAGIC %md hello\n\n# COMMAND ----------\n\ntwo = 2\n")

RUN = json.dumps({
    "cells": [{"cell_type": "code", "id": f"id{number}",
               "execution_count": number, "metadata": {"seen": number},
               "outputs": [{"name": "stdout", "output_type": "stream",
                            "text": [f"result {number}\n"]}],
               "source": [f"n{number} = {number}"]} for number in (1, 2)],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4, "nbformat_minor": 5}, indent=1).encode()

ED = """
import os, sys
path, before, after = sys.argv[1:]
text = open(path).read()
assert before in text, text
handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
os.write(handle, text.replace(before, after).encode())
os.close(handle)
"""


class Views(Mounted):
    def edit(self, name, before, after):
        """As VS Code saves: read, later emptied and written in place."""
        self.run_in("python3", "-c", ED, name, before, after)

    def saved(self, name="nb"):
        self.sync()
        return self.service.content(self.remote(name))

    def put_ipynb(self):
        self.service.put(self.remote("nb"), RUN, "JUPYTER")

    @given({"nb.py": SOURCE})
    def test_views_are_read_by_name_and_not_listed(self):
        book = json.loads(self.read("nb.ipynb"))
        self.assertEqual(["".join(cell["source"]) for cell in book["cells"]],
                         ["one = 1", "hello", "two = 2"])
        self.assertIn(b"# %%", self.read("nb.percent.py"))
        self.assertIn(b"```python\none = 1\n```", self.read("nb.md"))
        self.assertIn(b"<html", self.read("nb.html").lower())
        self.assertEqual(self.names(), ["nb.py"])
        for name in ("nb.ipynb", "nb.percent.py", "nb.md", "nb.html"):
            self.assertEqual(os.stat(self.path(name)).st_size,
                             len(self.read(name)))

    @given({"nb.py": SOURCE})
    def test_views_save_in_the_native_format(self):
        before = self.object_id("nb")
        with self.calls() as calls:
            self.edit("nb.ipynb", "one = 1", "one = 11")
            self.sync()
        self.assertEqual(len(calls.writes), 1, calls)
        self.assertEqual(self.saved(), SOURCE.replace(b"one = 1", b"one = 11"))
        self.edit("nb.percent.py", "two = 2", "two = 22")
        self.assertEqual(self.saved(), SOURCE.replace(
            b"one = 1", b"one = 11").replace(b"two = 2", b"two = 22"))
        self.assertEqual(self.read("nb.py"), self.saved())
        self.is_object("nb", before)
        self.assertEqual(self.names(), ["nb.py"])

    def test_views_of_an_ipynb_keep_its_outputs(self):
        self.put_ipynb()
        before = self.object_id("nb")
        # Listed by its language, until its first read tells the format.
        self.edit("nb.py", "n2 = 2", "n2 = 22")
        self.sync()
        self.assertEqual(self.names(), ["nb.ipynb"])
        book = json.loads(self.service.content(self.remote("nb"), "JUPYTER"))
        self.assertEqual(
            [["".join(cell["source"]), cell["outputs"][0]["text"],
              cell["metadata"]["seen"]] for cell in book["cells"]],
            [["n1 = 1", ["result 1\n"], 1], ["n2 = 22", ["result 2\n"], 2]])
        self.is_object("nb", before)

    @needs("vim")
    @given({"nb.py": SOURCE})
    def test_views_are_edited_with_vim(self):
        self.run_in("vim", "-es", "-u", "NONE", "-c", "%s/one = 1/one = 11/",
                    "-c", "wq", "nb.percent.py")
        self.assertEqual(self.saved(), SOURCE.replace(b"one = 1", b"one = 11"))
        self.assertEqual(self.names(), ["nb.py"])
        self.assertEqual(self.remote_names(), ["nb"])

    @given({"nb.py": SOURCE})
    def test_views_are_saved_by_rename(self):
        for old, new in ((b"1", b"12"), (b"12", b"123")):
            self.run_in("sed", "-i", f"s/one = {old.decode()}$/"
                        f"one = {new.decode()}/", "nb.percent.py")
            self.assertEqual(self.saved(), SOURCE.replace(b"one = 1",
                                                          b"one = " + new))
            self.assertIn(b"one = " + new, self.read("nb.percent.py"))
        self.assertEqual(self.names(), ["nb.py"])
        self.assertEqual(self.remote_names(), ["nb"])

    @given({"nb.py": SOURCE})
    def test_views_give_way_to_files_of_their_name(self):
        # Who has not read a view and writes its name writes a file.
        self.write("nb.md", b"# about\n")
        self.write("nb.percent.py", b"x = 1\n")
        self.assertEqual(self.read("nb.md"), b"# about\n")
        self.assertEqual(self.saved(), SOURCE)
        self.assertEqual(self.names(), ["nb.md", "nb.percent.py", "nb.py"])
        self.assertEqual(self.remote_names(), ["nb", "nb.md", "nb.percent.py"])

    @needs("git", "tar")
    def test_views_do_not_disturb_a_clone(self):
        files = {"etl.py": SOURCE, "etl.md": b"# etl\n",
                 "etl.percent.py": b"# %%\n1\n"}
        if switches.value("raw") != "refused":
            files["etl.html"] = b"<p>"  # AUTO would make a notebook of it.
        with tempfile.TemporaryDirectory(dir=self.box.path) as origin:
            for name, content in files.items():
                with open(os.path.join(origin, name), "wb") as file:
                    file.write(content)
            self.run_in("git", "init", "-q", "-b", "main", cwd=origin)
            self.run_in("git", "add", "-A", cwd=origin)
            self.run_in("git", "commit", "-qm", "one", cwd=origin)
            self.run_in("git", "clone", "-q", origin, "clone")
            shutil.rmtree(os.path.join(origin, ".git"))
            os.mkdir(self.path("copy"))
            self.shell(f"tar -C '{origin}' -cf - . | tar -C copy -xf -")
            self.run_in("cp", "-r", origin, "copied")
        self.assertEqual(self.run_in("git", "status", "--porcelain",
                                     cwd=self.path("clone")), "")
        self.sync()
        for folder in ("clone", "copy", "copied"):
            for name, content in files.items():
                self.assertEqual(self.read(f"{folder}/{name}"), content, name)
            self.assertEqual(self.saved(f"{folder}/etl"), SOURCE)

    @given({"nb.py": SOURCE})
    def test_views_are_removed_and_moved_as_names(self):
        self.read("nb.ipynb")
        self.run_in("mv", "nb.ipynb", "kept.ipynb")
        self.assertEqual(len(json.loads(self.read("kept.ipynb"))["cells"]), 3)
        self.assertFalse(os.path.exists(self.path("nb.ipynb")))
        self.assertEqual(self.saved(), SOURCE)
        self.assertEqual(self.names(), ["kept.ipynb", "nb.py"])

    @given({"nb.py": SOURCE})
    def test_views_go_with_their_notebook(self):
        self.assertTrue(json.loads(self.read("nb.ipynb")))
        os.rename(self.path("nb.py"), self.path("old.py"))
        self.assertFalse(os.path.exists(self.path("nb.ipynb")))
        self.assertFalse(os.path.exists(self.path("nb")))
        self.edit("old.ipynb", "one = 1", "one = 11")
        self.assertEqual(self.saved("old"),
                         SOURCE.replace(b"one = 1", b"one = 11"))

    @given({"nb.py": SOURCE})
    def test_views_names_can_be_their_notebooks(self):
        self.read("nb.percent.py")
        self.run_in("mv", "nb.py", "nb.percent.py")
        self.sync()
        self.assertEqual(self.names(), ["nb.percent.py"])
        self.assertEqual(self.read("nb.percent.py"), SOURCE)
        self.assertEqual(len(self.remote_names()), 1)

    @given({"nb.py": SOURCE})
    def test_views_for_reading_refuse_a_write(self):
        self.read("nb.md")
        self.refuses(errno.EACCES, open, self.path("nb.md"), "r+b")
        self.assertEqual(os.stat(self.path("nb.md")).st_mode & 0o222, 0)

    @given({"nb.py": SOURCE})
    def test_views_refuse_what_is_no_notebook(self):
        self.read("nb.ipynb")
        self.refuses(errno.EINVAL, self.write, "nb.ipynb", b"{ no notebook")
        self.assertEqual(self.saved(), SOURCE)
        self.assertEqual(self.read("nb.py"), SOURCE)
        self.assertIn("trash", self.mount.wsfs("status").stdout)
