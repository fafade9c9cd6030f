"""The one Envoy of this machine: started, or adopted if an earlier control plane left one.

Composition only: a server of its configuration on a unix socket, and the supervisor that keeps it
running. It drains while the server is still there; a control plane that is killed leaves it be.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final
from urllib.parse import urlencode

from portway.adapters.admin import log
from portway.adapters.admin.metrics import Metrics
from portway.adapters.envoy import bootstrap, drain, supervisor
from portway.adapters.envoy.admin_client import AdminError
from portway.adapters.envoy.binary import Binary
from portway.adapters.xds import UnixSocket, XdsServer
from portway.app import memory
from portway.app.data_plane import Post, told
from portway.app.settings import Settings
from portway.core import delta
from portway.core.schema import Schema

_log = logging.getLogger(__name__)

# Of all that Envoy counts, tokens of models: the rest is for who looks after Envoy.
_NUMBERS: Final = "/stats/prometheus?" + urlencode({"filter": r"^gen_ai\."})


class LocalProxy:
    """See `data_plane.DataPlane`."""

    def __init__(
        self,
        settings: Settings,
        executable: Binary,
        schema: Schema,
        metrics: Metrics,
        post: Post,
        changed: Callable[[str, int], None],
    ) -> None:
        """``changed`` is told the state of the process (starting, ready, restarting) and its id,
        and again with every answer of the proxy."""
        self.resources = delta.ResourceSet()
        self.state, self.pid = "starting", 0
        self._metrics = metrics
        self._changed = changed
        self._xds = XdsServer(
            UnixSocket(settings.xds_socket),
            schema,
            lambda _owner: self.resources,
            told(post, metrics, lambda: changed(self.state, self.pid)),
        )
        self._supervisor = supervisor.Supervisor(
            supervisor.SupervisorSettings(
                executable,
                settings.run_dir,
                settings.envoy_admin_socket,
                settings.workers,
                drain.DrainTimes(drain_seconds=settings.drain_seconds),
            ),
            _bootstrap(settings),
            self._event,
        )

    @property
    def settled(self) -> bool:
        return self.state == "ready" and self._xds.quiet()

    def quiet(self) -> bool:
        return self._xds.quiet()

    def publish(self, owners: Iterable[str] | None) -> None:
        self._xds.notify(owners)

    def begin(self) -> None:
        self._xds.begin()

    async def numbers(self) -> bytes:
        try:
            return await self._supervisor.admin.get(_NUMBERS)
        except AdminError:
            return b""

    async def start(self) -> None:
        await self._xds.start()

    async def run(self) -> None:
        await self._supervisor.run()

    async def stop(self) -> None:
        await self._supervisor.stop()

    async def close(self) -> None:
        await self._xds.stop()

    def _event(self, event: supervisor.Event) -> None:
        match event:
            case supervisor.Started(pid):
                self._is("starting", pid)
            case supervisor.Adopted(pid):
                self._is("starting", pid)
                log.event(_log, "info", "adopted the running envoy", pid=pid)
            case supervisor.Replacing(pid):
                log.event(_log, "info", "replacing an envoy of other settings", pid=pid)
            case supervisor.Ready(pid):
                self._is("ready", pid)
            case supervisor.Died():
                self._is("restarting", 0)
                self._metrics.envoy_restart()
                log.event(
                    _log,
                    "error",
                    "envoy died",
                    pid=event.pid,
                    status=event.status,
                    restart_in=round(event.restart_in, 2),
                    said=" | ".join(event.last_lines[-3:]),
                )
            case supervisor.CrashLoop(deaths):
                log.event(_log, "error", "envoy keeps dying", deaths=deaths)

    def _is(self, state: str, pid: int) -> None:
        self.state, self.pid = state, pid
        self._changed(state, pid)


def _bootstrap(settings: Settings) -> dict[str, Any]:
    """What the proxy starts with."""
    return bootstrap.bootstrap(
        bootstrap.BootstrapSettings(
            node_id=settings.name,
            node_cluster="portway",
            admin_socket=settings.envoy_admin_socket,
            xds=settings.xds_socket,
            heap_bytes=_heap_bytes(),
        )
    )


def _heap_bytes() -> int:
    """Half of what there is: the gateway is rarely alone on a machine, and never in a container,
    where the control plane is beside it."""
    return memory.limit() // 2
