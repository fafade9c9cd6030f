"""The shapes that routes can have in the proxy: what they answer, and how one becomes the other.

Two instances serve the same manifests, one with every table in scopes and every host a tree, one
with plain tables and lists, and get the same requests.
"""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import websockets

from tests.wire.harness import http, manifests, raw
from tests.wire.harness.certificates import Authority
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.load import Load
from tests.wire.harness.manifests import Document, backend, http_route, rule, service
from tests.wire.harness.metrics import scrape
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.harness.websocket_echo import websocket_echo

pytestmark = [pytest.mark.envoy, pytest.mark.shapeless]

HTTP, HTTPS = 8080, 8443
SPLIT = ("--scopes-from", "0", "--trees-from", "1")
WHOLE = ("--scopes-from", "1000", "--trees-from", "1000")
HOSTNAMES = ("*.w.com", "*.x.w.com", "a.x.w.com", "a.com", "b.com", "")
LISTENERS = {"exact": "a.com", "wild": "*.w.com", "rest": None}
REQUESTS = 300


def answered_by(name: str) -> Document:
    """A rule whose answer tells its name without any backend."""
    to = {"hostname": f"{name}.test", "statusCode": 302}
    return rule(filters=[{"type": "RequestRedirect", "requestRedirect": to}])


def site(authority: Authority) -> list[Document]:
    listeners = [manifests.listener("http", HTTP)]
    listeners += [
        manifests.listener(name, HTTPS, protocol="HTTPS", hostname=hostname, secret="tls")
        for name, hostname in LISTENERS.items()
    ]
    found = [
        manifests.gateway("web", listeners),
        authority.certificate("a.com", "*.w.com", "other.com").secret("tls"),
    ]
    for number, hostname in enumerate(HOSTNAMES):
        paths = ["/", "/a", "/a/b"] if number % 2 else ["/a", "/ab"]
        rules = [
            {**answered_by(f"r{number}-{place}"), "matches": [at(path)]}
            for place, path in enumerate(paths)
        ]
        found.append(http_route(f"r{number}", "web", rules, hostnames=[hostname] * bool(hostname)))
    return found


@pytest.fixture
async def both(tmp_path: Path, authority: Authority) -> AsyncIterator[tuple[Portway, Portway]]:
    async with AsyncExitStack() as stack:
        folder = tmp_path / "manifests"
        folder.mkdir()
        manifests.write(folder / "site.yaml", site(authority))
        split, whole = [
            await stack.enter_async_context(
                Portway(tmp_path / name, folder=folder, name=name, options=options)
            )
            for name, options in (("split", SPLIT), ("whole", WHOLE))
        ]
        yield split, whole


def requests() -> list[tuple[str, str, str]]:
    """SNI ("" for plain text), Host and path."""
    draw = random.Random(23)
    names = ("a.com", "b.com", "w.com", "q.w.com", "a.x.w.com", "q.x.w.com", "z.q.x.w.com", "no")
    found = []
    for _ in range(REQUESTS):
        name = draw.choice(names)
        host = draw.choice((name, name, name.upper(), name.title()))
        host += draw.choice(("", "", ":8080", ":1", ".", ".:8080"))
        sni = draw.choice(("", "a.com", "q.w.com", "other.com"))
        found.append((sni, host, draw.choice(("/", "/a", "/ab", "/a/b?x", "/a/bc", "/A"))))
    return found


