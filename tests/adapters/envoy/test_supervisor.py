"""A real Envoy under supervision: started, killed, adopted, replaced, ended."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from portway.adapters.envoy.admin_client import AdminClient
from portway.adapters.envoy.binary import Binary
from portway.adapters.envoy.drain import DrainTimes, in_use
from portway.adapters.envoy.process import ProcessError, read_identity, recognise
from portway.adapters.envoy.supervisor import (
    Adopted,
    CrashLoop,
    Died,
    Event,
    Ready,
    Replacing,
    Started,
    Supervisor,
    SupervisorError,
    SupervisorSettings,
    said,
)

_TYPE = "type.googleapis.com/envoy.extensions.filters."
SLOW_SECONDS = 1.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def static_bootstrap(run_dir: Path, port: int, answer: str = "hello") -> dict[str, Any]:
    """A proxy that answers by itself; every request to /slow waits first."""
    fault = {
        "name": "fault",
        "typed_config": {
            "@type": _TYPE + "http.fault.v3.HTTPFault",
            "delay": {"fixed_delay": f"{SLOW_SECONDS}s", "percentage": {"numerator": 100}},
            "headers": [{"name": ":path", "string_match": {"exact": "/slow"}}],
        },
    }
    router = {
        "name": "router",
        "typed_config": {"@type": _TYPE + "http.router.v3.Router"},
    }
    direct = {"status": 200, "body": {"inline_string": answer}}
    manager = {
        "@type": _TYPE + "network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "web",
        "http_filters": [fault, router],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "direct_response": direct}],
                }
            ]
        },
    }
    listener = {
        "name": "web",
        "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
    }
    return {
        "admin": {"address": {"pipe": {"path": str(run_dir / "admin.sock"), "mode": 0o600}}},
        "static_resources": {"listeners": [listener]},
    }


class Watched:
    """A supervisor running in a task, with what it reported."""

    def __init__(self, settings: SupervisorSettings, bootstrap: dict[str, Any]) -> None:
        self.events: list[Event] = []
        self._seen = asyncio.Event()
        self.supervisor = Supervisor(settings, bootstrap, self._note)
        self.task: asyncio.Future[None] = asyncio.ensure_future(self.supervisor.run())

    def _note(self, event: Event) -> None:
        self.events.append(event)
        self._seen.set()

    async def until(self, wanted: Callable[[list[Event]], bool]) -> None:
        async with asyncio.timeout(20):
            while not wanted(self.events):
                self._seen.clear()
                waiter = asyncio.ensure_future(self._seen.wait())
                either: list[asyncio.Future[Any]] = [waiter, self.task]
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                waiter.cancel()
                if self.task.done() and not wanted(self.events):
                    await self.task
                    raise AssertionError(f"ended after {self.events}")

    async def ready(self, times: int = 1) -> None:
        await self.until(lambda events: _count(events, Ready) >= times)

    async def let_go(self) -> None:
        """Ends the supervisor the way a dying control plane does: the proxy stays."""
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    async def stop(self) -> None:
        await self.supervisor.stop()
        async with asyncio.timeout(10):
            await self.task


def _count(events: list[Event], kind: type[Event]) -> int:
    return sum(isinstance(event, kind) for event in events)


@pytest.fixture
def settings(envoy: Binary, run_dir: Path) -> SupervisorSettings:
    return SupervisorSettings(
        binary=envoy,
        run_dir=run_dir,
        admin_socket=run_dir / "admin.sock",
        concurrency=1,
        times=DrainTimes(drain_seconds=5, quiet_seconds=0.2, kill_seconds=5),
        first_backoff_seconds=0.05,
    )


@pytest.fixture
async def leftovers(run_dir: Path) -> AsyncIterator[None]:
    """Ends whatever proxy a failed test left in the run folder."""
    yield
    identity = read_identity(run_dir / "envoy.pid")
    process = recognise(identity) if identity is not None else None
    if process is not None:
        process.send(signal.SIGKILL)
        await process.ended()
        process.close()


async def in_flight(admin: AdminClient) -> None:
    """Returns when the proxy has a request it has not answered."""
    async with asyncio.timeout(5):
        while True:
            if (await in_use(admin)).requests:
                return


async def ask(port: int, path: str = "/") -> str:
    async with httpx.AsyncClient(verify=False, trust_env=False) as client:
        return (await client.get(f"http://127.0.0.1:{port}{path}", timeout=10)).text


@pytest.mark.envoy
@pytest.mark.usefixtures("leftovers")
async def test_a_killed_proxy_is_started_again_and_serves(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    port = free_port()
    watched = Watched(settings, static_bootstrap(run_dir, port))
    await watched.ready()
    assert await ask(port) == "hello"
    first = watched.supervisor.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await watched.ready(2)
    assert await ask(port) == "hello"
    assert [type(event) for event in watched.events] == [Started, Ready, Died, Started, Ready]
    died = watched.events[2]
    assert isinstance(died, Died)
    assert (died.pid, died.after_signal, died.deaths) == (first, signal.SIGKILL, 1)
    await watched.stop()
    assert not (run_dir / "envoy.pid").exists()
    assert not await watched.supervisor.admin.ready()


@pytest.mark.envoy
@pytest.mark.usefixtures("leftovers")
async def test_the_next_supervisor_adopts_the_running_proxy(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    port = free_port()
    bootstrap = static_bootstrap(run_dir, port)
    first = Watched(settings, bootstrap)
    await first.ready()
    pid = first.supervisor.pid
    await first.let_go()
    assert await ask(port) == "hello"
    second = Watched(settings, bootstrap)
    await second.ready()
    assert second.events == [Adopted(pid or 0), Ready(pid or 0)]
    assert first.supervisor.pid is None
    await second.stop()


@pytest.mark.envoy
@pytest.mark.usefixtures("leftovers")
async def test_a_stop_before_the_adoption_ends_the_running_proxy_too(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    bootstrap = static_bootstrap(run_dir, free_port())
    first = Watched(settings, bootstrap)
    await first.ready()
    process = recognise(read_identity(run_dir / "envoy.pid") or pytest.fail("no pid file"))
    assert process is not None
    await first.let_go()
    identity = (run_dir / "envoy.pid").read_bytes()
    second = Watched(settings, bootstrap)
    await second.supervisor.stop()
    (run_dir / "envoy.pid").write_bytes(identity)
    await second.task
    async with asyncio.timeout(10):
        await process.ended()
    process.close()


@pytest.mark.envoy
@pytest.mark.usefixtures("leftovers")
async def test_a_proxy_with_other_settings_is_replaced(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    port = free_port()
    first = Watched(settings, static_bootstrap(run_dir, port))
    await first.ready()
    pid = first.supervisor.pid
    await first.let_go()
    second = Watched(settings, static_bootstrap(run_dir, port, "other"))
    await second.ready()
    assert second.events[0] == Replacing(pid or 0)
    assert await ask(port) == "other"
    await second.stop()


@pytest.mark.envoy
@pytest.mark.usefixtures("leftovers")
async def test_a_proxy_without_pid_file_gives_way(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    port = free_port()
    first = Watched(settings, static_bootstrap(run_dir, port))
    await first.ready()
    process = recognise(read_identity(run_dir / "envoy.pid") or pytest.fail("no pid file"))
    assert process is not None
    await first.let_go()
    (run_dir / "envoy.pid").unlink()
    second = Watched(settings, static_bootstrap(run_dir, port, "other"))
    await second.ready()
    assert await process.ended() == 0
    process.close()
    assert await ask(port) == "other"
    await second.stop()


@pytest.mark.envoy
@pytest.mark.usefixtures("leftovers")
async def test_the_end_waits_for_a_request_in_flight(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    port = free_port()
    watched = Watched(settings, static_bootstrap(run_dir, port))
    await watched.ready()
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(ask(port, "/slow"))
        await in_flight(watched.supervisor.admin)
        assert not slow.done()
        await watched.stop()
        # The answer came before the end, not after it.
        assert slow.done()
    assert slow.result() == "hello"


@pytest.mark.envoy
@pytest.mark.usefixtures("leftovers")
async def test_an_idle_connection_does_not_hold_up_the_end(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    port = free_port()
    patient = replace(settings, times=DrainTimes(drain_seconds=60, quiet_seconds=0.1))
    watched = Watched(patient, static_bootstrap(run_dir, port))
    await watched.ready()
    async with httpx.AsyncClient(verify=False, trust_env=False) as client:
        await client.get(f"http://127.0.0.1:{port}/")
        assert (await in_use(watched.supervisor.admin)).connections == 1
        async with asyncio.timeout(10):
            await watched.stop()


_CONTROL_PLANE = """
import asyncio, json, sys
from pathlib import Path
from portway.adapters.envoy import binary
from portway.adapters.envoy.drain import DrainTimes
from portway.adapters.envoy.supervisor import Ready, Supervisor, SupervisorSettings

