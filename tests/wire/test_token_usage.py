"""What answers of models took, in access logs and metrics; streams pass as they come."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from portway.core.schema import Schema
from tests.wire import pools
from tests.wire.harness import manifests
from tests.wire.harness.metrics import Scrape, scrape
from tests.wire.harness.model_server import ModelServer
from tests.wire.harness.origin import Origin
from tests.wire.harness.picker import Picker
from tests.wire.harness.portway import Portway

pytestmark = pytest.mark.envoy

METRIC = "envoy_gen_ai_client_token_usage_total"
FIELDS = ("model", "prompt_tokens", "completion_tokens", "total_tokens")
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
OPENAI = {**USAGE, "prompt_tokens_details": {"cached_tokens": 4, "prompt_tokens": 99}}
RESPONSES = {"input_tokens": 36, "output_tokens": 87, "total_tokens": 123}
JSON, EVENTS = "application/json", "text/event-stream; charset=utf-8"

Found = tuple[str | None, int, int, int] | None
# What a model may write, which must not pass for a report.
WRITTEN = 'he said "usage": {"prompt_tokens": 999} \\ "model": "evil"'


def chat(**more: Any) -> dict[str, Any]:
    return {"id": "1", "object": "chat.completion.chunk", "model": "llama", "choices": [], **more}


def events(*documents: Any) -> bytes:
    return b"".join(b"data: %b\n\n" % text(each) for each in documents)


def named(*documents: dict[str, Any]) -> bytes:
    lines = (b"event: %b\ndata: %b\n\n" % (each["type"].encode(), text(each)) for each in documents)
    return b"".join(lines)


def text(document: Any) -> bytes:
    return document.encode() if isinstance(document, str) else json.dumps(document).encode()


def message(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, **more}


WHOLE: dict[str, tuple[Any, Found]] = {
    "chat": (chat(choices=[{"message": {"content": WRITTEN}}], usage=OPENAI), ("llama", 11, 7, 18)),
    "completion": ({"model": "a/b:c-1", "choices": [], "usage": USAGE}, ("a/b:c-1", 11, 7, 18)),
    "embedding": (
        {"model": "e", "data": [0.5] * 3000, "usage": {"prompt_tokens": 8, "total_tokens": 8}},
        ("e", 8, 0, 8),
    ),
    "rerank": ({"model": "r", "usage": {"total_tokens": 56}, "results": []}, ("r", 56, 0, 56)),
    "response": (
        {"id": "1", "instructions": "x" * 5000, "model": "gpt", "usage": RESPONSES, "user": None},
        ("gpt", 36, 87, 123),
    ),
    "anthropic": (
        {
            "type": "message",
            "model": "claude",
            "content": [{"type": "tool_use", "input": {"usage": {"input_tokens": 900}}}],
            "usage": {
                "input_tokens": 10,
                "cache_creation_input_tokens": 2,
                "cache_read_input_tokens": 3,
                "cache_creation": {"ephemeral_5m_input_tokens": 2},
                "output_tokens": 5,
            },
        },
        ("claude", 15, 5, 20),
    ),
    "long": (
        chat(choices=["x" * 1_000_000], usage=USAGE, prompt_logprobs=["y" * 50_000]),
        ("llama", 11, 7, 18),
    ),
    "no model": ({"usage": USAGE}, (None, 11, 7, 18)),
    "long model": ({"model": "m" * 200, "usage": USAGE}, (None, 11, 7, 18)),
    "null": (chat(usage=None), None),
    "other": ({"service": "a", "usage": "high"}, None),
    "text": ({"usage": {"prompt_tokens": "many"}}, None),
    "large numbers": ({"usage": {"prompt_tokens": 10**30}}, None),
    "not closed": ('{"usage": {"prompt_tokens": 1', None),
    "not JSON": ("[" * 3000 + '"usage"' * 3000, None),
}
STREAMED: dict[str, tuple[bytes, Found]] = {
    "chat": (
        events(
            *(chat(choices=[{"delta": {"content": WRITTEN}}], usage=None) for _ in range(4)),
            chat(usage=OPENAI),
            "[DONE]",
        ),
        ("llama", 11, 7, 18),
    ),
    "growing": (
        events(
            *(
                chat(usage={"prompt_tokens": 11, "completion_tokens": n, "total_tokens": 11 + n})
                for n in range(1, 6)
            ),
            "[DONE]",
        ),
        ("llama", 11, 5, 16),
    ),
    "without": (events(chat(), chat(), "[DONE]"), None),
    "responses": (
        named(
            message("response.created", response={"model": "gpt", "usage": None}),
            message("response.output_text.delta", delta=WRITTEN),
            message(
                "response.completed",
                response={"model": "gpt", "output": ["x" * 20_000], "usage": RESPONSES},
            ),
        ),
        ("gpt", 36, 87, 123),
    ),
    "anthropic": (
        named(
            message(
                "message_start",
                message={"model": "claude", "usage": {"input_tokens": 25, "output_tokens": 1}},
            ),
            message("content_block_delta", delta={"text": WRITTEN}),
            message("message_delta", delta={}, usage={"output_tokens": 15}),
            message("message_stop"),
        ),
        ("claude", 25, 15, 40),
    ),
}


class Served:
    """A pool of one server behind a Gateway with an access log."""

    def __init__(
        self, portway: Portway, web: httpx.AsyncClient, server: ModelServer, log: Path
    ) -> None:
        self.portway = portway
        self.web = web
        self.server = server
        self._log = log
        self._asked = 0

    async def asked(self, *chunks: bytes, kind: str = JSON, more: str = "") -> str:
        """An answer in these pieces comes as it was sent; the path that was asked."""
        self.server.head = f"content-type: {kind}{more}"
        self.server.chunks = list(chunks)
        path = self.path()
        async with self.web.stream("POST", path, content=b'{"stream": true}') as answer:
            assert answer.status_code == 200
            assert b"".join([each async for each in answer.aiter_raw()]) == b"".join(chunks)
        return path

    def path(self) -> str:
        """One that nobody asked for yet."""
        self._asked += 1
        return f"/v1/{self._asked}"

    async def found(self, *paths: str) -> list[Found]:
        """What the lines of these paths say; None where one has none of the fields. Envoy writes
        them every second, so better ask once."""
        lines: dict[str, dict[str, Any]] = {}

        async def there() -> bool:
            whole = self._log.read_text().splitlines()
            lines.update((each["path"], each) for each in map(json.loads, whole))
            return lines.keys() >= set(paths)

        await self.portway.until(there, "the lines are in the access log", seconds=25)
        return [_said(lines[path]) for path in paths]


def _said(line: dict[str, Any]) -> Found:
    if not any(each in line for each in FIELDS):
        return None
    return (line["model"], *(line[each] for each in FIELDS[1:]))


@asynccontextmanager
async def served(folder: Path, *more: str) -> AsyncIterator[Served]:
    log = folder / "access.log"
    options = ("--access-log", str(log), *more)
    async with ModelServer("a") as server, Portway(folder / "one", options=options) as portway:
        named = pools.pool("llama", "", server.endpoint)
        portway.write("site", [*pools.site(pools.to("llama")), named])
        async with await pools.client(portway) as web:
            yield Served(portway, web, server, log)


def cut(body: bytes, size: int) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


async def test_whole_answers_of_every_kind(tmp_path: Path) -> None:
    async with served(tmp_path) as site:
        paths = [await site.asked(text(document)) for document, _ in WHOLE.values()]
        found = dict(zip(WHOLE, await site.found(*paths), strict=True))
        assert found == {name: expected for name, (_, expected) in WHOLE.items()}


async def test_streams_of_every_kind_in_pieces_of_any_size(tmp_path: Path) -> None:
    async with served(tmp_path) as site:
        cases = [
            (name, size)
            for name, (body, _) in STREAMED.items()
            for size in (1, 7, 64, 1000, len(body))
            if len(body) // size < 3000
        ]
        paths = [
            await site.asked(*cut(STREAMED[name][0], size), kind=EVENTS) for name, size in cases
        ]
        found = dict(zip(cases, await site.found(*paths), strict=True))
        assert found == {case: STREAMED[case[0]][1] for case in cases}


async def test_what_cannot_be_read_has_no_usage_and_passes(tmp_path: Path) -> None:
    async with served(tmp_path) as site:
        body = text(WHOLE["chat"][0])
        packed = await site.asked(gzip.compress(body), more="\r\ncontent-encoding: gzip")
        plain = await site.asked(body, kind="text/plain")
        same = await site.asked(body, more="\r\ncontent-encoding: identity")
        assert await site.found(packed, plain, same) == [None, None, ("llama", 11, 7, 18)]


async def test_a_stream_passes_event_by_event(tmp_path: Path) -> None:
    """Each event is there long before the next one is sent."""
    async with served(tmp_path) as site:
        site.server.between = 0.3
        site.server.chunks = [events(chat(usage=None))] * 5 + [events(chat(usage=USAGE), "[DONE]")]
        loop = asyncio.get_running_loop()
        came: list[float] = []
        path = site.path()
        async with site.web.stream("POST", path, content=b'{"stream": true}') as answer:
            async for piece in answer.aiter_raw():
                came += [loop.time()] * piece.count(b"data: {")
        assert len(came) == len(site.server.sent) == 6
        late = [there - sent for there, sent in zip(came, site.server.sent, strict=True)]
        assert max(late) < 0.25, late
        assert await site.found(path) == [("llama", 11, 7, 18)]


async def test_what_a_stream_said_before_its_client_left_counts(tmp_path: Path) -> None:
    async with served(tmp_path) as site:
        site.server.between = 0.1
        body = STREAMED["anthropic"][0]
        site.server.chunks = [body[: body.index(b"event: content")], *[b": wait\n\n"] * 100]
        path = site.path()
        async with site.web.stream("POST", path, content=b'{"stream": true}') as answer:
            await anext(answer.aiter_raw())
        assert await site.found(path) == [("claude", 25, 1, 26)]


@pytest.mark.parametrize("scopes", ["0", "1000"])
async def test_metrics_count_by_model_pool_route_and_kind(tmp_path: Path, scopes: str) -> None:
    async with served(tmp_path, "--scopes-from", scopes) as site:
        for document, _ in (WHOLE["chat"], WHOLE["chat"], WHOLE["completion"], WHOLE["null"]):
            await site.asked(text(document))
        await site.asked(STREAMED["chat"][0], kind=EVENTS)
        numbers = Scrape("")

        async def counted() -> bool:
            nonlocal numbers
            numbers = await scrape(site.portway.admin)
            return numbers.total(METRIC) == 4 * 18

        await site.portway.until(counted, "the tokens are counted")
        where = {
            "cluster": "inferencepool/default/llama/0/http",
            "route": "httproute/default/models/0",
            "gen_ai_response_model": "llama",
        }
        assert numbers.total(METRIC, gen_ai_token_type="input", **where) == 3 * 11
        assert numbers.total(METRIC, gen_ai_token_type="output", **where) == 3 * 7
        assert numbers.total(METRIC, gen_ai_response_model="a/b:c-1") == 18
        assert "portway_turns_total" in {name for name, _, _ in numbers.samples}


async def test_only_pools_are_looked_at(tmp_path: Path) -> None:
    """What other backends answer passes unread, whatever it says, and its lines have no fields."""
    log = tmp_path / "access.log"
    options = ("--access-log", str(log))
    async with (
        Origin("app") as app,
        ModelServer("a") as server,
        Portway(tmp_path / "one", options=options) as portway,
    ):
        server.chunks = [text(WHOLE["chat"][0])]
        server.head = f"content-type: {JSON}"
        route = manifests.http_route(
            "models",
            "web",
            [
                manifests.rule(manifests.backend("same"), matches=[{"path": {"value": "/same"}}]),
                manifests.rule(manifests.backend("app")),
            ],
        )
        services = [
            manifests.service("app", app.endpoint),
            manifests.service("same", server.endpoint),
        ]
        portway.write("site", [pools.gateway(), route, *services])
        async with await pools.client(portway) as web:
            await web.post("/same", content=b'{"stream": true}')

        async def logged() -> bool:
            return log.exists() and "httproute/default/models/0" in log.read_text()

        await portway.until(logged, "the request is in the access log")
        lines = [json.loads(each) for each in log.read_text().splitlines()]
        assert not any(field in line for line in lines for field in FIELDS)
        assert (await scrape(portway.admin)).total(METRIC) == 0


async def test_answers_that_a_picker_sees_are_counted_too(tmp_path: Path, schema: Schema) -> None:
    async with (
        Picker(schema) as picker,
        ModelServer("a") as server,
        Portway(tmp_path) as portway,
    ):
        picker.picks = server.endpoint
        asking = pools.pool("llama", "epp", server.endpoint)
        service = pools.picker_service("epp", picker.endpoint)
        portway.write("site", [*pools.site(pools.to("llama")), asking, service])
        server.chunks = [STREAMED["chat"][0]]
        async with await pools.client(portway) as web:
            answer = await web.post("/v1/completions", content=b'{"stream": true}')
            assert answer.content == STREAMED["chat"][0]
        assert await _counted(portway) == {"inferencepool/default/llama/0/http": 18}


async def test_pools_that_share_a_rule_are_told_apart(tmp_path: Path) -> None:
    async with ModelServer("a") as a, ModelServer("b") as b, Portway(tmp_path) as portway:
        documents = pools.site(pools.to("one", weight=1), pools.to("two", weight=1))
        both = [pools.pool("one", "", a.endpoint), pools.pool("two", "", b.endpoint)]
        portway.write("site", [*documents, *both])
        for each in (a, b):
            each.chunks = [text(WHOLE["chat"][0])]
            each.head = f"content-type: {JSON}"
        async with await pools.client(portway) as web:
            for _ in range(40):
                await web.post("/v1/completions", content=b'{"stream": true}')
        counted = await _counted(portway)
        assert sum(counted.values()) == 40 * 18
        assert len(counted) == 2


async def test_routes_chosen_by_the_model_that_a_body_names_are_counted(tmp_path: Path) -> None:
    """The chain of such a request is made for another route."""
    async with ModelServer("a") as server, Portway(tmp_path) as portway:
        header = {"name": "X-Gateway-Model-Name", "value": "llama"}
        documents = pools.site(pools.to("llama"), matches=[{"headers": [header]}])
        portway.write("site", [*documents, pools.pool("llama", "", server.endpoint)])
        server.chunks = [STREAMED["chat"][0]]
        async with await pools.client(portway) as web:
            body = {"model": "llama", "stream": True, "prompt": "hi"}
            answer = await web.post("/v1/completions", json=body)
            assert (answer.status_code, answer.content) == (200, STREAMED["chat"][0])
        assert await _counted(portway) == {"inferencepool/default/llama/0/http": 18}


async def test_listeners_add_up_and_come_and_go(tmp_path: Path) -> None:
    async with ModelServer("a") as server, Portway(tmp_path) as portway:
        first, route = pools.site(pools.to("llama"))
        both = {**first, "spec": {**first["spec"]}}
        listener = {"name": "more", "port": 8081, "protocol": "HTTP"}
        both["spec"]["listeners"] = [*first["spec"]["listeners"], listener]
        pool = pools.pool("llama", "", server.endpoint)
        portway.write("site", [both, route, pool])
        server.chunks = [text(WHOLE["chat"][0])]
        server.head = f"content-type: {JSON}"
        await pools.base(portway)
        address = await portway.address("web")
        async with httpx.AsyncClient(verify=False, trust_env=False) as web:
            for port in (8080, 8081):
                url = f"http://{address}:{port}/v1/completions"
                assert (await web.post(url, content=b'{"stream": true}')).status_code == 200
            assert sum((await _counted(portway)).values()) == 2 * 18
            portway.write("site", [first, route, pool])

            async def gone() -> bool:
                try:
                    await web.get(f"http://{address}:8081/", headers={"connection": "close"})
                except httpx.TransportError:
                    return True
                return False

            await portway.until(gone, "the second listener is gone")
            url = f"http://{address}:8080/v1/completions"
            assert (await web.post(url, content=b'{"stream": true}')).status_code == 200
        assert sum((await _counted(portway)).values()) == 3 * 18


async def _counted(portway: Portway) -> dict[str, float]:
    """Tokens by cluster, once there are some and no more come."""
    found: dict[str, float] = {}

    async def steady() -> bool:
        before = dict(found)
        found.clear()
        for name, labels, value in (await scrape(portway.admin)).samples:
            if name == METRIC:
                found[labels["cluster"]] = found.get(labels["cluster"], 0) + value
        return bool(found) and found == before

    await portway.until(steady, "tokens are counted")
    return found
