"""A real Envoy fed by the server: it serves, follows changes, survives both sides dying."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from portway.adapters.envoy.binary import Binary
from portway.adapters.envoy.bootstrap import XDS_CLUSTER, BootstrapSettings, bootstrap
from portway.adapters.envoy.drain import DrainTimes
from portway.adapters.envoy.process import read_identity, recognise
from portway.adapters.envoy.supervisor import (
    Adopted,
    Event,
    Ready,
    Started,
    Supervisor,
    SupervisorSettings,
)
from portway.adapters.xds import StreamEvents, UnixSocket, XdsServer
from portway.core.delta import Ack, Key, Nack, Removed, Resource, ResourceSet, version
from portway.core.schema import Schema

pytestmark = pytest.mark.envoy

_ANY = "type.googleapis.com/"
LISTENER = _ANY + "envoy.config.listener.v3.Listener"
ROUTES = _ANY + "envoy.config.route.v3.RouteConfiguration"
CLUSTER = _ANY + "envoy.config.cluster.v3.Cluster"
ENDPOINTS = _ANY + "envoy.config.endpoint.v3.ClusterLoadAssignment"
_FILTERS = _ANY + "envoy.extensions.filters."


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listener(port: int) -> dict[str, Any]:
    by_ads = {"ads": {}, "resource_api_version": "V3"}
    manager = {
        "@type": _FILTERS + "network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "web",
        "rds": {"route_config_name": "web", "config_source": by_ads},
        "http_filters": [
            {"name": "router", "typed_config": {"@type": _FILTERS + "http.router.v3.Router"}}
        ],
    }
    return {
        "name": "web",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }


def routes(answer: str) -> dict[str, Any]:
    direct = {"status": 200, "body": {"inline_string": answer}}
    route = {"match": {"prefix": "/"}, "direct_response": direct}
    return {"name": "web", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [route]}]}


def cluster(name: str, source: dict[str, Any]) -> dict[str, Any]:
    eds = {"eds_config": {**source, "resource_api_version": "V3"}}
    return {"name": name, "type": "EDS", "connect_timeout": "1s", "eds_cluster_config": eds}


def endpoints(name: str, port: int) -> dict[str, Any]:
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    members = [{"endpoint": {"address": address}}]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": members}]}


class ControlPlane:
    """Server and supervisor over one run folder, as the application would join them."""

    def __init__(self, envoy: Binary, schema: Schema, run_dir: Path) -> None:
        self._schema = schema
        self._resources = ResourceSet()
        self.outcomes: asyncio.Queue[Ack | Nack] = asyncio.Queue()
        self.events: asyncio.Queue[Event] = asyncio.Queue()
        self.server = XdsServer(
            UnixSocket(run_dir / "xds.sock"),
            schema,
            lambda _: self._resources,
            StreamEvents(outcome=lambda _, outcome: self.outcomes.put_nowait(outcome)),
        )
        settings = BootstrapSettings(
            node_id="one",
            node_cluster="test",
            admin_socket=run_dir / "admin.sock",
            xds=run_dir / "xds.sock",
            heap_bytes=512 * 1024 * 1024,
        )
        self.supervisor = Supervisor(
            SupervisorSettings(
                binary=envoy,
                run_dir=run_dir,
                admin_socket=settings.admin_socket,
                concurrency=1,
                times=DrainTimes(drain_seconds=2, quiet_seconds=0.1),
            ),
            bootstrap(settings),
            self.events.put_nowait,
        )

    def put(self, type_url: str, value: dict[str, Any], *needs: Key) -> None:
        body = self._schema.encode(type_url.removeprefix(_ANY), value)
        name = value.get("name") or value["cluster_name"]
        self._resources.apply([Resource(type_url, name, version(body), body, needs)])
        self.server.notify()

    def drop(self, type_url: str, name: str) -> None:
        self._resources.apply([Removed(type_url, name)])
        self.server.notify()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Until the block ends; Envoy is left running."""
        self.server.begin()
        await self.server.start()
        task = asyncio.ensure_future(self.supervisor.run())
        try:
            async with asyncio.timeout(30):
                yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await self.server.stop()

    async def ready(self) -> list[Event]:
        seen: list[Event] = []
        while not (seen and isinstance(seen[-1], Ready)):
            seen.append(await self.events.get())
        return seen

    async def acknowledged(self, type_url: str, times: int = 1) -> None:
        """Waits for so many acceptances of a type; a refusal on the way is an error."""
        while times:
            outcome = await self.outcomes.get()
            assert isinstance(outcome, Ack), outcome
            times -= outcome.type_url == type_url


async def ask(port: int, path: str = "") -> str:
    """The answer; retried while the port is not open yet."""
    transport = httpx.AsyncHTTPTransport(verify=False, retries=8)
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}/{path}", timeout=10)).text


@pytest.fixture(autouse=True)
async def no_leftovers(run_dir: Path) -> AsyncIterator[None]:
    yield
    identity = read_identity(run_dir / "envoy.pid")
    process = recognise(identity) if identity is not None else None
    if process is not None:
        process.send(signal.SIGKILL)
        await process.ended()
        process.close()


