"""What may stand between a mount and its workspace: TLS with a certificate
authority of the test's own, HTTP/2, a proxy. All on the loopback interface."""

import asyncio
import contextlib
import http.client
import pathlib
import shutil
import ssl
import subprocess
import sys
import threading

try:
    # Debian's package, also for a Python that is not Debian's.
    sys.path.append("/usr/lib/python3/dist-packages")
    import h2.config
    import h2.connection
    import h2.events
except ImportError:
    h2 = None
finally:
    sys.path.remove("/usr/lib/python3/dist-packages")

# Names that libcurl knows to be this machine, and that are none of those
# which wsfs itself takes for it.
NAME = "workspace.localhost"
OTHER_NAME = "other.localhost"
# A name that nothing but a proxy can reach (RFC 2606).
FAR_NAME = "adb-1.wsfs.test"


class Authority:
    """Signs certificates. `file` is what clients are to trust."""

    def __init__(self, folder, name="wsfs test authority"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir()
        self.file = self.folder / "ca.pem"
        self.run("req", "-x509", *self.new_key("ca"), "-subj", f"/CN={name}",
                 "-days", "2", "-out", self.file)

    def certificate(self, *names, days="2"):
        """(certificate file, key file) of a server with these names."""
        stem = names[0]
        request = self.folder / f"{stem}.csr"
        extensions = self.folder / f"{stem}.ext"
        extensions.write_text("subjectAltName=" + ",".join(
            ("IP:" if name[0].isdigit() else "DNS:") + name
            for name in names) + "\n")
        self.run("req", *self.new_key(stem), "-subj", f"/CN={stem}", "-out",
                 request)
        certificate = self.folder / f"{stem}.pem"
        self.run("x509", "-req", "-in", request, "-CA", self.file, "-CAkey",
                 self.folder / "ca.key", "-CAcreateserial", "-days", days,
                 "-extfile", extensions, "-out", certificate)
        return certificate, self.folder / f"{stem}.key"

    def new_key(self, stem):
        return ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-keyout", self.folder / f"{stem}.key")

    @staticmethod
    def run(*arguments):
        subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=30, check=True)


class Listener:
    """Serves connections on a free port, in a thread with its own loop."""

    def __init__(self, tls=None):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever,
                                       daemon=True)
        self.thread.start()
        starting = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=tls),
            self.loop)
        self.server = starting.result(10)
        self.port = self.server.sockets[0].getsockname()[1]

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await self.talk(reader, writer)
        writer.close()

    async def talk(self, reader, writer):
        raise NotImplementedError

    @staticmethod
    async def relay(reader, writer, port):
        """Both directions, until one end closes."""
        there, back = await asyncio.open_connection("127.0.0.1", port)

        async def copy(source, sink):
            with contextlib.suppress(OSError):
                while piece := await source.read(65536):
                    sink.write(piece)
                    await sink.drain()
            sink.close()
        await asyncio.gather(copy(reader, back), copy(there, writer))

    def close(self):
        async def end():
            self.server.close()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


class TlsFront(Listener):
    """TLS before a server that speaks plain HTTP/1.1; offers no other."""

    PROTOCOLS = ("http/1.1",)

    def __init__(self, port, certificate):
        self.behind = port
        self.connections = 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        context.set_alpn_protocols(self.PROTOCOLS)
        super().__init__(context)

    async def talk(self, reader, writer):
        self.connections += 1
        await self.relay(reader, writer, self.behind)


