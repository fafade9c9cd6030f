"""Filters of a listener (GEP-5224): every request passes them, and then a route is chosen."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio

from tests.wire.harness.ext_authz import Authorizer, authorizer
from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    http_route,
    listener,
    rule,
    service,
)
from tests.wire.stage import HTTP, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

HOST = "auth.test"
GOOD = {"Authorization": "good"}
MANY = 100
"""Routes of a host that is a tree."""


class Site:
    """The stage; `auth` is asked first over HTTP, then `grpc` over gRPC."""

    def __init__(self, stage: Stage, grpc: Authorizer) -> None:
        self.stage = stage
        self.grpc = grpc
        self.ask = stage.ask

    @property
    def asked(self) -> tuple[int, int]:
        return len(self.stage.origins["auth"].requests), len(self.grpc.asked)


def auth(name: str, protocol: str = "HTTP", **fields: object) -> Document:
    members: dict[str, Document] = {"HTTP": {"http": {"path": "/auth"}}, "GRPC": {"grpc": {}}}
    asked = {"protocol": protocol, "backendRef": backend(name), **members[protocol], **fields}
    return {"type": "ExternalAuth", "externalAuth": asked}


def filters(*requests: Document) -> Document:
    return {"requests": list(requests)}


def by_user(path: str = "/") -> list[Document]:
    """Whom the service knows gets b, everybody else a."""
    known = {"name": "x-user", "value": "bob"}
    at = {"type": "PathPrefix", "value": path}
    return [
        rule(backend("b"), matches=[{"path": at, "headers": [known]}]),
        rule(backend("a"), matches=[{"path": {"type": "PathPrefix", "value": f"{path}any"}}]),
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        root = tmp_path_factory.mktemp("listener-filters")
        running = await stack.enter_async_context(stage(root, "a", "b", "auth"))
        grpc = await stack.enter_async_context(authorizer())
        liar = await stack.enter_async_context(authorizer(said={"host": "free.test"}))
        both = filters(auth("auth"), auth("grpc-auth", "GRPC", forwardBody={"maxSize": 10}))
        listeners = [
            listener("open", HTTP),
            listener("both", HTTP, hostname=HOST, filters=both),
            listener("tree", HTTP, hostname="tree.test", filters=filters(auth("auth"))),
            listener("rules", HTTP, hostname="rules.test", filters=filters(auth("auth"))),
            listener("lost", HTTP, hostname="lost.test", filters=filters(auth("missing"))),
            listener(
                "sized",
                HTTP,
                hostname="sized.test",
                filters=filters(auth("grpc-auth", "GRPC", forwardBody={"maxSize": 10})),
            ),
            listener("host", HTTP, hostname="host.test", filters=filters(auth("liar", "GRPC"))),
            listener("bare", HTTP, hostname="bare.test", filters=filters(auth("auth"))),
            listener(
                "unknown",
                HTTP,
                hostname="unknown.test",
                filters=filters(
                    {
                        "type": "ExtensionRef",
                        "extensionRef": {"group": "example.com", "kind": "Claim", "name": "x"},
                    }
                ),
            ),
        ]
        branches = [rule(backend("a"), matches=[_exact(f"/{n}")]) for n in range(MANY)]
        await running.write(
            "site",
            [
                gateway("web", listeners),
                *running.services,
                service("grpc-auth", grpc.endpoint),
                http_route("users", "web", by_user(), hostnames=[HOST]),
                *(
                    http_route(f"tree-{at}", "web", branches[at : at + 10], hostnames=["tree.test"])
                    for at in range(0, MANY, 10)
                ),
                http_route("known", "web", by_user("/known/"), hostnames=["tree.test"]),
                http_route("guarded", "web", [guarded()], hostnames=["rules.test"]),
                http_route("lost", "web", [rule(backend("a"))], hostnames=["lost.test"]),
                http_route("sized", "web", [rule(backend("a"))], hostnames=["sized.test"]),
                http_route("host", "web", [rule(backend("b"))], hostnames=["host.test"]),
                service("liar", liar.endpoint),
                http_route("free", "web", [rule(backend("a"))], hostnames=["free.test"]),
            ],
        )
        yield Site(running, grpc)


def guarded() -> Document:
    """A rule that the word of the listener's service leads to, and that asks itself."""
    known = {"name": "x-user", "value": "bob"}
    match = {"path": {"type": "PathPrefix", "value": "/guarded"}, "headers": [known]}
    asked = auth("grpc-auth", "GRPC", grpc={"allowedHeaders": ["x-pass"]})
    return rule(backend("b"), matches=[match], filters=[asked])


def _exact(path: str) -> Document:
    return {"path": {"type": "Exact", "value": path}}


