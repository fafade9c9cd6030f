"""A reflector's changes add up to what the server has, whatever the server does on the way."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portway.adapters.kube.access import Access
from portway.adapters.kube.client import Client
from portway.adapters.kube.mirror import Change
from portway.adapters.kube.reflector import Reflector
from portway.adapters.kube.rhythm import Rhythm
from tests.adapters.kube.hostile import LIST, MOODS, Hostile

QUICK = Rhythm(page=2, piece=0.2, silence=0.1, first=0.001, longest=0.01, settled=0.05)
ACCESS = Access("http://server", ssl.create_default_context())


class Followed:
    """A reflector and what it told, added up."""

    def __init__(self, server: Hostile, rhythm: Rhythm = QUICK) -> None:
        self.server = server
        self.state: dict[str, Any] = {}
        self.told: list[list[Change]] = []
        self.missing = 0
        self.client = Client(ACCESS, rhythm, server)
        self.reflector = Reflector(self.client, LIST, self._take, missing=self._miss)

    def _take(self, changes: list[Change]) -> None:
        self.told.append(changes)
        for each in changes:
            if each.object is None:
                del self.state[each.place.name]
            else:
                self.state[each.place.name] = json.loads(bytes(each.object))

    def _miss(self) -> None:
        self.missing += 1

    async def equal(self) -> None:
        await until(lambda: self.reflector.listed.is_set() and self.state == self.server.objects)


async def until(true: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


@asynccontextmanager
async def following(server: Hostile, rhythm: Rhythm = QUICK) -> AsyncIterator[Followed]:
    followed = Followed(server, rhythm)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(followed.reflector.run())
        try:
            yield followed
        finally:
            task.cancel()
    await followed.client.close()


@pytest.mark.parametrize("watch_list", [True, False])
async def test_what_is_there_and_what_happens(watch_list: bool) -> None:
    server = Hostile(watch_list=watch_list)
    for name in "abcde":
        server.put(name)
    async with following(server) as followed:
        await followed.equal()
        assert len(followed.told) == 1
        server.put("a", 1)
        server.delete("b")
        server.put("f")
        await followed.equal()
        assert len([each for each in server.asked if each.get("sendInitialEvents")]) == 1
    lists = [each for each in server.asked if "watch" not in each]
    assert [each.get("continue") for each in lists] == ([] if watch_list else [None, "b", "d"])


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("watch_list", [True, False])
async def test_after_any_trouble_all_is_as_the_server_has_it(mood: str, watch_list: bool) -> None:
    server = Hostile([mood] * 3, watch_list=watch_list)
    for name in "abcde":
        server.put(name)
    async with following(server) as followed:
        for step in range(4):
            await asyncio.sleep(0.01)
            server.put("a", step)
            server.delete("bcde"[step])
            server.put(f"new-{step}")
        await followed.equal()
        server.put("last")
        await followed.equal()


async def test_a_watch_goes_on_where_it_was() -> None:
    server = Hostile(["", "ends", "cut"])
    server.put("a")
    async with following(server) as followed:
        await followed.equal()
        server.put("b")
        await followed.equal()
    assert sum("sendInitialEvents" in each for each in server.asked) == 1


async def test_what_is_known_stays_while_the_server_is_away_and_when_it_has_forgotten() -> None:
    server = Hostile()
    for name in "abc":
        server.put(name)
    async with following(server) as followed:
        await followed.equal()
        server.away = True
        server.put("d")
        server.delete("a")
        server.put("b", 1)
        server.forget()
        await asyncio.sleep(0.3)
        assert all(each.object is not None for change in followed.told for each in change)
        server.away = False
        await followed.equal()
    # Only what differs was told, and in one piece.
    last = followed.told[-1]
    assert sorted((each.place.name, each.object is None) for each in last) == [
        ("a", True),
        ("b", False),
        ("d", False),
    ]


async def test_a_list_that_grows_old_between_its_pieces_is_read_in_one_piece() -> None:
    server = Hostile(["", "", "expired"], watch_list=False)
    for name in "abcde":
        server.put(name)
    async with following(server) as followed:
        await followed.equal()
    lists = [each for each in server.asked if "watch" not in each]
    assert [each.get("limit") for each in lists] == ["2", "2", None]


async def test_a_server_that_does_not_know_what_it_is_asked_is_asked_otherwise() -> None:
    """One that is too old for WatchList begins to tell, and never says that this was all."""

    class Old(Hostile):
        async def lines(
            self, since: int, mood: str, initial: bool, query: dict[str, str]
        ) -> AsyncIterator[bytes]:
            async for each in super().lines(since, mood, initial, query):
                if b"initial-events-end" not in each:
                    yield each

    server = Old()
    server.put("a")
    async with following(server) as followed:
        await followed.equal()
        server.put("b")
        await followed.equal()


async def test_a_list_that_is_not_there_is_told(caplog: pytest.LogCaptureFixture) -> None:
    import httpx

    class Without(Hostile):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if self.away:
                return httpx.Response(404, content=b"404 page not found")
            return await super().handle_async_request(request)

    server = Without()
    server.away = True
    async with following(server) as followed:
        await until(lambda: followed.missing > 3)
        assert followed.reflector.refused is not None
        server.away = False
        server.put("a")
        await followed.equal()
        assert followed.reflector.refused is None
    told = [each for each in caplog.messages if "the API server says 404" in each]
    assert len(told) == 1


async def test_the_wait_the_server_asks_for_is_kept() -> None:
    import httpx

    class Busy(Hostile):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            answer = await super().handle_async_request(request)
            if answer.status_code == 429:
                answer.headers["Retry-After"] = "1"
            return answer

    server = Busy(["429"])
    loop = asyncio.get_running_loop()
    started = loop.time()
    async with following(server) as followed:
        await followed.equal()
    assert loop.time() - started >= 1.0


async def test_a_server_that_was_set_back_is_listed_anew() -> None:
    server = Hostile(["", "ends"])
    for name in "abc":
        server.put(name)
    async with following(server) as followed:
        await followed.equal()
        server.history.clear()
        del server.objects["c"]
        server.revision = 5
        server.put("a", 7)
        await followed.equal()


@st.composite
def steps(draw: st.DrawFn) -> list[tuple[str, str]]:
    action = st.sampled_from(["put", "put", "delete", "forget", "pause"])
    return draw(st.lists(st.tuples(action, st.sampled_from("abcdef")), max_size=25))


@settings(max_examples=40, deadline=None)
@given(
    moods=st.lists(st.sampled_from(["", *MOODS]), max_size=12),
    todo=steps(),
    watch_list=st.booleans(),
)
def test_any_history_under_any_moods(
    moods: list[str], todo: list[tuple[str, str]], watch_list: bool
) -> None:
    async def play() -> None:
        server = Hostile(list(moods), watch_list=watch_list)
        async with following(server) as followed:
            for number, (action, name) in enumerate(todo):
                if action == "put":
                    server.put(name, number)
                elif action == "delete":
                    server.delete(name)
                elif action == "forget":
                    server.forget()
                else:
                    await asyncio.sleep(0.003)
            await followed.equal()

    asyncio.run(play())
