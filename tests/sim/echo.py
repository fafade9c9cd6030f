"""A backend that says what it got: its own name, the method, the path and the headers.

Knows HTTP/1.1 only; runs on a free port of 127.0.0.1.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Echo(ThreadingHTTPServer):
    """`name` is what the answers carry; `seen` are the paths of all requests, in order."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name = name
        self.seen: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        assert isinstance(self.server, Echo)
        self.server.seen.append(self.path)
        self.rfile.read(int(self.headers.get("content-length", "0")))
        body = json.dumps(
            {
                "backend": self.server.name,
                "method": self.command,
                "path": self.path,
                "headers": [[name.lower(), value] for name, value in self.headers.items()],
            }
        ).encode()
        self.send_response_only(200)
        self.send_header("server", "echo")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the tests look at answers."""


for _method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
    setattr(_Handler, f"do_{_method}", _Handler.answer)


@contextlib.contextmanager
def echoes(*names: str) -> Iterator[dict[str, Echo]]:
    """One backend per name."""
    servers = {name: Echo(name) for name in names}
    threads = [threading.Thread(target=each.serve_forever) for each in servers.values()]
    for each in threads:
        each.start()
    try:
        yield servers
    finally:
        for server in servers.values():
            server.shutdown()
            server.server_close()
        for each in threads:
            each.join()
