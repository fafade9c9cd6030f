"""Pools without a picker: equal beginnings of prompts go to one endpoint, and nothing is lost."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from portway.core import model
from portway.core.filters.prompt import LOOKED_AT
from portway.core.filters.prompt_key import STARTS, key
from portway.core.render.ring import owner
from tests.wire.harness import http2
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway
from tests.wire.pools import client, pool, site, to

pytestmark = pytest.mark.envoy

NAMES = tuple("abcdefgh")


def chat(system: str, question: str = "why?", **more: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": question}]
    return {"model": "llama", "messages": messages, **more}


async def asked(
    web: httpx.AsyncClient, body: Any, path: str = "/v1/chat/completions", **more: Any
) -> str:
    """The endpoint that answered."""
    content = body if isinstance(body, bytes | AsyncIterator) else json.dumps(body).encode()
    headers = {"content-type": "application/json"} | more.pop("headers", {})
    answer = await web.post(path, content=content, headers=headers, **more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["service"])


@asynccontextmanager
async def served(
    folder: Path, names: tuple[str, ...] = NAMES
) -> AsyncIterator[tuple[Portway, httpx.AsyncClient, list[Origin]]]:
    async with AsyncExitStack() as stack:
        origins = [await stack.enter_async_context(Origin(name)) for name in names]
        portway = await stack.enter_async_context(Portway(folder))
        named = pool("llama", "", *(each.endpoint for each in origins))
        portway.write("site", [*site(to("llama")), named])
        web = await stack.enter_async_context(await client(portway))
        yield portway, web, origins


async def test_equal_beginnings_go_to_one_endpoint_and_others_elsewhere(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, web, _):
        long = "You are the assistant of tenant {}. " + "Be kind. " * 400
        places = {}
        for tenant in range(24):
            system = long.format(tenant)
            found = {await asked(web, chat(system, f"question {n}")) for n in range(5)}
            assert len(found) == 1
            places[tenant] = found.pop()
        assert len(set(places.values())) >= 5
        # Neither what stands before the prompt nor the API it is asked by matters, only the model.
        system = long.format(7)
        assert await asked(web, {"temperature": 1, "max_tokens": 5, **chat(system)}) == places[7]
        assert await asked(web, chat(system), "/v1/elsewhere") == places[7]
        others = {await asked(web, {**chat(system), "model": f"lora-{n}"}) for n in range(12)}
        assert len(others) > 1


async def test_a_conversation_stays_where_it_is(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, web, _):
        body = chat("Be brief. " * 300)
        first = await asked(web, body)
        for turn in range(6):
            body["messages"] += [
                {"role": "assistant", "content": f"answer {turn}"},
                {"role": "user", "content": f"and {turn}?"},
            ]
            assert await asked(web, body) == first


async def test_every_kind_of_body_has_a_beginning(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, web, _):
        for kind in ("prompt", "input", "instructions"):
            places = set()
            for number in range(16):
                text = f"{kind} {number} " * 300
                found = {await asked(web, {"model": "m", kind: text}) for _ in range(3)}
                assert len(found) == 1
                places |= found
            assert len(places) > 1
        anthropic = {
            "model": "m",
            "system": "s" * 3000,
            "messages": [{"role": "user", "content": "1"}],
        }
        found = {
            await asked(web, {**anthropic, "messages": [{"role": "user", "content": str(n)}]})
            for n in range(4)
        }
        assert len(found) == 1


@pytest.mark.parametrize("size", [40_000, 300_000, 1_000_000])
async def test_long_prompts_have_one_too(tmp_path: Path, size: int) -> None:
    """However they come: over HTTP/2 nothing waits for a window that stays shut."""
    async with served(tmp_path) as (_, web, _):
        places = set()
        at = web.base_url
        async with http2.connect(at.host, at.port or 80) as connection:
            for tenant in range(8):
                body = json.dumps(chat(f"tenant {tenant} " * (size // 9))).encode()
                assert len(body) > 32 * 1024
                found = {await asked(web, body) for _ in range(2)}
                sent = [
                    *http2.pseudo("POST", "models.test", "/v1/chat/completions", "http"),
                    ("content-length", str(len(body))),
                ]
                answer = await connection.request(sent, body)
                found.add(json.loads(answer.body)["service"])
                assert len(found) == 1
                places |= found
        assert len(places) > 1


async def test_load_has_a_bound(tmp_path: Path) -> None:
    """64 requests at once with one beginning: no endpoint has much more than its share of 8."""
    async with served(tmp_path) as (_, web, origins):
        body = json.dumps(chat("The same for all. " * 200)).encode()

        async def one() -> int:
            answer = await web.post("/slow?head=2", content=body)
            return answer.status_code

        async with asyncio.TaskGroup() as group:
            tasks = []
            for _ in range(64):
                tasks.append(group.create_task(one()))
                # What is chosen counts once there is a connection.
                await asyncio.sleep(0.01)
        assert Counter(task.result() for task in tasks) == {200: 64}
        counts = [len(each.requests) for each in origins]
        assert sum(counts) == 64
        assert max(counts) <= 20
        assert sum(each > 0 for each in counts) >= 6


async def test_what_fits_in_the_bound_stays_together(tmp_path: Path) -> None:
    """With 12 requests under way elsewhere an endpoint may have three: those of one beginning stay
    at its place."""
    async with served(tmp_path) as (_, web, origins):
        hot = chat("The same for all. " * 200)
        home = await asked(web, hot)
        taken: dict[str, list[Any]] = {}
        for number in range(100):
            body = chat(f"tenant {number} " * 400)
            taken.setdefault(await asked(web, body), []).append(body)
        elsewhere = [bodies for name, bodies in taken.items() if name != home and len(bodies) > 1]
        # The first of each place before the second of any: the bound grows with what is under way.
        others = [bodies[turn] for turn in (0, 1) for bodies in elsewhere[:6]]
        assert len(others) == 12
        before = {each.name: len(each.requests) for each in origins}

        async def slow(body: Any) -> None:
            await web.post("/slow?head=3", content=json.dumps(body).encode())

        async with asyncio.TaskGroup() as group:
            for body in (*others, hot, hot, hot):
                group.create_task(slow(body))
                await asyncio.sleep(0.05)
        counts = {each.name: len(each.requests) - before[each.name] for each in origins}
        assert counts[home] == 3


async def test_an_endpoint_goes_and_the_others_keep_what_they_have(tmp_path: Path) -> None:
    async with served(tmp_path) as (portway, web, origins):
        systems = [f"tenant {n} " * 400 for n in range(40)]
        before = {system: await asked(web, chat(system)) for system in systems}
        left = [each.endpoint for each in origins[1:]]
        portway.write("site", [*site(to("llama")), pool("llama", "", *left)])

        async def without() -> bool:
            return "a" not in {await asked(web, chat(system)) for system in systems}

        await portway.until(without, "nobody is sent to what is gone")
        moved = [s for s in systems if before[s] != "a" and await asked(web, chat(s)) != before[s]]
        # Envoy's ring has more points for each of fewer endpoints, so some move; of 35 at random it
        # would be 30.
        assert len(moved) <= 16


async def pieces(body: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]
        await asyncio.sleep(pause)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no JSON at all",
        b'{"model": "m"}',
        b'{"messages": ',
        b'{"model": ' + b"[" * 5000,
        b'"messages"' * 20_000,
        bytes(range(256)) * 100,
    ],
    ids=["empty", "text", "no prompt", "cut off", "brackets", "marks", "bytes"],
)
async def test_what_is_no_prompt_is_sent_on_as_it_is(tmp_path: Path, body: bytes) -> None:
    async with served(tmp_path, ("a", "b")) as (_, web, origins):
        for _ in range(4):
            assert await asked(web, body, "/x") in ("a", "b")
        assert {request.body for each in origins for request in each.requests} <= {body}


async def test_bodies_of_any_size_and_pace_pass(tmp_path: Path) -> None:
    async with served(tmp_path, ("a", "b")) as (_, web, origins):
        large = json.dumps(chat("x" * 5_000_000)).encode()
        assert await asked(web, large) in ("a", "b")
        exact = json.dumps(chat("x" * (32 * 1024 - 200))).encode()
        for size in (32 * 1024, 32 * 1024 + 1, LOOKED_AT - 1, LOOKED_AT, LOOKED_AT + 1):
            assert await asked(web, exact[:-2] + b" " * (size - len(exact)) + exact[-2:]) in "ab"
        # Without a length nothing is waited for.
        assert await asked(web, pieces(large)) in ("a", "b")
        assert await asked(web, pieces(json.dumps(chat("y" * 20_000)).encode(), 0.01)) in "ab"
        lengths = sorted(len(request.body) for each in origins for request in each.requests)
        assert lengths[-1] == lengths[-2] == len(large)
        answer = await web.get("/v1/models")
        assert answer.status_code == 200


async def test_a_client_cannot_choose(tmp_path: Path) -> None:
    async with served(tmp_path) as (_, web, _):
        body = chat("Be kind. " * 400)
        first = await asked(web, body)
        for header in ("portway.dev-prompt", "x-portway-prompt", "x-envoy-hash"):
            found = {await asked(web, body, headers={header: str(n)}) for n in range(4)}
            assert found == {first}


async def test_two_pools_share_by_weight_and_each_keeps_prompts_together(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        origins = [await stack.enter_async_context(Origin(name)) for name in "abcd"]
        portway = await stack.enter_async_context(Portway(tmp_path))
        one, two = origins[:2], origins[2:]
        portway.write(
            "site",
            [
                *site(to("one", weight=1), to("two", weight=1)),
                pool("one", "", *(each.endpoint for each in one)),
                pool("two", "", *(each.endpoint for each in two)),
            ],
        )
        web = await stack.enter_async_context(await client(portway))
        body = chat("Be kind. " * 400)
        found = Counter([await asked(web, body) for _ in range(60)])
        assert len(found) == 2
        assert len({"ab".find(name) >= 0 for name in found}) == 2
        assert min(found.values()) >= 15


def bodies(rng: random.Random, count: int) -> list[bytes]:
    """Bodies with and without marks, in any order, with anything between them."""
    pieces = [
        *STARTS,
        b'"model"',
        b'"model":"a"',
        b'"model" \t:\n "b c',
        b'"model": 5',
        b"\x00\xff\x0b",
        b'{"',
        b'": ',
        b"text " * 300,
        b'\\"',
        bytes(range(256)),
    ]
    found: list[bytes] = []
    while len(found) < count:
        body = b"".join(rng.choice(pieces) for _ in range(rng.randint(1, 9)))
        if len(body) <= 32 * 1024 and key(body) is not None:
            found.append(body)
    return found


@pytest.mark.parametrize("number", [1, 2, 3, 5, 8])
async def test_who_gets_a_prompt_can_be_worked_out(tmp_path: Path, number: int) -> None:
    """Our reckoning of the key and of the ring, against the script and the ring of Envoy."""
    async with served(tmp_path, NAMES[:number]) as (_, web, origins):
        places = [each.endpoint.rpartition(":") for each in origins]
        endpoints = sorted(model.Endpoint(host, int(port)) for host, _, port in places)
        named = {int(each.endpoint.rpartition(":")[2]): each.name for each in origins}
        for body in bodies(random.Random(number), 120):
            expected = owner(key(body) or b"", endpoints)
            assert expected is not None
            assert await asked(web, body) == named[expected.port], body
