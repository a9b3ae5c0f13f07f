"""TLS, HTTP/2 and proxies, with the real program on one side of them."""

import os
import types

from harness import Boxed, LeftOut, limit
from network import (FAR_NAME, NAME, OTHER_NAME, Authority, Http2Front, Proxy,
                     TlsFront, without_http2, without_openssl)
from processes import TOKEN, mounts_below

HOME = "/Shared/net"


class Networked(Boxed):
    """A server behind TLS. Its certificates are of an authority that only
    this test knows."""

    @classmethod
    def setUpClass(cls):
        reason = without_openssl()
        if reason:
            raise LeftOut(reason)
        super().setUpClass()
        cls.server = cls.box.serve()
        cls.service = cls.server.service
        cls.service.mkdirs(HOME)
        cls.service.put(HOME + "/a.txt", b"a")
        cls.authority = Authority(cls.box.path / "authority")
        cls.certificate = cls.authority.certificate(NAME, FAR_NAME,
                                                    "127.0.0.1")
        cls.listeners = []

    @classmethod
    def tearDownClass(cls):
        for listener in getattr(cls, "listeners", []):
            listener.close()
        super().tearDownClass()

    @classmethod
    def listen(cls, kind, *arguments, **options):
        cls.listeners.append(kind(*arguments, **options))
        return cls.listeners[-1]

    def mounted(self, url, **settings):
        settings.setdefault("DATABRICKS_CA_BUNDLE", str(self.authority.file))
        number = self.box.next_number()
        return self.box.mount(types.SimpleNamespace(host=url), remote=HOME,
                              store=self.box.path / f"store-{number}",
                              settings=settings)

    def refused(self, url, **settings):
        """What a mount that cannot be says; nothing is mounted."""
        number = self.box.next_number()
        folder = self.box.path / f"no-{number}"
        done = self.box.wsfs(
            "mount", "--store", self.box.path / f"store-{number}", HOME,
            folder, server=types.SimpleNamespace(host=url), settings=settings)
        self.assertEqual(mounts_below(folder), [])
        self.assertNotIn(TOKEN, done.stdout + done.stderr)
        self.assertEqual(len(done.stderr.strip().splitlines()), 1, done.stderr)
        return done

    def use(self, mount):
        """Lists, reads, saves and sends."""
        self.assertIn("a.txt", os.listdir(mount.path))
        self.assertEqual((mount.path / "a.txt").read_bytes(), b"a")
        name = self._testMethodName + ".txt"
        (mount.path / name).write_bytes(b"new")
        self.assertEqual(mount.sync(), 0)
        self.assertEqual(self.service.content(f"{HOME}/{name}"), b"new")
        self.assertEqual(mount.unmount().returncode, 0)


class Http2(Networked):
    @classmethod
    def setUpClass(cls):
        reason = without_http2()
        if reason:
            raise LeftOut(reason)
        super().setUpClass()
        for number in range(12):
            cls.service.mkdirs(f"{HOME}/deep/{number}")
            cls.service.put(f"{HOME}/deep/{number}/x.txt", b"x" * number)
        cls.front = cls.listen(Http2Front, cls.server.port, cls.certificate)
        cls.url = f"https://{NAME}:{cls.front.port}"

    @limit(120)
    def test_small_calls_share_http2_and_contents_go_over_http11(self):
        mount = self.mounted(self.url)
        for number in range(12):
            content = (mount.path / f"deep/{number}/x.txt").read_bytes()
            self.assertEqual(content, b"x" * number)
        large = os.urandom(5 << 20)
        (mount.path / "large.bin").write_bytes(large)
        (mount.path / "small.txt").write_bytes(b"small")
        self.assertEqual(mount.sync(), 0)
        self.assertEqual(self.service.content(HOME + "/large.bin"), large)
        self.assertEqual(mount.unmount().returncode, 0)

        seen = self.front.seen
        contents = [call for call in seen
                    if call.path.endswith(("/import", "/export"))]
        small = [call for call in seen if call not in contents]
        self.assertGreaterEqual(
            len([call for call in contents if call.path.endswith("/import")]),
            2)
        self.assertEqual({call.version for call in contents}, {"http/1.1"})
        self.assertGreater(len(small), 12)
        self.assertEqual({call.version for call in small}, {"h2"})
        self.assertEqual(len({call.connection for call in small}), 1)
        # Nobody is asked to say "100 Continue" first.
        self.assertEqual([call for call in seen if "expect" in call.headers],
                         [])


