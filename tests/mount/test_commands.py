"""wsfs mount, unmount, status and sync, as a person meets them."""

import json
import os
import pathlib
import signal
import socket
import stat
import subprocess
import time

from harness import Boxed, limit
from processes import TOKEN, Mount, mounts_below, prefix, wsfs_program


class Commands(Boxed):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = cls.box.serve(data=cls.box.path / "data")
        cls.service = cls.server.service
        cls.service.mkdirs("/Shared/d")
        cls.service.put("/Shared/d/a.txt", b"a")

    def run_wsfs(self, *arguments, server=None, **options):
        return self.box.wsfs(*arguments, server=server or self.server,
                             **options)

    def mounted(self, *arguments, **options):
        options.setdefault("store", self.box.path /
                           f"store-{self._testMethodName}")
        options.setdefault("remote", "/Shared/d")
        return self.box.mount(self.server, *arguments, **options)

    def background(self, name, *arguments):
        """The default form: returns when the mount is ready."""
        folder = self.box.path / name
        done = self.run_wsfs("mount", "--store", self.box.path / f"s-{name}",
                             *arguments, "/Shared/d", folder)
        return folder, done

    def test_background_mount_is_ready_when_it_returns(self):
        folder, done = self.background("bg")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(folder), ["a.txt"])
        self.assertIn(str(folder), done.stdout + done.stderr)
        self.assertIn("/Shared/d", done.stdout + done.stderr)

        done = self.run_wsfs("unmount", folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(mounts_below(folder), [])

    def test_missing_folder_is_made_private(self):
        folder, done = self.background("made/deep")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.run_wsfs("unmount", folder)
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)

    def test_folder_with_something_in_it_is_refused(self):
        folder = self.box.path / "full"
        folder.mkdir()
        (folder / "mine").write_text("x")
        done = self.run_wsfs("mount", "--store", self.box.path / "s-full",
                             "/Shared/d", folder)

        self.assertEqual(done.returncode, 1)
        self.one_sentence(done.stderr, "full")
        self.assertEqual(mounts_below(folder), [])

    def test_missing_credentials_exit_3(self):
        done = self.box.wsfs("mount", self.box.path / "nocred")
        self.assertEqual(done.returncode, 3, done.stderr)
        self.one_sentence(done.stderr, "DATABRICKS_HOST")

    def test_wrong_token_exits_3_before_mounting(self):
        folder = self.box.path / "wrong"
        mount = Mount(self.box, self.server, folder=folder, ready=False,
                      store=self.box.path / "s-wrong", token="dapi-wrong")
        self.assertEqual(mount.process.wait(30), 3)
        self.assertEqual(mounts_below(folder), [])
        self.assertNotIn("dapi-wrong", mount.text())

    def test_missing_remote_folder_is_refused(self):
        done = self.run_wsfs("mount", "--store", self.box.path / "s-none",
                             "/Shared/none", self.box.path / "none")
        self.assertEqual(done.returncode, 1)
        self.one_sentence(done.stderr, "/Shared/none")

    def test_usage_exits_2(self):
        for arguments in (["mount"], ["mount", "--no-such-flag", "x"],
                          ["unmount"], ["nonsense"],
                          ["mount", "--log-level", "loud", "x"]):
            self.assertEqual(self.box.wsfs(*arguments).returncode, 2,
                             arguments)

    def test_not_mounted_exits_4(self):
        folder = self.box.path / "plain"
        folder.mkdir()
        for command in ("unmount", "status", "sync"):
            done = self.run_wsfs(command, folder)
            self.assertEqual(done.returncode, 4, (command, done.stderr))

    def test_workspace_prefix_and_one_argument(self):
        mount = self.mounted(remote="/Workspace/Shared/d")
        self.assertEqual(os.listdir(mount.path), ["a.txt"])
        mount.unmount()
        folder = self.box.path / "one"
        done = self.run_wsfs("mount", "--store", self.box.path / "s-one",
                             folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("Shared", os.listdir(folder))
        self.run_wsfs("unmount", folder)

    def test_profile_of_a_config_file(self):
        config = self.box.path / "home/.databrickscfg"
        config.parent.mkdir(exist_ok=True)
        config.write_text(f"[DEFAULT]\n\n[test]\nhost = {self.server.host}\n"
                          f"token = {TOKEN}\n")
        config.chmod(0o600)
        folder = self.box.path / "profile"
        done = self.box.wsfs("mount", "--profile", "test", "--store",
                             self.box.path / "s-profile", "/Shared/d", folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(folder), ["a.txt"])
        self.box.wsfs("unmount", folder)
        config.unlink()

    def test_status_tells_what_is_mounted(self):
        mount = self.mounted()
        done = mount.wsfs("status")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(str(mount.path), done.stdout)
        found = json.loads(mount.wsfs("status", "--json").stdout)
        self.assertIsInstance(found, dict)
        self.assertIn(str(mount.path), json.dumps(found))

    @limit(90)
    def test_status_and_sync_while_the_service_is_away(self):
        data = self.box.path / "data-away"
        server = self.box.serve(data=data)
        server.service.mkdirs("/Shared/d")
        mount = self.box.mount(server, remote="/Shared/d",
                               store=self.box.path / "s-away")
        server.kill()
        (mount.path / "new.txt").write_bytes(b"new")

        done = mount.wsfs("sync", "--timeout", "4s")
        self.assertIn(done.returncode, (5, 75), done.stderr)
        self.assertIn("new.txt", mount.wsfs("status").stdout)

        done = mount.unmount("--drain", "1s")
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertFalse(mount.is_mounted())

        server = self.box.serve(data=data, port=server.port)
        again = self.box.mount(server, remote="/Shared/d",
                               store=self.box.path / "s-away")
        self.assertEqual((again.path / "new.txt").read_bytes(), b"new")
        self.assertEqual(again.sync(), 0)
        self.assertEqual(server.service.content("/Shared/d/new.txt"), b"new")

    def configured(self, text):
        """The settings that name a configuration file of this text."""
        file = self.box.path / f"{self._testMethodName}.toml"
        file.write_text(text)
        return {"WSFS_CONFIG": str(file)}

    def test_configuration_is_a_mounts_default(self):
        path = self.box.path / "configured"
        settings = self.configured(
            '[mount]\nwrites = "back"\nfsync = "remote"\n'
            f'[mount."{path}"]\nwrites = "through"\n')
        mount = self.mounted(folder=path, settings=settings)
        (mount.path / "at-once.txt").write_bytes(b"x")
        self.assertEqual(self.service.content("/Shared/d/at-once.txt"), b"x")
        engine = json.loads(mount.wsfs("status", "--json").stdout)["engines"][0]
        self.assertEqual(engine["mounts"][0]["writes"], "through")
        self.assertEqual(engine["mounts"][0]["fsync"], "remote")
        mount.unmount()
        self.service.delete("/Shared/d/at-once.txt")

        mount = self.mounted("--writes", "back", folder=path,
                             settings=settings)
        engine = json.loads(mount.wsfs("status", "--json").stdout)["engines"][0]
        self.assertEqual(engine["mounts"][0]["writes"], "back")
        mount.unmount()

    def test_configuration_that_is_wrong_mounts_nothing(self):
        path = self.box.path / "misconfigured"
        mount = self.mounted(
            folder=path, ready=False,
            settings=self.configured('[mount]\nwrites = "bakc"\n'))
        self.assertEqual(mount.process.wait(20), 2)
        self.one_sentence(mount.text(), ".toml:2: writes")
        self.assertEqual(mounts_below(path), [])

    def test_drain_of_a_mount_is_how_long_its_end_waits(self):
        data = self.box.path / "data-drain"
        server = self.box.serve(data=data)
        server.service.mkdirs("/Shared/d")
        for end in ("unmount", "signal"):
            mount = self.box.mount(
                server, "--drain", "200ms", remote="/Shared/d",
                store=self.box.path / "s-drain")
            server.kill()
            (mount.path / f"{end}.txt").write_bytes(b"x")
            before = time.monotonic()
            if end == "unmount":
                self.assertEqual(mount.unmount().returncode, 5)
            else:
                mount.process.send_signal(signal.SIGTERM)
                self.assertEqual(mount.process.wait(25), 5)
            self.assertLess(time.monotonic() - before, 15)
            self.assertFalse(mount.is_mounted())
            server = self.box.serve(data=data, port=server.port)

    def test_unmount_drains(self):
        mount = self.mounted()
        (mount.path / "drained.txt").write_bytes(b"x")
        done = mount.unmount()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.service.content("/Shared/d/drained.txt"), b"x")
        self.service.delete("/Shared/d/drained.txt")

    def test_unmount_now_keeps_for_the_next_mount(self):
        mount = self.mounted()
        (mount.path / "kept.txt").write_bytes(b"x")
        mount.unmount("--now")
        self.assertFalse(mount.is_mounted())

        again = self.mounted()
        self.assertEqual((again.path / "kept.txt").read_bytes(), b"x")
        self.assertEqual(again.sync(), 0)
        again.unmount()
        self.assertEqual(self.service.content("/Shared/d/kept.txt"), b"x")
        self.service.delete("/Shared/d/kept.txt")

    def test_foreign_unmount_drains(self):
        """umount and fusermount3 -u, as file managers do it."""
        mount = self.mounted()
        (mount.path / "by-umount.txt").write_bytes(b"x")
        subprocess.run(["fusermount3", "-u", str(mount.path)], timeout=20,
                       check=True)
        mount.process.wait(40)
        self.assertEqual(self.service.content("/Shared/d/by-umount.txt"),
                         b"x")
        self.service.delete("/Shared/d/by-umount.txt")

    def test_unmount_of_a_busy_folder_says_so(self):
        mount = self.mounted()
        with open(mount.path / "a.txt", "rb"):
            done = mount.wsfs("unmount")
            self.assertNotEqual(done.returncode, 0)
            self.one_sentence(done.stderr, str(mount.path))
        self.assertEqual(mount.unmount().returncode, 0)

    def test_signals_drain_and_unmount(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            mount = self.mounted()
            name = f"signal-{number}.txt"
            (mount.path / name).write_bytes(b"x")
            mount.process.send_signal(number)
            self.assertEqual(mount.process.wait(40), 0)
            self.assertFalse(mount.is_mounted())
            self.assertEqual(self.service.content("/Shared/d/" + name), b"x")
            self.service.delete("/Shared/d/" + name)

    @limit(90)
    def test_second_signal_leaves_at_once(self):
        data = self.box.path / "data-second"
        server = self.box.serve(data=data)
        server.service.mkdirs("/Shared/d")
        mount = self.box.mount(server, remote="/Shared/d",
                               store=self.box.path / "s-second")
        server.process.send_signal(signal.SIGSTOP)
        (mount.path / "kept.txt").write_bytes(b"kept")
        mount.process.send_signal(signal.SIGINT)
        time.sleep(1)
        start = time.monotonic()
        mount.process.send_signal(signal.SIGINT)
        mount.process.wait(20)
        self.assertLess(time.monotonic() - start, 5)
        server.process.send_signal(signal.SIGCONT)

        again = self.box.mount(server, remote="/Shared/d", folder=mount.path,
                               store=self.box.path / "s-second")
        self.assertEqual((again.path / "kept.txt").read_bytes(), b"kept")
        self.assertEqual(again.sync(), 0)
        self.assertEqual(server.service.content("/Shared/d/kept.txt"), b"kept")

    def test_read_only_mount(self):
        mount = self.mounted("--read-only")
        self.assertEqual((mount.path / "a.txt").read_bytes(), b"a")
        for action in (lambda: (mount.path / "b").write_bytes(b"x"),
                       lambda: os.unlink(mount.path / "a.txt"),
                       lambda: os.mkdir(mount.path / "d"),
                       lambda: os.truncate(mount.path / "a.txt", 0)):
            with self.assertRaises(OSError) as caught:
                action()
            self.assertEqual(caught.exception.errno, 30)

    def test_dead_engine_is_cleared_at_the_next_start(self):
        mount = self.mounted()
        mount.kill()
        with self.assertRaises(OSError):
            os.listdir(mount.path)
        again = self.mounted(folder=mount.path)
        self.assertEqual(os.listdir(again.path), ["a.txt"])

    def test_deep_store_path(self):
        """A socket's path may be longer than the kernel's 107 bytes."""
        deep = self.box.path / ("s" * 60) / ("t" * 60)
        deep.mkdir(parents=True)
        mount = self.mounted(store=deep)
        self.assertEqual(mount.wsfs("status").returncode, 0)
        self.assertEqual(mount.sync(), 0)
        self.assertEqual(mount.unmount().returncode, 0)

    def test_systemd_is_told_when_it_is_ready(self):
        name = f"wsfs-test-{os.getpid()}"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind("\0" + name)
        listener.settimeout(30)
        self.addCleanup(listener.close)
        environment = self.box.environment(self.server)
        environment["NOTIFY_SOCKET"] = "@" + name
        folder = self.box.path / "systemd"
        process = subprocess.Popen(
            prefix() + [wsfs_program(), "mount", "--foreground", "--store",
                        str(self.box.path / "s-systemd"), "/Shared/d",
                        str(folder)], env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        try:
            self.assertIn(b"READY=1", listener.recv(4096))
            self.assertEqual(os.listdir(folder), ["a.txt"])
        finally:
            process.terminate()
            process.wait(30)

    def test_nothing_secret_is_written_anywhere(self):
        secret = b"content-that-nobody-may-log-4711"
        mount = self.mounted("--log-level", "trace")
        (mount.path / "secret.txt").write_bytes(secret)
        (mount.path / "secret.txt").read_bytes()
        self.assertEqual(mount.sync(), 0)
        status = mount.wsfs("status", "--json").stdout.encode()
        self.assertNotIn(TOKEN.encode(), status)
        mount.unmount()
        self.service.delete("/Shared/d/secret.txt")

        for log in (mount.log, mount.wsfs_log):
            text = pathlib.Path(log).read_bytes()
            self.assertNotIn(TOKEN.encode(), text)
            self.assertNotIn(secret, text)
        for path in pathlib.Path(mount.store).rglob("*"):
            if path.is_file():
                self.assertNotIn(TOKEN.encode(), path.read_bytes(), path)

    def test_store_is_private(self):
        mount = self.mounted()
        (mount.path / "a.txt").read_bytes()
        (mount.path / "big.bin").write_bytes(bytes(200_000))
        self.assertEqual(mount.sync(), 0)
        for path in [pathlib.Path(mount.store),
                     *pathlib.Path(mount.store).rglob("*")]:
            mode = stat.S_IMODE(os.lstat(path).st_mode)
            wanted = 0o700 if path.is_dir() else 0o600
            self.assertEqual(mode & ~wanted, 0, f"{path}: {mode:o}")
        mount.unmount()
        self.service.delete("/Shared/d/big.bin")

    def test_token_is_not_in_the_command_line(self):
        mount = self.mounted()
        words = pathlib.Path(f"/proc/{mount.pid}/cmdline").read_bytes()
        self.assertNotIn(TOKEN.encode(), words)

    def test_inode_numbers_survive_a_remount(self):
        mount = self.mounted()
        before = os.stat(mount.path / "a.txt").st_ino
        mount.unmount()
        again = self.mounted()
        self.assertEqual(os.stat(again.path / "a.txt").st_ino, before)
        again.unmount()

    def test_demo_keeps_its_data(self):
        folder = self.box.path / "demo"
        for number in range(2):
            done = self.box.wsfs("mount", "--demo", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            file = folder / "Shared" / "demo-test.txt"
            if number:
                self.assertEqual(file.read_bytes(), b"kept")
            else:
                file.write_bytes(b"kept")
            done = self.box.wsfs("unmount", folder)
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_help_and_version(self):
        done = self.box.wsfs("--help")
        self.assertEqual(done.returncode, 0)
        for command in ("mount", "unmount", "status", "sync", "serve"):
            self.assertIn(command, done.stdout)
        done = self.box.wsfs("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"\d+\.\d+")
