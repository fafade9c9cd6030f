"""10. A cluster: a controller of thousands of routes, from its start to a change of an endpoint.

Knows an API that is a process of its own, the controller as a cluster runs it, and one proxy of one
of the Gateways. Must not know the product's inside: CPU and memory are the kernel's numbers, and a
change is over when a client sees it. The clients of `prober` are blocking, so a change is too.
"""

import asyncio
import contextlib
import http.client
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from bench import api_client, bare, machine, site
from bench.context import BUSY, Context
from bench.outcome import Criterion, Outcome, Table, mebibytes, milliseconds
from bench.plan import Cluster as Plan
from bench.prober import Connection, Seen, probe
from bench.ratios import percentile
from tests.wire.harness import ports, processes
from tests.wire.harness.portway import Portway
from tests.wire.harness.proxy import Mounted, Proxy, until

_CONNECTIONS = 32
_PATIENCE_SECONDS = 600.0
_CONFIRMING = 5
_TEXT = """\
An HTTPRoute, a Service and an EndpointSlice each, on Gateways of one listener, in an API server
that is another process. `portway controller` writes statuses and serves proxies of each Gateway;
one of them has a proxy. Ready is what /readyz says. CPU is the controller's alone, when all
statuses are written and nothing happens. An endpoint changes in the API (PATCH of the slice) from
where nobody listens to where somebody does; time runs from before the request to the first right
answer through the proxy."""


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds, a share of one processor, bytes, and what the probes saw."""

    ready_seconds: float
    statuses_seconds: float
    idle_share: float
    resident: int
    seen: tuple[Seen, ...]
    foreign: float


async def measure(context: Context) -> Outcome:
    """One site, one controller, one proxy."""
    plan = context.plan.cluster
    folder = context.scratch / "api"
    async with bare.origin(context.scratch) as origin:
        with api_client.served(folder) as (server, port, _):
            context.say(f"{plan.routes} routes, {plan.gateways} Gateways into the API")
            await _fill(folder, port, plan, origin.target.endpoint)
            async with _controller(context, folder) as (portway, ready):
                found = await _measured(context, plan, portway, ready, folder, port, server, origin)
    return _outcome(plan, found)


async def _fill(folder: Path, port: int, plan: Plan, target: str) -> None:
    waiting = list(site.documents(plan.gateways, plan.routes, plan.endpoints, target))

    async def some(first: int) -> None:
        connection = await api_client.connect(folder, port)
        for path, document in waiting[first::_CONNECTIONS]:
            await connection.ask("POST", path, site.encoded(document))
        await connection.close()

    async with asyncio.TaskGroup() as group:
        for first in range(_CONNECTIONS):
            group.create_task(some(first))


@asynccontextmanager
async def _controller(context: Context, folder: Path) -> AsyncIterator[tuple["_Instance", float]]:
    """It, and how many seconds it took until it was ready."""
    instance = _Instance(context.scratch / "controller", folder / "kubeconfig")
    started = perf_counter()
    async with instance:
        yield instance, perf_counter() - started


class _Instance(Portway):
    def __init__(self, root: Path, kubeconfig: Path) -> None:
        self.xds = ports.free_port()
        options = (
            *("--bind", "127.0.0.1", "--write-status", "default"),
            *("--xds-address", f"127.0.0.1:{self.xds}", "--xds-name", f"localhost:{self.xds}"),
        )
        super().__init__(root, name="bench", kubeconfig=kubeconfig, options=options)
        self._text = root / "portway.log"

    async def start(self) -> None:
        self._process = await processes.start(self.command, self._text)
        await self.until(self._ready, "ready", seconds=_PATIENCE_SECONDS)


async def _measured(
    context: Context,
    plan: Plan,
    portway: _Instance,
    ready: float,
    folder: Path,
    port: int,
    server: int,
    origin: Any,
) -> Found:
    connection = await api_client.connect(folder, port)
    began = perf_counter()
    context.say("statuses")
    await _spoken_of(connection, plan.routes)
    statuses = perf_counter() - began
    secret = "/api/v1/namespaces/default/secrets/g0-bench-xds"
    mounted = Mounted()
    mounted.show(json.loads(await connection.ask("GET", secret))["data"])
    where = f"localhost:{portway.xds}"
    async with Proxy(context.scratch, "default/g0", where, mounted) as proxy:
        await proxy.ready()
        await asyncio.sleep(plan.settle_seconds)
        elsewhere = context.watch([origin], portway.process_id, server)
        context.say(f"{plan.idle_seconds:.0f} s in which nothing happens")
        before, at = machine.process_seconds(portway.process_id), perf_counter()
        await asyncio.sleep(plan.idle_seconds)
        idle = (machine.process_seconds(portway.process_id) - before) / (perf_counter() - at)
        foreign = elsewhere.share()
        context.say(f"{plan.probes} changes of an endpoint")
        changer = _Changer(folder, port, origin.target.endpoint)
        asking = Connection("127.0.0.1", site.FIRST_PORT)
        with contextlib.closing(changer), contextlib.closing(asking):
            once = partial(_once, asking, changer.change)
            seen = [await asyncio.to_thread(once) for _ in range(plan.probes)]
    await connection.close()
    resident = machine.resident_bytes(portway.process_id)
    return Found(ready, statuses, idle, resident, tuple(seen), foreign)


async def _spoken_of(connection: api_client.Connection, routes: int) -> None:
    async def all_of_them() -> bool:
        items = json.loads(await connection.ask("GET", site.ROUTES))["items"]
        # A list of them all is work for the server that is being written to.
        await asyncio.sleep(min(5.0, routes / 100))
        return sum("parents" in each.get("status", {}) for each in items) == routes

    await until(all_of_them, _PATIENCE_SECONDS)


class _Changer:
    """Changes the first Service's endpoint to one that answers, or to one that does not."""

    def __init__(self, folder: Path, port: int, target: str) -> None:
        context = api_client.context(folder)
        self._client = http.client.HTTPSConnection("127.0.0.1", port, context=context)
        self._target = target

    def change(self, good: bool) -> None:
        """Blocks until the API has it. Raises RuntimeError for a refusal."""
        body = site.encoded(site.slice_of(0, self._target if good else site.NOBODY, 1))
        headers = {"content-type": "application/merge-patch+json"}
        self._client.request("PATCH", f"{site.SLICES}/s0", body, headers)
        answer = self._client.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(said.decode())

    def close(self) -> None:
        """Ends its connection."""
        self._client.close()


