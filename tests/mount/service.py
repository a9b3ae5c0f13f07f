"""What the local workspace holds and what it was asked, seen from outside."""

import base64
import json
import urllib.error
import urllib.parse
import urllib.request

import switches

API = "/api/2.0/workspace/"


WRITES = ("import", "import-file", "new-files", "delete", "rename", "mkdirs",
          "move", "write-files")


class Refused(Exception):
    """The service answered with an error."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class Request:
    """One line of the request log."""

    def __init__(self, line):
        fields = json.loads(line)
        self.name = fields["route"]
        self.object = fields["object"]
        self.status = fields["status"]
        self.bytes_in = fields["bytes_in"]

    def __repr__(self):
        return f"{self.name} {self.object} {self.status}"


class Calls(list):
    """The requests of a stretch of time."""

    def of(self, *names):
        return [call for call in self if call.name in names]

    @property
    def writes(self):
        return self.of(*WRITES)


class Service:
    """A client of its own: it shares no code and no mistake with the mount."""

    def __init__(self, host, token, request_log):
        self.host = host
        self.token = token
        self.request_log = request_log
        # Never by a proxy: the server is on this machine.
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}))

    def call(self, method, endpoint, query=None, body=None, headers=None):
        url = self.host + endpoint
        if query:
            url += "?" + urllib.parse.urlencode(query)
        request = urllib.request.Request(url, method=method, data=body)
        request.add_header("Authorization", "Bearer " + self.token)
        request.add_header("User-Agent", "wsfs-mount-tests")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with self.opener.open(request, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode(errors="replace"))

    def post(self, name, **body):
        return self.call("POST", API + name, body=json.dumps(body).encode(),
                         headers={"Content-Type": "application/json"})

    def status(self, path):
        """The object at `path`, or None."""
        try:
            return json.loads(self.call(
                "GET", API + "get-status",
                {"path": path, "return_export_info": "true"}))
        except Refused as error:
            if error.status == 404:
                return None
            raise

    def object_id(self, path):
        found = self.status(path)
        return found and found["object_id"]

    def is_object(self, path, before, since=0, was=None):
        """Is what is at `path` the object that had the id `before`?

        Where the service gives new ids, it is if there is one and, since
        that position of the log, nothing was deleted there, or where it was.
        """
        if switches.ids_stay():
            return self.object_id(path) == before
        deleted = [call.object + "/" for call in self.requests(since)
                   if call.name == "delete" and call.status == 200]
        return before is not None and self.object_id(path) is not None and \
            not any((place + "/").startswith(folder)
                    for place in (path, was or path) for folder in deleted)

    def list(self, path):
        return json.loads(self.call("GET", API + "list",
                                    {"path": path})).get("objects", [])

    def tree(self, path):
        """{path below `path`: object type} of everything there."""
        found = {}
        for entry in self.list(path):
            found[entry["path"][len(path.rstrip("/")) + 1:]] = \
                entry["object_type"]
            if entry["object_type"] == "DIRECTORY":
                name = entry["path"][len(path.rstrip("/")) + 1:]
                for child, kind in self.tree(entry["path"]).items():
                    found[f"{name}/{child}"] = kind
        return found

    def names(self, path):
        return sorted(self.tree(path))

    def content(self, path, form="AUTO"):
        return self.call("GET", API + "export",
                         {"path": path, "format": form,
                          "direct_download": "true"})

    def mkdirs(self, path):
        self.post("mkdirs", path=path)

    def delete(self, path, recursive=False):
        self.post("delete", path=path, recursive=recursive)

    def put(self, path, content, form="RAW", language=None):
        """Imports `content` at exactly `path`, over what is there."""
        if form == "RAW" and switches.value("raw") == "refused":
            form = "AUTO"  # At once: tests count imports.
        if not content:
            self.put_json(path, content, form, language)
            return
        try:
            self.put_form(path, content, form, language)
        except Refused as error:
            if form != "RAW" or "RAW is not" not in error.body:
                raise
            self.put_form(path, content, "AUTO", language)

    def put_form(self, path, content, form, language):
        boundary = "mount-tests-boundary-5cf1"
        fields = {"path": path, "format": form, "overwrite": "true"}
        if language:
            fields["language"] = language
        body = b"".join(
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
            f"\r\n\r\n{value}\r\n".encode() for name, value in fields.items())
        body += (f'--{boundary}\r\nContent-Disposition: form-data; '
                 f'name="content"; filename="content"\r\n\r\n').encode()
        body += content + f"\r\n--{boundary}--\r\n".encode()
        self.call("POST", API + "import", body=body, headers={
            "Content-Type": f"multipart/form-data; boundary={boundary}"})

    def put_notebook(self, path, content, language="PYTHON"):
        self.put(path, content, "SOURCE", language)

    def put_json(self, path, content, form, language=None):
        body = {"path": path, "format": form, "overwrite": True,
                "content": base64.b64encode(content).decode()}
        if language:
            body["language"] = language
        self.post("import", **body)

    def position(self):
        return self.request_log.stat().st_size

    def requests(self, since=0):
        """What was asked since a position of the log, but not by tests."""
        with open(self.request_log, "rb") as log:
            log.seek(since)
            lines = log.read().splitlines()
        return Calls(Request(line) for line in lines if line.strip())
