"""Statuses, written into an API server that may be busy, gone or ahead of us."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from portway.adapters.kube.client import Client
from portway.adapters.kube.status_writer import StatusWriter
from portway.core.model import ObjectKey
from tests.adapters.kube.test_reflector import ACCESS, QUICK, until

KEY = ObjectKey("HTTPRoute", "default", "app")
Status = dict[str, Any]


class Server:
    """Objects, and what was asked; `answers` are given before anything right is."""

    def __init__(self) -> None:
        self.status: dict[str, Status] = {"app": {}}
        self.revision = 7
        self.asked: list[tuple[str, str]] = []
        self.bodies: list[Any] = []
        self.answers: list[httpx.Response | Exception] = []
        self.noticed: Callable[[], None] = lambda: None
        self.meanwhile: list[Callable[[], None]] = []

    def set(self, name: str, status: Status) -> None:
        self.revision += 1
        self.status[name] = status

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path))
        self.noticed()
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        name = request.url.path.removeprefix("/x/").removesuffix("/status")
        if name not in self.status:
            return httpx.Response(404, json={"code": 404})
        if request.method == "PATCH":
            if self.meanwhile:
                self.meanwhile.pop(0)()
            body = json.loads(request.content)
            assert request.url.path.endswith("/status")
            assert request.url.params["fieldManager"] == "portway"
            assert request.headers["content-type"] == "application/apply-patch+yaml"
            if body["metadata"]["resourceVersion"] != str(self.revision):
                return httpx.Response(409, json={"code": 409, "reason": "Conflict"})
            self.bodies.append(body)
            self.set(name, body["status"])
        document = {
            "apiVersion": "g/v1",
            "kind": "HTTPRoute",
            "metadata": {"name": name, "resourceVersion": str(self.revision), "uid": "u"},
            "status": self.status[name],
        }
        return httpx.Response(200, json=document)


class World:
    def __init__(self) -> None:
        self.server = Server()
        self.said: dict[ObjectKey, Status] = {}
        self.leader = self.settled = True
        self.client = Client(ACCESS, QUICK, httpx.MockTransport(self.server))
        self.writer = StatusWriter(
            self.client,
            lambda key: None if key.kind == "Other" else f"/x/{key.name}",
            self.said.get,
            merged,
            may_write=lambda: self.leader,
            settled=lambda: self.settled,
            writes=5000,
            reads=5000,
        )

    def say(self, **status: Any) -> None:
        self.said[KEY] = status
        self.writer.write((KEY,))

    async def written(self, **status: Any) -> None:
        await until(lambda: self.writer.idle and self.server.status["app"] == status)


def merged(status: Status | None, before: Status) -> tuple[Status, Status]:
    """Whatever is called other is not ours."""
    found = {**(status or {}), **({"other": before["other"]} if "other" in before else {})}
    return found, found


@asynccontextmanager
async def writing() -> AsyncIterator[World]:
    world = World()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(world.writer.run())
        try:
            yield world
        finally:
            task.cancel()
    await world.client.close()


async def test_a_status_is_applied_once() -> None:
    async with writing() as world:
        world.say(a=1)
        await world.written(a=1)
        metadata = {"name": "app", "namespace": "default", "resourceVersion": "7", "uid": "u"}
        assert world.server.bodies == [
            {"apiVersion": "g/v1", "kind": "HTTPRoute", "metadata": metadata, "status": {"a": 1}}
        ]
        # Our own write comes back as an event, and means nothing.
        asked = len(world.server.asked)
        world.writer.seen(KEY, str(world.server.revision))
        await asyncio.sleep(0.02)
        assert len(world.server.asked) == asked
        world.say(a=1)
        await world.written(a=1)
        assert len(world.server.bodies) == 1


async def test_whoever_was_faster_is_not_written_over() -> None:
    async with writing() as world:
        world.server.meanwhile = [lambda: world.server.set("app", {"other": 5})]
        world.say(a=1)
        await world.written(a=1, other=5)


async def test_what_others_did_to_it_is_put_right() -> None:
    async with writing() as world:
        world.say(a=1)
        await world.written(a=1)
        world.server.set("app", {"a": 3, "other": 1})
        world.writer.seen(KEY, str(world.server.revision))
        await world.written(a=1, other=1)
        del world.said[KEY]
        world.writer.write((KEY,))
        await world.written(other=1)


async def test_nothing_said_yet_takes_nothing_away() -> None:
    async with writing() as world:
        world.settled = False
        world.server.set("app", {"a": 3})
        world.writer.seen(KEY, "1")
        await until(lambda: len(world.server.asked) > 3)
        assert world.server.bodies == []
        world.said[KEY] = {"a": 3}
        await world.written(a=3)
        del world.said[KEY]
        world.settled = True
        world.writer.write((KEY,))
        await world.written()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(429, headers={"Retry-After": "0"}, json={"code": 429}),
        httpx.Response(500, content=b"no leader"),
        httpx.Response(403, json={"code": 403, "reason": "Forbidden"}),
        httpx.Response(200, content=b"<html>"),
        httpx.ConnectError("nobody there"),
    ],
)
async def test_it_is_tried_until_it_is_written(answer: httpx.Response | Exception) -> None:
    async with writing() as world:
        world.server.answers = [answer] * 3
        world.say(a=1)
        await world.written(a=1)
        world.say(a=2)
        await world.written(a=2)


async def test_who_comes_last_does_not_wait_for_all_who_came_before() -> None:
    world = World()
    world.server.status |= {str(each): {} for each in range(200)}
    world.writer = StatusWriter(
        world.client, lambda key: f"/x/{key.name}", world.said.get, merged, writes=500, reads=500
    )
    keys = [ObjectKey("HTTPRoute", "default", str(each)) for each in range(200)]
    async with asyncio.TaskGroup() as group:
        task = group.create_task(world.writer.run())
        world.writer.write(keys)
        await until(lambda: len(world.server.asked) > 10)
        before = len(world.server.asked)
        world.writer.write((KEY,))
        await until(lambda: ("GET", "/x/app") in world.server.asked)
        assert world.server.asked.index(("GET", "/x/app")) - before < 20
        await until(lambda: world.writer.idle)
        assert len({path for _, path in world.server.asked}) == 201
        task.cancel()
    await world.client.close()


async def test_of_many_changes_the_last_is_written() -> None:
    async with writing() as world:
        for number in range(100):
            world.say(a=number)
        await world.written(a=99)
        assert len(world.server.bodies) == 1


async def test_what_is_gone_or_not_served_is_forgotten() -> None:
    async with writing() as world:
        world.writer.write((ObjectKey("HTTPRoute", "default", "gone"), ObjectKey("Other", "", "x")))
        await until(lambda: world.writer.idle)
        assert world.server.asked == [("GET", "/x/gone")]


async def test_only_who_may_write_writes() -> None:
    async with writing() as world:
        world.leader = False
        world.say(a=1)
        await asyncio.sleep(0.02)
        assert world.server.asked == []
        world.leader = True
        world.writer.write(())
        await world.written(a=1)


async def test_who_may_no_longer_write_does_not_finish_what_was_begun() -> None:
    async with writing() as world:
        world.server.noticed = lambda: setattr(world, "leader", False)
        world.say(a=1)
        await until(lambda: bool(world.server.asked))
        await asyncio.sleep(0.02)
        assert world.server.bodies == []


@pytest.mark.parametrize(
    ("writes", "reads", "said"), [(50, 5000, {"a": 1}), (5000, 50, {}), (5000, 50, {"a": 1})]
)
async def test_a_second_holds_so_many_requests(writes: float, reads: float, said: Status) -> None:
    world = World()
    names = [str(each) for each in range(20)]
    world.server.status |= {each: {} for each in names}
    world.writer = StatusWriter(
        world.client,
        lambda key: f"/x/{key.name}",
        lambda _: said,
        merged,
        writes=writes,
        reads=reads,
    )
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(world.writer.run())
        started = loop.time()
        world.writer.write(ObjectKey("HTTPRoute", "default", each) for each in names)
        await until(lambda: world.writer.idle)
        assert loop.time() - started >= 0.35
        assert len(world.server.bodies) == (20 if said else 0)
        task.cancel()
    await world.client.close()