async def test_both_shapes_answer_alike(
    both: tuple[Portway, Portway], authority: Authority
) -> None:
    addresses = [await each.address("web") for each in both]
    trust = authority.client_context("http/1.1")
    seen = set()
    for sni, host, path in requests():
        answers = []
        for address in addresses:
            port, tls = (HTTPS, trust) if sni else (HTTP, None)
            async with raw.connect(address, port, tls=tls, sni=sni or None) as connection:
                await connection.send(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                answer = await connection.answer()
            answers.append((answer.status, answer.header("location")))
        assert answers[0] == answers[1], (sni, host, path)
        seen.add(answers[0][0])
    # Found, not found, and asked at a listener of another host.
    assert seen == {302, 404, 421}
    scopes = [await EnvoyAdmin(each.data).config("dynamic_scoped_route_configs") for each in both]
    assert [bool(each) for each in scopes] == [True, False]


def route(number: int) -> Document:
    return http_route(
        f"r{number}", "web", [rule(backend("app"))], hostnames=[f"h{number}.example.com"]
    )


async def test_a_table_that_grows_is_split_under_load_and_stays_so_across_a_restart(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(Origin())
        options = ("--scopes-from", "10")
        portway = await stack.enter_async_context(Portway(tmp_path, options=options))
        base = [
            manifests.gateway("web", [manifests.listener("http", HTTP)]),
            service("app", origin.endpoint),
        ]
        portway.write("site", [*base, route(0)])
        address = await portway.address("web")
        envoy = EnvoyAdmin(portway.data)
        loads = [
            Load(address, HTTP, host=host, keep_alive=keep)
            for host in ("h0.example.com", "H0.Example.com:8080")
            for keep in (True, False)
        ]
        async with AsyncExitStack() as loading:
            for load in loads:
                await loading.enter_async_context(load)
            for count in range(1, 20):
                portway.write("more", [route(number) for number in range(1, count + 1)])
                await loads[0].more(20)
            async with Load(address, HTTP, host="h19.example.com") as last:
                await last.more(20)
            assert await envoy.config("dynamic_scoped_route_configs")

            # Smaller again: it stays split, and a successor changes no listener.
            portway.write("more", [])
            await loads[0].more(100)
            await portway.kill()
            await portway.start()
            await loads[1].more(100)
            assert (await scrape(portway.admin)).total("portway_xds_resources_total") == 0
        assert [load.result.failures for load in loads] == [0, 0, 0, 0], [
            (load.result.statuses, load.result.breaks[:3]) for load in loads
        ]
        stats = await envoy.stats("listener_manager")
        # One change, in place: only the filter chain of the table that grew was replaced.
        assert stats["listener_manager.listener_modified"] == 1
        assert stats["listener_manager.listener_in_place_updated"] == 1


@pytest.mark.parametrize("host", ["a.example.com", "A.example.com", "x.wild.com"])
async def test_the_key_of_a_request_is_the_proxy_s_own(tmp_path: Path, host: str) -> None:
    """Neither may a client choose its scope, nor does a backend see it."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(Origin())
        portway = await stack.enter_async_context(Portway(tmp_path, options=SPLIT))
        names = ["a.example.com", "*.wild.com"]
        portway.write(
            "site",
            [
                manifests.gateway("web", [manifests.listener("http", HTTP)]),
                http_route("open", "web", [rule(backend("app"))], hostnames=names),
                http_route("other", "web", [answered_by("other")], hostnames=["other.com"]),
                service("app", origin.endpoint),
            ],
        )
        address = await portway.address("web")
        async with raw.connect(address, HTTP) as connection:
            stolen = "x-portway-scope: default/web/8080/other.com\r\n" * 2
            request = f"GET / HTTP/1.1\r\nHost: {host}\r\n{stolen}\r\n"
            await connection.send(request.encode())
            assert (await connection.answer()).status == 200
        (seen,) = origin.requests
        assert seen.header("x-portway-scope") == ()
        assert seen.header("host") == (host,)


async def test_what_a_route_asks_for_holds_when_the_fallback_found_it(tmp_path: Path) -> None:
    """The filter chain of such a request was made before its route was known."""
    async with AsyncExitStack() as stack:
        origin = await stack.enter_async_context(Origin())
        echo = await stack.enter_async_context(websocket_echo())
        portway = await stack.enter_async_context(Portway(tmp_path, options=SPLIT))
        cors = {
            "type": "CORS",
            "cors": {"allowOrigins": ["https://a.com"], "allowMethods": ["PUT"]},
        }
        rules = [
            rule(backend("app"), matches=[at("/cors")], filters=[cors]),
            rule(backend("app"), matches=[at("/hold")], timeouts={"request": "200ms"}),
            rule(backend("echo"), matches=[at("/ws")]),
        ]
        portway.write(
            "site",
            [
                manifests.gateway("web", [manifests.listener("http", HTTP)]),
                http_route("wild", "web", rules, hostnames=["*.wild.com"]),
                service("app", origin.endpoint),
                service("echo", echo.endpoint),
            ],
        )
        address = await portway.address("web")
        async with http.client(address, ports={80: HTTP}) as client:
            asks = {"origin": "https://a.com", "access-control-request-method": "PUT"}
            preflight = await client.options("http://x.wild.com/cors", headers=asks)
            assert preflight.headers["access-control-allow-origin"] == "https://a.com"
            assert origin.requests == []
            assert (await client.get("http://x.wild.com/hold")).status_code == 504
        uri = "ws://x.wild.com/ws"
        async with websockets.connect(uri, host=address, port=HTTP) as connection:
            await connection.send("hello")
            assert await connection.recv() == "hello"


def at(path: str) -> Document:
    return {"path": {"type": "PathPrefix", "value": path}}
