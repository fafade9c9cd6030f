"""The server, asked by a gRPC client: what it serves, what it refuses, what it reports."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from portway.adapters.xds import Caller, StreamEvents, UnixSocket, XdsError, XdsServer
from portway.adapters.xds.call import RefusedError, Status
from portway.adapters.xds.server import METHOD, Authorize, anybody
from portway.core.delta import Ack, Nack, Resource, ResourceSet
from portway.core.schema import Schema

TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
KINDS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")


class Site:
    """A running server with what it reported."""

    def __init__(self, schema: Schema, folder: Path, authorize: Authorize = anybody) -> None:
        self.schema = schema
        self.resources = ResourceSet()
        self.reports: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self.socket = folder / "xds.sock"
        events = StreamEvents(
            outcome=lambda stream, outcome: self.reports.put_nowait((stream, outcome)),
            opened=lambda stream, _, node: self.reports.put_nowait((stream, "opened", node)),
            closed=lambda stream: self.reports.put_nowait((stream, "closed")),
        )
        self.server = XdsServer(
            UnixSocket(self.socket), schema, lambda _: self.resources, events, authorize
        )

    def put(self, name: str, version: str, body: bytes = b"") -> None:
        self.resources.apply([Resource(TYPE, name, version, body)])
        self.server.notify()

    async def report(self) -> tuple[Any, ...]:
        async with asyncio.timeout(5):
            return await self.reports.get()


@asynccontextmanager
async def serving(
    schema: Schema, folder: Path, authorize: Authorize = anybody
) -> AsyncIterator[tuple[Site, grpc.aio.Channel]]:
    site = Site(schema, folder, authorize)
    site.server.begin()
    await site.server.start()
    try:
        async with grpc.aio.insecure_channel(f"unix:{site.socket}") as channel:
            yield site, channel
    finally:
        await site.server.stop()


class Proxy:
    """The client's half of one stream."""

    def __init__(self, site: Site, channel: grpc.aio.Channel) -> None:
        self._schema = site.schema
        self._answer: Any = site.schema.message_class(
            "envoy.service.discovery.v3.DeltaDiscoveryResponse"
        )
        self.call = channel.stream_stream(METHOD)()

    async def say(self, **fields: Any) -> None:
        name = "envoy.service.discovery.v3.DeltaDiscoveryRequest"
        await self.call.write(self._schema.encode(name, {"type_url": TYPE, **fields}))

    async def hear(self) -> Any:
        async with asyncio.timeout(5):
            body = await self.call.read()
        assert isinstance(body, bytes)
        return self._answer.FromString(body)


async def test_what_is_held_back_keeps_the_server_from_being_quiet(
    schema: Schema, run_dir: Path
) -> None:
    """Between two answers nothing is outstanding, and still the route has yet to be sent."""
    prefix = "type.googleapis.com/envoy.config."
    routes = prefix + "route.v3.RouteConfiguration"
    endpoints = prefix + "endpoint.v3.ClusterLoadAssignment"
    async with serving(schema, run_dir) as (site, channel):
        site.resources.apply(
            [
                Resource(TYPE, "a", "1", b"", ((endpoints, "a"),)),
                Resource(endpoints, "a", "1", b""),
                Resource(routes, "r", "1", b"", ((TYPE, "a"),)),
            ]
        )
        proxy = Proxy(site, channel)
        await proxy.say(resource_names_subscribe=["*"])
        await proxy.say(type_url=routes, resource_names_subscribe=["r"])
        await proxy.say(response_nonce=(await proxy.hear()).nonce)
        while not isinstance((await site.report())[-1], Ack):
            pass
        assert not site.server.quiet()
        assert not site.server.answered("")
        assert site.server.answered("another")  # it has none here, so none is waited for
        await proxy.say(type_url=endpoints, resource_names_subscribe=["a"])
        for type_url in (endpoints, routes):
            assert not site.server.quiet()
            heard = await proxy.hear()
            assert heard.type_url == type_url
            await proxy.say(type_url=type_url, response_nonce=heard.nonce)
            await site.report()
        assert site.server.quiet()
        assert site.server.answered("")


