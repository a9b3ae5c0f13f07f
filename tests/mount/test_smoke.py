"""The shortest way through everything."""

from harness import Mounted, given


class Smoke(Mounted):
    @given({"a.txt": b"from the service\n"})
    def test_read_what_the_service_holds(self):
        self.assertEqual(self.names(), ["a.txt"])
        self.assertEqual(self.read("a.txt"), b"from the service\n")
        self.assertEqual(self.path("a.txt").stat().st_size, 17)

    def test_write_reaches_the_service(self):
        self.write("new.txt", b"from here\n")

        self.assertEqual(self.read("new.txt"), b"from here\n")
        self.sync()

        self.assertEqual(self.remote_names(), ["new.txt"])
        self.assertEqual(self.remote_content("new.txt"), b"from here\n")
