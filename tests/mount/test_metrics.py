"""What a mount counts: by `wsfs metrics`, and over HTTP."""

import collections
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from harness import ASKS_NOBODY, Boxed, LeftOut, Mounted, given, limit
from processes import TOKEN

LINE = re.compile(r'([a-z_]+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-z]+)="([^"]*)"')


class Sample(collections.namedtuple("Sample", "name labels value")):
    """One line of the text."""

    def has(self, name, labels):
        return self.name == name and \
            all(self.labels.get(key) == value for key, value in labels.items())


def parse(text):
    samples = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        found = LINE.fullmatch(line)
        if not found:
            raise AssertionError(f"not a sample: {line!r}")
        samples.append(Sample(found.group(1),
                              dict(LABEL.findall(found.group(2) or "")),
                              float(found.group(3))))
    return samples


def total(text, name, **labels):
    return sum(sample.value for sample in parse(text)
               if sample.has(name, labels))


def opened(url, method="GET"):
    """Never by a proxy: the page is on this machine."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(urllib.request.Request(url, method=method), timeout=10)


def families(text):
    return {tuple(line.split()[2:4]) for line in text.splitlines()
            if line.startswith("# TYPE")}


def needs_prometheus(program):
    if not shutil.which(program):
        raise LeftOut(f"no {program}: the package prometheus is not installed")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def url_of(mount):
    """As the mount says it, a moment after the mount is there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        said = re.search(r"http://127\.0\.0\.1:\d+/metrics", mount.text())
        if said:
            return said.group(0)
        time.sleep(0.05)
    raise AssertionError("the mount does not say where: " + mount.text())