async def test_a_change_reaches_the_stream_and_its_fate_is_reported(
    schema: Schema, run_dir: Path
) -> None:
    async with serving(schema, run_dir) as (site, channel):
        site.put("a", "1", b"\x0a\x01a")
        proxy = Proxy(site, channel)
        await proxy.say(node={"id": "edge"}, resource_names_subscribe=["*"])
        first = await proxy.hear()
        assert [(each.name, each.version) for each in first.resources] == [("a", "1")]
        assert first.resources[0].resource.value == b"\x0a\x01a"
        assert await site.report() == (1, "opened", "edge")
        await proxy.say(response_nonce=first.nonce)
        stream, outcome = await site.report()
        assert (stream, type(outcome)) == (1, Ack)
        site.put("a", "2")
        second = await proxy.hear()
        assert [(each.name, each.version) for each in second.resources] == [("a", "2")]
        await proxy.say(response_nonce=second.nonce, error_detail={"code": 3, "message": "bad"})
        _, refused = await site.report()
        assert isinstance(refused, Nack)
        assert (refused.message, refused.versions) == ("bad", {"a": "2"})
        assert site.server.streams == 1
        await proxy.call.done_writing()
        assert await site.report() == (1, "closed")
        assert site.server.streams == 0


async def test_a_proxy_that_reads_slowly_is_still_listened_to(
    schema: Schema, run_dir: Path
) -> None:
    """Its answers to what it has read arrive while a large response waits to be read."""
    routes = "type.googleapis.com/envoy.config.route.v3.RouteConfiguration"
    async with serving(schema, run_dir) as (site, channel):
        site.put("a", "1")
        site.resources.apply([Resource(routes, "large", "1", bytes(30_000_000))])
        proxy = Proxy(site, channel)
        await proxy.say(resource_names_subscribe=["*"])
        first = await proxy.hear()
        await proxy.say(type_url=routes, resource_names_subscribe=["large"])
        # Nobody reads this one, so the write of it does not end.
        await site.report()
        await proxy.say(response_nonce=first.nonce)
        assert await site.report() == (1, Ack(TYPE, {"a": "1"}))
        site.put("a", "2")
        site.put("a", "3")
        assert not site.server.quiet()


async def test_a_proxy_that_vanishes_is_noticed(schema: Schema, run_dir: Path) -> None:
    async with serving(schema, run_dir) as (site, channel):
        proxy = Proxy(site, channel)
        await proxy.say(resource_names_subscribe=["*"])
        assert await site.report() == (1, "opened", "")
        proxy.call.cancel()
        assert await site.report() == (1, "closed")


async def test_stopping_ends_open_streams_and_leaves_no_socket(
    schema: Schema, run_dir: Path
) -> None:
    async with serving(schema, run_dir) as (site, channel):
        proxy = Proxy(site, channel)
        await proxy.say(resource_names_subscribe=["*"])
        assert await site.report() == (1, "opened", "")
        await site.server.stop()
        assert await site.report() == (1, "closed")
        assert site.socket.name not in os.listdir(run_dir)
        await site.server.stop()


async def test_bytes_that_are_no_request_end_the_stream(schema: Schema, run_dir: Path) -> None:
    async with serving(schema, run_dir) as (site, channel):
        proxy = Proxy(site, channel)
        await proxy.call.write(b"\xff\xff")
        assert await proxy.call.code() == grpc.StatusCode.INVALID_ARGUMENT
        assert await site.report() == (1, "closed")


async def _code(channel: grpc.aio.Channel, kind: str, method: str) -> grpc.StatusCode:
    """How one call of one kind ends."""
    call = getattr(channel, kind)(method)
    ended = asyncio.Event()
    started = call(b"") if kind.startswith("unary") else call(_nothing(ended))
    async with asyncio.timeout(5):
        code: grpc.StatusCode = await started.code()
    ended.set()
    return code