class Certificates(Networked):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.front = cls.listen(TlsFront, cls.server.port, cls.certificate)
        cls.url = f"https://{NAME}:{cls.front.port}"

    def test_ca_of_databricks_ca_bundle(self):
        self.use(self.mounted(self.url))

    def test_ca_of_ssl_cert_file(self):
        self.use(self.mounted(self.url, DATABRICKS_CA_BUNDLE="",
                              SSL_CERT_FILE=str(self.authority.file)))

    def test_own_ca_comes_before_the_systems(self):
        other = Authority(self.box.path / "second", "another authority")
        self.use(self.mounted(self.url, SSL_CERT_FILE=str(other.file)))

    def test_server_of_an_unknown_ca_is_refused(self):
        done = self.refused(self.url)
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("trust", done.stderr)
        self.assertIn("DATABRICKS_CA_BUNDLE", done.stderr)

    def test_server_of_another_ca_than_named_is_refused(self):
        other = Authority(self.box.path / "other", "another authority")
        done = self.refused(self.url, DATABRICKS_CA_BUNDLE=str(other.file))
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("trust", done.stderr)
        self.assertIn("DATABRICKS_CA_BUNDLE", done.stderr)

    def test_certificate_for_another_name_is_refused(self):
        done = self.refused(f"https://{OTHER_NAME}:{self.front.port}",
                            DATABRICKS_CA_BUNDLE=str(self.authority.file))
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("certificate is for another name", done.stderr)
        self.assertIn(OTHER_NAME, done.stderr)
        self.assertIn("DATABRICKS_HOST", done.stderr)

    def test_certificate_that_has_expired_is_refused(self):
        old = self.authority.certificate("old.localhost", days="-1")
        front = self.listen(TlsFront, self.server.port, old)
        done = self.refused(f"https://old.localhost:{front.port}",
                            DATABRICKS_CA_BUNDLE=str(self.authority.file))
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("clock", done.stderr)

    def test_ca_file_that_is_none(self):
        file = self.box.path / "nonsense.pem"
        file.write_text("no certificate\n")
        for path in (file, self.box.path / "absent.pem"):
            done = self.refused(self.url, DATABRICKS_CA_BUNDLE=str(path))
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn(str(path), done.stderr)
            self.assertIn("DATABRICKS_CA_BUNDLE", done.stderr)

    def test_ca_file_that_is_broken(self):
        file = self.box.path / "broken.pem"
        file.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n"
                        "-----END CERTIFICATE-----\n")
        done = self.refused(self.url, DATABRICKS_CA_BUNDLE=str(file))
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("DATABRICKS_CA_BUNDLE", done.stderr)

    def test_server_without_tls_is_refused(self):
        done = self.refused(f"https://{NAME}:{self.server.port}",
                            DATABRICKS_CA_BUNDLE=str(self.authority.file))
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("TLS", done.stderr)


class Proxies(Networked):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.front = cls.listen(TlsFront, cls.server.port, cls.certificate)

    def setUp(self):
        self.proxy = self.listen(Proxy, self.front.port)
        self.address = f"http://127.0.0.1:{self.proxy.port}"

    def test_https_goes_through_the_proxy(self):
        self.use(self.mounted("https://" + FAR_NAME, HTTPS_PROXY=self.address))
        self.assertEqual(self.proxy.targets, {FAR_NAME + ":443"})
        self.assertNotIn(TOKEN, "".join(self.proxy.heads))

    def test_who_the_proxy_is_told_we_are(self):
        address = f"http://ada:s3cret@127.0.0.1:{self.proxy.port}"
        mount = self.mounted("https://" + FAR_NAME, https_proxy=address)
        self.use(mount)
        for head in self.proxy.heads:
            self.assertIn("Proxy-Authorization: Basic ", head)
        for log in (mount.log, mount.wsfs_log):
            self.assertNotIn("s3cret", log.read_text(errors="replace"))

    def test_names_in_no_proxy_are_asked_directly(self):
        url = f"https://{NAME}:{self.front.port}"
        for number, names in enumerate((NAME, ".localhost", "*")):
            self.proxy.heads.clear()
            mount = self.mounted(url, HTTPS_PROXY=self.address,
                                 NO_PROXY=names)
            self.assertIn("a.txt", os.listdir(mount.path), names)
            self.assertEqual(mount.unmount().returncode, 0)
            self.assertEqual(self.proxy.heads, [], names)
        # The same name without the exception.
        mount = self.mounted(url, HTTPS_PROXY=self.address,
                             NO_PROXY="x.example")
        self.assertEqual(mount.unmount().returncode, 0)
        self.assertEqual(self.proxy.targets, {f"{NAME}:{self.front.port}"})

    def test_this_machine_is_never_asked_through_a_proxy(self):
        settings = {name: self.address
                    for name in ("HTTPS_PROXY", "HTTP_PROXY", "http_proxy",
                                 "ALL_PROXY", "all_proxy")}
        for url in (self.server.host,
                    f"http://localhost:{self.server.port}",
                    f"https://127.0.0.1:{self.front.port}"):
            mount = self.mounted(url, **settings)
            self.assertIn("a.txt", os.listdir(mount.path), url)
            self.assertEqual(mount.unmount().returncode, 0)
            self.assertEqual(self.proxy.heads, [], url)

    def test_proxy_that_refuses_is_named(self):
        for refusal in ("407 who are you", "502 not today"):
            proxy = self.listen(Proxy, self.front.port, refusal=refusal)
            done = self.refused("https://" + FAR_NAME,
                                HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
            self.assertEqual(done.returncode, 75, done.stderr)
            self.assertIn(refusal[:3], done.stderr)
            self.assertIn("HTTPS_PROXY", done.stderr)

    def test_proxy_that_is_not_there_is_named(self):
        proxy = Proxy(self.front.port)
        proxy.close()
        done = self.refused("https://" + FAR_NAME,
                            HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertIn("HTTPS_PROXY", done.stderr)
