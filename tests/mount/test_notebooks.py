"""Notebooks of all languages and both formats, with the programs people use."""

import json
import os

from harness import Mounted, given, needs

CELLS = {
    "p.py": b"# Databricks notebook source\nneedle = 1\n\n"
            b"# COMMAND ----------\n\nprint(needle)\n",
    "q.sql": b"-- Databricks notebook source\nSELECT 1 AS needle\n\n"
             b"-- COMMAND ----------\n\nSELECT 2\n",
    "s.scala": b"// Databricks notebook source\nval needle = 1\n",
    "t.r": b"# Databricks notebook source\nneedle <- 1\n",
}

BOOK = json.dumps({
    "cells": [{"cell_type": "code", "execution_count": 1, "metadata": {},
               "outputs": [{"name": "stdout", "output_type": "stream",
                            "text": ["seen\n"]}],
               "source": ["needle = 1"]}],
    "metadata": {"language_info": {"name": "python"}},
    "nbformat": 4, "nbformat_minor": 4}, indent=1).encode()


class Notebooks(Mounted):
    def put_book(self):
        self.service.put(self.remote("book"), BOOK, "JUPYTER")
        self.read("book.ipynb")

    def saved(self, name):
        self.sync()
        return self.service.content(self.remote(os.path.splitext(name)[0]))

    @needs("vim")
    @given(CELLS)
    def test_notebooks_are_edited_with_vim(self):
        self.put_book()
        for name in [*CELLS, "book.ipynb"]:
            before = self.object_id(os.path.splitext(name)[0])
            old = self.read(name)
            self.run_in("vim", "-es", "-u", "NONE", "-c",
                        "%s/needle/thread/", "-c", "wq", name)
            new = self.saved(name)
            if name in CELLS:
                self.assertEqual(new, old.replace(b"needle", b"thread", 1)
                                 if name != "p.py" else
                                 old.replace(b"needle", b"thread"))
            else:
                cell = json.loads(new)["cells"][0]
                self.assertEqual("".join(cell["source"]), "thread = 1")
                self.assertEqual(cell["outputs"][0]["text"], ["seen\n"])
            self.is_object(os.path.splitext(name)[0], before)
        self.assertEqual(self.names(), sorted([*CELLS, "book.ipynb"]))

    @needs("git")
    @given(CELLS)
    def test_notebooks_git_diff_shows_the_edited_lines(self):
        self.run_in("git", "init", "-q", "-b", "main")
        self.run_in("git", "add", "-A")
        self.run_in("git", "commit", "-qm", "one")
        book = json.loads(self.read("p.ipynb"))
        book["cells"][0]["source"] = ["needle = 2"]
        self.write("p.ipynb", json.dumps(book).encode())
        self.write("q.sql", self.read("q.sql").replace(b"SELECT 2",
                                                       b"SELECT 3"))
        self.assertEqual(self.run_in("git", "diff", "--numstat"),
                         "1\t1\tp.py\n1\t1\tq.sql\n")
        self.sync()
        self.assertEqual(self.run_in("git", "diff", "--numstat"),
                         "1\t1\tp.py\n1\t1\tq.sql\n")
        self.assertEqual(self.remote_names(), ["p", "q", "s", "t"])

    @needs("rg")
    @given(CELLS)
    def test_notebooks_are_found_by_rg(self):
        self.put_book()
        found = self.run_in("rg", "-l", "--sort", "path", "needle", ".")
        self.assertEqual(found.split(),
                         [f"./{name}" for name in sorted([*CELLS,
                                                          "book.ipynb"])])