async def test_envoy_serves_what_it_was_sent_and_follows_a_change(
    envoy: Binary, schema: Schema, run_dir: Path
) -> None:
    port = free_port()
    plane = ControlPlane(envoy, schema, run_dir)
    plane.put(LISTENER, listener(port))
    plane.put(ROUTES, routes("one"))
    async with plane.running():
        await plane.ready()
        assert await ask(port) == "one"
        await plane.acknowledged(ROUTES)
        plane.put(ROUTES, routes("two"))
        await plane.acknowledged(ROUTES)
        assert await ask(port) == "two"
        assert (await plane.supervisor.admin.stats("^listener_manager.lds"))[
            "listener_manager.lds.update_success"
        ] == 1
        await plane.supervisor.stop()


async def test_a_refusal_arrives_in_envoys_words_and_the_old_answer_stays(
    envoy: Binary, schema: Schema, run_dir: Path
) -> None:
    port = free_port()
    plane = ControlPlane(envoy, schema, run_dir)
    plane.put(LISTENER, listener(port))
    plane.put(ROUTES, routes("good"))
    async with plane.running():
        await plane.ready()
        await plane.acknowledged(ROUTES)
        bad = routes("bad")
        bad["virtual_hosts"].append({**bad["virtual_hosts"][0], "name": "again"})
        plane.put(ROUTES, bad)
        while isinstance(outcome := await plane.outcomes.get(), Ack):
            assert outcome.type_url != ROUTES
        assert "Only a single wildcard domain is permitted" in outcome.message
        assert await ask(port) == "good"
        await plane.supervisor.stop()


async def test_a_killed_envoy_comes_back_and_gets_everything_again(
    envoy: Binary, schema: Schema, run_dir: Path
) -> None:
    port = free_port()
    plane = ControlPlane(envoy, schema, run_dir)
    plane.put(LISTENER, listener(port))
    plane.put(ROUTES, routes("still here"))
    async with plane.running():
        await plane.ready()
        pid = plane.supervisor.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await plane.ready()
        assert plane.supervisor.pid != pid
        assert await ask(port) == "still here"
        await plane.supervisor.stop()


async def test_envoy_serves_without_a_control_plane_and_follows_the_next_one(
    envoy: Binary, schema: Schema, run_dir: Path
) -> None:
    port = free_port()
    first = ControlPlane(envoy, schema, run_dir)
    first.put(LISTENER, listener(port))
    first.put(ROUTES, routes("first"))
    async with first.running():
        assert isinstance((await first.ready())[0], Started)
        await first.acknowledged(ROUTES)
    assert await ask(port) == "first"
    second = ControlPlane(envoy, schema, run_dir)
    second.put(LISTENER, listener(port))
    second.put(ROUTES, routes("second"))
    async with second.running():
        assert isinstance((await second.ready())[0], Adopted)
        await second.acknowledged(ROUTES)
        assert await ask(port) == "second"
        await second.supervisor.stop()


async def test_a_removed_listener_stops_serving(
    envoy: Binary, schema: Schema, run_dir: Path
) -> None:
    port = free_port()
    plane = ControlPlane(envoy, schema, run_dir)
    plane.put(LISTENER, listener(port))
    plane.put(ROUTES, routes("one"))
    async with plane.running():
        await plane.ready()
        await plane.acknowledged(LISTENER)
        plane.drop(LISTENER, "web")
        await plane.acknowledged(LISTENER)
        stats = await plane.supervisor.admin.stats("listener_removed$")
        assert stats["listener_manager.listener_removed"] == 1
        await plane.supervisor.stop()


async def test_a_cluster_that_never_gets_its_endpoints_holds_up_nothing_else(
    envoy: Binary, schema: Schema, run_dir: Path
) -> None:
    """A cluster warms for ever, since nobody answers its question for endpoints. Envoy takes it
    all the same, and with it the next cluster, its endpoints and the route to it."""
    port = free_port()
    plane = ControlPlane(envoy, schema, run_dir)
    plane.put(LISTENER, listener(port))
    plane.put(ROUTES, routes("origin"))
    async with plane.running():
        await plane.ready()
        assert await ask(port) == "origin"
        # The server refuses this kind of stream, and Envoy asks again and again.
        unanswered = {
            "api_config_source": {
                "api_type": "GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": {"cluster_name": XDS_CLUSTER}}],
            },
            "initial_fetch_timeout": "0s",
        }
        plane.put(CLUSTER, cluster("cold", unanswered))
        await plane.acknowledged(CLUSTER)
        plane.put(ENDPOINTS, endpoints("next", port))
        plane.put(CLUSTER, cluster("next", {"ads": {}}), (ENDPOINTS, "next"))
        to_itself = routes("origin")
        forward = {"cluster": "next", "prefix_rewrite": "/"}
        own = {"match": {"path": "/next"}, "route": forward}
        to_itself["virtual_hosts"][0]["routes"].insert(0, own)
        plane.put(ROUTES, to_itself, (CLUSTER, "next"))
        await plane.acknowledged(ROUTES, 2)
        assert await ask(port, "next") == "origin"
        stats = await plane.supervisor.admin.stats("^cluster_manager.warming_clusters")
        assert stats["cluster_manager.warming_clusters"] == 1
        await plane.supervisor.stop()
