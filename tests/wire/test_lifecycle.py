"""Starts, ends and deaths: of the control plane, of Envoy, of one beside another."""

import asyncio
import os
import shlex
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import websockets

from tests.wire.harness import http, manifests, processes
from tests.wire.harness.envoy_admin import EnvoyAdmin
from tests.wire.harness.load import Load
from tests.wire.harness.manifests import Document, backend, http_route, rule, service
from tests.wire.harness.metrics import scrape
from tests.wire.harness.origin import Origin
from tests.wire.harness.portway import Portway, condition
from tests.wire.harness.websocket_echo import websocket_echo

pytestmark = pytest.mark.envoy

HTTP = 8080
HOST = "a.example.com"


@pytest.fixture
async def origin() -> AsyncIterator[Origin]:
    async with Origin() as serving:
        yield serving


def site(origin: Origin, *, port: int = HTTP, path: str = "/") -> list[Document]:
    match = {"path": {"type": "PathPrefix", "value": path}}
    return [
        manifests.gateway("web", [manifests.listener("http", port)]),
        http_route("a", "web", [rule(backend("app"), matches=[match])], hostnames=[HOST]),
        service("app", origin.endpoint),
    ]


async def answers(address: str, path: str = "/", port: int = HTTP) -> int:
    async with http.client(address, ports={80: port}) as client:
        return (await client.get(f"http://{HOST}{path}")).status_code


async def until_served(portway: Portway, path: str = "/") -> str:
    """The Gateway's address, once the path is answered there."""
    address = await portway.address("web")

    async def served() -> bool:
        return await answers(address, path) == 200

    await portway.until(served, f"{path} is served")
    return address


async def test_a_killed_control_plane_costs_nothing_and_its_successor_resends_nothing(
    tmp_path: Path, origin: Origin
) -> None:
    async with AsyncExitStack() as stack:
        portway = await stack.enter_async_context(Portway(tmp_path))
        echo = await stack.enter_async_context(websocket_echo())
        sockets = http_route("ws", "web", [rule(backend("echo"))], hostnames=["ws.example.com"])
        portway.write("site", [*site(origin), sockets, service("echo", echo.endpoint)])
        address = await until_served(portway)
        envoy = EnvoyAdmin(portway.data)
        process, before = await envoy.process_id(), await envoy.stats(r"update_success$")
        chat = await stack.enter_async_context(
            websockets.connect("ws://ws.example.com/", host=address, port=HTTP)
        )
        loads = [
            await stack.enter_async_context(Load(address, HTTP, host=HOST, keep_alive=keep))
            for keep in (True, False)
        ]
        await portway.kill()
        await asyncio.gather(*(load.more(100) for load in loads))
        await portway.start()
        assert await portway.address("web") == address
        await asyncio.gather(*(load.more(100) for load in loads))
        await chat.send("still there")
        assert await chat.recv() == "still there"

        assert await envoy.process_id() == process
        assert "adopted the running envoy" in portway.log
        assert (await scrape(portway.admin)).total("portway_xds_resources_total") == 0
        assert await envoy.stats(r"update_success$") == before
        portway.write("site", [*site(origin), sockets, service("echo", echo.endpoint)])
        portway.write("more", [http_route("b", "web", [rule(backend("app"))])])

        async def grown() -> bool:
            status = await portway.object_status("Gateway", "web")
            return bool(status["listeners"][0]["attachedRoutes"] == 3)

        await portway.until(grown, "the successor takes changes")
    assert [load.result.failures for load in loads] == [0, 0]


async def test_a_killed_envoy_is_started_again_and_the_status_says_so(
    tmp_path: Path, origin: Origin
) -> None:
    async with Portway(tmp_path) as portway:
        portway.write("site", site(origin))
        address = await until_served(portway)
        envoy = EnvoyAdmin(portway.data)
        first = await envoy.process_id()
        os.kill(first, signal.SIGKILL)

        async def down() -> bool:
            status = await portway.object_status("Gateway", "web")
            return condition(status, "Programmed") == "False"

        await portway.until(down, "not programmed while Envoy is away")
        assert await until_served(portway) == address
        assert await envoy.process_id() != first
        assert (await scrape(portway.admin)).total("portway_envoy_restarts_total") == 1
        again = {"state": "ready", "pid": await envoy.process_id()}

        async def told() -> bool:
            """Envoy serves before it says so, and we are told by asking."""
            return bool((await portway.status())["proxy"] == again)

        await portway.until(told, "the status says that Envoy is back")
        assert (await portway.status())["refused"] == []


