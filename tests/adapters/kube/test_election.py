"""Several candidates and one lease, by a clock that the test steers."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portway.adapters.kube.client import Client
from portway.adapters.kube.election import Election, LeaseTimes
from tests.adapters.kube.test_reflector import ACCESS, QUICK, until

TIMES = LeaseTimes(duration=15, deadline=10, retry=2)
PATH = "/apis/coordination.k8s.io/v1/namespaces/system/leases"


class Clock:
    """Seconds, and who sleeps until when."""

    def __init__(self) -> None:
        self.now = 1000.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        event = asyncio.Event()
        self._sleepers.append((self.now + seconds, event))
        await event.wait()

    async def advance(self, seconds: float) -> None:
        self.now += seconds
        for _, event in [each for each in self._sleepers if each[0] <= self.now]:
            event.set()
        self._sleepers = [each for each in self._sleepers if each[0] > self.now]
        await self.settle()

    async def settle(self) -> None:
        for _ in range(60):
            await asyncio.sleep(0)


class Leases:
    """An API server with one lease."""

    def __init__(self) -> None:
        self.lease: dict[str, Any] | None = None
        self.revision = 0
        self.away: set[str] = set()
        self.forbidden = False

    def transport(self, who: str) -> httpx.AsyncBaseTransport:
        async def answer(request: httpx.Request) -> httpx.Response:
            if who in self.away:
                raise httpx.ConnectError("nobody there")
            return self._answer(request)

        return httpx.MockTransport(answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if self.forbidden:
            return httpx.Response(403, json={"code": 403, "reason": "Forbidden"})
        if request.method == "GET":
            assert request.url.path == f"{PATH}/portway"
            if self.lease is None:
                return httpx.Response(404, json={"code": 404})
            return httpx.Response(200, json=self.lease)
        body = json.loads(request.content)
        there = None if self.lease is None else self.lease["metadata"]["resourceVersion"]
        if body["metadata"].get("resourceVersion") != there:
            return httpx.Response(409, json={"code": 409})
        assert request.method == ("POST" if there is None else "PUT")
        self.revision += 1
        self.lease = {**body, "metadata": {**body["metadata"], "resourceVersion": self.revision}}
        return httpx.Response(200, json=self.lease)


class World:
    def __init__(self, names: str) -> None:
        self.clock = Clock()
        self.leases = Leases()
        self.told: dict[str, list[bool]] = {name: [] for name in names}
        self.all = {name: self._candidate(name) for name in names}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def _candidate(self, name: str) -> Election:
        return Election(
            Client(ACCESS, QUICK, self.leases.transport(name)),
            "system",
            "portway",
            name,
            changed=self.told[name].append,
            times=TIMES,
            clock=lambda: self.clock.now,
            sleep=self.clock.sleep,
            now=lambda: datetime.fromtimestamp(self.clock.now, UTC),
        )

    @property
    def leaders(self) -> str:
        return "".join(name for name, each in self.all.items() if each.leading)

    async def passes(self, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            await self.clock.advance(0.5)
            assert len(self.leaders) <= 1


@asynccontextmanager
async def candidates(names: str) -> AsyncIterator[World]:
    world = World(names)
    async with asyncio.TaskGroup() as group:
        for name, each in world.all.items():
            world.tasks[name] = group.create_task(each.run())
            await world.clock.settle()
        yield world
        for task in world.tasks.values():
            task.cancel()


async def test_the_first_leads_and_goes_on_leading() -> None:
    async with candidates("abc") as world:
        assert world.leaders == "a"
        await world.passes(120)
        assert world.leaders == "a"
        assert world.told == {"a": [True], "b": [], "c": []}
        assert world.leases.lease is not None
        spec = world.leases.lease["spec"]
        assert (spec["holderIdentity"], spec["leaseDurationSeconds"]) == ("a", 15)
        assert spec["leaseTransitions"] == 0
        assert spec["acquireTime"] == "1970-01-01T00:16:40.000000Z"
        assert spec["renewTime"] > spec["acquireTime"]


async def test_who_loses_the_server_stops_before_another_begins() -> None:
    async with candidates("ab") as world:
        await world.passes(10)
        world.leases.away.add("a")
        await world.passes(10.5)
        assert world.leaders == ""
        assert world.told["a"] == [True, False]
        await world.passes(10)
        assert world.leaders == "b"
        world.leases.away.clear()
        await world.passes(60)
        assert world.leaders == "b"
        assert world.leases.lease is not None
        assert world.leases.lease["spec"]["leaseTransitions"] == 1


async def test_who_leaves_lets_the_next_one_lead_at_once() -> None:
    async with candidates("ab") as world:
        world.tasks["a"].cancel()
        await world.clock.settle()
        assert world.leases.lease is not None
        assert "holderIdentity" not in world.leases.lease["spec"]
        await world.passes(3)
        assert world.leaders == "b"


async def test_who_hangs_is_no_leader_when_it_wakes_up() -> None:
    async with candidates("a") as world:
        assert world.leaders == "a"
        world.clock.now += 10
        assert world.leaders == ""


async def test_a_lease_that_ran_out_between_two_tries_was_lost() -> None:
    """Whoever writes has stopped then, and goes on only when it is told."""
    async with candidates("a") as world:
        world.clock.now += 10
        await world.passes(3)
        assert world.leaders == "a"
        assert world.told["a"] == [True, False, True]


async def test_the_lease_of_a_dead_stranger_is_taken_after_its_own_time() -> None:
    world = World("a")
    spec = {"holderIdentity": "x", "leaseDurationSeconds": 40, "renewTime": "2000-01-01T00:00:00Z"}
    world.leases.lease = {"metadata": {"name": "portway", "resourceVersion": 0}, "spec": spec}
    async with asyncio.TaskGroup() as group:
        task = group.create_task(world.all["a"].run())
        await world.clock.settle()
        await world.passes(39)
        # However long ago it says it was renewed: our clocks need not agree.
        assert world.leaders == ""
        await world.passes(6)
        assert world.leaders == "a"
        task.cancel()


async def test_without_the_right_to_a_lease_nobody_leads(caplog: pytest.LogCaptureFixture) -> None:
    world = World("a")
    world.leases.forbidden = True
    async with asyncio.TaskGroup() as group:
        task = group.create_task(world.all["a"].run())
        await world.clock.settle()
        await world.passes(30)
        assert world.leaders == ""
        task.cancel()
    told = [each for each in caplog.messages if "cannot be had: 403 Forbidden" in each]
    assert len(told) == 1


async def test_a_server_that_says_nothing_is_away_for_everybody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Packets that vanish are no refusal: whoever waits for an answer would wait for long."""

    async def nothing(_: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3600)
        raise AssertionError("it is not waited for so long")

    client = Client(ACCESS, QUICK, httpx.MockTransport(nothing))
    times = LeaseTimes(duration=0.1, deadline=0.05, retry=0.01)
    election = Election(client, "system", "portway", "a", times=times)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(election.run())
        await until(lambda: "cannot be reached (no answer in time)" in caplog.text)
        task.cancel()
    await client.close()
    assert not election.leading


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.integers(1, 25)), max_size=8))
def test_there_is_never_more_than_one(spells: list[tuple[set[str], int]]) -> None:
    """Whoever loses the server for however long; and in the end there is one."""

    async def play() -> None:
        async with candidates("abc") as world:
            for away, seconds in spells:
                world.leases.away = away
                await world.passes(seconds)
            world.leases.away = set()
            await world.passes(25)
            assert len(world.leaders) == 1

    asyncio.run(play())
