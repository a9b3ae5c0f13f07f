"""How many calls an action costs, counted after the mount."""

import os
import subprocess
import time

import switches
from harness import ASKS_NOBODY, Boxed, Mounted, given

NOTEBOOK = b"# Databricks notebook source\nprint(1)\n"


class Saves(Mounted):
    MOUNT = ASKS_NOBODY

    def within(self, budget, calls, started):
        """A save of more than 2 s asks once more before it sends."""
        if time.monotonic() - started > 2:
            budget += 1
        self.assertLessEqual(len(calls), budget, calls)

    @given({"a.txt": b"old"})
    def test_save_of_a_known_truncated_file(self):
        os.listdir(self.dir)
        started = time.monotonic()
        with self.calls() as calls:
            self.write("a.txt", b"new")
            self.sync()

        self.within(3, calls, started)
        self.assertEqual(len(calls.of("import")), 1, calls)
        self.assertEqual(calls.of("delete", "rename"), [])

    @given({"a.py": NOTEBOOK})
    def test_save_of_a_known_truncated_notebook(self):
        os.stat(self.path("a.py"))  # Its size, learned once in its life.
        started = time.monotonic()
        with self.calls() as calls:
            self.write("a.py", NOTEBOOK + b"print(2)\n")
            self.sync()

        # With no time to go by, the bytes are read before and after it.
        timeless = switches.value("notebook-times") == "no"
        self.within(5 if timeless else 3, calls, started)
        self.assertEqual(len(calls.of("import")), 1, calls)
        self.assertEqual(calls.of("delete", "rename"), [])

    @given({"a.txt": b"old"})
    def test_save_of_a_cached_file(self):
        self.read("a.txt")
        started = time.monotonic()
        with self.calls() as calls:
            handle = os.open(self.path("a.txt"), os.O_RDWR)
            os.pwrite(handle, b"new", 0)
            os.close(handle)
            self.sync()

        self.within(3, calls, started)

    @given({"a.txt": b"old"})
    def test_edit_of_a_file_that_is_not_cached(self):
        os.listdir(self.dir)
        with self.calls() as calls:
            handle = os.open(self.path("a.txt"), os.O_RDWR)
            os.pwrite(handle, b"N", 0)
            os.close(handle)
            self.sync()

        # The content, which is under a version only if that is seen after it.
        self.assertLessEqual(len(calls), 5, calls)
        self.assertEqual(self.remote_content("a.txt"), b"Nld")

    @given({"known.txt": b"x"})
    def test_new_file_in_a_known_folder(self):
        os.listdir(self.dir)
        with self.calls() as calls:
            self.write("new.txt", b"new")
            self.sync()

        self.assertLessEqual(len(calls), 2, calls)
        self.assertEqual(len(calls.of("import")), 1, calls)

    @given({"a.txt": b"same"})
    def test_unchanged_bytes(self):
        self.read("a.txt")
        with self.calls() as calls:
            self.write("a.txt", b"same")
            self.sync()

        self.assertEqual(calls.writes, [])
        self.assertLessEqual(len(calls), 1, calls)

    @given({"known.txt": b"x"})
    def test_create_and_delete(self):
        os.listdir(self.dir)
        with self.calls() as calls:
            self.write("new.txt", b"new")
            os.unlink(self.path("new.txt"))
            os.mkdir(self.path("d"))
            os.rmdir(self.path("d"))
            self.sync()

        self.assertEqual(calls, [])

    @given({"a.txt": b"old"})
    def test_ten_saves_at_once_are_few(self):
        self.read("a.txt")
        with self.calls() as calls:
            handle = os.open(self.path("a.txt"), os.O_WRONLY)
            for number in range(10):
                os.pwrite(handle, b"%03d" % number, 0)
            os.close(handle)
            self.sync()

        self.assertEqual(len(calls.of("import")), 1, calls)
        self.assertEqual(self.remote_content("a.txt"), b"009")

    @given({"a.txt": b"old", "b.txt": b"b"})
    def test_rename_and_delete(self):
        os.listdir(self.dir)
        with self.calls() as calls:
            os.rename(self.path("a.txt"), self.path("c.txt"))
            self.sync()
        self.assertLessEqual(len(calls), 3, calls)
        self.assertEqual(len(calls.of("rename")), 1, calls)

        with self.calls() as calls:
            os.unlink(self.path("b.txt"))
            self.sync()
        self.assertLessEqual(len(calls), 2, calls)
        self.assertEqual(len(calls.of("delete")), 1, calls)

    @given({f"d/{number}.txt": b"x" for number in range(30)})
    def test_rm_rf_is_one_list_a_folder_and_one_delete(self):
        self.shell("ls -lR d")
        with self.calls() as calls:
            self.shell("rm -rf d")
            self.sync()

        self.assertEqual(len(calls.of("delete")), 1, calls)
        self.assertLessEqual(len(calls), 3, calls)

    @given({"a.txt": b"old"})
    def test_echo_sleep_echo_is_one_upload(self):
        self.read("a.txt")
        with self.calls() as calls:
            self.shell("(echo a; sleep 1; echo b) > a.txt")
            self.sync()

        self.assertEqual(len(calls.of("import")), 1, calls)
        self.assertEqual(self.remote_content("a.txt"), b"a\nb\n")


