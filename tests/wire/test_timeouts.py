"""Timeouts (GEP-1742) and retries (GEP-1731), with backends that are slow, fail and hang up.

Lower bounds of time are exact; upper bounds only say that a limit ended the request, and not the
backend, which would have taken far longer.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    http_route,
    listener,
    rule,
    service,
)
from tests.wire.stage import HTTP, Reply, Stage, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

HOST = "times.test"
LONG = 8.0
"""Seconds a slow backend takes; a limit has to end the request well before."""
_UNIQUE = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with stage(tmp_path_factory.mktemp("timeouts"), "a", "b") as site:
        both = service("both", *(origin.endpoint for origin in site.origins.values()))
        web = gateway("web", [listener("http", HTTP)])
        await site.write("site", [web, both, *site.services, *routes()])
        yield site


# One host per case, so that the path can tell the backend what to do.
RULES: dict[str, Document] = {
    "request": {"timeouts": {"request": "400ms"}},
    "backend": {"timeouts": {"backendRequest": "400ms"}},
    "both": {"timeouts": {"request": "2s", "backendRequest": "400ms"}},
    "disabled": {"timeouts": {"request": "0s"}},
    "backend-only": {"timeouts": {"request": "0s", "backendRequest": "400ms"}},
    "backend-disabled": {"timeouts": {"request": "400ms", "backendRequest": "0s"}},
    "none": {},
    "codes": {"retry": {"codes": [500, 502, 503, 504], "attempts": 3}},
    "few": {"retry": {"codes": [503], "attempts": 1}},
    "default": {"retry": {"codes": [500]}},
    "codeless": {"retry": {"attempts": 3}},
    "backoff": {"retry": {"codes": [503], "attempts": 2, "backoff": "100ms"}},
    "per-try": {
        "timeouts": {"request": "5s", "backendRequest": "300ms"},
        "retry": {"codes": [503], "attempts": 2},
    },
    "total": {
        "timeouts": {"request": "500ms", "backendRequest": "300ms"},
        "retry": {"codes": [503], "attempts": 9, "backoff": "1ms"},
    },
    "no-retry": {},
}


def routes() -> list[Document]:
    made = [
        http_route(name, "web", [rule(backend("a"), **fields)], hostnames=[f"{name}.test"])
        for name, fields in RULES.items()
    ]
    other = rule(backend("both"), retry={"codes": [503], "attempts": 4})
    return [*made, http_route("other", "web", [other], hostnames=["other.test"])]


async def timed(site: Stage, name: str, path: str, **settings: Any) -> tuple[Reply, float]:
    """A reply and the seconds it took."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    reply = await site.ask(f"{name}.test", path, **settings)
    return reply, loop.time() - started


@pytest.mark.parametrize("name", ["request", "backend", "both", "backend-only", "backend-disabled"])
async def test_what_takes_longer_than_the_limit_is_504(site: Stage, name: str) -> None:
    reply, took = await timed(site, name, f"/slow?head={LONG}")
    assert reply.status == 504
    assert 0.39 <= took < LONG / 2


@pytest.mark.parametrize("name", ["request", "backend", "both", "disabled", "none"])
async def test_what_is_quick_enough_passes(site: Stage, name: str) -> None:
    reply, _ = await timed(site, name, "/slow?head=0.01&chunks=2")
    assert reply.status == 200
    assert reply.body == b"chunk 0\nchunk 1\n"


@pytest.mark.parametrize("name", ["disabled", "none"])
async def test_zero_and_absent_timeouts_end_nothing(site: Stage, name: str) -> None:
    reply, took = await timed(site, name, "/slow?head=1.2")
    assert reply.status == 200
    assert took >= 1.2


async def test_the_request_timeout_covers_the_whole_answer(site: Stage) -> None:
    """The head was in time, so the status can no longer say it: the body ends early."""
    url = f"http://request.test:{HTTP}/slow?body=0.15&chunks=50"
    async with site.fresh() as client, client.stream("GET", url) as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            await answer.aread()