class Counters(Mounted):
    MOUNT = (*ASKS_NOBODY, "--metrics", "127.0.0.1:0")

    def text(self):
        done = self.mount.wsfs("metrics")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def page(self):
        with opened(url_of(self.mount)) as answer:
            self.assertIn("version=0.0.4", answer.headers["Content-Type"])
            return answer.read().decode()

    @given({"a.txt": b"old", "d/b.txt": b"b"})
    def test_calls_are_those_the_service_saw(self):
        position = self.service.position()
        before = self.counted(self.text())
        self.shell("ls -lR; cat a.txt d/b.txt; echo new > a.txt; "
                   "echo x > c.txt; mkdir e; mv c.txt e; ls nothing || true")
        self.sync()

        # What is fetched ahead may still be on its way.
        def compared():
            seen = collections.Counter(
                (call.name, str(call.status))
                for call in self.service.requests(position))
            return self.counted(self.text()) - before, seen

        self.settled(compared)
        counted, seen = compared()
        self.assertEqual(counted, seen)
        self.assertGreater(seen[("import", "200")], 1)

    def settled(self, compared):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            counted, seen = compared()
            if counted == seen:
                return
            time.sleep(0.1)

    @staticmethod
    def counted(text):
        return collections.Counter({
            (sample.labels["endpoint"], sample.labels["code"]):
                int(sample.value)
            for sample in parse(text)
            if sample.name == "wsfs_api_calls_total"})

    @given({"a.txt": b"twelve bytes"})
    def test_bytes_are_those_that_went(self):
        def received():
            return total(self.text(), "wsfs_api_received_bytes_total",
                         endpoint="export")

        before = received()
        self.assertEqual(self.read("a.txt"), b"twelve bytes")
        self.assertEqual(received() - before, 12)

        before = total(self.text(), "wsfs_api_sent_bytes_total",
                       endpoint="import")
        position = self.service.position()
        self.write("b.txt", b"y" * 5_000)
        self.sync()
        imports = self.service.requests(position).of("import")
        sent = total(self.text(), "wsfs_api_sent_bytes_total",
                     endpoint="import") - before
        # The log counts the content, the metric also the form around it.
        around = sent - sum(call.bytes_in for call in imports)
        self.assertGreater(around, 0)
        self.assertLess(around, 1_000 * len(imports))

    @given({"a.txt": b"a" * 300_000})  # So much is not read ahead.
    def test_file_operations_by_how_they_were_served(self):
        def count(operation, **labels):
            return total(self.text(), "wsfs_file_operation_seconds_count",
                         operation=operation, **labels)

        waited = count("open", served="waited")
        local = count("open", served="local")
        self.read("a.txt")
        self.assertEqual(count("open", served="waited"), waited + 1)
        self.read("a.txt")
        self.assertEqual(count("open", served="waited"), waited + 1)
        self.assertEqual(count("open", served="local"), local + 1)

        def refused():
            return total(self.text(), "wsfs_file_operation_errors_total",
                         operation="rmdir", error="not-empty")

        before = refused()
        os.mkdir(self.path("full"))
        self.write("full/x", b"x")
        self.assertRaises(OSError, os.rmdir, self.path("full"))
        self.assertEqual(refused(), before + 1)

    @given({"a.txt": b"a"})
    def test_queue_empties_and_the_process_is_there(self):
        self.write("big.txt", b"z" * 9_000)
        self.sync()
        text = self.text()

        self.assertEqual(total(text, "wsfs_queue_changes"), 0)
        self.assertEqual(total(text, "wsfs_queue_bytes"), 0)
        self.assertEqual(total(text, "wsfs_queue_oldest_seconds"), 0)
        self.assertEqual(total(text, "wsfs_mounts"), 1)
        self.assertEqual(total(text, "wsfs_service_state", state="online"), 1)
        self.assertGreater(total(text, "process_resident_memory_bytes"), 1e6)
        self.assertGreater(total(text, "process_open_fds"), 3)

    @given({"zebra-giraffe.txt": b"the-content-of-it"})
    def test_tell_no_path_no_token_no_content(self):
        self.read("zebra-giraffe.txt")
        self.shell("ls -l zebra-giraffe.txt; cat zebra-nothing || true")
        self.write("zebra-new.txt", b"the-content-of-it")
        self.sync()

        for text in (self.text(), self.page()):
            for secret in ("zebra", "giraffe", "Shared", "the-content", TOKEN,
                           "Bearer", str(self.mount.path),
                           self.server.host.split("//")[1]):
                self.assertFalse(secret in text, f"{secret} is told")

    def test_http_and_control_socket_tell_the_same_names(self):
        self.names()
        self.assertEqual(families(self.page()), families(self.text()))

    def test_only_the_page_and_only_get(self):
        url = url_of(self.mount)
        for wrong, method, code in ((url + "/x", "GET", 404),
                                    (url.replace("/metrics", "/"), "GET", 404),
                                    (url, "DELETE", 405)):
            with self.assertRaises(urllib.error.HTTPError) as refused:
                opened(wrong, method)
            self.assertEqual(refused.exception.code, code)
            refused.exception.close()

    @given({"a.txt": b"a"})
    def test_promtool_finds_nothing_wrong(self):
        self.read("a.txt")
        needs_prometheus("promtool")
        done = subprocess.run(["promtool", "check", "metrics"],
                              input=self.text(), capture_output=True,
                              text=True, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))


PACKAGING = pathlib.Path(__file__).resolve().parents[2] / "packaging"


def dashboard_queries():
    """Its variables as Grafana would fill them in."""
    dashboard = json.loads((PACKAGING / "grafana-dashboard.json").read_text())
    return [target["expr"].replace("$__rate_interval", "1m")
            .replace("$instance", ".*")
            for panel in dashboard["panels"] for target in panel["targets"]]


def alert_queries():
    return re.findall(r"^ +expr: (.+)$",
                      (PACKAGING / "alerts.yml").read_text(), re.MULTILINE)