class Reading(Boxed):
    """A tree of D folders with F files, each test with a mount of its own."""

    FOLDERS = 6
    FILES = 5

    def tree(self, *switches, notebooks=0):
        server = self.box.serve(*switches)
        service = server.service
        service.mkdirs("/Shared/tree")
        for folder in range(self.FOLDERS - 1):
            service.mkdirs(f"/Shared/tree/d{folder}")
            for number in range(self.FILES):
                service.put(f"/Shared/tree/d{folder}/{number}.txt",
                            b"x" * (number + 1))
        for number in range(notebooks):
            service.put_notebook(f"/Shared/tree/d0/n{number}", NOTEBOOK)
        mounted = self.box.mount(server, *ASKS_NOBODY,
                                 remote="/Shared/tree",
                                 store=self.box.path /
                                 f"store-{self._testMethodName}")
        return service, mounted

    def ls(self, service, mounted):
        before = service.position()
        done = self.box_ls(mounted)
        return done, service.requests(before)

    def box_ls(self, mounted):
        done = subprocess.run(["ls", "-lR", str(mounted.path)], timeout=50,
                              capture_output=True, text=True, check=True)
        return done.stdout

    def test_mount_costs_three_calls(self):
        server = self.box.serve()
        before = server.service.position()
        self.box.mount(server, *ASKS_NOBODY,
                       store=self.box.path / "store-three")
        # The harness lists the root once to see that it works.
        self.assertLessEqual(len(server.service.requests(before)), 3 + 1)

    def test_ls_with_list_files(self):
        service, mounted = self.tree()
        text, calls = self.ls(service, mounted)

        self.assertIn(" 5 ", text)
        self.assertLessEqual(len(calls), self.FOLDERS + 1, calls)

        _, calls = self.ls(service, mounted)
        self.assertEqual(calls, [])

    def test_ls_without_list_files(self):
        service, mounted = self.tree("--switch", "list-files=refused")
        files = (self.FOLDERS - 1) * self.FILES
        text, calls = self.ls(service, mounted)

        self.assertIn(" 5 ", text)
        self.assertLessEqual(len(calls), self.FOLDERS + 1 + files, calls)

        _, calls = self.ls(service, mounted)
        self.assertEqual(calls, [])

    def test_ls_of_notebooks_asks_once_in_their_life(self):
        service, mounted = self.tree(notebooks=4)
        text, calls = self.ls(service, mounted)

        self.assertIn(f" {len(NOTEBOOK)} ", text)
        self.assertLessEqual(len(calls), self.FOLDERS + 1 + 4, calls)

        _, calls = self.ls(service, mounted)
        self.assertEqual(calls, [])

    def test_warm_tree_costs_nothing(self):
        service, mounted = self.tree()
        for _ in range(2):
            before = service.position()
            subprocess.run(["sh", "-c", "find . | xargs stat > /dev/null;"
                            " cat d1/*.txt > /dev/null"],
                           cwd=mounted.path, timeout=50, check=True)
        self.assertEqual(service.requests(before), [])
