"""Host and path normalisation, and that a real Envoy does exactly the same."""

import contextlib
import http.client
import json
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path as FilePath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from portway.adapters.envoy import binary
from portway.core.explain import normal


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("/a/../b", "/b"),
        ("/a/..", "/"),
        ("/a/.", "/a/"),
        ("//admin", "/admin"),
        ("/a//../b", "/a/b"),
        ("/%61dmin", "/admin"),
        ("/a/%2e%2e/b", "/b"),
        ("/public/..;/admin", "/admin"),
        ("/a/%2e%2e;/b", "/a/..;/b"),
        ("/a/b;x=1", "/a/b;x=1"),
        ("/%252e", "/%252e"),
        ("/a\\b", "/a/b"),
        ("/a|b", "/a%7Cb"),
        ("/ADMIN", "/ADMIN"),
        ("/..", "/"),
    ],
)
def test_paths(raw: str, value: str) -> None:
    assert normal.path(raw) == normal.Path(value)


@pytest.mark.parametrize("raw", ["/a%2fb", "/a%5Cb", "/x%2F..%2fa/b"])
def test_an_escaped_slash_is_redirected(raw: str) -> None:
    assert normal.path(raw) == normal.Path("/a/b", redirected=True)


@pytest.mark.parametrize(
    ("authority", "name"),
    [
        ("App.Example.com", "app.example.com"),
        ("app.example.com:8080", "app.example.com"),
        ("app.example.com.", "app.example.com"),
        ("app.example.com.:81", "app.example.com"),
        ("[::1]:8080", "[::1]"),
    ],
)
def test_hosts(authority: str, name: str) -> None:
    assert normal.host(authority) == name


PIECES = ["/", "//", ".", "..", "%2e", "%2E%2e", ";", "..;", "a", "B", "%61", "%2f", "%5c", "%3b"]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map(lambda parts: "/" + "".join(parts)))
@example("/a/./")
def test_a_path_without_parameters_needs_no_second_pass(raw: str) -> None:
    once = normal.path(raw).value
    assert once.startswith("/")
    assert "//" not in once
    if ";" not in raw:
        assert normal.path(once).value == once


@pytest.mark.envoy
def test_envoy_agrees(tmp_path: FilePath) -> None:
    paths = [
        "/a/../b", "/a/..", "/a/.", "/a/./", "/a/%2e%2e/b", "/%61dmin", "//admin", "/a//../b",
        "/a/..//b", "/public/..;/admin", "/.;/admin", "/a/..;x=1/b", "/a/b;x=1", "/a/..;", "/.;",
        "/a%2fb", "/a%5cb", "/a\\b", "/x%2f..%2fb", "/a%3Bb", "/a%7eb", "/%252e", "/a/%2E",
        "/a|b", '/a"b<>^`{}', "/a%zz", "/...", "/..../b", "/a/%2e%2e;/b", "/..", "/../..",
        "/%2e%2e%3b/x", "/a/;/b", "/a/.../b", "/a/.b/c", "/a/..b", "/a/%2e;/b",
    ]  # fmt: skip
    with _echo(tmp_path) as port:
        seen = {raw: _ask(port, raw) for raw in paths}
    assert seen == {raw: normal.path(raw) for raw in paths}


def _ask(port: int, path: str) -> normal.Path:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(4096), b"")).decode()
    head = answer.split("\r\n\r\n")[0].split("\r\n")[1:]
    headers = dict(line.split(": ", 1) for line in head)
    if " 307 " in answer.splitlines()[0]:
        return normal.Path(headers["location"], redirected=True)
    return normal.Path(headers["x-path"])


@contextlib.contextmanager
def _echo(folder: FilePath) -> Iterator[int]:
    """An Envoy with the hardened path settings that answers with the path it sees."""
    ports = folder / "ports"
    config = folder / "envoy.json"
    config.write_text(json.dumps(_configuration(folder / "admin.sock")))
    command = [
        str(binary.locate().path), "-c", str(config), "--concurrency", "1",
        "--disable-hot-restart", "-l", "error",
    ]  # fmt: skip
    with ports.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        yield _port(folder / "admin.sock", process)
    finally:
        process.terminate()
        process.wait(10)


def _port(admin: FilePath, process: subprocess.Popen[bytes]) -> int:
    """The port the kernel chose, asked of the admin socket as soon as it answers."""
    for _ in range(200):
        assert process.poll() is None, "Envoy ended"
        with contextlib.suppress(OSError):
            return _listener_port(admin)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
    raise AssertionError("Envoy did not start")


def _listener_port(admin: FilePath) -> int:
    """Raises OSError while there is nobody, or no listener, to ask."""
    with contextlib.closing(_AdminConnection(admin)) as connection:
        connection.request("GET", "/listeners?format=json")
        statuses = json.loads(connection.getresponse().read()).get("listener_statuses")
    if not statuses:
        raise OSError("no listener yet")
    port: int = statuses[0]["local_address"]["socket_address"]["port_value"]
    return port


class _AdminConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: FilePath) -> None:
        super().__init__("localhost", timeout=5)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(str(self._path))


def _configuration(admin: FilePath) -> dict[str, object]:
    kinds = "type.googleapis.com/envoy.extensions.filters"
    manager = {
        "@type": f"{kinds}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "x",
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "UNESCAPE_AND_REDIRECT",
        "http_filters": [
            {"name": "r", "typed_config": {"@type": f"{kinds}.http.router.v3.Router"}}
        ],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "v",
                    "domains": ["*"],
                    "response_headers_to_add": [
                        {"header": {"key": "x-path", "value": "%REQ(:PATH)%"}}
                    ],
                    "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}],
                }
            ]
        },
    }
    address = {"socket_address": {"address": "127.0.0.1", "port_value": 0}}
    chain = {"filters": [{"name": "h", "typed_config": manager}]}
    return {
        "admin": {"address": {"pipe": {"path": str(admin)}}},
        "static_resources": {
            "listeners": [{"name": "l", "address": address, "filter_chains": [chain]}]
        },
    }