class Packaging(Mounted):
    """The dashboard and the alerts ask for what there is."""

    MOUNT = ("--metrics", "127.0.0.1:0")

    def use(self):
        """Whatever has a metric happens once."""
        self.shell("ls -l; cat a.txt; echo new > a.txt; mkdir full; "
                   "echo x > full/x; rmdir full || true")
        self.sync()
        return url_of(self.mount)

    @given({"a.txt": b"a"})
    def test_queries_name_metrics_that_exist(self):
        with opened(self.use()) as answer:
            told = {sample.name for sample in parse(answer.read().decode())}
        for query in dashboard_queries() + alert_queries():
            names = re.findall(r"\b(?:wsfs|process)_[a-z_]+", query)
            self.assertTrue(names, query)
            self.assertEqual(set(names) - told, set(), query)

    def test_promtool_finds_nothing_wrong_with_the_alerts(self):
        needs_prometheus("promtool")
        done = subprocess.run(
            ["promtool", "check", "rules", PACKAGING / "alerts.yml"],
            capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    @limit(90)
    @given({"a.txt": b"a"})
    def test_prometheus_answers_every_query(self):
        needs_prometheus("prometheus")
        url = self.use()
        with self.prometheus(url.split("/")[2]) as ask:
            # A rate needs two readings.
            self.eventually(lambda: ask(
                "min(count_over_time(wsfs_mounts[1m])) > 2"), 30)
            for query in dashboard_queries():
                self.assertTrue(ask(query), f"no answer to {query}")
            for query in alert_queries():
                self.assertEqual(ask(query), [], f"{query} would alert")

    @contextlib.contextmanager
    def prometheus(self, target):
        """One that reads `target` each half second; asks it a query."""
        folder = self.box.path / "prometheus"
        folder.mkdir()
        (folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 500ms, scrape_timeout: 500ms}\n"
            "scrape_configs:\n"
            "  - job_name: wsfs\n"
            f"    static_configs: [{{targets: ['{target}']}}]\n")
        port = free_port()
        with open(folder / "log", "wb") as log, subprocess.Popen(
                ["prometheus", f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"],
                stdout=log, stderr=log, cwd=folder) as process:
            def ask(query):
                words = urllib.parse.urlencode({"query": query})
                try:
                    with opened(f"http://127.0.0.1:{port}/api/v1/query?"
                                f"{words}") as answer:
                        return json.load(answer)["data"]["result"]
                except urllib.error.HTTPError as error:
                    said = error.read().decode()
                    error.close()
                    if error.code == 503:  # It is starting.
                        return []
                    raise AssertionError(f"{query}: {said}") from error
                except urllib.error.URLError:
                    return []
            try:
                yield ask
            finally:
                process.kill()


class Options(Boxed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.box.serve()

    def test_other_machines_are_refused_before_mounting(self):
        folder = self.box.path / "open"
        for address in ("0.0.0.0:9464", "[::]:9464", "10.0.0.1:0"):
            done = self.box.wsfs("mount", "--metrics", address, folder,
                                 server=self.server)
            self.assertEqual(done.returncode, 2)
            self.one_sentence(done.stderr, "this machine only")
        self.assertFalse(folder.exists())

    def test_taken_port_mounts_nothing(self):
        taken = self.server.host.split("//")[1]
        folder = self.box.path / "taken"
        done = self.box.wsfs("mount", "--store", self.box.path / "s-taken",
                             "--metrics", taken, folder, server=self.server)
        self.assertEqual(done.returncode, 1)
        self.one_sentence(done.stderr, taken, "--metrics")
        self.assertFalse(os.path.ismount(folder))

    def test_off_counts_nothing_and_says_so(self):
        mount = self.box.mount(self.server, "--metrics", "off",
                               store=self.box.path / "s-off")
        os.listdir(mount.path)
        done = mount.wsfs("metrics")
        self.assertEqual(done.returncode, 1)
        self.one_sentence(done.stderr, "--metrics off")

    def test_configuration_names_the_address(self):
        config = self.box.path / "metrics.toml"
        config.write_text('[mount]\nmetrics = "127.0.0.1:0"\n')
        mount = self.box.mount(self.server, store=self.box.path / "s-config",
                               settings={"WSFS_CONFIG": str(config)})
        url = url_of(mount)
        with opened(url) as answer:
            self.assertIn(b"wsfs_mounts 1\n", answer.read())

        mount.unmount()
        self.assertRaises(OSError, opened, url)
