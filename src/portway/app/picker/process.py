"""A picker as a process: pools, where their endpoints come from, and who is answered where.

Composition only.
"""

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from portway.adapters.admin import log
from portway.adapters.admin.probes import Probes
from portway.adapters.admin.questions import Questions
from portway.adapters.engines.scraper import Rhythm, Scraper
from portway.adapters.envoy import binary, descriptors
from portway.adapters.extproc.desk import Request
from portway.adapters.extproc.health import Health, HealthAddressError
from portway.adapters.extproc.messages import Messages
from portway.adapters.extproc.server import PickerAddressError, PickerServer
from portway.adapters.kube.access import AccessError
from portway.adapters.kube.client import Client
from portway.app import standalone
from portway.app.controller import access_of
from portway.app.picker import certificate, listed, question
from portway.app.picker.desk import Flow, Policies, PoolDesk
from portway.app.picker.followed import Followed, Name
from portway.app.picker.numbers import Numbers, PoolNumbers, View
from portway.core.pick import Pool, Profile, Target, Told, signals
from portway.core.pick.pool import everybody
from portway.core.schema import Schema

_log = logging.getLogger(__name__)
_ITS_OWN: Final = (
    AccessError,
    HealthAddressError,
    PickerAddressError,
    certificate.CertificateError,
)
"""What keeps a picker from running, beside what keeps anything from it."""


@dataclass(frozen=True, slots=True)
class PickerSettings:
    """One process.

    Attributes:
        pools: NAMESPACE/NAME of each pool and the address where it is served.
        endpoints: of the only pool, where no API is asked; text with one on each line.
        endpoints_file: the same as a file that may change.
        kubeconfig: how to reach the API; None: as kubectl and Pods do.
        context: of the kubeconfig.
        certificate: files of chain and key; None: one is made.
        plaintext: no TLS at all.
        health: HOST:PORT of gRPC health in plain text; empty: on the picker's own port alone.
        probes: HOST:PORT of /healthz, /readyz and /metrics; empty: none.
        questions: HOST:PORT on loopback where is told what would become of a request; empty: none.
        profile: how requests are decided.
        flow: who waits.
        explains: answers may say why.
        steered: the conformance suite's headers count.
        metrics_path: where engines tell their numbers.
        scrape_seconds: how often they are asked while requests come.
        attached: end when standard input does, since whoever holds its other end has ended.
        drain_seconds: how long requests under way may take at the end.
        envoy: the executable whose schema is spoken; None: the one that came with the product.
    """

    pools: Mapping[Name, str]
    endpoints: str = ""
    endpoints_file: Path | None = None
    kubeconfig: Path | None = None
    context: str = ""
    certificate: tuple[Path, Path] | None = None
    plaintext: bool = False
    health: str = ""
    probes: str = ""
    questions: str = ""
    profile: Profile = field(default_factory=Profile)
    flow: Flow = field(default_factory=Flow)
    explains: bool = False
    steered: bool = False
    metrics_path: str = "/metrics"
    scrape_seconds: float = 1.0
    drain_seconds: float = 30.0
    envoy: Path | None = None
    attached: bool = False
    log_level: str = "info"
    log_format: str = "text"


def run(settings: PickerSettings) -> int:
    """Serve until a signal comes. Returns the exit status: 0, or 2 when it cannot run here."""
    log.set_up(settings.log_level, "json" if settings.log_format == "json" else "text")
    with standalone.explained(*_ITS_OWN) as failure:
        asyncio.run(serve(settings))
    return failure.status


async def serve(settings: PickerSettings) -> None:
    """Serve until SIGINT or SIGTERM."""
    process = Process(settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, process.stop)
    watching = await _attached(process) if settings.attached else None
    try:
        await process.run()
    finally:
        if watching is not None:
            watching.close()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _attached(process: "Process") -> asyncio.BaseTransport:
    """Ends the process when standard input ends."""

    class Ends(asyncio.Protocol):
        def connection_lost(self, _: Exception | None) -> None:
            process.stop()

    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(Ends, sys.stdin)
    return transport


