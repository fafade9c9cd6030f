"""Access logs of layer 4, and when a session of datagrams ends, in a real Envoy."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from portway.core import model, render
from tests.core.render.cases import GATEWAY
from tests.sim.bootstrap import bootstrap
from tests.sim.proxy import running

pytestmark = pytest.mark.envoy

PLACES = {
    "TCP": (model.L4Key(GATEWAY, 5432, "TCP"), model.ObjectKey("TCPRoute", "shop", "db")),
    "UDP": (model.L4Key(GATEWAY, 53, "UDP"), model.ObjectKey("UDPRoute", "shop", "dns")),
}


def backend(protocol: str) -> tuple[socket.socket, int]:
    """Answers one connection, or every datagram, with what it gets."""
    kind = socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM
    made = socket.socket(socket.AF_INET, kind)
    made.bind(("127.0.0.1", 0))
    if protocol == "TCP":
        made.listen(8)

    def serve() -> None:
        try:
            while True:
                if protocol == "TCP":
                    with made.accept()[0] as connection:
                        connection.sendall(connection.recv(64))
                else:
                    data, sender = made.recvfrom(64)
                    made.sendto(data, sender)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    return made, made.getsockname()[1]


def lines(path: Path, wanted: int) -> Iterator[dict[str, Any]]:
    """The lines of a log, once there are as many; it is written a little later."""
    last = time.monotonic() + 15
    while time.monotonic() < last:
        found = path.read_text().splitlines() if path.exists() else []
        if len(found) >= wanted:
            yield from map(json.loads, found)
            return
        time.sleep(0.05)
    raise AssertionError(f"{wanted} lines expected: {path.read_text() if path.exists() else ''}")


@pytest.mark.parametrize("protocol", ["TCP", "UDP"])
def test_each_connection_or_session_is_a_line_with_its_route(protocol: str, tmp_path: Path) -> None:
    """A session of datagrams ends by silence alone, here after a second."""
    place, route = PLACES[protocol]
    serving, number = backend(protocol)
    service = model.ClusterKey("Service", "shop", "app", 80, protocol.lower())
    group = model.EndpointGroup(1, (service,), (model.Endpoint("127.0.0.1", number),))
    pool = model.L4Pool(place, route, groups=(group,))
    log = tmp_path / "access.log"
    defaults = render.Defaults(access_log=str(log), udp_idle=1.0)
    port = model.Port(place.port_key, protocol, ("127.0.0.1",), place.port, ())
    listener = render.listener(port, defaults)
    whole = bootstrap([listener], [], [render.l4_cluster(pool)], [render.l4_endpoints(pool)])
    with serving, running(whole) as envoy:
        kind = socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM
        with socket.socket(socket.AF_INET, kind) as client:
            client.settimeout(10)
            client.connect(("127.0.0.1", envoy.ports[listener["name"]]))
            client.sendall(b"hello")
            assert client.recv(64) == b"hello"
            if protocol == "UDP":
                (told,) = lines(log, 1)
        if protocol == "TCP":
            (told,) = lines(log, 1)
    assert told["route"] == render.names.route(route, 0)
    assert told["cluster"] == render.names.l4(place)
    assert told["backend"] == f"127.0.0.1:{number}"
    assert (told["bytes_in"], told["bytes_out"]) == (5, 5)