async def test_a_stop_lets_requests_finish_and_leaves_nothing(
    tmp_path: Path, origin: Origin
) -> None:
    async with Portway(tmp_path) as portway:
        portway.write("site", site(origin))
        address = await until_served(portway)
        under_way = asyncio.ensure_future(answers(address, "/hold"))
        await origin.held.acquire()
        stopping = asyncio.ensure_future(portway.stop())
        envoy = EnvoyAdmin(portway.data)

        async def draining() -> bool:
            return "DRAINING" in await envoy.get("/server_info")

        await portway.until(draining, "Envoy drains")
        origin.released.set()
        assert await under_way == 200
        assert await stopping == 0
        assert processes.naming(portway.data) == []


async def test_two_instances_live_side_by_side(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        found = []
        for name in ("one", "two"):
            origin = await stack.enter_async_context(Origin(name))
            portway = await stack.enter_async_context(Portway(tmp_path / name, name=name))
            portway.write("site", site(origin))
            found.append((origin, portway))
        addresses = [await until_served(portway) for _, portway in found]
        assert addresses[0] != addresses[1]
        before = [len(origin.requests) for origin, _ in found]
        assert await answers(addresses[0]) == 200
        assert [len(origin.requests) for origin, _ in found] == [before[0] + 1, before[1]]
        await found[0][1].stop()
        assert await answers(addresses[1]) == 200


async def test_a_second_instance_of_the_same_data_is_refused_and_does_no_harm(
    tmp_path: Path, origin: Origin
) -> None:
    async with Portway(tmp_path) as portway:
        portway.write("site", site(origin))
        address = await until_served(portway)
        at = portway.command.index("--admin-port")
        command = (*portway.command[:at], *portway.command[at + 2 :])
        log = tmp_path / "second.log"
        async with asyncio.timeout(20):
            second = await processes.start(command, log)
            assert await second.wait() == 2
        told = log.read_text().strip().splitlines()
        assert len(told) == 1
        assert told[0].startswith("Error: ")
        assert str(portway.data) in told[0]
        assert "another" in told[0]
        # The first one still has all its sockets: even a new Envoy finds its way.
        os.kill(await EnvoyAdmin(portway.data).process_id(), signal.SIGKILL)

        async def down() -> bool:
            status = await portway.object_status("Gateway", "web")
            return condition(status, "Programmed") == "False"

        await portway.until(down, "Envoy is away")
        assert await until_served(portway) == address


async def test_what_broke_while_nobody_ran_is_served_as_it_was(
    tmp_path: Path, origin: Origin
) -> None:
    async with Portway(tmp_path) as portway:
        portway.write("site", site(origin))
        address = await until_served(portway)
        assert await portway.stop() == 0
        (portway.folder / "site.yaml").write_text("kind: [Gateway\n")
        await portway.start()
        assert await until_served(portway) == address
        (problem,) = (await portway.status())["problems"]
        assert problem["path"].endswith("site.yaml")
        assert problem["line"] == 2


class Variant(Portway):
    """Started with other words than a folder, or fed by standard input."""

    stdin: Path | None = None

    @property
    def command(self) -> tuple[str, ...]:
        words = super().command
        if self.stdin is None:
            return words
        line = shlex.join([*words[:2], "-", *words[3:]])
        return ("sh", "-c", f"exec {line} < {shlex.quote(str(self.stdin))}")


def variant(root: Path, documents: Sequence[Document], *options: str) -> Variant:
    """An instance whose manifests come from standard input."""
    made = Variant(root, options=options)
    made.stdin = root / "stdin.yaml"
    manifests.write(made.stdin, documents)
    return made


async def test_standard_input_a_bound_address_and_an_offset(tmp_path: Path, origin: Origin) -> None:
    options = ("--bind", "127.65.0.9", "--port-offset", "10000")
    async with variant(tmp_path, site(origin, port=80), *options) as portway:
        assert await portway.address("web") == "127.65.0.9"
        assert await answers("127.65.0.9", port=10080) == 200
        status = await portway.object_status("Gateway", "web")
        message = programmed(status)["message"]
        assert "Port 80 is bound as 10080 on this machine." in message


def programmed(status: Any) -> dict[str, Any]:
    found: dict[str, Any] = next(c for c in status["conditions"] if c["type"] == "Programmed")
    return found


async def test_once_ends_when_everything_is_programmed(tmp_path: Path, origin: Origin) -> None:
    portway = variant(tmp_path, site(origin), "--once")
    try:
        async with asyncio.timeout(20):
            process = await processes.start(portway.command, tmp_path / "once.log")
            assert await process.wait() == 0
        assert "ready" in (tmp_path / "once.log").read_text()
        assert processes.naming(portway.data) == []
    finally:
        await portway.close()
