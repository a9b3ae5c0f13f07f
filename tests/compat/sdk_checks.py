"""What the official SDK expects of a workspace. Run by run.py in its venv."""

import io
import json
import os
import pathlib
import shutil
import sys
import tempfile
import time
import unittest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "tests/mount"))

from databricks.sdk import WorkspaceClient  # noqa: E402
from databricks.sdk import errors  # noqa: E402
from databricks.sdk.config import Config  # noqa: E402
from databricks.sdk.service.workspace import (ExportFormat, ImportFormat,  # noqa: E402
                                              Language, ObjectType)
from processes import TOKEN, Box, wsfs_program  # noqa: E402

HOME = "/Shared/sdk"
NOTEBOOK = b"# Databricks notebook source\nprint(1)\n"
NAMES = ["with blank.txt", "100%.txt", "a#b.txt", "a?b.txt", "a+b.txt",
         "a&b.txt", "\u00e9\u65e5\u672c.txt"]


def client(server, token=TOKEN):
    config = Config(host=server.host, token=token, auth_type="pat",
                    retry_timeout_seconds=30, http_timeout_seconds=20)
    return WorkspaceClient(config=config)


class Sdk(unittest.TestCase):
    """One server for the ordinary calls."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="sdk-", dir=REPOSITORY / "build")
        cls.box = Box(cls.folder, "box")
        cls.server = cls.box.serve()
        cls.client = client(cls.server)
        cls.workspace = cls.client.workspace
        cls.workspace.mkdirs(HOME)

    @classmethod
    def tearDownClass(cls):
        cls.box.close()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def upload(self, name, content, **options):
        options.setdefault("format", ImportFormat.RAW)
        options.setdefault("overwrite", True)
        self.workspace.upload(f"{HOME}/{name}", io.BytesIO(content), **options)

    def download(self, name, **options):
        with self.workspace.download(f"{HOME}/{name}", **options) as stream:
            return stream.read()

    def test_who_am_i(self):
        self.assertTrue(self.client.current_user.me().user_name)
        self.assertTrue(self.client.get_workspace_id())

    def test_upload_and_download_a_file(self):
        self.upload("a.txt", b"hello")
        self.assertEqual(self.download("a.txt"), b"hello")
        found = self.workspace.get_status(f"{HOME}/a.txt")
        self.assertEqual(found.object_type, ObjectType.FILE)
        self.assertGreater(found.object_id, 0)

    def test_upload_and_download_a_notebook(self):
        self.upload("nb", NOTEBOOK, format=ImportFormat.SOURCE,
                    language=Language.PYTHON)
        found = self.workspace.get_status(f"{HOME}/nb")
        self.assertEqual(found.object_type, ObjectType.NOTEBOOK)
        self.assertEqual(found.language, Language.PYTHON)
        self.assertEqual(self.download("nb", format=ExportFormat.SOURCE),
                         NOTEBOOK)

    @unittest.skipUnless(os.access("/dev/fuse", os.R_OK | os.W_OK),
                         "no mount is possible here")
    def test_what_a_mount_saved_is_exported_exactly(self):
        sources = {"p.py": b"# Databricks notebook source\nprint(1)\n",
                   "q.sql": b"-- Databricks notebook source\nSELECT 1",
                   "s.scala": b"// Databricks notebook source\nval a = 1\n\n"
                              b"// COMMAND ----------\n\nprintln(a)\n",
                   "t.r": b"# Databricks notebook source\na <- 1\n"}
        book = {"cells": [{"cell_type": "code", "execution_count": 1,
                           "metadata": {}, "source": ["1 + 1"],
                           "outputs": [{"output_type": "execute_result",
                                        "execution_count": 1, "metadata": {},
                                        "data": {"text/plain": ["2"]}}]}],
                "metadata": {"language_info": {"name": "python"}},
                "nbformat": 4, "nbformat_minor": 4}
        self.workspace.mkdirs(f"{HOME}/saved")
        mounted = self.box.mount(self.server, remote=f"{HOME}/saved")
        for name, content in sources.items():
            (mounted.path / name).write_bytes(content)
        (mounted.path / "book.ipynb").write_text(json.dumps(book))
        self.assertEqual(mounted.sync(), 0)
        for name, content in sources.items():
            self.assertEqual(self.download(f"saved/{name.split('.')[0]}",
                                           format=ExportFormat.SOURCE), content)
        found = json.loads(self.download("saved/book",
                                         format=ExportFormat.JUPYTER))
        self.assertEqual([(cell["source"], cell["outputs"])
                          for cell in found["cells"]],
                         [(cell["source"], cell["outputs"])
                          for cell in book["cells"]])
        self.assertEqual(mounted.unmount().returncode, 0)

    def test_auto_decides_by_extension_and_header(self):
        self.upload("auto.py", NOTEBOOK, format=ImportFormat.AUTO)
        self.assertEqual(
            self.workspace.get_status(f"{HOME}/auto").object_type,
            ObjectType.NOTEBOOK)
        self.upload("plain.py", b"x = 1\n", format=ImportFormat.AUTO)
        self.assertEqual(
            self.workspace.get_status(f"{HOME}/plain.py").object_type,
            ObjectType.FILE)

    def test_export_in_jupyter_form(self):
        self.upload("ju", NOTEBOOK, format=ImportFormat.SOURCE,
                    language=Language.PYTHON)
        book = json.loads(self.download("ju", format=ExportFormat.JUPYTER))
        self.assertEqual(book["nbformat"], 4)

    def test_list(self):
        self.workspace.mkdirs(f"{HOME}/many/inner")
        for number in range(3):
            self.upload(f"many/{number}.txt", b"x")
        names = {entry.path for entry in
                 self.workspace.list(f"{HOME}/many", recursive=True)}
        self.assertEqual({f"{HOME}/many/{number}.txt" for number in range(3)},
                         {name for name in names if name.endswith(".txt")})

    def test_list_of_an_empty_folder(self):
        self.workspace.mkdirs(f"{HOME}/empty")
        self.assertEqual(list(self.workspace.list(f"{HOME}/empty")), [])

    def test_odd_names(self):
        self.workspace.mkdirs(f"{HOME}/odd")
        for name in NAMES:
            self.upload(f"odd/{name}", name.encode())
        found = {entry.path.rsplit("/", 1)[1]
                 for entry in self.workspace.list(f"{HOME}/odd")}
        self.assertEqual(found, set(NAMES))
        for name in NAMES:
            self.assertEqual(self.download(f"odd/{name}"), name.encode())
            self.workspace.delete(f"{HOME}/odd/{name}")
        self.assertEqual(list(self.workspace.list(f"{HOME}/odd")), [])

    def test_30_mb(self):
        content = os.urandom(1 << 20) * 30
        self.upload("big.bin", content)
        self.assertTrue(self.download("big.bin") == content)

    def test_missing_is_not_found(self):
        with self.assertRaises(errors.NotFound):
            self.workspace.get_status(f"{HOME}/none")
        with self.assertRaises(errors.NotFound):
            list(self.workspace.list(f"{HOME}/none"))
        with self.assertRaises(errors.NotFound):
            self.workspace.delete(f"{HOME}/none")
        with self.assertRaises(errors.NotFound):
            self.upload("no/parent/a.txt", b"x")

    def test_existing_is_said(self):
        self.upload("there.txt", b"x")
        with self.assertRaises(errors.ResourceAlreadyExists) as caught:
            self.upload("there.txt", b"y", overwrite=False)
        self.assertIn("already exists", str(caught.exception))

    def test_full_folder_is_not_deleted(self):
        self.workspace.mkdirs(f"{HOME}/full/inner")
        with self.assertRaises(errors.BadRequest) as caught:
            self.workspace.delete(f"{HOME}/full")
        self.assertIn("not empty", str(caught.exception))
        self.workspace.delete(f"{HOME}/full", recursive=True)

    def test_wrong_token_is_denied(self):
        with self.assertRaises(errors.PermissionDenied):
            client(self.server, "dapi-wrong").current_user.me()


class Retries(unittest.TestCase):
    """Throttled and unavailable: the SDK asks again and succeeds."""

    def run_with(self, fault):
        folder = tempfile.mkdtemp(prefix="sdk-", dir=REPOSITORY / "build")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        box = Box(folder, "box")
        self.addCleanup(box.close)
        file = pathlib.Path(folder) / "faults.json"
        fault.update(route="get-status", count=2)
        file.write_text(json.dumps({"faults": [fault]}))
        server = box.serve("--faults", file)
        start = time.monotonic()
        found = client(server).workspace.get_status("/Shared")
        self.assertEqual(found.object_type, ObjectType.DIRECTORY)
        return time.monotonic() - start

    def test_429_with_retry_after(self):
        took = self.run_with({"status": 429, "retry_after": "1",
                              "code": "REQUEST_LIMIT_EXCEEDED"})
        self.assertGreater(took, 1.5)

    def test_429_without_retry_after(self):
        self.run_with({"status": 429, "code": "REQUEST_LIMIT_EXCEEDED"})

    def test_503_with_retry_after(self):
        self.run_with({"status": 503, "retry_after": "1"})

    def test_503_without_retry_after(self):
        self.run_with({"status": 503})


def main():
    if not os.access(wsfs_program(), os.X_OK):
        print(f"SKIPPED compat: there is no program {wsfs_program()}")
        print("0 passed, 0 failed")
        return 0
    result = unittest.TextTestRunner(verbosity=1).run(
        unittest.defaultTestLoader.loadTestsFromModule(
            sys.modules["__main__"]))
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
