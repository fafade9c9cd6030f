"""Host and path normalisation, and that a real Envoy does exactly the same."""

import socket
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

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
def test_envoy_agrees(envoy: Any) -> None:
    paths = [
        "/a/../b", "/a/..", "/a/.", "/a/./", "/a/%2e%2e/b", "/%61dmin", "//admin", "/a//../b",
        "/a/..//b", "/public/..;/admin", "/.;/admin", "/a/..;x=1/b", "/a/b;x=1", "/a/..;", "/.;",
        "/a%2fb", "/a%5cb", "/a\\b", "/x%2f..%2fb", "/a%3Bb", "/a%7eb", "/%252e", "/a/%2E",
        "/a|b", '/a"b<>^`{}', "/a%zz", "/...", "/..../b", "/a/%2e%2e;/b", "/..", "/../..",
        "/%2e%2e%3b/x", "/a/;/b", "/a/.../b", "/a/.b/c", "/a/..b", "/a/%2e;/b",
    ]  # fmt: skip
    port = envoy(_listener())
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


def _listener() -> dict[str, Any]:
    """The hardened path settings; answers with the path it sees."""
    kinds = "type.googleapis.com/envoy.extensions.filters"
    seen = {"header": {"key": "x-path", "value": "%REQ(:PATH)%"}}
    host = {
        "name": "v",
        "domains": ["*"],
        "response_headers_to_add": [seen],
        "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}],
    }
    manager = {
        "@type": f"{kinds}.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "x",
        "delayed_close_timeout": "0s",
        "normalize_path": True,
        "merge_slashes": True,
        "path_with_escaped_slashes_action": "UNESCAPE_AND_REDIRECT",
        "http_filters": [
            {"name": "r", "typed_config": {"@type": f"{kinds}.http.router.v3.Router"}}
        ],
        "route_config": {"virtual_hosts": [host]},
    }
    return {
        "name": "l",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": 0}},
        "filter_chains": [{"filters": [{"name": "h", "typed_config": manager}]}],
    }