class Proxy(Listener):
    """An HTTP proxy that knows CONNECT only, and leads it where it is told;
    or answers with `refusal`."""

    def __init__(self, port, refusal=None):
        self.behind = port
        self.refusal = refusal
        self.heads = []
        super().__init__()

    async def talk(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        if self.refusal or not head.startswith("CONNECT "):
            answer = self.refusal or "405 only CONNECT"
            writer.write(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n"
                         .encode())
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 here you are\r\n\r\n")
        await self.relay(reader, writer, self.behind)

    @property
    def targets(self):
        return {head.split()[1] for head in self.heads}


class Seen:
    """A request as it came to an Http2Front."""

    def __init__(self, version, connection, headers):
        self.version = version
        self.connection = connection
        self.headers = headers
        self.method = headers[":method"]
        self.path = headers[":path"].split("?")[0]


class Http2Front(TlsFront):
    """The same, but it offers HTTP/2 first and notes what was chosen."""

    PROTOCOLS = ("h2", "http/1.1")

    def __init__(self, port, certificate):
        self.seen = []
        super().__init__(port, certificate)

    async def talk(self, reader, writer):
        self.connections += 1
        chosen = writer.get_extra_info("ssl_object").selected_alpn_protocol()
        if chosen == "h2":
            await self.talk_http2(reader, writer, self.connections)
        else:
            await self.talk_http11(reader, writer, self.connections)

    async def talk_http11(self, reader, writer, number):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.split("\r\n")[:-2]
            headers = dict(line.lower().split(": ", 1) for line in lines)
            method, path, _ = first.split()
            length = int(headers.get("content-length", 0))
            body = await reader.readexactly(length)
            headers.update({":method": method, ":path": path})
            self.seen.append(Seen("http/1.1", number, headers))
            status, answer, content = await self.ask(
                method, path, body, lines)
            answer = [f"{name}: {value}\r\n" for name, value in answer]
            writer.write(f"HTTP/1.1 {status} X\r\n{''.join(answer)}\r\n"
                         .encode() + content)
            await writer.drain()

    async def talk_http2(self, reader, writer, number):
        connection = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        streams = {}
        answering = set()
        while True:
            writer.write(connection.data_to_send())
            await writer.drain()
            piece = await reader.read(65536)
            if not piece:
                return
            for event in connection.receive_data(piece):
                if isinstance(event, h2.events.RequestReceived):
                    streams[event.stream_id] = (dict(event.headers),
                                                bytearray())
                elif isinstance(event, h2.events.DataReceived):
                    streams[event.stream_id][1].extend(event.data)
                    connection.acknowledge_received_data(
                        event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    headers, body = streams.pop(event.stream_id)
                    self.seen.append(Seen("h2", number, headers))
                    task = asyncio.create_task(self.answer(
                        connection, writer, event.stream_id, headers,
                        bytes(body)))
                    answering.add(task)
                    task.add_done_callback(answering.discard)

    async def answer(self, connection, writer, stream, headers, body):
        status, answer, content = await self.ask(
            headers[":method"], headers[":path"], body,
            [f"{name}: {value}" for name, value in headers.items()
             if not name.startswith(":")])
        connection.send_headers(
            stream, [(":status", str(status)),
                     *((name.lower(), value) for name, value in answer)])
        step = connection.max_outbound_frame_size
        for begin in range(0, len(content), step):
            connection.send_data(stream, content[begin:begin + step])
        connection.end_stream(stream)
        writer.write(connection.data_to_send())
        await writer.drain()

    async def ask(self, method, path, body, lines):
        """The server behind: (status, headers, body)."""
        def call():
            client = http.client.HTTPConnection("127.0.0.1", self.behind,
                                                timeout=30)
            headers = dict(line.split(": ", 1) for line in lines)
            client.request(method, path, body or None, headers)
            answer = client.getresponse()
            content = answer.read()
            client.close()
            kept = [(name, value) for name, value in answer.getheaders()
                    if name.lower() not in ("connection", "content-length",
                                            "transfer-encoding",
                                            "keep-alive")]
            return (answer.status,
                    [*kept, ("content-length", str(len(content)))], content)
        return await asyncio.to_thread(call)


def without_openssl():
    """Why the tests that need certificates cannot run, or None."""
    return None if shutil.which("openssl") else "openssl is not installed"


def without_http2():
    """Why there is no HTTP/2 server here, or None."""
    return None if h2 else "the package python3-h2 is not installed"
