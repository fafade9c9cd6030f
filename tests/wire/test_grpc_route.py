"""GRPCRoute on the wire: a real gRPC client, a real Envoy, gRPC and HTTP backends."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.wire import seeds
from tests.wire.harness.certificates import Authority
from tests.wire.harness.grpc_echo import (
    GrpcEcho,
    GrpcFailedError,
    Metadata,
    grpc_client,
    grpc_echo,
)
from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    http_route,
    listener,
    rule,
    ruled_route,
    service,
)
from tests.wire.stage import HTTP, Stage, band, stage

HTTPS = 8443
pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]


class Site:
    """A stage with two gRPC backends and one of HTTP."""

    def __init__(self, ran: Stage, first: GrpcEcho, second: GrpcEcho, authority: Authority) -> None:
        self.stage, self.first, self.second, self.authority = ran, first, second, authority

    def target(self, port: int = HTTP) -> str:
        return f"{self.stage.address}:{self.stage.ports[port]}"

    async def call(self, host: str, method: str, metadata: Metadata = ()) -> Any:
        """What the backend says it got, or the status of a call that failed."""
        async with grpc_client(self.target(), authority=host) as client:
            try:
                answer, _ = await client.unary(method, b"", metadata)
            except GrpcFailedError as error:
                return error.status
            return json.loads(answer)


def grpc_route(host: str, *rules: Document, **fields: Any) -> Document:
    name = host.partition(".")[0]
    return ruled_route("GRPCRoute", name, "web", rules, hostnames=[host], **fields)


def method(service: str | None = None, name: str | None = None, **fields: Any) -> Document:
    names = {"service": service, "method": name, **fields}
    return {"method": {key: value for key, value in names.items() if value is not None}}


def by(name: str, *matches: Document) -> Document:
    """A rule that tells the backend which one it was."""
    edit = {"set": [{"name": "x-rule", "value": name}]}
    filters = [{"type": "RequestHeaderModifier", "requestHeaderModifier": edit}]
    return rule(
        backend("first"), filters=filters, **({"matches": list(matches)} if matches else {})
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(
    tmp_path_factory: pytest.TempPathFactory, authority: Authority
) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        ran = await stack.enter_async_context(stage(tmp_path_factory.mktemp("grpc"), "a"))
        first = await stack.enter_async_context(grpc_echo("first"))
        second = await stack.enter_async_context(grpc_echo("second"))
        found = Site(ran, first, second, authority)
        await ran.write("site", manifests(found))
        _, ran.ports[HTTPS] = await seeds.where(ran.portway, "default/web", HTTPS)
        yield found


def manifests(site: Site) -> list[Document]:
    header = {"headers": [{"name": "x-colour", "value": "red"}]}
    any_of = method("shop[.].*", "List|Get", type="RegularExpression")
    return [
        gateway(
            "web",
            [listener("http", HTTP), listener("https", HTTPS, protocol="HTTPS", secret="tls")],
        ),
        site.authority.certificate("secure.test").secret("tls"),
        *site.stage.services,
        service("first", site.first.endpoint),
        service("second", site.second.endpoint, app_protocol="grpc"),
        service("empty"),
        service("sockets", site.first.endpoint, app_protocol="kubernetes.io/ws"),
        grpc_route(
            "match.test",
            by("any"),
            by("pattern", any_of),
            by("method", method(name="Get")),
            by("service", method("shop.Cart")),
            by("both", method("shop.Cart", "Get")),
            by("red", method("shop.Cart", "Get") | header),
        ),
        grpc_route("one.test", rule(backend("first"), matches=[method("shop.Cart", "Get")])),
        grpc_route("weights.test", rule(backend("first", weight=3), backend("second", weight=1))),
        service("pair", site.first.endpoint, site.second.endpoint),
        grpc_route(
            "kept.test",
            rule(
                backend("pair"), sessionPersistence={"type": "Header", "sessionName": "x-session"}
            ),
        ),
        grpc_route("zero.test", rule(backend("first", weight=0))),
        grpc_route("missing.test", rule(backend("absent"))),
        grpc_route("empty.test", rule(backend("empty"))),
        grpc_route("sockets.test", rule(backend("sockets"))),
        grpc_route("half.test", rule(backend("first"), backend("absent"))),
        grpc_route("secure.test", rule(backend("first")), sectionName="https"),
        grpc_route("both.test", rule(backend("first"))),
        http_route("both", "web", [rule(backend("a"))], hostnames=["both.test"]),
    ]


@pytest.mark.parametrize(
    ("method", "metadata", "wanted"),
    [
        ("/shop.Cart/Get", (("x-colour", "red"),), "red"),
        ("/shop.Cart/Get", (), "both"),
        ("/shop.Cart/Put", (), "service"),
        ("/shop.Other/List", (), "pattern"),
        ("/other.Cart/Get", (), "method"),
        ("/other.Cart/List", (), "any"),
        ("/shop.CartSmall/Put", (), "any"),
    ],
)
async def test_the_rule_that_asks_for_most_answers(
    site: Site, method: str, metadata: Metadata, wanted: str
) -> None:
    told = await site.call("match.test", method, metadata)
    assert (told["method"], told["metadata"]["x-rule"]) == (method, wanted)


@pytest.mark.parametrize(
    ("host", "method", "status"),
    [
        ("one.test", "/shop.Cart/Put", "UNIMPLEMENTED"),
        ("nobody.test", "/shop.Cart/Get", "UNIMPLEMENTED"),
        ("zero.test", "/shop.Cart/Get", "UNAVAILABLE"),
        ("missing.test", "/shop.Cart/Get", "UNAVAILABLE"),
        ("empty.test", "/shop.Cart/Get", "UNAVAILABLE"),
        ("sockets.test", "/shop.Cart/Get", "UNAVAILABLE"),
    ],
)
async def test_what_leads_nowhere_has_a_code_of_grpc(
    site: Site, host: str, method: str, status: str
) -> None:
    assert await site.call(host, method) == status


async def test_a_share_that_leads_nowhere_is_unavailable_and_the_rest_is_served(
    site: Site,
) -> None:
    found: Counter[str] = Counter()
    async with grpc_client(site.target(), authority="half.test") as client:
        for _ in range(200):
            try:
                await client.unary("/a.B/C")
                found["OK"] += 1
            except GrpcFailedError as error:
                found[error.status] += 1
    assert set(found) == {"OK", "UNAVAILABLE"}
    low, high = band(0.5, 200)
    assert low <= found["OK"] <= high


async def test_calls_of_one_connection_are_shared_by_weight(site: Site) -> None:
    found: Counter[str] = Counter()
    async with grpc_client(site.target(), authority="weights.test") as client:
        for _ in range(200):
            answer, _ = await client.unary("/a.B/C")
            found[json.loads(answer)["service"]] += 1
    low, high = band(0.75, 200)
    assert low <= found["first"] <= high
    assert sum(found.values()) == 200


async def test_grpc_and_http_share_a_host(site: Site) -> None:
    """The GRPCRoute takes calls, whatever their path; the HTTPRoute takes all the rest."""
    told = await site.call("both.test", "/")
    assert told["service"] == "first"
    for headers in ((), (("content-type", "application/grpc-web"),)):
        assert (await site.stage.ask("both.test", "/a.B/C", "POST", headers)).backend == "a"


async def test_calls_over_tls_with_trailers_and_streams(site: Site) -> None:
    pem = site.authority.pem
    async with grpc_client(site.target(HTTPS), authority="secure.test", trust=pem) as client:
        answer, trailers = await client.unary("/a.B/C", b"x", (("x-trailer", "end"),))
        assert json.loads(answer)["message"] == "x"
        assert ("x-trailer", "end") in trailers
        call = client.stream("/a.B/Stream", b"page", (("x-messages", "3"),))
        assert [message async for message in call] == [b"page 0", b"page 1", b"page 2"]
        with pytest.raises(GrpcFailedError) as failed:
            await client.unary("/a.B/C", b"", (("x-status", "5"),))
        assert failed.value.status == "NOT_FOUND"
    assert await site.call("secure.test", "/a.B/C") == "UNIMPLEMENTED"


async def test_status_says_what_came_of_it(site: Site) -> None:
    async def reasons(name: str) -> tuple[str, str]:
        status = await site.stage.portway.object_status("GRPCRoute", name)
        found = seeds.conditions(status["parents"][0])
        return found["Accepted"][1], found["ResolvedRefs"][1]

    assert await reasons("match") == ("Accepted", "ResolvedRefs")
    assert await reasons("missing") == ("Accepted", "BackendNotFound")
    assert await reasons("sockets") == ("Accepted", "UnsupportedProtocol")


async def test_a_header_keeps_a_session_at_its_endpoint(site: Site) -> None:
    async with grpc_client(site.target(), authority="kept.test") as client:
        answer, headers = await client.headed("/shop.Cart/Get")
        begun = json.loads(answer)["service"]
        session = (("x-session", dict(headers)["x-session"]),)
        kept = [await client.headed("/shop.Cart/Get", session) for _ in range(20)]
        assert {json.loads(each)["service"] for each, _ in kept} == {begun}
        fresh = [await client.headed("/shop.Cart/Get") for _ in range(20)]
        assert {json.loads(each)["service"] for each, _ in fresh} == {"first", "second"}


async def test_explain_knows_calls(site: Site) -> None:
    url = f"grpc://match.test:{HTTP}/shop.Cart/Get"
    code, text = await seeds.portway_command("explain", "--data", str(site.stage.portway.data), url)
    assert code == 0, text
    assert "GRPCRoute default/match" in text
    assert "rules[4]" in text


async def test_open_streams_outlive_every_change_of_their_route(site: Site, tmp_path: Path) -> None:
    """A conversation goes on while its own route gets other rules, weights and backends."""
    async with grpc_client(site.target(), authority="live.test") as client:
        await site.stage.write("live", [grpc_route("live.test", rule(backend("first")))])
        sent: asyncio.Queue[bytes | None] = asyncio.Queue()

        async def words() -> AsyncIterator[bytes]:
            while (word := await sent.get()) is not None:
                yield word

        answers = client.chat("/a.B/Chat", words())
        for turn in range(10):
            await sent.put(f"{turn}".encode())
            assert await anext(answers) == f"{turn}".encode()
            shares = (backend("first", weight=turn), backend("second", weight=10 - turn))
            rules = [rule(*shares), by("more", method(f"a.B{turn}"))]
            await site.stage.write("live", [grpc_route("live.test", *rules)])
        await sent.put(None)
        assert [each async for each in answers] == []
