"""Exact sizes where no listing tells them, and what they cost."""

import os
import subprocess
import time

from harness import ASKS_NOBODY, Boxed

NUMBER = 150
LATENCY = 0.05


class Sizes(Boxed):
    """150 objects in a folder, each call 50 ms away."""

    def begin(self, put, *switches):
        server = self.box.serve("--latency", f"{int(LATENCY * 1000)}ms",
                                *switches)
        service = server.service
        service.mkdirs("/Shared/many")
        for number in range(NUMBER):
            put(service, f"/Shared/many/n{number}")
        self.store = self.box.path / f"store-{self._testMethodName}"
        return server, self.mounted(server)

    def mounted(self, server):
        return self.box.mount(server, *ASKS_NOBODY, remote="/Shared/many",
                              store=self.store)

    def ls(self, server, mounted, *options):
        """(lines, calls, seconds)"""
        position = server.service.position()
        begun = time.monotonic()
        done = subprocess.run(["ls", *options, str(mounted.path)],
                              capture_output=True, text=True, timeout=50,
                              check=True)
        seconds = time.monotonic() - begun
        lines = [line for line in done.stdout.splitlines()
                 if "n" in line.split()[-1:][0]]
        return lines, server.service.requests(position), seconds

    def costs(self, server, mounted, size):
        lines, calls, _ = self.ls(server, mounted, "-f")
        self.assertEqual(len(lines), NUMBER)
        self.assertLessEqual(len(calls), 1, calls)

        lines, calls, seconds = self.ls(server, mounted, "-l")
        self.assertEqual({int(line.split()[4]) for line in lines}, {size})
        self.assertLessEqual(len(calls), NUMBER + 2)
        self.assertLessEqual(seconds, 1.5)
        print(f"note: sizes: {len(calls)} calls, {seconds:.2f} s", flush=True)

        _, calls, _ = self.ls(server, mounted, "-l")
        self.assertEqual(calls, [])

        self.assertEqual(mounted.unmount().returncode, 0)
        mounted = self.mounted(server)
        lines, calls, _ = self.ls(server, mounted, "-l")
        self.assertEqual({int(line.split()[4]) for line in lines}, {size})
        self.assertLessEqual(len(calls), 1, calls)

    def test_sizes_of_notebooks_are_asked_once_in_their_life(self):
        source = b"# Databricks notebook source\nprint(1)\n"
        server, mounted = self.begin(
            lambda service, path: service.put_notebook(path, source))
        self.costs(server, mounted, len(source))

    def test_sizes_of_files_that_no_list_tells(self):
        server, mounted = self.begin(
            lambda service, path: service.put(path, b"twelve bytes"),
            "--switch", "size=no", "--switch", "list-files=refused")
        self.costs(server, mounted, 12)
