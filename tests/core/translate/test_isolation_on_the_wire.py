"""Which listener answers, asked of a real Envoy: isolation on HTTP, misdirection on HTTPS.

The cases are those of the conformance tests HTTPListenerIsolation and
HTTPSListenerDetectMisdirectedRequests, with routes that say in a redirect whose they are.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import trustme

from portway.core import api, model, render, translate
from tests.sim.bootstrap import bootstrap, table
from tests.sim.proxy import Running, running

pytestmark = pytest.mark.envoy

PLACEMENT = model.Placement(("127.0.0.1",))


def says(listener: str) -> dict[str, Any]:
    redirect = {"hostname": f"{listener}.test"}
    return {"filters": [{"type": "RequestRedirect", "requestRedirect": redirect}]}


def start(world: Any) -> dict[str, Any]:
    """The bootstrap for everything infra/edge serves."""
    gateway = world.gateway("infra", "edge")
    ports = translate.ports(gateway, PLACEMENT)
    tables: dict[model.TableKey, list[model.VirtualHost]] = {}
    for key, host in world.hosts().items():
        tables.setdefault(key.table, []).append(host)
    keys = {each for port in ports for one in port.listeners for each in one.certificates}
    certificates = [translate.certificate(key, world) for key in sorted(keys)]
    return bootstrap(
        [render.listener(port, render.Defaults()) for port in ports],
        [table(key, hosts) for key, hosts in tables.items()],
        secrets=[render.secret(each) for each in certificates if each is not None],
    )


def told(response: http.client.HTTPResponse) -> str:
    location = response.getheader("location")
    return location.split("/")[2].split(".")[0] if location else str(response.status)


# -- HTTP ----------------------------------------------------------------------------------

HTTP = {
    "any": "",
    "wild": "*.example.com",
    "foo": "*.foo.example.com",
    "exact": "abc.foo.example.com",
}


@pytest.fixture(scope="module")
def plain(new_world: Callable[[], Any]) -> Iterator[Running]:
    world = new_world()
    world.edge(
        *({"name": n, **({"hostname": host} if host else {})} for n, host in HTTP.items()),
    )
    everything = ["bar.com", "*.example.com", "*.foo.example.com", "abc.foo.example.com"]
    for name in HTTP:
        rule = {"matches": [{"path": {"value": f"/{name}"}}], **says(name)}
        parents = [{"name": "edge", "sectionName": name}]
        world.route(name, rule, parentRefs=parents, hostnames=everything)
    with running(start(world)) as envoy:
        yield envoy


@pytest.mark.parametrize(
    ("host", "owner"),
    [
        ("bar.com", "any"),
        ("bar.example.com", "wild"),
        ("bar.foo.example.com", "foo"),
        ("abc.foo.example.com", "exact"),
        ("ABC.foo.example.com", "exact"),
        ("abc.foo.example.com:80", "exact"),
    ],
)
@pytest.mark.parametrize("path", sorted(HTTP))
def test_only_the_most_specific_listener_answers(
    plain: Running, host: str, owner: str, path: str
) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", plain.ports["infra/edge/80"], timeout=10)
    connection.request("GET", f"/{path}", headers={"Host": host})
    assert told(connection.getresponse()) == (owner if path == owner else "404")
    connection.close()


# -- HTTPS ---------------------------------------------------------------------------------

HTTPS = {
    "any": "",
    "second": "second-example.org",
    "wild": "*.wildcard.org",
    "fourth": "fourth-example.wildcard.org",
}


@pytest.fixture(scope="module")
def secured(new_world: Callable[[], Any]) -> Iterator[Running]:
    issued = trustme.CA().issue_cert("*.org", "*.wildcard.org")
    world = new_world()
    world.put(
        api.Secret(
            metadata=api.ObjectMeta(name="cert", namespace="infra"),
            data={
                "tls.crt": b"".join(each.bytes() for each in issued.cert_chain_pems),
                "tls.key": issued.private_key_pem.bytes(),
            },
        )
    )
    tls = {"port": 443, "protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "cert"}]}}
    world.edge(
        *({"name": n, **tls, **({"hostname": host} if host else {})} for n, host in HTTPS.items()),
    )
    for name in HTTPS:
        world.route(name, says(name), parentRefs=[{"name": "edge", "sectionName": name}])
    with running(start(world)) as envoy:
        yield envoy


@pytest.mark.parametrize(
    ("sni", "host", "answer"),
    [
        ("example.org", "example.org", "any"),
        ("example.org", "unknown-example.org", "any"),
        ("example.org", "second-example.org", "421"),
        ("example.org", "third-example.wildcard.org", "421"),
        ("second-example.org", "second-example.org", "second"),
        ("second-example.org", "example.org", "421"),
        ("second-example.org", "fourth-example.wildcard.org", "421"),
        ("third-example.wildcard.org", "third-example.wildcard.org", "wild"),
        ("third-example.wildcard.org", "fifth-example.wildcard.org", "wild"),
        ("third-example.wildcard.org", "fourth-example.wildcard.org", "421"),
        ("third-example.wildcard.org", "second-example.org", "421"),
        ("third-example.wildcard.org", "unknown-example.org", "421"),
        ("fourth-example.wildcard.org", "fourth-example.wildcard.org", "fourth"),
        ("fourth-example.wildcard.org", "third-example.wildcard.org", "421"),
        ("unknown-example.org", "unknown-example.org", "any"),
    ],
)
def test_a_request_for_another_listener_is_sent_back(
    secured: Running, sni: str, host: str, answer: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    address = ("127.0.0.1", secured.ports["infra/edge/443"])
    with (
        socket.create_connection(address, timeout=10) as raw,
        context.wrap_socket(raw, server_hostname=sni) as connection,
    ):
        connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        with http.client.HTTPResponse(connection) as response:
            response.begin()
            assert told(response) == answer