class Process:
    """Everything of one picker, made but not started."""

    def __init__(self, settings: PickerSettings) -> None:
        """Raises what `run` explains."""
        self._settings = settings
        self._stopping = asyncio.Event()
        self.numbers = Numbers()
        self.desks = {name: self._desk(name) for name in settings.pools}
        self.numbers.watch(self._views)
        self._scrapers = {name: self._scraper(name) for name in self.desks}
        self._source: Followed | None = None
        self._given = settings.endpoints or settings.endpoints_file
        if not self._given:
            access = access_of(settings.kubeconfig, settings.context)
            self._source = Followed(Client(access), settings.pools, self._targets, self._policies)
        self.servers = list(self._servers())
        asked = settings.questions
        self.questions = Questions(asked, self._told) if asked else None

    @property
    def ready(self) -> bool:
        """Whether endpoints are known and requests may come."""
        return not self._stopping.is_set() and (
            self._source is None or self._source.listed.is_set()
        )

    def stop(self) -> None:
        """Begin to end; returns at once."""
        self._stopping.set()

    async def run(self) -> None:
        """Serve until `stop`, and then until nothing is left or the time is up."""
        health = self._settings.health
        elsewhere = self._health.serving(health) if health else contextlib.nullcontext()
        async with elsewhere, asyncio.TaskGroup() as group:
            tasks = [group.create_task(each.run()) for each in self._scrapers.values()]
            if self._settings.probes:
                probes = Probes(self._settings.probes, lambda: self.ready, self._exposition)
                tasks.append(group.create_task(probes.run()))
            if self.questions is not None:
                tasks.append(group.create_task(self.questions.run()))
            tasks += [group.create_task(each) for each in self._sources()]
            tasks.append(group.create_task(self._serve()))
            await self._stopping.wait()
            log.event(_log, "info", "stopping: letting requests under way finish")
            grace = self._settings.drain_seconds
            await asyncio.gather(*(server.stop(grace) for _, server in self.servers))
            for each in tasks:
                each.cancel()

    async def _serve(self) -> None:
        """Begin to serve once endpoints are known. Where nobody listens a gateway does what its
        pool's failure mode says; a picker without endpoints could only refuse, and a pool that
        fails open would obey it."""
        if self._source is not None:
            await self._source.listed.wait()
        for name, server in self.servers:
            await server.start()
            log.event(_log, "info", "picking", pool="/".join(name), port=server.port)

    # -- what it is made of ----------------------------------------------------------------

    def _servers(self) -> Iterator[tuple[Name, PickerServer]]:
        settings = self._settings
        schema = Schema(descriptors.load(binary.locate(settings.envoy)))
        messages = Messages(schema)
        health = self._health = Health(schema, lambda: self.ready)
        shown = None
        if not settings.plaintext:
            files = settings.certificate
            shown = certificate.of_files(*files) if files else certificate.self_signed("picker")
        for name, address in settings.pools.items():
            desk = self.desks[name]
            yield name, PickerServer(address, desk, messages, health, shown)

    def _desk(self, name: Name) -> PoolDesk:
        settings = self._settings
        return PoolDesk(
            Pool(settings.profile),
            PoolNumbers(self.numbers, "/".join(name)),
            settings.flow,
            explains=settings.explains,
            steered=settings.steered,
        )

    def _scraper(self, name: Name) -> Scraper:
        desk = self.desks[name]

        def tell(address: str, page: bytes) -> None:
            desk.pool.heard(address, signals.read(page), time.monotonic())
            desk.look()

        made = Scraper(
            tell,
            failed=lambda _: desk.numbers.silent(),
            busy=lambda: desk.busy(time.monotonic()),
            path=self._settings.metrics_path,
            rhythm=Rhythm(busy=self._settings.scrape_seconds),
        )
        desk.woken = made.wake
        return made

    def _sources(self) -> Iterator[Any]:
        if self._source is not None:
            yield self._source.run()
            return
        (name,) = self.desks
        tell: Callable[[tuple[Target, ...]], None] = lambda found: self._targets(name, found)  # noqa: E731
        if self._settings.endpoints_file is not None:
            path = self._settings.endpoints_file
            yield listed.follow(path, listed.look(path, None, tell), tell)
        else:
            tell(listed.parse(self._settings.endpoints))

    # -- what happens ----------------------------------------------------------------------

    def _targets(self, name: Name, targets: tuple[Target, ...]) -> None:
        desk = self.desks[name]
        before = len(desk.pool.addresses)
        desk.update(targets)
        self._scrapers[name].update(
            (each.address, each.metrics or each.address) for each in targets
        )
        if len(targets) != before:
            log.event(_log, "info", "endpoints", pool="/".join(name), count=len(targets))

    def _policies(self, name: Name, policies: Policies) -> None:
        self.desks[name].policies = policies

    def _views(self) -> Iterator[View]:
        now = time.monotonic()
        for name, desk in self.desks.items():
            yield View(
                name,
                list(everybody(desk.pool, now)),
                len(desk.pool.index),
                desk.pool.saturation(now),
                desk.queue.lengths(),
                desk.queue.size,
            )

    def _told(self, data: bytes) -> Told:
        """The answer to a question. Raises ValueError, LookupError."""
        asked = question.read(data)
        namespace, _, name = asked.pool.partition("/")
        desk = self.desks.get((namespace, name))
        if desk is None and self._given:
            (desk,) = self.desks.values()
        if desk is None:
            known = ", ".join(sorted("/".join(each) for each in self.desks))
            raise LookupError(f"nobody picks for {asked.pool or 'no pool'} here, but for {known}")
        return desk.foreseen(Request(asked.headers, asked.body))

    async def _exposition(self) -> bytes:
        return self.numbers.exposition()