async def test_what_a_service_adds_decides_on_the_route(site: Site) -> None:
    """Without x-user no route matches; nobody but the service can say it."""
    http, grpc = site.asked
    reply = await site.ask(HOST, "/", headers={**GOOD, "X-User": "evil"})
    assert (reply.outcome, reply.got("x-user")) == ("b", ["bob"])
    assert site.asked == (http + 1, grpc + 1), "both, each once"


async def test_the_second_is_asked_after_the_first(site: Site) -> None:
    await site.ask(HOST, "/", headers=GOOD)
    assert site.grpc.asked[-1].headers["x-user"] == "bob", "what the first has added"
    _, grpc = site.asked
    reply = await site.ask(HOST, "/any")
    assert (reply.status, reply.body) == (401, b"who are you?")
    assert site.asked[1] == grpc, "whom the first refuses the second never hears of"


async def test_the_second_gets_the_body(site: Site) -> None:
    reply = await site.ask(HOST, "/", "POST", GOOD, content=b"0123456789")
    assert (reply.outcome, reply.seen["body_length"]) == ("b", 10)
    assert site.grpc.asked[-1].body == "0123456789"
    reply = await site.ask(HOST, "/", "POST", GOOD, content=b"0" * 11)
    assert (reply.outcome, reply.seen["body_length"]) == ("b", 11)
    assert site.grpc.asked[-1].body == "0" * 10, "cut, as the spec has it"


async def test_the_first_gets_the_beginning_of_a_long_body(site: Site) -> None:
    reply = await site.ask("sized.test", "/", "POST", GOOD, content=b"0123456789" * 10_000)
    assert (reply.outcome, reply.seen["body_length"]) == ("a", 100_000)
    assert site.grpc.asked[-1].body == "0123456789"
    assert (await site.ask("sized.test", "/", "POST", content=b"0" * 100)).status == 401


async def test_a_service_cannot_change_the_listener(site: Site) -> None:
    """It says `host: free.test`, and is not heard; the request stays where it is."""
    reply = await site.ask("host.test", "/", headers=GOOD)
    assert (reply.outcome, reply.got("host")) == ("b", ["host.test"])


@pytest.mark.parametrize("host", [HOST, "tree.test", "bare.test"])
async def test_a_request_without_a_route_is_asked_about_as_well(site: Site, host: str) -> None:
    assert (await site.ask(host, "/nowhere")).status == 401
    if host != HOST:  # there the word of the service leads to a route
        assert (await site.ask(host, "/nowhere", headers=GOOD)).status == 404


async def test_a_host_that_is_a_tree(site: Site) -> None:
    assert (await site.ask("tree.test", "/99")).status == 401
    assert (await site.ask("tree.test", "/99", headers=GOOD)).outcome == "a"
    assert (await site.ask("tree.test", "/known/x", headers=GOOD)).outcome == "b"


async def test_other_listeners_of_the_port_ask_nobody(site: Site) -> None:
    before = site.asked
    assert (await site.ask("free.test", "/")).outcome == "a"
    assert (await site.ask("nobody.test", "/")).status == 404
    assert site.asked == before


async def test_filters_that_lead_nowhere_let_nobody_pass(site: Site) -> None:
    assert (await site.ask("lost.test", "/", headers=GOOD)).status == 500
    assert await condition(site, "lost", "ResolvedRefs") == ("False", "BackendNotFound")
    assert await condition(site, "lost", "Accepted") == ("True", "Accepted")


async def test_a_filter_that_is_not_known_makes_the_listener_invalid(site: Site) -> None:
    assert await condition(site, "unknown", "Accepted") == ("False", "UnsupportedValue")
    assert await condition(site, "both", "Accepted") == ("True", "Accepted")


async def condition(site: Site, name: str, type_: str) -> tuple[str, str]:
    status = await site.stage.portway.object_status("Gateway", "web")
    found = next(each for each in status["listeners"] if each["name"] == name)
    return next((c["status"], c["reason"]) for c in found["conditions"] if c["type"] == type_)


@pytest.mark.parametrize("host", ["AUTH.test", "auth.test:8080", "auth.test."])
async def test_a_host_that_is_written_otherwise_is_asked_about(site: Site, host: str) -> None:
    assert (await site.ask(host, "/any")).status == 401
    assert (await site.ask(host, "/", headers=GOOD)).outcome == "b"


@pytest.mark.parametrize("host", ["rules.test", "RULES.test"])
async def test_the_filters_of_the_rule_that_the_answer_leads_to_run_too(
    site: Site, host: str
) -> None:
    """The rule's service hears only x-pass, and so refuses everybody."""
    _, grpc = site.asked
    assert (await site.ask(host, "/guarded", headers=GOOD)).status == 401
    assert site.asked[1] == grpc + 1