def _once(asking: Connection, change: Callable[[bool], None]) -> Seen:
    host = site.host(0)
    seen = probe(asking, host, "/", lambda: change(True), old=503, new=200, confirming=_CONFIRMING)
    probe(asking, host, "/", lambda: change(False), old=200, new=503, confirming=_CONFIRMING)
    return seen


def _outcome(plan: Plan, found: Found) -> Outcome:
    outcome = Outcome("cluster", "A cluster", _TEXT)
    first = percentile([each.first for each in found.seen], 0.5)
    errors = sum(each.errors for each in found.seen)
    many = f"{plan.routes:,} routes, {plan.gateways} Gateways, {plan.endpoints:,} endpoints: "
    outcome.criteria = [
        Criterion(many + "start to ready", found.ready_seconds, 15.0, "s"),
        Criterion(many + "CPU when nothing happens", 100 * found.idle_share, 2.0, "%"),
        Criterion(many + "memory", found.resident / 1e6, 600.0, "MB"),
        Criterion(many + "endpoint change to Envoy, median", 1000 * first, 50.0, "ms"),
        Criterion(many + "answers nobody should have got", errors, 0),
    ]
    row = [
        f"{found.ready_seconds:.1f} s",
        f"{found.statuses_seconds:.0f} s",
        f"{100 * found.idle_share:.2f} %",
        mebibytes(found.resident),
        milliseconds(first),
    ]
    heads = ["ready", "all statuses written", "CPU", "memory", "endpoint change, median"]
    outcome.tables = [Table("", heads, [row])]
    outcome.data = {**asdict(plan), **asdict(found)}
    if found.foreign > machine.FOREIGN_LIMIT:
        outcome.warnings.append(BUSY.replace(" in too many rounds", ""))
    return outcome