def failing(times: int, code: int | None = None, uuid: str = "") -> tuple[str, str]:
    """A path whose first requests fail, and the name its attempts are counted under."""
    uuid = uuid or f"u{next(_UNIQUE)}"
    how = "" if code is None else f"&code={code}"
    return f"/retry?uuid={uuid}&succeed_after={times}{how}", uuid


@pytest.mark.parametrize(
    ("name", "code", "failures", "status", "tries"),
    [
        *(("codes", code, 1, 200, 2) for code in (500, 502, 503, 504)),
        ("codes", 503, 3, 200, 4),
        ("codes", 503, 4, 503, 4),
        ("codes", 504, 9, 504, 4),
        ("codes", 501, 1, 501, 1),
        ("codes", 429, 1, 429, 1),
        ("few", 503, 1, 200, 2),
        ("few", 503, 2, 503, 2),
        ("few", 500, 1, 500, 1),
        ("default", 500, 1, 200, 2),
        ("codeless", 503, 1, 503, 1),
        ("backoff", 503, 2, 200, 3),
        ("no-retry", 503, 1, 503, 1),
    ],
)
async def test_answers_with_a_listed_code_are_retried(
    site: Stage, name: str, code: int, failures: int, status: int, tries: int
) -> None:
    path, uuid = failing(failures, code)
    reply = await site.ask(f"{name}.test", path)
    assert reply.status == status
    assert site.origins["a"].attempts[uuid] == tries


@pytest.mark.parametrize(
    ("name", "failures", "status", "tries"),
    [
        ("codes", 2, (200,), 3),
        ("codes", 4, (500, 503), 4),
        ("codeless", 1, (200,), 2),
        ("codeless", 3, (200,), 4),
        ("no-retry", 1, (500, 502, 503), 1),
    ],
)
async def test_connections_that_are_reset_are_retried(
    site: Stage, name: str, failures: int, status: tuple[int, ...], tries: int
) -> None:
    path, uuid = failing(failures)
    reply = await site.ask(f"{name}.test", path)
    assert reply.status in status
    assert site.origins["a"].attempts[uuid] == tries


@pytest.mark.parametrize("size", [1, 20_000, 60_000, 1_000_000])
async def test_a_retry_sends_the_body_again(site: Stage, size: int) -> None:
    path, uuid = failing(2, 503)
    body = b"x" * size
    reply = await site.ask("codes.test", path, "POST", content=body)
    assert reply.status == 200
    bodies = [each.body for each in site.origins["a"].requests if f"uuid={uuid}&" in each.target]
    assert bodies == [body] * 3


@pytest.mark.parametrize(("failures", "status"), [(0, 200), (1, 503)])
async def test_a_body_too_large_to_keep_is_sent_once_and_whole(
    site: Stage, failures: int, status: int
) -> None:
    path, uuid = failing(failures, 503)
    body = bytes(range(256)) * 12_000
    reply = await site.ask("codes.test", path, "POST", content=body)
    assert reply.status == status
    bodies = [each.body for each in site.origins["a"].requests if f"uuid={uuid}&" in each.target]
    assert bodies == [body]


async def test_each_try_has_its_own_limit_and_is_retried(site: Stage) -> None:
    before = len(site.origins["a"].requests)
    reply, took = await timed(site, "per-try", f"/slow?head={LONG}")
    assert reply.status == 504
    assert len(site.origins["a"].requests) - before == 3
    assert 0.89 <= took < LONG / 2


async def test_the_request_timeout_ends_the_retries_too(site: Stage) -> None:
    before = len(site.origins["a"].requests)
    reply, took = await timed(site, "total", f"/slow?head={LONG}")
    assert reply.status == 504
    assert len(site.origins["a"].requests) - before == 2
    assert 0.49 <= took < LONG / 2


async def test_a_retry_goes_to_an_endpoint_that_has_not_failed(site: Stage) -> None:
    """Each of two endpoints fails its first request, so that a second try at the same one would
    succeed: by chance that is every other request, and it has to be a rare one."""
    stayed = 0
    for _ in range(40):
        path, uuid = failing(1, 503)
        assert (await site.ask("other.test", path)).status == 200
        stayed += sum(origin.attempts[uuid] for origin in site.origins.values()) == 2
    assert stayed < 10