def report(event):
    if isinstance(event, Ready):
        print(event.pid, flush=True)

async def main():
    run_dir = Path(sys.argv[1])
    settings = SupervisorSettings(
        binary.locate(), run_dir, run_dir / "admin.sock", 1, DrainTimes(5, 0.2, 5), 0.05
    )
    await Supervisor(settings, json.loads(sys.argv[2]), report).run()

asyncio.run(main())
"""


@pytest.mark.envoy
@pytest.mark.usefixtures("leftovers")
async def test_the_proxy_of_a_killed_control_plane_is_adopted_and_watched(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    port = free_port()
    bootstrap = static_bootstrap(run_dir, port)
    dying = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _CONTROL_PLANE, str(run_dir), json.dumps(bootstrap)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert dying.stdout is not None
    async with asyncio.timeout(20):
        pid = int(await dying.stdout.readline())
    dying.kill()
    await dying.wait()
    assert await ask(port) == "hello"
    watched = Watched(settings, bootstrap)
    await watched.ready()
    assert watched.events == [Adopted(pid), Ready(pid)]
    os.kill(pid, signal.SIGKILL)
    await watched.ready(2)
    died = watched.events[2]
    assert isinstance(died, Died)
    # Its parent was another process: how it ended is not ours to know.
    assert (died.pid, died.status, died.after_signal) == (pid, None, None)
    assert await ask(port) == "hello"
    await watched.stop()


@pytest.mark.envoy
@pytest.mark.usefixtures("leftovers")
async def test_the_end_does_not_wait_longer_than_it_may(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    port = free_port()
    short = replace(settings, times=DrainTimes(drain_seconds=0.1, quiet_seconds=0.1))
    watched = Watched(short, static_bootstrap(run_dir, port))
    await watched.ready()
    async with asyncio.TaskGroup() as group:
        slow = group.create_task(_cut(port))
        await in_flight(watched.supervisor.admin)
        await watched.stop()
    assert slow.result()


async def _cut(port: int) -> bool:
    try:
        await ask(port, "/slow")
    except httpx.TransportError:
        return True
    return False


@pytest.mark.envoy
async def test_a_proxy_that_always_dies_is_reported_with_its_last_words(
    settings: SupervisorSettings,
) -> None:
    quick = replace(settings, first_backoff_seconds=0.001, crash_loop_after=3)
    watched = Watched(quick, {"static_resources": {"clusters": [{"name": ""}]}})
    await watched.until(lambda events: _count(events, CrashLoop) == 1)
    loop = watched.events[-1]
    assert isinstance(loop, CrashLoop)
    assert loop.deaths == 3
    assert "ClusterValidationError.Name" in "\n".join(loop.last_lines)
    waits = [event.restart_in for event in watched.events if isinstance(event, Died)]
    assert waits[0] <= 0.001
    assert 0.002 <= waits[2] <= 0.004
    await watched.supervisor.stop()
    async with asyncio.timeout(10):
        await watched.task


async def test_two_supervisors_do_not_share_a_run_folder(
    settings: SupervisorSettings, tmp_path: Path
) -> None:
    script = tmp_path / "envoy"
    script.write_text("#!/bin/sh\nexec sleep 60\n")
    script.chmod(0o755)
    idle = replace(settings, binary=Binary(script, "0"))
    first = Watched(idle, {})
    await first.until(lambda events: _count(events, Started) == 1)
    with pytest.raises(SupervisorError, match="another control plane"):
        await Watched(idle, {}).task
    await first.stop()


async def test_a_run_folder_others_may_enter_is_refused(
    settings: SupervisorSettings, run_dir: Path
) -> None:
    os.chmod(run_dir, 0o755)
    with pytest.raises(SupervisorError, match="chmod 700"):
        await Watched(settings, {}).task


async def test_an_executable_that_cannot_start_is_an_error(
    settings: SupervisorSettings, tmp_path: Path
) -> None:
    with pytest.raises(ProcessError, match="did not start"):
        await Watched(replace(settings, binary=Binary(tmp_path / "none", "0")), {}).task


def test_what_it_is_to_say_may_be_said_otherwise_and_nothing_twice() -> None:
    pace = ("--file-flush-interval-msec", "1000")
    ours = ("--log-level", "warning", "--component-log-level", "http:critical,http2:critical")
    assert said(()) == (*ours, *pace)
    flags = ("--component-log-level=http:debug", "--skip-deprecated-logs", "--log-level=info")
    assert said(flags) == (
        *("--log-level", "info"),
        *("--component-log-level", "http:critical,http2:critical,http:debug"),
        *pace,
        "--skip-deprecated-logs",
    )
    assert said(("--file-flush-interval-msec=50",)) == (*ours, "--file-flush-interval-msec", "50")