async def _nothing(ended: asyncio.Event) -> AsyncIterator[bytes]:
    """Nothing: a message that meets a call which has just been refused ends it with another code,
    one of the client's own."""
    await ended.wait()
    return
    yield b""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "method",
    [
        "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources",
        "/envoy.service.cluster.v3.ClusterDiscoveryService/DeltaClusters",
        "/envoy.service.cluster.v3.ClusterDiscoveryService/FetchClusters",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.health.v1.Health/Check",
    ],
)
async def test_nothing_else_is_served(
    schema: Schema, run_dir: Path, kind: str, method: str
) -> None:
    async with serving(schema, run_dir) as (_, channel):
        assert await _code(channel, kind, method) == grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_call_is_authorised(schema: Schema, run_dir: Path, kind: str) -> None:
    def never(_: Caller) -> str:
        raise RefusedError(Status.UNAUTHENTICATED, "who are you?")

    async with serving(schema, run_dir, never) as (site, channel):
        assert await _code(channel, kind, METHOD) == grpc.StatusCode.UNAUTHENTICATED
        assert site.server.streams == 0
        assert site.reports.empty()


async def test_the_hook_sees_the_metadata(schema: Schema, run_dir: Path) -> None:
    def by_token(caller: Caller) -> str:
        if caller.metadata.get("authorization") == "Bearer right":
            return "shop/web"
        raise RefusedError(Status.UNAUTHENTICATED, "wrong token")

    async with serving(schema, run_dir, by_token) as (site, channel):
        wrong = channel.stream_stream(METHOD)(metadata=(("authorization", "Bearer wrong"),))
        assert await wrong.code() == grpc.StatusCode.UNAUTHENTICATED
        assert await wrong.details() == "wrong token"
        right = channel.stream_stream(METHOD)(metadata=(("authorization", "Bearer right"),))
        await right.write(b"")
        assert await site.report() == (1, "opened", "")
        right.cancel()
        assert await site.report() == (1, "closed")


async def test_only_the_owner_may_connect(schema: Schema, run_dir: Path) -> None:
    async with serving(schema, run_dir) as (site, _):
        mode = os.stat(site.socket).st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600


async def test_a_folder_others_may_enter_is_refused(schema: Schema, run_dir: Path) -> None:
    os.chmod(run_dir, 0o755)
    with pytest.raises(XdsError, match="chmod 700"):
        await Site(schema, run_dir).server.start()


async def test_a_missing_folder_is_made_private(schema: Schema, run_dir: Path) -> None:
    async with serving(schema, run_dir / "new"):
        assert stat.S_IMODE(os.stat(run_dir / "new").st_mode) == 0o700


async def test_a_path_that_is_too_long_names_the_limit(schema: Schema, run_dir: Path) -> None:
    with pytest.raises(XdsError, match="107"):
        await Site(schema, run_dir / ("x" * 100)).server.start()


async def test_the_socket_of_a_dead_server_is_replaced(schema: Schema, run_dir: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(run_dir / "xds.sock"))
    async with serving(schema, run_dir) as (site, channel):
        proxy = Proxy(site, channel)
        await proxy.say(resource_names_subscribe=["*"])
        assert await site.report() == (1, "opened", "")


async def test_nobody_is_answered_before_the_resource_set_is_complete(
    schema: Schema, run_dir: Path
) -> None:
    site = Site(schema, run_dir)
    await site.server.start()
    try:
        async with grpc.aio.insecure_channel(f"unix:{site.socket}") as channel:
            proxy = Proxy(site, channel)
            await proxy.say(initial_resource_versions={"old": "1"})
            assert site.reports.empty()
            site.put("old", "1")
            site.server.begin()
            await proxy.say(type_url=TYPE.replace("Cluster", "Nothing"))
            while (report := await site.report())[1] != Ack(TYPE, {"old": "1"}):
                assert report[1] == "opened"
    finally:
        await site.server.stop()
