"""ExternalAuth (GEP-1494): who is asked, what they are told, and that nobody gets past them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
import websockets

from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.ext_authz import Authorizer, authorizer
from tests.wire.harness.load import Load
from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    http_route,
    listener,
    rule,
    service,
)
from tests.wire.harness.websocket_echo import websocket_echo
from tests.wire.stage import HTTP, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

HOST = "auth.test"
GOOD = {"Authorization": "good"}


class Site:
    """The stage, and the service that is asked over gRPC; `auth` is the one over HTTP."""

    def __init__(self, stage: Stage, grpc: Authorizer, sockets: str) -> None:
        self.stage = stage
        self.grpc = grpc
        self.sockets = sockets
        self.ask = stage.ask

    @property
    def asked(self) -> list[Any]:
        return self.stage.origins["auth"].requests


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with AsyncExitStack() as stack:
        root = tmp_path_factory.mktemp("auth")
        running = await stack.enter_async_context(stage(root, "a", "b", "copy", "auth"))
        asked = await stack.enter_async_context(authorizer())
        sockets = await stack.enter_async_context(websocket_echo())
        nobody = service("nobody")
        del nobody["metadata"]["annotations"]
        services = [
            service("grpc-auth", asked.endpoint),
            nobody,
            service("down", "127.0.0.1:1"),
            service("sockets", sockets.endpoint, app_protocol="kubernetes.io/ws"),
        ]
        web = gateway("web", [listener("http", HTTP)])
        made, names = rules(), [HOST, "*.wild.test"]
        routes = [
            http_route(f"auth-{part}", "web", made[part : part + 9], hostnames=names)
            for part in (0, 9)
        ]
        await running.write("site", [web, *running.services, *services, *routes])
        yield Site(running, asked, sockets.endpoint)


def auth(name: str, protocol: str = "HTTP", **fields: Any) -> Document:
    members: dict[str, Document] = {"HTTP": {"http": {"path": "/auth"}}, "GRPC": {"grpc": {}}}
    given = {**members[protocol], **fields}
    asked = {"protocol": protocol, "backendRef": backend(name), **given}
    return {"type": "ExternalAuth", "externalAuth": asked}


def at(path: str, *filters: Document, backends: tuple[Document, ...] = ()) -> Document:
    matches = [{"path": {"type": "PathPrefix", "value": path}}]
    return rule(*(backends or (backend("a"),)), matches=matches, filters=list(filters))


def rules() -> list[Document]:
    listed = {"path": "/auth", "allowedHeaders": ["X-Tenant"], "allowedResponseHeaders": ["X-User"]}
    cors = {"type": "CORS", "cors": {"allowOrigins": ["https://www.foo.com"]}}
    mirror = {"type": "RequestMirror", "requestMirror": {"backendRef": backend("copy")}}
    edit = {"set": [{"name": "x-edited", "value": "1"}]}
    edits = {"type": "RequestHeaderModifier", "requestHeaderModifier": edit}
    to = {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/elsewhere"}}
    rewrite = {"type": "URLRewrite", "urlRewrite": to}
    redirect = {"type": "RequestRedirect", "requestRedirect": {"hostname": "o.test"}}
    redirected = at("/redirect", auth("auth"), redirect)
    del redirected["backendRefs"]
    guarded = backend("a", filters=[auth("auth")])
    retried = at("/retry", auth("auth"))
    retried["retry"] = {"codes": [500], "attempts": 3}
    return [
        at("/open"),
        at("/http", auth("auth")),
        at("/listed", auth("auth", http=listed)),
        at("/sized", auth("auth", forwardBody={"maxSize": 10})),
        at("/grpc", auth("grpc-auth", "GRPC")),
        at("/grpc-listed", auth("grpc-auth", "GRPC", grpc={"allowedHeaders": ["authorization"]})),
        at("/grpc-body", auth("grpc-auth", "GRPC", forwardBody={"maxSize": 10})),
        at("/nobody", auth("nobody")),
        at("/down", auth("down")),
        at("/grpc-down", auth("down", "GRPC")),
        at("/missing", auth("missing")),
        at("/cors", cors, auth("auth")),
        at("/mirror", mirror, edits, rewrite, auth("auth")),
        redirected,
        at("/weighted", backends=(guarded, backend("b", weight=0))),
        at("/shared", backends=(guarded, backend("b"))),
        at("/sockets", auth("auth"), backends=(backend("sockets"),)),
        retried,
    ]


async def test_a_request_that_is_allowed_goes_on_as_it_came(site: Site) -> None:
    reply = await site.ask(HOST, "/http/x?q=1", headers={**GOOD, "X-User": "evil"})
    assert (reply.outcome, reply.seen.get("path")) == ("a", "/http/x?q=1")
    told = site.asked[-1]
    assert (told.method, told.target) == ("GET", "/auth/http/x?q=1")
    assert told.header("host") == (HOST,)
    assert told.header("authorization") == ("good",)
    assert told.header("content-length") == ("0",)
    assert reply.got("x-user") == ["bob"], "the service's word counts, not the client's"
    assert reply.got("x-other") == ["more"]
    assert reply.got("content-length") == []


async def test_a_request_that_is_refused_gets_the_answer_of_the_service(site: Site) -> None:
    before = len(site.stage.origins["a"].requests)
    reply = await site.ask(HOST, "/http")
    assert (reply.status, reply.body) == (401, b"who are you?")
    assert reply.headers["www-authenticate"] == "Bearer"
    assert len(site.stage.origins["a"].requests) == before


async def test_over_http_only_what_is_listed_is_told_and_copied(site: Site) -> None:
    headers = {**GOOD, "X-Tenant": "t", "X-Secret": "s", "Cookie": "c=1"}
    reply = await site.ask(HOST, "/listed", headers=headers)
    told = site.asked[-1]
    assert told.header("x-tenant") == ("t",)
    assert told.header("x-secret") == told.header("cookie") == ()
    assert (reply.got("x-user"), reply.got("x-other")) == (["bob"], [])
    await site.ask(HOST, "/http", headers=headers)
    assert site.asked[-1].header("x-tenant") == (), "none listed means none but the usual"


async def test_the_body_is_told_as_far_as_it_may_be(site: Site) -> None:
    reply = await site.ask(HOST, "/sized", "POST", GOOD, content=b"0123456789")
    assert reply.backend == "a"
    assert reply.seen["body_length"] == 10
    assert site.asked[-1].body == b"0123456789"
    assert site.asked[-1].header("content-length") == ("10",)
    before = len(site.asked)
    assert (await site.ask(HOST, "/sized", "POST", GOOD, content=b"0" * 11)).status == 413
    assert len(site.asked) == before
    await site.ask(HOST, "/http", "POST", GOOD, content=b"0" * 11)
    assert (site.asked[-1].method, site.asked[-1].body) == ("POST", b"")


async def test_over_grpc_everything_is_told_unless_headers_are_listed(site: Site) -> None:
    headers = {**GOOD, "X-Tenant": "t"}
    reply = await site.ask(HOST, "/grpc/x", headers=headers)
    told = site.grpc.asked[-1]
    assert (told.method, told.path, told.host) == ("GET", "/grpc/x", HOST)
    assert told.headers["x-tenant"] == "t"
    assert not [each for each in told.headers if each.startswith("x-portway-")]
    assert reply.got("x-user") == ["bob"]
    await site.ask(HOST, "/grpc-listed", headers=headers)
    assert site.grpc.asked[-1].headers == {"authorization": "good"}
    refused = await site.ask(HOST, "/grpc")
    assert (refused.status, refused.body) == (401, b"who are you?")
    await site.ask(HOST, "/grpc-body", "POST", GOOD, content=b"0123456789")
    assert site.grpc.asked[-1].body == "0123456789"
    assert (await site.ask(HOST, "/grpc-body", "POST", GOOD, content=b"0" * 11)).status == 413


CLOSED = [
    ("/nobody", 503),
    ("/down", 503),
    ("/grpc-down", 503),
    ("/missing", 500),
]


@pytest.mark.parametrize(("path", "status"), CLOSED)
async def test_nobody_gets_past_a_service_that_does_not_answer(
    site: Site, path: str, status: int
) -> None:
    before = len(site.stage.origins["a"].requests)
    assert (await site.ask(HOST, path, headers=GOOD)).status == status
    assert len(site.stage.origins["a"].requests) == before


async def test_a_service_that_fails_refuses(site: Site) -> None:
    reply = await site.ask(HOST, "/http", headers={"Authorization": "broken"})
    assert reply.status == 503
    assert reply.body == b""


async def test_the_rule_beside_is_not_asked_about(site: Site) -> None:
    before = len(site.asked)
    assert (await site.ask(HOST, "/open")).backend == "a"
    assert len(site.asked) == before


ODD = ["AUTH.test", "auth.test.", "Auth.Test:8080", "x.wild.test", "X.WILD.test"]


@pytest.mark.parametrize("host", ODD)
@pytest.mark.parametrize("path", ["/http", "/grpc"])
async def test_no_way_of_writing_the_host_gets_past_it(site: Site, host: str, path: str) -> None:
    assert (await site.ask(host, path)).status == 401
    assert (await site.ask(host, path, headers=GOOD)).backend == "a"
    assert (await site.ask(host, "/open")).backend == "a"


@pytest.mark.parametrize("path", ["/open/../http", "//http", "/x/%2e%2e/http", "/http/"])
async def test_no_way_of_writing_the_path_gets_past_it(site: Site, path: str) -> None:
    assert (await site.ask(HOST, path)).status in (401, 404)


async def test_a_preflight_is_not_asked_about_and_a_refusal_can_be_read(site: Site) -> None:
    before = len(site.asked)
    preflight = {"Origin": "https://www.foo.com", "Access-Control-Request-Method": "GET"}
    reply = await site.ask(HOST, "/cors", "OPTIONS", preflight)
    assert reply.status == 200
    assert reply.headers["access-control-allow-origin"] == "https://www.foo.com"
    assert len(site.asked) == before
    reply = await site.ask(HOST, "/cors", headers={"Origin": "https://www.foo.com"})
    assert reply.status == 401
    assert reply.headers["access-control-allow-origin"] == "https://www.foo.com"


async def test_a_refused_request_is_not_copied_and_edits_come_later(site: Site) -> None:
    copies = site.stage.origins["copy"].requests
    assert (await site.ask(HOST, "/mirror")).status == 401
    reply = await site.ask(HOST, "/mirror", headers=GOOD)
    assert (reply.seen["path"], reply.got("x-edited")) == ("/elsewhere", ["1"])
    assert site.asked[-1].target == "/auth/mirror"

    async def copied() -> bool:
        return bool(copies)

    await site.stage.portway.until(copied, "the copy has arrived")
    assert [each.header("authorization") for each in copies] == [("good",)]


async def test_a_redirect_is_guarded_too(site: Site) -> None:
    assert (await site.ask(HOST, "/redirect")).status == 401
    assert (await site.ask(HOST, "/redirect", headers=GOOD)).status == 302


async def test_a_filter_of_a_backend_guards_that_backend(site: Site) -> None:
    assert (await site.ask(HOST, "/weighted")).status == 401
    found = {(await site.ask(HOST, "/shared")).outcome for _ in range(60)}
    assert found == {"401", "b"}


async def test_a_request_is_asked_about_once_however_often_it_is_tried(site: Site) -> None:
    before = len(site.asked)
    path = "/retry?uuid=auth&succeed_after=2&code=500"
    assert (await site.ask(HOST, path, headers=GOOD)).backend == "a"
    assert site.stage.origins["a"].attempts["auth"] == 3
    assert len(site.asked) == before + 1


async def test_a_websocket_is_guarded(site: Site) -> None:
    place: dict[str, Any] = {"host": site.stage.address, "port": site.stage.ports[HTTP]}

    def connect(headers: Mapping[str, str]) -> Any:
        uri = f"ws://{HOST}/sockets"
        return websockets.connect(uri, additional_headers=headers, proxy=None, **place)

    with pytest.raises(websockets.InvalidStatus, match="401"):
        async with connect({}):
            pass
    async with connect(GOOD) as socket:
        await socket.send("hello")
        assert await socket.recv() == "hello"


async def test_filters_come_and_go_and_no_listener_notices(site: Site) -> None:
    """A hundred changes of the guarded route under load: no drain, no break, and never open."""
    running = site.stage
    envoy = EnvoyAdmin(running.portway.data)
    pattern = "(total_filter_chains_draining|total_listeners_draining|listener_modified)"
    before = await envoy.stats(pattern)
    port = running.ports[HTTP]
    async with Load(running.address, port, host="churn.test", clients=3) as load:
        for turn in range(50):
            filters = (
                [auth("auth", http={"path": f"/auth/{turn}"})]
                if turn % 2
                else [auth("grpc-auth", "GRPC", forwardBody={"maxSize": 10 + turn})]
            )
            made = rule(backend("a"), filters=filters)
            churn = http_route("churn", "web", [made], hostnames=["churn.test"])
            await running.write("churn", [churn])
            await load.more(20)
    assert not load.result.breaks
    assert set(load.result.statuses) <= {401, 404}
    assert await envoy.stats(pattern) == before
