"""Both sides changed a file: wsfs conflicts, diff and resolve."""

import errno
import json
import os

from harness import HEADER, Mounted, given


class Conflicts(Mounted):
    def conflict(self, name, mine, theirs):
        """Ours and theirs of a file that was read here before."""
        self.read(name)
        self.put_there(name, theirs)
        self.write(name, mine)
        self.assertEqual(self.mount.sync(), 6)
        copies = [each for each in self.names() if ".conflict-" in each]
        self.assertEqual(len(copies), 1)
        return copies[0]

    def put_there(self, name, content):
        stem, extension = os.path.splitext(name)
        if extension == ".py":
            self.service.put_notebook(self.remote(stem), content)
        else:
            self.service.put(self.remote(name), content)

    def wsfs(self, command, *arguments):
        return self.box.wsfs(command, *arguments)

    @given({"a.txt": b"one\ntwo\nthree\n"})
    def test_conflicts_are_listed(self):
        copy = self.conflict("a.txt", b"mine\n", b"theirs\n")

        listed = self.wsfs("conflicts", self.mount.path)
        self.assertEqual(listed.returncode, 6)
        self.assertIn(str(self.path("a.txt")), listed.stdout)
        self.assertIn(copy, listed.stdout)
        told = json.loads(self.wsfs("conflicts", "--json").stdout)
        ours = [each for each in told["conflicts"]
                if each["path"] == str(self.path("a.txt"))]
        self.assertEqual(len(ours), 1)
        self.assertEqual(ours[0]["copy"], str(self.path(copy)))
        self.assertEqual(os.getxattr(self.path(copy), "user.wsfs.state"),
                         b"conflict")
        self.wsfs("resolve", self.path("a.txt"), "--theirs")

    @given({"a.txt": b"one\ntwo\nthree\n"})
    def test_diff_shows_theirs_and_yours(self):
        copy = self.conflict("a.txt", b"one\nmine\nthree\n",
                             b"one\ntheirs\nthree\n")

        for name in ("a.txt", copy):
            shown = self.wsfs("diff", self.path(name))
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertIn("-theirs\n+mine\n", shown.stdout)
        self.wsfs("resolve", self.path("a.txt"), "--theirs")

    @given({"a.txt": b"old\n"})
    def test_resolve_theirs(self):
        self.conflict("a.txt", b"mine\n", b"theirs\n")

        done = self.wsfs("resolve", self.path("a.txt"), "--theirs")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.names(), ["a.txt"])
        self.assertEqual(self.read("a.txt"), b"theirs\n")
        self.sync()
        self.assertEqual(self.remote_content("a.txt"), b"theirs\n")
        self.assertEqual(self.remote_names(), ["a.txt"])

    @given({"a.txt": b"old\n"})
    def test_resolve_mine_keeps_the_object(self):
        before = self.object_id("a.txt")
        copy = self.conflict("a.txt", b"mine\n", b"theirs\n")

        done = self.wsfs("resolve", self.path(copy), "--mine")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.names(), ["a.txt"])
        self.assertEqual(self.read("a.txt"), b"mine\n")
        self.sync()
        self.assertEqual(self.remote_content("a.txt"), b"mine\n")
        self.is_object("a.txt", before)

    @given({"nb.py": HEADER + b"print(1)\n"})
    def test_resolve_mine_of_a_notebook(self):
        before = self.object_id("nb")
        self.conflict("nb.py", HEADER + b"print(2)\n", HEADER + b"print(3)\n")

        done = self.wsfs("resolve", self.path("nb.py"), "--mine")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.sync()
        self.assertEqual(self.remote_content("nb"), HEADER + b"print(2)\n")
        self.is_object("nb", before)

    @given({"a.txt": b"1\n2\n3\n4\n5\n6\n7\n8\n"})
    def test_resolve_merge_marks_what_meets(self):
        copy = self.conflict("a.txt", b"1\nmine\n3\n4\n5\n6\n7\n8\n",
                             b"1\ntheirs\n3\n4\n5\n6\n7\neight\n")

        done = self.wsfs("resolve", self.path("a.txt"), "--merge")
        self.assertEqual(done.returncode, 6, done.stderr)
        self.assertEqual(
            self.read(copy),
            b"1\n<<<<<<< mine\nmine\n=======\ntheirs\n>>>>>>> theirs\n"
            b"3\n4\n5\n6\n7\neight\n")
        self.assertEqual(self.read("a.txt"),
                         b"1\ntheirs\n3\n4\n5\n6\n7\neight\n")
        self.assertEqual(self.mount.sync(), 6)  # Marks go to nobody.
        self.assertNotIn(b"<<<<", self.remote_content("a.txt"))

        merged = b"1\nmine and theirs\n3\n4\n5\n6\n7\neight\n"
        self.write(copy, merged)
        done = self.wsfs("resolve", self.path("a.txt"), "--mine")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.sync()
        self.assertEqual(self.remote_content("a.txt"), merged)
        self.assertEqual(self.names(), ["a.txt"])

    @given({"a.txt": b"1\n2\n3\n4\n5\n6\n7\n8\n"})
    def test_resolve_merge_of_what_no_longer_meets(self):
        copy = self.conflict("a.txt", b"1\nmine\n3\n4\n5\n6\n7\n8\n",
                             b"1\ntheirs\n3\n4\n5\n6\n7\n8\n")
        self.write(copy, b"1\n2\n3\n4\n5\n6\n7\nmine\n")

        done = self.wsfs("resolve", self.path("a.txt"), "--merge")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.sync()
        both = b"1\ntheirs\n3\n4\n5\n6\n7\nmine\n"
        self.assertEqual(self.remote_content("a.txt"), both)
        self.assertEqual(self.read("a.txt"), both)
        self.assertEqual(self.names(), ["a.txt"])

    @given({"a.txt": b"old\n"})
    def test_resolve_mine_after_theirs_was_removed(self):
        self.conflict("a.txt", b"mine\n", b"theirs\n")
        os.unlink(self.path("a.txt"))
        self.assertEqual(self.mount.sync(), 6)

        done = self.wsfs("resolve", self.path("a.txt"), "--mine")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.sync()
        self.assertEqual(self.remote_content("a.txt"), b"mine\n")
        self.assertEqual(self.names(), ["a.txt"])

    @given({"a.txt": b"old\n"})
    def test_resolve_waits_for_no_writer(self):
        copy = self.conflict("a.txt", b"mine\n", b"theirs\n")
        handle = os.open(self.path("a.txt"), os.O_WRONLY)
        try:
            done = self.wsfs("resolve", self.path("a.txt"), "--mine")
            self.assertEqual(done.returncode, 1)
            self.assertIn("open for writing", done.stderr)
        finally:
            os.close(handle)
        self.assertEqual(self.read(copy), b"mine\n")
        self.wsfs("resolve", self.path("a.txt"), "--theirs")

    @given({"a.txt": b"old\n"})
    def test_nothing_to_decide(self):
        done = self.wsfs("resolve", self.path("a.txt"), "--mine")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing to decide", done.stderr)
        self.assertEqual(self.wsfs("diff", self.path("a.txt")).returncode, 1)
        self.assertEqual(self.wsfs("resolve", self.path("a.txt")).returncode, 2)
        self.assertEqual(self.wsfs("resolve", "/", "--mine").returncode, 1)
        self.refuses(errno.ENODATA, os.getxattr, self.path("a.txt"),
                     "user.wsfs.error")
