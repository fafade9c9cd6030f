"""Routes that go by the model which a request's body names."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import openai
import pytest
import pytest_asyncio
import websockets

from tests.wire import pools
from tests.wire.harness import http2, raw
from tests.wire.harness.envoy_admin import EnvoyAdmin
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
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.harness.websocket_echo import websocket_echo
from tests.wire.stage import HTTP, Reply, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

HEADER = "X-Gateway-Model-Name"
HOST = "models.test"
MOST = 2 * 1024 * 1024
CHAT = "/v1/chat/completions"


def by(*models: str, kind: str = "Exact", path: str = "/", **more: Any) -> list[Document]:
    """Matches that go by the model."""
    return [
        {
            "path": {"type": "PathPrefix", "value": path},
            "headers": [{"name": HEADER, "type": kind, "value": each}],
            **more,
        }
        for each in models
    ]


def auth() -> Document:
    asked = {
        "protocol": "HTTP",
        "backendRef": backend("auth"),
        "http": {"path": "/auth", "allowedHeaders": [HEADER]},
    }
    return {"type": "ExternalAuth", "externalAuth": asked}


def cors() -> Document:
    return {
        "type": "CORS",
        "cors": {"allowOrigins": ["https://www.foo.com"], "allowHeaders": ["x-tenant"]},
    }


def mirror() -> Document:
    return {"type": "RequestMirror", "requestMirror": {"backendRef": backend("copy")}}


def at(path: str, name: str, *filters: Document, **more: Any) -> Document:
    matches = [{"path": {"type": "PathPrefix", "value": path}}]
    return rule(backend(name), matches=matches, filters=list(filters), **more)


def rules() -> list[Document]:
    retry = {"codes": [500], "attempts": 2}
    cookie = {"type": "Cookie", "sessionName": "place"}
    return [
        rule(backend("a"), matches=by("a", "org/a")),
        rule(backend("b"), matches=by("b-.*", "b", kind="RegularExpression")),
        rule(backend("b"), matches=by("a", path="/other")),
        rule(backend("a"), matches=by("only-put", method="PUT")),
        at("/plain", "b"),
        rule(backend("a"), matches=by("guarded"), filters=[auth()]),
        rule(backend("a"), matches=by("browsed"), filters=[cors()]),
        rule(backend("a"), matches=by("copied"), filters=[mirror()]),
        rule(backend("a"), matches=by("tried"), retry=retry),
        rule(backend("a"), backend("b"), matches=by("kept"), sessionPersistence=cookie),
        rule(backend("sockets"), matches=by("sockets")),
        # Where whatever has no rule of its own can be seen.
        rule(backend("rest"), matches=by("no such", path="/rest")),
        at("/rest", "rest"),
        rule(backend("rest"), matches=by(".+", kind="RegularExpression")),
    ]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        root = tmp_path_factory.mktemp("models")
        running = await stack.enter_async_context(stage(root, "a", "b", "rest", "copy", "auth"))
        sockets = await stack.enter_async_context(websocket_echo())
        echo = service("sockets", sockets.endpoint, app_protocol="kubernetes.io/ws")
        hosts = [HOST, "*.wild.test"]
        routes = http_route("models", "web", rules(), hostnames=hosts)
        other = http_route("open", "web", [rule(backend("a"))], hostnames=["open.test"])
        web = gateway("web", [listener("http", HTTP)])
        await running.write("site", [web, *running.services, echo, routes, other])
        yield running


def chat(model: str, text: str = "why?", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


async def post(
    site: Stage,
    body: Any,
    path: str = CHAT,
    headers: Mapping[str, str] | None = None,
    host: str = HOST,
    method: str = "POST",
) -> Reply:
    """A request with a body: as it is if it is bytes or comes in pieces, else as JSON."""
    content = body if isinstance(body, bytes | AsyncIterator) else json.dumps(body).encode()
    return await site.ask(host, path, method, headers or {}, content=content)


def header(reply: Reply) -> list[str]:
    """The header as the backend got it."""
    assert reply.status == 200, reply
    return reply.got(HEADER.lower())


async def pieces(body: bytes, size: int = 1000, pause: float = 0.0) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]
        await asyncio.sleep(pause)


@pytest.mark.parametrize("host", [HOST, HOST.upper(), "x.wild.test", f"{HOST}:80"])
async def test_the_model_chooses_the_rule_and_the_backend_sees_its_name(
    site: Stage, host: str
) -> None:
    bodies: list[tuple[str, Any, str]] = [
        ("/v1/completions", {"model": "a", "prompt": "why?"}, "a"),
        (CHAT, chat("b-17", stream=True), "b"),
        ("/v1/responses", {"input": "why?", "model": "org/a"}, "a"),
        ("/v1/embeddings", {"input": [0.5] * 3000, "model": "b"}, "b"),
        ("/v1/messages", {"max_tokens": 7, "system": "s", **chat("another")}, "rest"),
        ("/other/chat", chat("a"), "b"),
        (CHAT, chat("only-put"), "rest"),
    ]
    for path, body, wanted in bodies:
        reply = await post(site, body, path, host=host)
        assert (reply.backend, header(reply)) == (wanted, [body["model"]])
    assert (await post(site, chat("only-put"), method="PUT")).backend == "a"
    # Nobody was asked for in these, and they match no other rule.
    assert (await post(site, {"prompt": "why?"}, "/v1/completions")).status == 404
    assert (await site.ask(HOST, "/v1/models")).status == 404


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/completions", {"prompt": "why?"}),
        (CHAT, {"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}),
        ("/v1/responses", {"input": [{"role": "user", "content": "why?"}]}),
        ("/v1/embeddings", {"input": ["why?"]}),
        ("/v1/messages", {"max_tokens": 7, "messages": []}),
        ("/v1/messages/count_tokens", {"messages": []}),
        ("/v1/images/generations", {"prompt": "a cat", "size": "1024x1024"}),
        ("/v1/audio/speech", {"input": "why?", "voice": "alloy"}),
        ("/v1/moderations", {"input": "why?"}),
        ("/v1/rerank", {"query": "why?", "documents": ["so"]}),
        ("/v1/score", {"text_1": "why?", "text_2": "so"}),
        ("/tokenize", {"prompt": "why?"}),
    ],
)
@pytest.mark.parametrize("chunked", [False, True])
async def test_every_api_whose_body_is_json_names_its_model(
    site: Stage, path: str, body: dict[str, Any], chunked: bool
) -> None:
    for whole in ({"model": "b-17", **body}, {**body, "model": "b-17"}):
        text = json.dumps(whole).encode()
        reply = await post(site, pieces(text, 7) if chunked else text, path)
        assert (reply.backend, header(reply)) == ("b", ["b-17"])


@pytest.mark.parametrize("path", ["/v1/audio/transcriptions", "/v1/images/edits"])
async def test_a_form_names_none(site: Stage, path: str) -> None:
    form = b'--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nb\r\n--x--\r\n'
    told = {"content-type": "multipart/form-data; boundary=x", HEADER: "b"}
    assert (await post(site, form, path, told)).status == 404
    assert header(await post(site, form, f"/rest{path}", told)) == []


NAMES: list[tuple[str, str | None]] = [
    ('{"model":"a"}', "a"),
    (' \r\n\t{ "model" \n:\t"a" } ', "a"),
    ('{"messages":[{"model":"b"}],"x":{"model":"b"},"model":"a"}', "a"),
    ('{"model":"a","x":{"model":"b"},"tools":["model"]}', "a"),
    ('{"x":"model","model":"a"}', "a"),
    (r'{"x":"\"model\":\"b\"","model":"a"}', "a"),
    (r'{"x":"\\","model":"a"}', "a"),
    (r'{"x":"\\\"","model":"a"}', "a"),
    (r'{"m\u006fdel":"a"}', "a"),
    (r'{"model":"org\/a"}', "org/a"),
    (r'{"model":"\u0061"}', "a"),
    (r'{"model":"\"a\\"}', '"a\\'),
    ('{"model":"two words"}', "two words"),
    ('{"model":"' + "n" * 1024 + '"}', "n" * 1024),
    # Two, or none: no parser agrees with every other.
    ('{"model":"a","model":"b"}', None),
    (r'{"model":"a","mode\u006c":"b"}', None),
    ('{"model":"a","model":7}', None),
    ('{"model":7}', None),
    ('{"model":null}', None),
    ('{"model":["a"]}', None),
    ('{"model":{"model":"a"}}', None),
    ('{"Model":"a"}', None),
    ('["model","a"]', None),
    ('[{"model":"a"}]', None),
    ('"model"', None),
    ("model=a", None),
    ('{"x":"y"', None),
    ('{"x":"', None),
    ("{", None),
    # What is no header's text, or could be another header.
    ('{"model":""}', None),
    ('{"model":" a"}', None),
    ('{"model":"a "}', None),
    (r'{"model":"a\r\nx-evil: 1"}', None),
    (r'{"model":"a\u0000"}', None),
    (r'{"model":"\u00e4"}', None),
    ('{"model":"ä"}', None),
    (r'{"model":"\ud83d\ude00"}', None),
    (r'{"model":"\u006"}', None),
    (r'{"model":"\x"}', None),
    ('{"model":"' + "n" * 1025 + '"}', None),
]


@pytest.mark.parametrize(("body", "name"), NAMES, ids=[body[:40] for body, _ in NAMES])
async def test_what_counts_as_the_name(site: Stage, body: str, name: str | None) -> None:
    for client in ({}, {HEADER: "a"}, {HEADER.lower(): "b"}):
        reply = await post(site, body.encode(), "/rest", client)
        assert header(reply) == ([] if name is None else [name])
        assert site.origins[reply.backend].requests[-1].body == body.encode()


def generated(rng: random.Random, depth: int = 0) -> Any:
    """Values full of what could be taken for the name."""
    texts = ["model", '"model":"x"', "{", "]", "\\", '"', "é", ",", "a\n", ":"]
    kind = rng.random()
    if kind < 0.5 or depth > 3:
        return "".join(rng.choices(texts, k=rng.randint(0, 4)))
    if kind < 0.6:
        return rng.choice([1, -2.5, None, True, [], {}])
    if kind < 0.8:
        return [generated(rng, depth + 1) for _ in range(rng.randint(0, 3))]
    keys = rng.choices(texts, k=3)
    return {key: generated(rng, depth + 1) for key in keys}


async def test_it_is_the_name_that_a_parser_finds(site: Stage) -> None:
    rng = random.Random(7)
    for number in range(400):
        body = {str(n): generated(rng) for n in range(rng.randint(0, 4))}
        if number % 4:
            place = rng.randint(0, len(body))
            pairs = list(body.items())
            body = dict([*pairs[:place], ("model", f'm/{number}"\\'), *pairs[place:]])
        text = json.dumps(body, ensure_ascii=number % 2 == 0, indent=rng.choice([None, 1]))
        assert header(await post(site, text.encode(), "/rest")) == (
            [body["model"]] if "model" in body else []
        ), text


@pytest.mark.parametrize(
    "size", [20, 32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 100_000, MOST - 1, MOST]
)
@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
async def test_bodies_up_to_the_limit(site: Stage, size: int, last: bool) -> None:
    head, tail = (b'{"x":"', b'","model":"a"}') if last else (b'{"model":"a","x":"', b'"}')
    body = head + b"y" * max(0, size - len(head) - len(tail)) + tail
    for content in (body, pieces(body, 50_000), pieces(body, 7919)):
        reply = await post(site, content)
        assert (reply.backend, header(reply)) == ("a", ["a"])
        assert site.origins["a"].requests[-1].body == body
    async with http2.connect(site.address, site.ports[HTTP]) as connection:
        for length in ([], [("content-length", str(len(body)))]):
            asked = [*http2.pseudo("POST", HOST, CHAT, "http"), *length]
            answer = await connection.request(asked, body)
            assert json.loads(answer.body)["service"] == "a"


async def test_longer_ones_that_say_so_have_no_name_and_pass(site: Stage) -> None:
    body = b'{"model":"a","x":"%b"}' % (b"y" * MOST)
    for client in ({}, {HEADER: "a"}):
        reply = await post(site, body, "/rest", client)
        assert (reply.backend, header(reply)) == ("rest", [])
        assert site.origins["rest"].requests[-1].body == body
        assert (await post(site, body, CHAT, client)).status == 404
    async with http2.connect(site.address, site.ports[HTTP]) as connection:
        length = ("content-length", str(len(body)))
        asked = [*http2.pseudo("POST", HOST, "/rest", "http"), length, (HEADER.lower(), "a")]
        answer = await connection.request(asked, body)
        assert json.loads(answer.body)["service"] == "rest"


async def test_longer_ones_that_do_not_say_so_are_refused(site: Stage) -> None:
    before = len(site.origins["rest"].requests)
    async with raw.connect(site.address, site.ports[HTTP]) as connection:
        head = f"POST /rest HTTP/1.1\r\nHost: {HOST}\r\nTransfer-Encoding: chunked\r\n\r\n"
        await connection.send(head.encode())
        try:
            for _ in range(MOST // 65536 + 1):
                await connection.send(b"10000\r\n%b\r\n" % (b"y" * 65536))
        except ConnectionError:
            pass
        assert (await connection.answer()).status == 413
    async with http2.connect(site.address, site.ports[HTTP]) as connection:
        asked = http2.pseudo("POST", HOST, "/rest", "http")
        try:
            answer = await connection.request(asked, b"y" * (MOST + 65536))
            assert answer.status == 413
        except http2.StreamResetError:
            pass  # what comes after the answer is not waited for
    assert len(site.origins["rest"].requests) == before


async def test_who_asks_for_nothing_is_held_up_by_nothing(site: Stage) -> None:
    """Another host and a rule that comes first: bodies of any length pass as they come."""
    for host, path, name in (("open.test", "/", "a"), (HOST, "/plain", "b")):
        reply = await post(site, pieces(b"y" * (MOST + 100), 60_000), path, host=host)
        assert (reply.backend, reply.got(HEADER.lower())) == (name, [])
        assert header(await post(site, chat("b"), path, {HEADER: "mine"}, host)) == ["mine"]
        origin = site.origins[name]
        async with raw.connect(site.address, site.ports[HTTP]) as connection:
            head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 20\r\n\r\n"
            await connection.send(head.encode() + b"first half")

            async def half(origin: Origin = origin) -> bool:
                return any(bytes(each).endswith(b"first half") for each in origin.bytes_received)

            await site.portway.until(half, "the backend has the first half")
            await connection.send(b"the second")
            assert (await connection.answer()).status == 200


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/grpc", "application/octet-stream"]
)
async def test_what_is_no_json_is_not_held_and_names_nothing(site: Stage, kind: str) -> None:
    told = {HEADER: "a", "content-type": kind}
    reply = await post(site, b'{"model":"a"}', "/rest", told)
    assert header(reply) == []
    reply = await post(site, pieces(b"y" * (MOST + 100), 60_000), "/rest", told)
    assert (reply.backend, header(reply)) == ("rest", [])
    origin = site.origins["rest"]
    async with raw.connect(site.address, site.ports[HTTP]) as connection:
        head = f"POST /rest HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: {kind}\r\n"
        await connection.send(f"{head}Content-Length: 20\r\n\r\n".encode() + b"first half")

        async def half() -> bool:
            return any(bytes(each).endswith(b"first half") for each in origin.bytes_received)

        await site.portway.until(half, "the backend has the first half")
        await connection.send(b"the second")
        assert (await connection.answer()).status == 200


@pytest.mark.parametrize(
    "kind",
    ["application/json", "Application/Vnd.x+JSON;v=1", "text/plain", "text/json", "",
     "application/x-www-form-urlencoded"],
)  # fmt: skip
async def test_what_may_be_json_is_read(site: Stage, kind: str) -> None:
    reply = await post(site, chat("a"), "/rest", {"content-type": kind} if kind else {})
    assert header(reply) == ["a"]


async def test_a_client_cannot_lie(site: Stage) -> None:
    twice = [(HEADER, "b"), (HEADER, "b")]
    answer = await site.ask(HOST, CHAT, "POST", twice, content=json.dumps(chat("a")).encode())
    assert (answer.backend, header(answer)) == ("a", ["a"])
    answer = await post(site, chat("b"), CHAT, {HEADER.upper(): "a", "content-type": "text/plain"})
    assert (answer.backend, header(answer)) == ("b", ["b"])
    # Without a body it lies about nothing.
    for method in ("GET", "DELETE"):
        answer = await site.ask(HOST, "/v1/models", method, {HEADER: "a"})
        assert (answer.backend, header(answer)) == ("a", ["a"])
    answer = await site.ask(HOST, CHAT, "GET", {HEADER: "a"}, content=b'{"model":"b"}')
    assert (answer.backend, header(answer)) == ("b", ["b"])


async def test_a_client_that_waits_to_be_asked_for_the_body(site: Stage) -> None:
    body = json.dumps(chat("a")).encode()
    head = f"POST {CHAT} HTTP/1.1\r\nHost: {HOST}\r\nExpect: 100-continue\r\n"
    async with raw.connect(site.address, site.ports[HTTP]) as connection:
        await connection.send(f"{head}Content-Length: {len(body)}\r\n\r\n".encode())
        while b"100" not in connection.received:
            assert await asyncio.wait_for(connection.more(), 5)
        await connection.send(body)
        answer = await connection.answer()
        assert json.loads(answer.body)["service"] == "a"


async def test_upgrades_are_not_waited_for_and_have_no_name(site: Stage) -> None:
    place: dict[str, Any] = {"host": site.address, "port": site.ports[HTTP], "proxy": None}
    with pytest.raises(websockets.InvalidStatus, match="404"):
        async with websockets.connect(
            f"ws://{HOST}/", additional_headers={HEADER: "sockets"}, **place
        ):
            pass


async def test_what_the_chosen_rule_does_is_done(site: Stage) -> None:
    asked = site.origins["auth"].requests
    before = len(asked)
    assert (await post(site, chat("guarded"))).status == 401
    good = {"Authorization": "good"}
    assert (await post(site, chat("guarded", "y" * 100_000), headers=good)).backend == "a"
    assert [each.header(HEADER) for each in asked[before:]] == [("guarded",)] * 2
    assert (await post(site, chat("a"))).backend == "a"
    assert len(asked) == before + 2

    page = {"Origin": "https://www.foo.com"}
    reply = await post(site, chat("browsed"), headers=page)
    assert reply.headers["access-control-allow-origin"] == page["Origin"]
    assert "access-control-allow-origin" not in (await post(site, chat("a"), headers=page)).headers
    told = {**page, "Access-Control-Request-Method": "POST"}
    preflight = await site.ask(HOST, CHAT, "OPTIONS", told)
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == page["Origin"]

    copies = site.origins["copy"].requests
    assert (await post(site, chat("copied"))).backend == "a"

    async def copied() -> bool:
        return bool(copies)

    await site.portway.until(copied, "the copy has arrived")
    assert copies[-1].header(HEADER) == ("copied",)
    # A larger body than the connection's buffer takes goes on, whoever would like a copy.
    assert (await post(site, chat("copied", "y" * 1_000_000))).backend == "a"

    body = chat("tried", "y" * 100_000)
    reply = await post(site, body, "/retry?succeed_after=1&code=500&uuid=model")
    assert (reply.status, reply.backend) == (200, "a")


async def test_a_session_is_kept(site: Stage) -> None:
    first = await post(site, chat("kept"))
    cookie = first.headers["set-cookie"].partition(";")[0]
    found = {
        (await post(site, chat("kept"), headers={"Cookie": cookie})).backend for _ in range(12)
    }
    assert found == {first.backend}
    assert "set-cookie" not in (await post(site, chat("a"))).headers


async def test_nothing_is_lost_and_no_listener_notices_when_rules_come_and_go(
    site: Stage,
) -> None:
    envoy = EnvoyAdmin(site.portway.data)
    pattern = "(total_filter_chains_draining|total_listeners_draining|listener_modified)"
    before = await envoy.stats(pattern)
    async with Load(site.address, site.ports[HTTP], host="churn.test", clients=3) as load:
        for turn in range(20):
            made = [rule(backend("a"))]
            if turn % 2:
                made.append(rule(backend("b"), matches=by(f"m-{turn}")))
            await site.write("churn", [http_route("churn", "web", made, hostnames=["churn.test"])])
            wanted = "b" if turn % 2 else "a"
            assert (await post(site, chat(f"m-{turn}"), host="churn.test")).backend == wanted
            await load.more(20)
    assert not load.result.breaks
    assert set(load.result.statuses) <= {200, 404}
    assert await envoy.stats(pattern) == before


async def test_the_client_of_the_openai_api_and_two_pools(tmp_path: Path) -> None:
    async with Origin("a") as a, Origin("b") as b, Origin("c") as c, Portway(tmp_path) as portway:
        matches = {name: by(name, path="/openai/v1") for name in ("small", "large")}
        made = [rule(pools.to(name), matches=match) for name, match in matches.items()]
        portway.write(
            "site",
            [
                pools.gateway(),
                http_route("models", "web", made),
                pools.pool("small", "", a.endpoint),
                pools.pool("large", "", b.endpoint, c.endpoint),
            ],
        )
        url = await pools.base(portway)
        async with openai.AsyncOpenAI(base_url=f"{url}/openai/v1", api_key="none") as models:
            for model, length in (("small", 10), ("large", 10), ("large", 40_000), ("small", 9000)):
                found = set()
                for _ in range(6):
                    chunks = await models.chat.completions.create(
                        model=model,
                        messages=[{"role": "user", "content": "word " * length}],
                        stream=True,
                    )
                    words = [each.choices[0].delta.content async for each in chunks]
                    assert words[:2] == ["one ", "two "]
                    found.add(str(words[2]).strip())
                assert found <= {"small": {"a"}, "large": {"b", "c"}}[model]
                # The proxy goes by the prompt as well.
                assert len(found) == 1
            with pytest.raises(openai.NotFoundError):
                await models.chat.completions.create(
                    model="none", messages=[{"role": "user", "content": "word"}]
                )


async def test_the_first_byte_of_a_stream_does_not_wait_for_the_last(site: Stage) -> None:
    async with site.fresh() as web:
        url = f"http://{HOST}:{HTTP}/stream?n=3&delay=0.3"
        async with web.stream("POST", url, json=chat("a")) as answer:
            loop = asyncio.get_running_loop()
            seen = [loop.time() async for _ in answer.aiter_raw()]
    assert answer.status_code == 200
    assert seen[-1] - seen[0] > 0.4
