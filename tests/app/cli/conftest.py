"""A running instance as the command line sees it: an HTTP server on a unix socket."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest


class Instance:
    """Answers each path with a prepared value and remembers what was posted."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, Any]] = {}
        self.posted: list[Any] = []


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The data folder of the instance; its path is short enough for a socket below it."""
    return tmp_path


@pytest.fixture
def instance(data: Path) -> Iterator[Instance]:
    prepared = Instance()
    place = data / "run"
    place.mkdir()
    with _Server(str(place / "admin.sock"), _handler(prepared)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield prepared
        server.shutdown()
        thread.join()


class _Server(socketserver.UnixStreamServer):
    pass


def _handler(prepared: Instance) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            prepared.posted.append(json.loads(self.rfile.read(length)))
            self._answer()

        def _answer(self) -> None:
            status, value = prepared.answers.get(self.path, (404, {"error": f"no {self.path}"}))
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def address_string(self) -> str:
            return "unix"

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet: the test says what it wants to know."""

    return Handler
