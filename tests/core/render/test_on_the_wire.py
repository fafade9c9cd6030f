"""What only shows between a real client and a real backend: SNI, WebSocket, h2c, access logs."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h2.config
import h2.connection
import h2.events
import pytest
import trustme
from websockets.sync.client import connect
from websockets.sync.server import ServerConnection, serve

from portway.core import model, render
from tests.core.render.cases import (
    CERTIFICATE,
    GATEWAY,
    HTTP_TABLE,
    host,
    http_port,
    https_port,
    key,
    listener,
    route,
    share,
)
from tests.sim.bootstrap import bootstrap, table
from tests.sim.echo import echoes
from tests.sim.proxy import Running, running
from tests.sim.requests import Call
from tests.sim.simulator import REFUSED, Simulator

pytestmark = pytest.mark.envoy

PORT = https_port(
    listener("exact", "HTTPS", "a.com"),
    listener("wildcard", "HTTPS", "*.a.com"),
    listener("off", "HTTPS", "off.a.com", serving=False),
)
STATUS = {"exact": 201, "wildcard": 202}


def answers(status: int) -> dict[str, Any]:
    found = {"match": {"prefix": "/"}, "direct_response": {"status": status}}
    return {"name": "all", "domains": ["*"], "routes": [found]}


@pytest.fixture(scope="module")
def certificate() -> model.Certificate:
    issued = trustme.CA().issue_cert("a.com", "*.a.com")
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    return model.Certificate(CERTIFICATE, chain, issued.private_key_pem.bytes(), ("a.com",))


@pytest.fixture(scope="module")
def tls(certificate: model.Certificate) -> Iterator[tuple[Running, Simulator]]:
    listeners = [render.listener(PORT, render.Defaults())]
    tables = [
        {
            **render.route_configuration(model.TableKey(GATEWAY, 443, name)),
            "virtual_hosts": [answers(status)],
        }
        for name, status in STATUS.items()
    ]
    whole = bootstrap(listeners, tables, secrets=[render.secret(certificate)])
    with running(whole) as envoy:
        yield envoy, Simulator(listeners, tables, [])


def secured(port: int, sni: str) -> int:
    """The status a TLS client gets, 0 when the connection is refused."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=sni or None) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a.com\r\n\r\n")
                with http.client.HTTPResponse(connection) as response:
                    response.begin()
                    return response.status
        except (ssl.SSLError, ConnectionError):
            return 0


@pytest.mark.parametrize(
    ("sni", "status"),
    [
        ("a.com", 201),
        ("A.COM", 201),
        ("x.a.com", 202),
        ("y.x.a.com", 202),
        ("off.a.com", 0),
        ("b.com", 0),
        ("", 0),
    ],
)
def test_sni_chooses_the_listener(tls: tuple[Running, Simulator], sni: str, status: int) -> None:
    envoy, simulator = tls
    assert secured(envoy.ports["shop/web/443"], sni) == status
    (told,) = simulator.ask(Call(PORT.bound_port, "a.com", sni=sni))
    assert (0 if told == REFUSED else told.status) == status


def test_plain_text_on_an_https_port_is_refused(tls: tuple[Running, Simulator]) -> None:
    envoy, _ = tls
    connection = http.client.HTTPConnection("127.0.0.1", envoy.ports["shop/web/443"], timeout=10)
    connection.request("GET", "/")
    with pytest.raises((ConnectionError, http.client.RemoteDisconnected)):
        connection.getresponse()
    connection.close()


@contextlib.contextmanager
def in_front_of(port: int, defaults: render.Defaults | None = None) -> Iterator[int]:
    """A proxy that sends everything to a backend on `port`; yields its own port."""
    endpoint = model.Endpoint("127.0.0.1", port)
    whole = bootstrap(
        [render.listener(http_port(), defaults or render.Defaults())],
        [table(HTTP_TABLE, [host(route(share("a")))])],
        [render.cluster(model.Cluster(key("a")))],
        [render.endpoints(model.Endpoints(key("a"), (endpoint,)))],
    )
    with running(whole) as envoy:
        yield envoy.ports["shop/web/80"]


@pytest.fixture
def websocket_port() -> Iterator[int]:
    """The port of a backend that says every message back."""

    def handle(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(message)

    with serve(handle, "127.0.0.1", 0) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield int(server.socket.getsockname()[1])
        finally:
            server.shutdown()
            thread.join()


def test_websocket_needs_no_policy(websocket_port: int) -> None:
    with (
        in_front_of(websocket_port) as port,
        connect(f"ws://127.0.0.1:{port}/", proxy=None) as connection,
    ):
        connection.send("text")
        assert connection.recv(timeout=10) == "text"
        connection.send(b"\x00\x01")
        assert connection.recv(timeout=10) == b"\x00\x01"


class Http2:
    """A client with prior knowledge: one stream, blocking."""

    def __init__(self, port: int) -> None:
        config = h2.config.H2Configuration(client_side=True, header_encoding="utf-8")
        self.state = h2.connection.H2Connection(config)
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.state.initiate_connection()

    def request(self, headers: list[tuple[str, str]], *, end: bool) -> None:
        self.state.send_headers(1, headers, end_stream=end)
        self.socket.sendall(self.state.data_to_send())

    def send(self, data: bytes) -> None:
        self.state.send_data(1, data)
        self.socket.sendall(self.state.data_to_send())

    def until(self, kind: type[h2.events.Event]) -> Any:
        """The next event of a kind; the connection's end is an error."""
        while received := self.socket.recv(65536):
            for event in self.state.receive_data(received):
                if isinstance(event, kind):
                    return event
            self.socket.sendall(self.state.data_to_send())
        raise AssertionError("the connection ended")


def test_http2_with_prior_knowledge() -> None:
    with echoes("a") as servers, in_front_of(servers["a"].port) as port:
        client = Http2(port)
        target = [(":scheme", "http"), (":authority", "x.com"), (":path", "/p")]
        client.request([(":method", "GET"), *target], end=True)
        headers = dict(client.until(h2.events.ResponseReceived).headers)
        client.socket.close()
    assert headers[":status"] == "200"
    assert headers["server"] == "echo"


def test_websocket_over_http2_reaches_an_http1_backend(websocket_port: int) -> None:
    """RFC 8441: an extended CONNECT becomes an upgrade behind the proxy."""
    masked = b"\x81\x82" + bytes(4) + b"hi"
    with in_front_of(websocket_port) as port:
        client = Http2(port)
        target = [(":scheme", "http"), (":authority", "x.com"), (":path", "/")]
        upgrade = [(":protocol", "websocket"), ("sec-websocket-version", "13")]
        client.request([(":method", "CONNECT"), *target, *upgrade], end=False)
        headers = dict(client.until(h2.events.ResponseReceived).headers)
        assert headers[":status"] == "200"
        client.send(masked)
        answer = client.until(h2.events.DataReceived).data
        client.socket.close()
    assert answer == b"\x81\x02hi"


def test_access_log_names_the_route_and_no_query(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    defaults = render.Defaults(access_log=str(log))
    with echoes("a") as servers, in_front_of(servers["a"].port, defaults) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/p?token=secret")
        connection.getresponse().read()
        connection.close()
        line = first_line(log)
    found = json.loads(line)
    assert (found["route"], found["path"]) == ("httproute/shop/cart/0", "/p")
    assert "secret" not in line


def first_line(log: Path) -> str:
    """Waits for Envoy to write it: a file has no better way to be waited for."""
    for _ in range(200):
        if text := log.read_text():
            return text.splitlines()[0]
        threading.Event().wait(0.1)
    raise AssertionError("nothing was logged")
