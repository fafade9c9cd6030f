"""The hardened defaults, each proved on the wire of a real Envoy."""

import http.client
import json
import socket
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from portway.core import model, render
from portway.core.render.hardening import seconds
from tests.core.render.cases import HTTP_TABLE, host, http_port, key, prefix, route, share
from tests.sim.bootstrap import bootstrap, table
from tests.sim.echo import Echo, echoes
from tests.sim.proxy import running


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0s"), (10.0, "10s"), (1.5, "1.5s"), (0.001, "0.001s")]
)
def test_durations(value: float, text: str) -> None:
    assert seconds(value) == text


class Wire(NamedTuple):
    port: int
    backend: Echo


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """/admin is redirected to https://denied, everything else goes to a backend that echoes."""
    denied = route(match=prefix("/admin"), redirect=model.Redirect(hostname="denied", port=1))
    hosts = [
        host(denied, route(share("a"))),
        host(denied, route(share("a")), domain="exact.com"),
    ]
    with echoes("a") as servers:
        endpoint = model.Endpoint("127.0.0.1", servers["a"].port)
        whole = bootstrap(
            [render.listener(http_port(), render.Defaults(request_headers=0.5))],
            [table(HTTP_TABLE, hosts)],
            [render.cluster(model.Cluster(key("a")))],
            [render.endpoints(model.Endpoints(key("a"), (endpoint,)))],
        )
        with running(whole) as envoy:
            yield Wire(envoy.ports["shop/web/80"], servers["a"])


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def spoken(wire: Wire, data: bytes) -> Reply:
    """The answer to raw bytes; the connection is closed without waiting for Envoy to do it."""
    with socket.create_connection(("127.0.0.1", wire.port), timeout=10) as connection:
        connection.sendall(data)
        with http.client.HTTPResponse(connection) as response:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, headers, response.read())


def asked(wire: Wire, target: str = "/", *headers: str) -> Reply:
    lines = [f"GET {target} HTTP/1.1", *headers, "", ""]
    if not any(each.lower().startswith("host:") for each in headers):
        lines.insert(1, "Host: x")
    return spoken(wire, "\r\n".join(lines).encode())


def echoed(wire: Wire, *headers: str) -> dict[str, str]:
    """The headers the backend got."""
    reply = asked(wire, "/", *headers)
    assert reply.status == 200
    return dict(json.loads(reply.body)["headers"])


@pytest.mark.envoy
@pytest.mark.parametrize(
    "path",
    [
        *("/public/../admin", "/public/%2e%2e/admin", "//admin", "/%61dmin", "/./admin"),
        *("/public/..;/admin", "/.;/admin", "/admin/", "/x/..//admin"),
    ],
)
def test_no_spelling_walks_around_a_prefix(wire: Wire, path: str) -> None:
    reply = asked(wire, path)
    assert reply.status == 302
    assert reply.headers["location"].rstrip("/") == "http://denied:1/admin"


@pytest.mark.envoy
@pytest.mark.parametrize("path", ["/public%2f..%2fadmin", "/public%5c..%5cadmin"])
def test_escaped_slashes_are_sent_to_the_plain_path(wire: Wire, path: str) -> None:
    reply = asked(wire, path)
    assert (reply.status, reply.headers["location"]) == (307, "/admin")


@pytest.mark.envoy
@pytest.mark.parametrize("path", ["/public/%2e%2e;/admin", "/public/.%2e;x=1/admin", "/%2e;/admin"])
def test_encoded_dots_with_parameters_are_refused(wire: Wire, path: str) -> None:
    """Normalisation leaves them as dots with parameters, which backends read in two ways."""
    before = len(wire.backend.seen)
    assert asked(wire, path).status == 400
    assert len(wire.backend.seen) == before


@pytest.mark.envoy
@pytest.mark.parametrize("path", ["/file;v=1.2", "/a.;b", "/x?next=/..;/y", "/...;/x"])
def test_other_parameters_pass(wire: Wire, path: str) -> None:
    assert asked(wire, path).status == 200


@pytest.mark.envoy
def test_underscores_in_header_names_are_refused(wire: Wire) -> None:
    assert asked(wire, "/", "x_auth_user: root").status == 400


@pytest.mark.envoy
@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    ],
    ids=["both lengths", "two lengths", "space before the colon"],
)
def test_ambiguous_messages_are_refused(wire: Wire, request_: bytes) -> None:
    before = len(wire.backend.seen)
    assert spoken(wire, request_).status == 400
    assert len(wire.backend.seen) == before


@pytest.mark.envoy
@pytest.mark.parametrize("second", ["Host: x", "Host: y"])
def test_two_hosts_are_refused_where_any_host_is_served(wire: Wire, second: str) -> None:
    before = len(wire.backend.seen)
    assert asked(wire, "/", "Host: x", second).status == 400
    assert len(wire.backend.seen) == before


@pytest.mark.envoy
def test_headers_have_a_size_and_a_number(wire: Wire) -> None:
    assert asked(wire, "/", "x: " + "a" * 65_000).status == 431
    assert asked(wire, "/", *(f"x-{n}: 1" for n in range(101))).status == 431


@pytest.mark.envoy
def test_half_a_request_is_not_waited_for(wire: Wire) -> None:
    assert spoken(wire, b"GET / HTTP/1.1\r\nHo").status == 408


@pytest.mark.envoy
def test_only_the_proxy_writes_its_headers(wire: Wire) -> None:
    found = echoed(
        wire,
        "x-envoy-retry-on: 5xx",
        "x-envoy-internal: true",
        "x-envoy-external-address: 1.1.1.1",
        "x-gateway-destination-endpoint: 10.0.0.1:80",
        "x-forwarded-proto: https",
        "x-forwarded-for: 9.9.9.9",
    )
    assert {name: value for name, value in found.items() if name.startswith("x-envoy-")} == {
        "x-envoy-external-address": "127.0.0.1"
    }
    assert "x-gateway-destination-endpoint" not in found
    assert found["x-forwarded-proto"] == "http"
    claimed, added = found["x-forwarded-for"].split(",")
    assert claimed == "9.9.9.9"
    assert added


@pytest.mark.envoy
def test_a_request_id_is_kept_or_made(wire: Wire) -> None:
    assert echoed(wire, "x-request-id: mine")["x-request-id"] == "mine"
    assert len(echoed(wire)["x-request-id"]) == 36


@pytest.mark.envoy
def test_nothing_of_the_proxy_reaches_the_client(wire: Wire) -> None:
    headers = asked(wire).headers
    assert headers["server"] == "echo"
    assert "envoy" not in str(headers).lower()


@pytest.mark.envoy
@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ("Exact.com:8080", "Exact.com:8080"),
        ("exact.com.", "exact.com"),
        ("exact.com.:80", "exact.com:80"),
    ],
)
def test_the_host_goes_on_as_it_came_but_for_a_trailing_dot(
    wire: Wire, sent: str, got: str
) -> None:
    assert echoed(wire, f"Host: {sent}")["host"] == got


@pytest.mark.envoy
def test_plain_connect_is_not_a_tunnel(wire: Wire) -> None:
    assert spoken(wire, b"CONNECT x:80 HTTP/1.1\r\nHost: x:80\r\n\r\n").status == 404
