"""One instance on one machine: a folder or a cluster, an Envoy, an admin socket, and the order.

Composition only. Start: descriptors, xDS server, Envoy (started, or adopted if an earlier control
plane left one), folder. Stop: Envoy drains while the xDS server is still there, then the rest.
A control plane that is killed leaves Envoy serving; the next one adopts it.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from portway.adapters.admin import log
from portway.adapters.admin.metrics import Metrics
from portway.adapters.admin.probes import Probes
from portway.adapters.admin.server import AdminAddressError, AdminServer
from portway.adapters.apiserver.http.server import ApiAddressError
from portway.adapters.apiserver.store.journal import JournalError
from portway.adapters.envoy import (
    authorities,
    binary,
    bootstrap,
    descriptors,
    process,
    supervisor,
)
from portway.adapters.folder.problem import FileProblem
from portway.adapters.folder.watch import Batch, FolderSource
from portway.adapters.xds import XdsError
from portway.app import garbage, refusals, shapes
from portway.app.addresses import AddressPool, PoolProblem
from portway.app.claim import ClaimError, claim
from portway.app.data_plane import DataPlane
from portway.app.default_class import default_class
from portway.app.embedded import EmbeddedApi, token_of
from portway.app.layers import Layers
from portway.app.local_proxy import LocalProxy
from portway.app.pickers import Pickers
from portway.app.sample import BackendError
from portway.app.settings import Settings
from portway.app.show import Show
from portway.app.statuses import Statuses
from portway.app.turn import Changed, Heard, Loop, Message, Moved, Placing, Tick
from portway.core import api, infra, model, render
from portway.core.schema import Schema
from portway.core.wiring import Core

if TYPE_CHECKING:
    # Its HTTP client is not loaded by instances that have no cluster.
    from portway.adapters.kube.source import Batch as ClusterBatch
    from portway.app.cluster import Cluster
    from portway.app.credentials import Wanted

_log = logging.getLogger(__name__)

# Seconds between tries of what Envoy refused for reasons outside the objects.
_RETRY_SECONDS = 5.0
_LONGEST_START = 12  # of those, until what was read counts as read although it is not ready

# What stops an instance with one sentence rather than a traceback.
WORLD_FAILURES = (
    AdminAddressError,
    ApiAddressError,
    BackendError,
    ClaimError,
    JournalError,
    PoolProblem,
    XdsError,
    binary.BinaryError,
    bootstrap.BootstrapError,
    descriptors.DescriptorError,
    process.ProcessError,
    supervisor.SupervisorError,
)


def run(settings: Settings) -> int:
    """Serve until a signal comes. Returns the exit status: 0, or 2 when it cannot run here."""
    log.set_up(settings.log_level, "json" if settings.log_format == "json" else "text")
    with explained() as failure:
        asyncio.run(serve(settings))
    return failure.status


class Failure:
    """`status` is 2 once a failure of the world was told, else 0."""

    status = 0


@contextlib.contextmanager
def explained(*further: type[Exception]) -> Iterator[Failure]:
    """Tells failures of the world in one sentence each; bugs pass as they are. ``further``: what
    else is a failure of the world, to whoever asks."""
    failure = Failure()
    expected: tuple[type[Exception], ...] = (*WORLD_FAILURES, *further)
    try:
        yield failure
    except expected as error:
        _tell(error, failure)
    except BaseExceptionGroup as group:
        known, others = group.split(expected)
        if others is not None or known is None:
            raise
        for each in _leaves(known):
            _tell(each, failure)


def _tell(error: BaseException, failure: Failure) -> None:
    print(f"Error: {error}", file=sys.stderr)
    failure.status = 2


def _leaves(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each


async def serve(
    settings: Settings,
    ready: "Ready | None" = None,
    cluster: "Cluster | None" = None,
) -> None:
    """Serve until SIGINT or SIGTERM (or at once when everything is programmed, if asked)."""
    instance = Instance(settings, cluster)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, instance.stop)
    try:
        await instance.run(ready)
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


class Instance:
    """Everything of one instance, made but not started."""

    embedded: EmbeddedApi | None = None  # once it runs, if it is asked for
    _busy = False  # whether anything changed since the last tick

    def __init__(self, settings: Settings, cluster: "Cluster | None" = None) -> None:
        """``cluster`` is where objects come from instead of files and the embedded API.

        Raises one of WORLD_FAILURES when something that is needed is not there.
        """
        self.settings = settings
        self.cluster = cluster
        executable = binary.locate(settings.envoy)
        schema = Schema(descriptors.load(executable))
        self.metrics = Metrics()
        self.plane = self._make_plane(executable, schema)
        self.loop = self._make_loop(schema)
        self.show = Show(self.loop, schema)
        if cluster is not None:
            self.show.waiting = lambda: cluster.waiting
            cluster.source.in_use = self.loop.core.in_use
            cluster.source.expect(refusals.named(self.loop.remembered))
        self.admin = AdminServer(
            self.show,
            self.metrics,
            path=settings.admin_socket,
            port=_loopback(settings.admin_port),
            numbers=self.plane.numbers,
        )
        self.folder = FolderSource(settings.paths, snapshot=settings.snapshot)
        self.layers = Layers(lambda key: self.folder.state.holds(*key))
        self.pickers = self._make_pickers()
        if self.pickers is not None:
            self.show.picker_of = self.pickers.answers_at
        self._stopping = asyncio.Event()
        self._ready = asyncio.Event()

    def _make_plane(self, executable: binary.Binary, schema: Schema) -> DataPlane:
        def post(message: Message) -> None:
            self.loop.post(message)

        if self.cluster is not None and self.cluster.remote is not None:
            # Neither its authority nor its server is loaded by instances that have none.
            from portway.app.proxies import Proxies

            remote = self.cluster.remote
            self.cluster.wanted = lambda: self._with_proxies(infra.credentials)
            self.cluster.remembered = lambda: self._with_proxies(infra.snapshot)
            self.cluster.word = lambda: self.loop.word()
            self.cluster.heard = lambda by, word: post(Heard(by, word))
            proxies = Proxies(
                remote.identity, remote.address, schema, self.metrics, post, self._proxy
            )
            self.cluster.good = lambda owner: self.loop.good(owner, proxies.taken(owner))
            return proxies
        return LocalProxy(self.settings, executable, schema, self.metrics, post, self._proxy)

    def _placing(self) -> Placing:
        """Where addresses come from: from Services that we make, else from this machine."""
        settings, cluster = self.settings, self.cluster
        if cluster is not None and cluster.provisioner is not None:
            cluster.moved = lambda: self.loop.post(Moved())
            return cluster.addresses
        return AddressPool(
            settings.address_pool, settings.bind, settings.port_offset, settings.addresses
        )

    def _with_proxies(
        self, metadata: Callable[[api.Gateway, str], infra.Document]
    ) -> "Iterable[Wanted]":
        """The Gateways of ours, each with the metadata of a Secret of its proxies."""
        from portway.app.credentials import Wanted

        admitted = self.loop.core.inputs.admitted["Gateway"]
        for name, gateway in self.loop.core.gateways.items():
            spec = admitted.get(name)
            if spec is not None and spec.metadata.uid:
                yield Wanted(gateway.key, metadata(spec, spec.metadata.uid))

    def _make_loop(self, schema: Schema) -> Loop:
        settings, cluster = self.settings, self.cluster
        return Loop(
            Core(
                schema,
                render.Defaults(
                    access_log=str(settings.access_log or ""),
                    scopes_from=settings.scopes_from,
                    tree_from=settings.trees_from,
                ),
                controller=settings.controller,
                system_authorities=str(authorities.find(os.environ) or ""),
                proxies=cluster.remote.made if cluster is not None and cluster.remote else None,
            ),
            self._placing(),
            Statuses(_now),
            self.metrics,
            resources=self.plane.resources,
            acknowledged=cluster.acknowledged if cluster is not None else _nothing,
            provision=cluster.provision if cluster is not None else _nothing_made,
            publish=self.plane.publish,
            begin=self.plane.begin,
            quiet=self.plane.quiet,
            refusals=refusals.load(settings.refusals),
            remember=lambda found: refusals.save(found, settings.refusals),
            scoped=shapes.load(settings.scoped),
            remember_scoped=lambda found: shapes.save(found, settings.scoped),
        )

    def stop(self) -> None:
        """Begin to end; returns at once."""
        self._stopping.set()

    async def run(self, ready: "Ready | None" = None) -> None:
        """Serve until `stop`. `ready` is called once when the first configuration is live.

        Raises what `run` says in one sentence: WORLD_FAILURES, alone or in a group.
        """
        with claim(self.settings.data):
            await self._run(ready)

    async def _run(self, ready: "Ready | None") -> None:
        garbage.begin()
        await self.plane.start()
        try:
            self.embedded = self._make_api()
            async with asyncio.TaskGroup() as group:
                keeping = group.create_task(self.plane.run())
                others = [
                    group.create_task(each)
                    for each in (
                        self.loop.run(),
                        self.admin.run(),
                        self._sources(),
                        self._tick(),
                        self._announce(ready),
                        *self._api_tasks(),
                        *self._probe_tasks(),
                    )
                ]
                await self._stopping.wait()
                log.event(_log, "info", "stopping: letting requests under way finish")
                await self.plane.stop()
                await keeping
                for task in others:
                    task.cancel()
        finally:
            await self.plane.close()

    def _sources(self) -> Coroutine[Any, Any, None]:
        if self.cluster is not None:
            statuses = self.loop.statuses
            return self.cluster.run(self._from_cluster, statuses, lambda: self.loop.settled)
        return self.folder.run(self._batch)

    def _make_api(self) -> EmbeddedApi | None:
        """The API, with what it has put before what the files say, so that both count at once."""
        if not self.settings.api:
            return None
        embedded = EmbeddedApi(
            self.settings.data,
            self.settings.api,
            token_of(self.settings.api_token),
            emit=self._from_api,
            status=self.loop.statuses.get,
            generated=self._generated_for_api,
            place=self._place_for_api,
        )
        embedded.start()
        self.loop.statuses.changed = embedded.write
        return embedded

    def _probe_tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        if self.settings.probes:

            async def exposition() -> bytes:
                return self.metrics.exposition() + await self.plane.numbers()

            yield Probes(self.settings.probes, lambda: self.show.ready()[0], exposition).run()

    def _make_pickers(self) -> Pickers | None:
        """For pools that ask for one; it reads them from the API."""
        settings = self.settings
        if self.cluster is not None or not settings.api:
            return None
        return Pickers(settings.envoy, settings.log_format)

    def _api_tasks(self) -> Iterator[Coroutine[Any, Any, None]]:
        if self.embedded is not None:
            yield self.embedded.run()
            yield self._announce_api(self.embedded)
            if self.pickers is not None:
                yield self.pickers.run(self.embedded.server)

    async def _announce_api(self, embedded: EmbeddedApi) -> None:
        await embedded.server.listening.wait()
        kubeconfig = str(embedded.server.kubeconfig)
        log.event(_log, "info", "the API listens", kubeconfig=kubeconfig)

    async def _announce(self, ready: "Ready | None") -> None:
        await self._ready.wait()
        log.event(_log, "info", "ready", admin=str(self.settings.admin_socket))
        if ready is not None:
            await ready(self)
        if self.settings.once:
            self.stop()

    async def _tick(self) -> None:
        ticks, aside = 0, False
        while True:
            ready = self._ready.is_set()
            await asyncio.sleep(_RETRY_SECONDS)
            ticks += 1
            self.loop.post(Tick())
            if self.embedded is not None:
                self.embedded.refresh()
            if aside:
                garbage.pause(idle=not self._busy)
            elif ready or ticks >= _LONGEST_START:
                # Not when it gets ready: others wait for that, and this takes a tenth of a second.
                garbage.set_aside()
                aside = True
            self._busy = False

    # -- what the adapters tell ------------------------------------------------------------

    def _batch(self, batch: Batch) -> None:
        if batch.problems is not self.show.problems:
            self._tell_problems(batch.problems)
        for notice in batch.notices:
            where = f"{notice.path}:{notice.line}" if notice.line else notice.path
            log.event(_log, "info", f"{where}: {notice.message}")
        self.show.notices = self.folder.state.notices
        if self.embedded is not None:
            self.embedded.files(batch.events)
        events = self._with_pickers(self.layers.files(batch.events))
        if batch.listed:
            events += self.layers.take(Layers.ITSELF, (default_class(),))
        self._tell_contested()
        self.loop.post(Changed(events, batch.listed))
        self._busy = True

    def _from_cluster(self, batch: "ClusterBatch") -> None:
        # One source, so nothing of it can be contested.
        events = self.cluster.told(batch.events) if self.cluster is not None else batch.events
        self.loop.post(Changed(events, batch.listed, batch.served))
        self._busy = True

    def _from_api(self, events: tuple[api.Event, ...]) -> None:
        changed = self._with_pickers(self.layers.take(Layers.API, events))
        self._tell_contested()
        if changed:
            self.loop.post(Changed(changed))
            self._busy = True

    def _with_pickers(self, events: tuple[api.Event, ...]) -> tuple[api.Event, ...]:
        return events if self.pickers is None else self.pickers.told(events)

    def _tell_contested(self) -> None:
        for key in self.layers.contested:
            held = model.ObjectKey(*key)
            if self.layers.in_file(key):
                log.event(_log, "warning", f"{held} is in a file and in the API: the file's counts")
            if self.embedded is not None:
                self.embedded.again(held)
        self.layers.contested.clear()

    def _place_for_api(self, key: model.ObjectKey) -> str:
        return self.folder.state.place(key.kind, key.namespace, key.name)

    def _generated_for_api(self, key: model.ObjectKey, uid: str) -> Iterable[infra.Document]:
        """What is made for the API's Gateway; nothing while a file has one of its name."""
        gateway = self.loop.core.inputs.admitted[key.kind].get((key.namespace, key.name))
        if gateway is None or self.layers.in_file(key):
            return ()
        return infra.objects(gateway, uid, self.loop.core.view.ports(key))

    def _tell_problems(self, problems: tuple[FileProblem, ...]) -> None:
        """Those that are new."""
        known = frozenset(self.show.problems)
        for problem in problems:
            if problem not in known:
                where = f"{problem.path}:{problem.line}" if problem.line else problem.path
                log.event(_log, "warning", f"{where}: {problem.message}", cure=problem.cure)
        self.show.problems = problems

    def _proxy(self, state: str, pid: int) -> None:
        self.show.proxy = {"state": state, "pid": pid}
        self._check_ready()

    def _check_ready(self) -> None:
        if self._ready.is_set() or not self.loop.listed.is_set():
            return
        if self.plane.settled:
            self.show.quiet_once = True
            self._ready.set()


Ready = Callable[[Instance], Awaitable[None]]


def _nothing() -> None:
    """Nobody wants to know."""


def _nothing_made(_: Mapping[model.ObjectKey, bytes | None]) -> None:
    """On one machine nothing is made for a Gateway but its address."""


def _loopback(port: int | None) -> str | None:
    return None if port is None else f"127.0.0.1:{port}"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
