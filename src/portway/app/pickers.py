"""Pickers that `portway run` starts for pools that ask for one: `portway.dev/picker: process`.

Composition only. Such a pool is told to the core as one that names an endpoint picker, asked in the
light mode and passed over while it is away, and beside it the Service that leads there; so nothing
below knows of it, and its status is as if somebody had written both. The process reads the pool and
its Pods from the embedded API, ends with us whatever ends us (it holds a pipe that only we keep
open), and is started again when it ends by itself. Each pool has a process of its own: one that
comes or goes costs the others nothing of what they remember.
"""

import asyncio
import contextlib
import logging
import socket
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from portway.adapters.admin import log
from portway.adapters.apiserver.http.server import ApiServer
from portway.core import api, translate
from portway.core.translate.picker import PLAIN
from portway.core.translate.referred_pool import LIGHT, MODE_ANNOTATION, PROCESS
from portway.core.translate.referred_pool import PICKER_ANNOTATION as ANNOTATION
from portway.core.translate.service import ENDPOINTS_ANNOTATION

_log = logging.getLogger(__name__)

Name = tuple[str, str]
"""Namespace and name of a pool."""

_PORT: Final = 9002
_RUN: Final = "from portway.app.cli import main; main()"
_FIRST: Final = 0.5  # seconds before a picker that ended is started again; they double
_LONGEST: Final = 10.0
_SETTLED: Final = 30.0  # one that ran so long had no trouble starting
_GRACE: Final = 5.0


class Pickers:
    """The pools that ask, and a process for each until cancelled."""

    def __init__(self, envoy: Path | None, log_format: str) -> None:
        """``envoy``: the executable, if it is not our own."""
        self._options = ["--log-format", log_format]
        self._options += ["--envoy", str(envoy)] if envoy is not None else []
        self._ports: dict[Name, int] = {}
        self._questions: dict[Name, int] = {}
        self._tasks: dict[Name, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    @property
    def ports(self) -> Mapping[Name, int]:
        """Where the picker of each pool listens."""
        return self._ports

    def answers_at(self, pool: str) -> str:
        """HOST:PORT where the picker of `InferencePool NAMESPACE/NAME` answers questions; empty:
        we have none for it."""
        namespace, _, name = pool.removeprefix("InferencePool ").partition("/")
        port = self._questions.get((namespace, name))
        return "" if port is None else f"127.0.0.1:{port}"

    def told(self, events: Iterable[api.Event]) -> tuple[api.Event, ...]:
        """The events as the core is to see them."""
        return tuple(found for event in events for found in self._one(event))

    async def run(self, api_: ApiServer) -> None:
        """Keep the processes, from the moment the API listens."""
        await api_.listening.wait()
        self._options += ["--kubeconfig", str(api_.kubeconfig)]
        async with asyncio.TaskGroup() as group:
            while True:
                self._changed.clear()
                for name in self._tasks.keys() - self._ports.keys():
                    self._tasks.pop(name).cancel()
                for name in self._ports.keys() - self._tasks.keys():
                    self._tasks[name] = group.create_task(self._keep(name))
                await self._changed.wait()

    # -- what the core is told -------------------------------------------------------------

    def _one(self, event: api.Event) -> Iterator[api.Event]:
        if event.kind != "InferencePool":
            yield event
            return
        name, pool = (event.namespace, event.name), event.object
        if not isinstance(pool, api.InferencePool) or not asks(pool):
            yield event
            self._tell_misspelt(name, pool)
            self._questions.pop(name, None)
            if self._ports.pop(name, None) is not None:
                self._changed.set()
                yield api.Event("Service", event.namespace, service_name(event.name), None)
            return
        if name not in self._ports:
            self._ports[name], self._questions[name] = _free_ports(2)
            self._changed.set()
        service = _service(pool, self._ports[name])
        yield api.Event("Service", event.namespace, service.name, service)
        yield api.Event(event.kind, *name, asking(pool, service_name(pool.name), _PORT))

    def _tell_misspelt(self, name: Name, pool: api.Resource | None) -> None:
        wanted = pool.metadata.annotations.get(ANNOTATION, "") if pool is not None else ""
        if wanted not in ("", PROCESS):
            words = f"{ANNOTATION} is {wanted!r}; use {PROCESS}"
            log.event(_log, "warning", words, pool="/".join(name))

    # -- processes -------------------------------------------------------------------------

    async def _keep(self, name: Name) -> None:
        ports = self._ports[name], self._questions[name]
        wait = _FIRST
        while True:
            began = time.monotonic()
            status = await self._once(name, *ports)
            wait = _FIRST if time.monotonic() - began > _SETTLED else min(2 * wait, _LONGEST)
            where = "/".join(name)
            log.event(_log, "warning", "picker ended", pool=where, status=status, restart_in=wait)
            await asyncio.sleep(wait)

    async def _once(self, name: Name, port: int, questions: int) -> int:
        """One life of a process; its exit status."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", _RUN, "picker"),
            *("--pool", "/".join(name), "--address", f"127.0.0.1:{port}", "--plaintext"),
            *("--explain-address", f"127.0.0.1:{questions}"),
            *("--until-stdin-ends", "--drain-time", "1", *self._options),
            stdin=asyncio.subprocess.PIPE,
            # An interrupt on the terminal is for us: it goes on until requests are done.
            start_new_session=True,
        )
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
                await _ended(process)


def asks(pool: api.InferencePool) -> bool:
    """Whether a pool wants a process; one that names a picker has one."""
    return translate.wants_process(pool) and pool.spec.endpoint_picker_ref is None


def service_name(pool: str) -> str:
    """A name that no Service can have, since theirs hold no dots."""
    return f"{pool}.picker"


def asking(pool: api.InferencePool, service: str, port: int) -> api.InferencePool:
    """The pool as one that names a picker, in the light mode unless it says else; while that is
    away any endpoint will do."""
    ref = api.EndpointPickerRef(
        name=service, port=api.PoolPort(number=port), failure_mode="FailOpen"
    )
    annotations = {MODE_ANNOTATION: LIGHT, **pool.metadata.annotations}
    return replace(
        pool,
        metadata=replace(pool.metadata, annotations=annotations),
        spec=replace(pool.spec, endpoint_picker_ref=ref),
    )


def _service(pool: api.InferencePool, port: int) -> api.Service:
    metadata = api.ObjectMeta(
        name=service_name(pool.name),
        namespace=pool.namespace,
        annotations={ENDPOINTS_ANNOTATION: f"127.0.0.1:{port}"},
    )
    ports = (api.ServicePort(name="grpc", port=_PORT, app_protocol=PLAIN),)
    return api.Service(metadata=metadata, spec=api.ServiceSpec(ports=ports))


def _free_ports(count: int) -> list[int]:
    """So many different ones."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in probes:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in probes]


async def _ended(process: asyncio.subprocess.Process) -> None:
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
