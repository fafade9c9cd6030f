"""A proxy of one Gateway, where a cluster runs it: what the container of a proxy does.

Composition only: an Envoy, a relay to its control plane, which is elsewhere, and an address for the
questions of the cluster. It is ready once Envoy has its first configuration, which is the last good
one where no control plane answers. At the end it says first that it is not ready any more, so that
nobody new is sent here, then it lets what is under way finish.
"""

import asyncio
import logging
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portway.adapters.admin import log
from portway.adapters.admin.probes import Probes
from portway.adapters.envoy import binary, bootstrap, descriptors, drain, supervisor
from portway.adapters.envoy.admin_client import AdminError
from portway.adapters.identity import Visitor
from portway.adapters.xds import Relay, Upstream
from portway.app import memory, standalone
from portway.app.last_good import LastGood
from portway.core.schema import Schema

_log = logging.getLogger(__name__)

_FROM_SNAPSHOT: Final = (
    b"# HELP portway_proxy_from_snapshot Whether what is served is the last good configuration, "
    b"for want of a control plane.\n"
    b"# TYPE portway_proxy_from_snapshot gauge\n"
    b"portway_proxy_from_snapshot "
)


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """One proxy.

    Attributes:
        gateway: NAMESPACE/NAME, for people who read the control plane's log: what counts is what
            its certificate says.
        name: its own among that Gateway's proxies.
        xds: host and port of the control plane.
        credentials: folder of `tls.crt`, `tls.key` and `ca.crt`; they may change at any time.
        run_dir: for sockets and files; its own, and private.
        probes: HOST:PORT where the cluster asks.
        delay_seconds: how long after it said that it is not ready it goes on as before, since who
            sends requests hears of it later.
        drain_seconds: how long requests under way may take after that.
        workers: threads.
        envoy: the executable; None takes the one that came with the product.
        snapshot: folder with the last good configuration, if there is one; None: never.
        flags: more of Envoy's.
    """

    gateway: str
    name: str
    xds: tuple[str, int]
    credentials: Path
    run_dir: Path
    probes: str
    delay_seconds: float = 5.0
    drain_seconds: float = 30.0
    workers: int = 2
    envoy: Path | None = None
    snapshot: Path | None = None
    flags: tuple[str, ...] = ()
    log_level: str = "info"
    log_format: str = "json"


def run(settings: ProxySettings) -> int:
    """Serve until a signal comes. Returns the exit status: 0, or 2 when it cannot run here."""
    log.set_up(settings.log_level, "json" if settings.log_format == "json" else "text")
    with standalone.explained() as failure:
        asyncio.run(serve(settings))
    return failure.status


async def serve(settings: ProxySettings) -> None:
    """Serve until SIGINT or SIGTERM."""
    proxy = Proxy(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, proxy.stop)
    try:
        await proxy.run()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


class Proxy:
    """Everything of one proxy, made but not started."""

    def __init__(self, settings: ProxySettings) -> None:
        """Raises BinaryError, BootstrapError or AdminAddressError."""
        self._settings = settings
        self._live = False
        # One that we did not start, since it outlived who did, has a configuration.
        self._empty = False
        self._stopping = asyncio.Event()
        executable = binary.locate(settings.envoy)
        run = settings.run_dir
        self._last_good = None
        if settings.snapshot is not None:
            self._last_good = LastGood(
                settings.snapshot,
                settings.gateway,
                run / "snapshot.sock",
                lambda: Schema(descriptors.load(executable)),
            )
        self._relay = Relay(
            run / "xds.sock",
            Upstream(*settings.xds, Visitor(settings.credentials).context).connect,
            None if self._last_good is None else self._last_good.connect,
            empty=lambda: self._empty,
        )
        self._supervisor = supervisor.Supervisor(
            supervisor.SupervisorSettings(
                executable,
                run,
                run / "envoy-admin.sock",
                settings.workers,
                drain.DrainTimes(drain_seconds=settings.drain_seconds),
                flags=settings.flags,
                # The cluster collects what a container writes there.
                own_output=True,
            ),
            _bootstrap(settings),
            self._event,
        )
        self.probes = Probes(settings.probes, lambda: self.ready, self._numbers)

    @property
    def ready(self) -> bool:
        """Whether requests may be sent here."""
        return self._live and not self._stopping.is_set()

    def stop(self) -> None:
        """Begin to end; returns at once."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until `stop`, and then until nothing is left or the time is up."""
        await self._relay.start()
        async with asyncio.TaskGroup() as group:
            answering = group.create_task(self.probes.run())
            keeping = group.create_task(self._supervisor.run())
            await self._stopping.wait()
            log.event(_log, "info", "stopping: letting requests under way finish")
            if self._live:
                await asyncio.sleep(self._settings.delay_seconds)
            await self._supervisor.stop()
            await keeping
            answering.cancel()
        await self._relay.stop()
        if self._last_good is not None:
            await self._last_good.close()

    async def _numbers(self) -> bytes:
        """Envoy's, while it is there, and one of our own."""
        own = _FROM_SNAPSHOT + (b"1\n" if self._relay.standing_in else b"0\n")
        try:
            return await self._supervisor.admin.get("/stats/prometheus") + own
        except AdminError:
            return own

    def _event(self, event: supervisor.Event) -> None:
        self._live = isinstance(event, supervisor.Ready)
        self._empty = isinstance(event, supervisor.Started)
        match event:
            case supervisor.Ready(pid):
                log.event(_log, "info", "ready", gateway=self._settings.gateway, pid=pid)
            case supervisor.Died():
                log.event(
                    _log,
                    "error",
                    "envoy died",
                    pid=event.pid,
                    status=event.status,
                    restart_in=round(event.restart_in, 2),
                    said=" | ".join(event.last_lines[-3:]),
                )
            case _:
                pass


def _bootstrap(settings: ProxySettings) -> dict[str, Any]:
    """What Envoy starts with."""
    return bootstrap.bootstrap(
        bootstrap.BootstrapSettings(
            node_id=f"{settings.gateway}/{settings.name}",
            node_cluster=settings.gateway,
            admin_socket=settings.run_dir / "envoy-admin.sock",
            xds=settings.run_dir / "xds.sock",
            heap_bytes=memory.limit() * 4 // 5,
            far=True,
        )
    )


__all__ = ["Proxy", "ProxySettings", "run", "serve"]
