"""A mount that has no way in: one sentence, an exit code, nothing left."""

import json
import signal
import types

from harness import Boxed
from network import Proxy
from processes import TOKEN, Mount, mounts_below

# What nobody may see again.
SECRET = "dapi-secret-0815"


class Credentials(Boxed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.box.serve()
        cls.config = cls.box.path / "home/.databrickscfg"
        cls.config.parent.mkdir(exist_ok=True)

    def setUp(self):
        self.addCleanup(self.config.unlink, missing_ok=True)

    def write_config(self, text):
        self.config.write_text(text)
        self.config.chmod(0o600)

    def refused(self, code, *arguments, server=None, **settings):
        """What a mount says that ends with `code`, in both of its forms. It
        leaves no mount, no folder and no store."""
        sentences = set()
        for form in ((), ("--foreground",)):
            number = self.box.next_number()
            # A user who was known before is remembered here.
            state = self.box.path / f"state-{number}"
            folder = self.box.path / f"no-{number}"
            done = self.box.wsfs(
                "mount", *form, *arguments, folder, server=server,
                settings={**settings, "XDG_STATE_HOME": str(state)})
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertEqual(mounts_below(folder), [])
            self.assertFalse(folder.exists())
            self.assertEqual(list(state.rglob("*.db")), [])
            self.assertNotIn(TOKEN, done.stdout + done.stderr)
            self.assertNotIn(SECRET, done.stdout + done.stderr)
            self.assertEqual(done.stdout, "")
            self.assertTrue(done.stderr.startswith("wsfs: "), done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            sentences.add(done.stderr)
        self.assertEqual(len(sentences), 1, sentences)
        return sentences.pop()

    def says(self, text, *words):
        for word in words:
            self.assertIn(word, text)

    # Nothing, or half of it.

    def test_no_configuration_at_all(self):
        self.says(self.refused(3), "DATABRICKS_HOST", "DATABRICKS_TOKEN",
                  "--profile")

    def test_empty_configuration_file(self):
        self.write_config("")
        self.says(self.refused(3), "DATABRICKS_HOST", "DATABRICKS_TOKEN",
                  "--profile")

    def test_profile_without_a_configuration_file(self):
        self.says(self.refused(3, "--profile", "prod"), '"prod"',
                  "~/.databrickscfg", "DATABRICKS_HOST")

    def test_profile_that_is_not_there_names_those_that_are(self):
        self.write_config(f"[dev]\nhost = {self.server.host}\n"
                          f"token = {SECRET}\n\n[qa]\nhost = x\n")
        self.says(self.refused(3, "--profile", "prod"), '"prod"',
                  "~/.databrickscfg", "dev, qa")

    def test_profile_of_the_environment_that_is_not_there(self):
        self.write_config("[dev]\n")
        self.says(self.refused(3, DATABRICKS_CONFIG_PROFILE="prod"), '"prod"',
                  "choose one of dev")

    def test_configuration_that_cannot_be_read_as_one(self):
        self.write_config(f"[dev]\ntoken {SECRET}\n")
        self.says(self.refused(3, "--profile", "dev"), "~/.databrickscfg",
                  "line 2")

    def test_host_without_token(self):
        self.says(self.refused(3, DATABRICKS_HOST=self.server.host),
                  self.server.host, "DATABRICKS_TOKEN")

    def test_profile_without_token(self):
        self.write_config(f"[dev]\nhost = {self.server.host}\n")
        self.says(self.refused(3, "--profile", "dev"), self.server.host,
                  "DATABRICKS_TOKEN", "~/.databrickscfg")

    def test_profile_that_signs_in_otherwise(self):
        self.write_config(f"[dev]\nhost = {self.server.host}\n"
                          f"client_id = x\nclient_secret = {SECRET}\n")
        self.says(self.refused(3, "--profile", "dev"), "oauth-m2m",
                  "DATABRICKS_TOKEN")

    def test_token_without_host(self):
        self.says(self.refused(3, DATABRICKS_TOKEN=SECRET), "DATABRICKS_HOST")

    def test_host_that_would_take_the_token_in_the_open(self):
        self.says(self.refused(3, DATABRICKS_HOST="http://adb-1.example",
                               DATABRICKS_TOKEN=SECRET), "https")

    # A service that says no.

    def test_401_names_where_the_token_is_from(self):
        self.says(self.refused(3, DATABRICKS_HOST=self.server.host,
                               DATABRICKS_TOKEN=SECRET),
                  "the environment", "DATABRICKS_TOKEN", "profile")
        self.write_config(f"[dev]\nhost = {self.server.host}\n"
                          f"token = {SECRET}\n")
        self.says(self.refused(3, "--profile", "dev"), "profile dev",
                  "DATABRICKS_TOKEN")

    def test_403_says_what_the_service_said(self):
        server = self.faulty({"route": "me", "status": 403, "count": -1,
                              "code": "PERMISSION_DENIED",
                              "message": "Source IP address is blocked"})
        self.says(self.refused(3, server=server), "DATABRICKS_TOKEN",
                  "Source IP address is blocked")

    # A service that is not there.

    def test_service_that_cannot_be_reached(self):
        # Ports of servers that are gone.
        port = Proxy(0)
        port.close()
        for host in (f"http://127.0.0.1:{port.port}",
                     "https://adb-1.wsfs.invalid"):
            text = self.refused(75, DATABRICKS_HOST=host,
                                DATABRICKS_TOKEN=SECRET)
            self.says(text, host, "check")

    def test_service_that_is_down_behind_its_gateway(self):
        server = self.faulty({"route": "me", "status": 503, "count": -1})
        self.says(self.refused(75, server=server), "503")

    def test_known_user_of_a_store_that_is_new_is_told_soon(self):
        """Who is remembered may start without the service, but there has to
        be something to show."""
        server = self.box.serve()
        state = {"XDG_STATE_HOME": str(self.box.path / "state-known")}
        known = self.box.mount(server, store=self.box.path / "known",
                               settings=state)
        self.assertEqual(known.unmount().returncode, 0)
        server.end(signal.SIGKILL)
        folder = self.box.path / "not-known"
        done = self.box.wsfs("mount", "--store", self.box.path / "new", folder,
                             server=server, settings=state, seconds=20)
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertEqual(mounts_below(folder), [])

        again = self.box.mount(server, store=self.box.path / "known",
                               settings=state)
        self.assertTrue((again.path / "Shared").is_dir())
        self.assertEqual(again.unmount().returncode, 0)

    def test_known_user_starts_while_the_service_is_silent(self):
        server = self.box.serve()
        state = {"XDG_STATE_HOME": str(self.box.path / "state-silent")}
        store = self.box.path / "silent"
        known = self.box.mount(server, store=store, settings=state)
        self.assertEqual(known.unmount().returncode, 0)
        server.process.send_signal(signal.SIGSTOP)
        self.addCleanup(server.process.send_signal, signal.SIGCONT)

        again = self.box.mount(server, store=store, settings=state)
        self.assertTrue((again.path / "Shared").is_dir())
        self.assertEqual(again.unmount("--now").returncode, 0)

    def test_known_user_does_not_start_against_an_answer(self):
        """A token that was withdrawn opens nothing, not even what is here."""
        file = self.box.path / "faults.json"
        fault = {"route": "me", "status": 403, "count": -1, "skip": 1,
                 "code": "PERMISSION_DENIED"}
        file.write_text(json.dumps({"faults": [fault]}))
        server = self.box.serve("--faults", file)
        state = {"XDG_STATE_HOME": str(self.box.path / "state-withdrawn")}
        store = self.box.path / "withdrawn"
        known = self.box.mount(server, store=store, settings=state)
        self.assertEqual(known.unmount().returncode, 0)

        mount = Mount(self.box, server, store=store, settings=state,
                      ready=False)
        self.box.programs.append(mount)
        self.assertEqual(mount.process.wait(30), 3)
        self.assertFalse(mount.is_mounted())

    def faulty(self, fault):
        file = self.box.path / f"faults-{self.box.next_number()}.json"
        file.write_text(json.dumps({"faults": [fault]}))
        return types.SimpleNamespace(
            host=self.box.serve("--faults", file).host)
