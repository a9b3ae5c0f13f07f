"""Who walks a tree finds it there: a call for each folder and file, side by
side."""

import subprocess
import time

from harness import ASKS_NOBODY, Boxed

FOLDERS = 120
FILES = 3
LATENCY = 0.05


class Ahead(Boxed):
    """Each call is 50 ms away."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.box.serve("--latency", f"{int(LATENCY * 1000)}ms")
        cls.service = cls.server.service
        for folder in range(FOLDERS):
            cls.service.mkdirs(f"/Shared/tree/d{folder:03}")
            for file in range(FILES):
                cls.service.put(f"/Shared/tree/d{folder:03}/f{file}.txt",
                                b"a needle in it\n")

    def setUp(self):
        self.mounted = self.box.mount(
            self.server, *ASKS_NOBODY, remote="/Shared/tree",
            store=self.box.path / f"store-{self._testMethodName}")

    def run_cold(self, *command):
        """(output, calls); one after another they would take much longer."""
        position = self.service.position()
        begun = time.monotonic()
        done = subprocess.run([*command, str(self.mounted.path)],
                              capture_output=True, text=True, timeout=50,
                              check=True)
        seconds = time.monotonic() - begun
        calls = self.service.requests(position)
        alone = len(calls) * LATENCY
        print(f"note: ahead: {command[0]}: {len(calls)} calls, "
              f"{seconds:.2f} s; one after another {alone:.1f} s", flush=True)
        self.assertLess(seconds, alone / 2)
        return done.stdout, calls

    def test_ahead_lists_a_tree_side_by_side(self):
        output, calls = self.run_cold("ls", "-lR")
        self.assertEqual(output.count(".txt"), FOLDERS * FILES)
        self.assertLessEqual(len(calls), FOLDERS + 2)
        position = self.service.position()
        subprocess.run(["ls", "-lR", str(self.mounted.path)], timeout=50,
                       stdout=subprocess.DEVNULL, check=True)
        self.assertEqual(self.service.requests(position), [])

    def test_ahead_reads_a_tree_side_by_side(self):
        output, calls = self.run_cold("grep", "-rc", "needle")
        self.assertEqual(output.count(":1"), FOLDERS * FILES)
        self.assertLessEqual(len(calls.of("export")), FOLDERS * FILES)
        self.assertLessEqual(len(calls), FOLDERS + FOLDERS * FILES + 2)
