"""3. Change without loss: thousands of updates under traffic, and every answer is looked at.

Knows an update a time: always a new Service behind the route, and in turn other filters, weights
and matches; a neighbour route of the same host goes and comes, the certificate changes. Must not
know how the gateway does it. Each version of the route writes its number into its answers, so a
stale answer is one that was asked for more than 0.1 s after anybody had got a newer version.
"""

import asyncio
import json
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from bench import arms, bare, folder
from bench.context import BUSY, Context
from bench.machine import FOREIGN_LIMIT
from bench.outcome import Criterion, Outcome, Table, milliseconds
from bench.ratios import percentile
from bench.witness import FRESH, KEPT, Answer, Order, Witness
from tests.wire.harness.certificates import Authority, Certificate

HOST = "changing.bench.example"
TLS_PORT = 8443
STALE_SECONDS = 0.1
_CERTIFICATES = 4
_CERTIFICATE_EVERY = 25
_SAMPLE_SECONDS = 0.1
_END_SECONDS = 60.0
_DRAINS = (
    r"^listener_manager\.(listener_modified|listener_in_place_updated|listener_removed"
    r"|total_filter_chains_draining|total_listeners_draining)$"
    r"|\.downstream_cx_drain_close$"
)
_GAUGES = ("total_filter_chains_draining", "total_listeners_draining")
_TEXT = f"""\
A route is replaced by a file with a new version of it and a new Service, again and again; the turn
is: nothing else, another request filter, a rewrite, two backends by weight, further matches. Every
fifth time a neighbour route of the same host goes or comes back, every {_CERTIFICATE_EVERY}th time
the certificate of the HTTPS listener changes. Meanwhile 28 clients on plain connections that stay
and 4 on TLS ones, one client with a plain connection for each request and one with a TLS one ask
for the route every 20 ms. Answers carry the version that served them: stale is one that was asked
for more than {STALE_SECONDS * 1e3:.0f} ms after anybody got a newer version. Drained counts
listeners Envoy replaced, filter chains it drained and connections it closed for that."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A time (perf_counter) in which something was the case."""

    begin: float
    end: float

    def has(self, answer: Answer) -> bool:
        """Whether an answer was asked for in it."""
        return self.begin <= answer.sent < self.end


async def measure(context: Context) -> Outcome:
    """Portway, and if the plan asks for it, peer mode with fewer updates."""
    plan = context.plan.lossless
    async with bare.origin(context.scratch) as origin:
        found = {arms.PORTWAY: await _at(context, origin, arms.PORTWAY, plan.updates)}
        if plan.peer_updates:
            found[arms.PEER] = await _at(context, origin, arms.PEER, plan.peer_updates)
    outcome = Outcome("lossless", "Change without loss", _TEXT)
    outcome.criteria = _criteria(found[arms.PORTWAY], plan.updates)
    outcome.tables = _tables(found)
    outcome.data = found
    outcome.warnings = [
        f"{name}: {BUSY.replace(' in too many rounds', '')}"
        for name, each in found.items()
        if each["foreign"] > FOREIGN_LIMIT
    ]
    return outcome


async def _at(context: Context, origin: arms.Arm, name: str, updates: int) -> dict[str, Any]:
    plan = context.plan.lossless
    endpoint = origin.target.endpoint
    where = context.scratch / f"folder-{name.replace(' ', '-')}"
    authority = Authority()
    certificates = [authority.certificate(HOST) for _ in range(_CERTIFICATES)]
    _site(where, endpoint, plan.routes, certificates[0])
    context.say(f"starting {name} with {plan.routes} neighbours")
    # Two workers: a change has to reach both.
    async with arms.portway(context.scratch, where, name=name, workers=2, last=HOST) as running:
        order = Order(
            running.arm.target.address,
            folder.PORT,
            [HOST],
            str(context.scratch / f"answers-{name.replace(' ', '-')}"),
            kept=28,
            kept_tls=4,
            fresh_tls=1,
            tls_port=TLS_PORT,
        )
        drains = Drains(running)
        async with Witness(order) as witness:
            await asyncio.sleep(1.0)
            elsewhere = context.watch([running.arm, origin], witness.process_id)
            before = await _quiet(plan.quiet_seconds)
            await drains.begin()
            context.say(f"{updates} updates")
            async with asyncio.TaskGroup() as group:
                sampling = group.create_task(drains.sample())
                writer = Writer(where, endpoint, certificates)
                during = await writer.run(updates, plan.rate)
                await asyncio.sleep(1.0)
                sampling.cancel()
            drained = await drains.end()
            after = await _quiet(plan.quiet_seconds)
            foreign = elsewhere.share()
    found = judge(witness.answers, writer.written, (before, after), during)
    return {**found, "closed": witness.closed, "drained": drained, "foreign": foreign}


def _site(where: Path, endpoint: str, routes: int, certificate: Certificate) -> None:
    folder.site(where, endpoint, folder.listener("https", TLS_PORT, HOST, "changing"))
    folder.probe_routes(where, routes)
    writer = Writer(where, endpoint, [certificate])
    writer.rotate(0)
    writer.neighbour(True)
    writer.update(0)


class Writer:
    """Writes the versions, and remembers when it wrote each."""

    def __init__(self, where: Path, endpoint: str, certificates: Sequence[Certificate]) -> None:
        self.written: dict[int, float] = {}
        self._where = where
        self._endpoint = endpoint
        self._certificates = certificates

    async def run(self, updates: int, rate: float) -> Phase:
        """Versions 1 to `updates`, `rate` a second."""
        begin = perf_counter()
        for version in range(1, updates + 1):
            await asyncio.sleep(max(0.0, begin + version / rate - perf_counter()))
            if version % 5 == 0:
                self.neighbour(version % 10 == 0)
            if version % _CERTIFICATE_EVERY == 0:
                self.rotate(version // _CERTIFICATE_EVERY)
            self.update(version)
        return Phase(begin, perf_counter())

    def update(self, version: int) -> None:
        """The route and its Services, in one file."""
        self.written[version] = perf_counter()
        folder.put(self._where / "changing.yaml", changing(version, self._endpoint))

    def rotate(self, number: int) -> None:
        """Another certificate, in JSON, which is YAML too."""
        certificate = self._certificates[number % len(self._certificates)]
        folder.put(self._where / "secret.yaml", json.dumps(certificate.secret("changing")))

    def neighbour(self, there: bool) -> None:
        """A route of the same host, for a path nobody asks for."""
        path = self._where / "neighbour.yaml"
        if there:
            folder.put(path, folder.forward("neighbour", HOST, ["/neighbour"], "origin"))
        else:
            path.unlink(missing_ok=True)


def changing(version: int, endpoint: str) -> str:
    """Version `version` of the route that changes, with its Services."""
    turn = version % 5
    names = [f"changing-{version}", f"changing-{version}-too"][: 2 if turn == 3 else 1]
    filters = f"""\
    - type: ResponseHeaderModifier
      responseHeaderModifier: {{set: [{{name: x-version, value: "{version}"}}]}}
"""
    if turn == 1:
        filters += f"""\
    - type: RequestHeaderModifier
      requestHeaderModifier: {{set: [{{name: x-turn, value: "{version}"}}]}}
"""
    if turn == 2:
        filters += f"""\
    - type: URLRewrite
      urlRewrite: {{path: {{type: ReplaceFullPath, replaceFullPath: /v{version}}}}}
"""
    path = "path: {type: PathPrefix, value: /}"
    matches = [f"{{{path}}}"]
    if turn == 4:
        matches.insert(0, f"{{{path}, headers: [{{name: x-turn, value: t{version}}}]}}")
    backends = [f"{{name: {name}, port: 80, weight: {3 - n}}}" for n, name in enumerate(names)]
    route = f"""\
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: changing, namespace: default}}
spec:
  parentRefs: [{{name: {folder.GATEWAY}}}]
  hostnames: [{HOST}]
  rules:
  - matches: [{", ".join(matches)}]
    filters:
{filters}\
    backendRefs: [{", ".join(backends)}]
"""
    return folder.documents(*(folder.service(name, endpoint) for name in names), route)


class Drains:
    """What Envoy says about listeners and filter chains that had to go."""

    def __init__(self, running: arms.Running) -> None:
        self._envoy = running.instance.envoy
        self._before: dict[str, int] = {}
        self._most = 0

    async def begin(self) -> None:
        """From here on."""
        self._before = await self._envoy.stats(_DRAINS)
        if not any(name.endswith(_GAUGES) for name in self._before):
            raise arms.ArmError(f"Envoy does not count what is drained: {sorted(self._before)}")

    async def sample(self) -> None:
        """Gauges fall back to nothing, so somebody has to look in between. Until cancelled."""
        while True:
            now = await self._envoy.stats(_DRAINS)
            gauges = (value for name, value in now.items() if name.endswith(_GAUGES))
            self._most = max(self._most, sum(gauges))
            await asyncio.sleep(_SAMPLE_SECONDS)

    async def end(self) -> int:
        """Everything since `begin`."""
        now = await self._envoy.stats(_DRAINS)
        counted = sum(
            value - self._before.get(name, 0)
            for name, value in now.items()
            if not name.endswith(_GAUGES)
        )
        return counted + self._most


async def _quiet(seconds: float) -> Phase:
    begin = perf_counter()
    await asyncio.sleep(seconds)
    return Phase(begin, perf_counter())


def judge(
    answers: Sequence[Answer],
    written: dict[int, float],
    quiet: tuple[Phase, Phase],
    during: Phase,
) -> dict[str, Any]:
    """What the answers say. `written`: when each version was written."""
    kept = [each for each in answers if each.kind == KEPT and each.status]
    latencies = {
        name: [each.received - each.sent for each in kept if any(p.has(each) for p in phases)]
        for name, phases in (
            ("quiet", quiet),
            ("first", quiet[:1]),
            ("last", quiet[1:]),
            ("during", (during,)),
        )
    }
    p99 = {name: percentile(values, 0.99) for name, values in latencies.items()}
    times, newest = first_seen(answers)
    behind = lag(written, times, newest)
    return {
        "requests": len(answers),
        "fresh": sum(each.kind == FRESH for each in answers),
        "not_200": sum(each.status not in (0, 200) for each in answers),
        "resets": sum(each.status == 0 for each in answers),
        "stale": stale(answers, times, newest),
        "updates": len(written) - (0 in written),
        "versions_seen": len({each.version for each in answers}),
        "behind_p50": percentile(behind, 0.5),
        "behind_p99": percentile(behind, 0.99),
        "never_seen": len(written) - len(behind),
        "p50_quiet": percentile(latencies["quiet"], 0.5),
        "p50_during": percentile(latencies["during"], 0.5),
        "p99_quiet": p99["quiet"],
        "p99_during": p99["during"],
        "control": p99["last"] / p99["first"],
    }


def first_seen(answers: Sequence[Answer]) -> tuple[list[float], list[int]]:
    """Times, and from each on the newest version that anybody had got."""
    times: list[float] = []
    newest: list[int] = []
    for each in sorted(answers, key=lambda answer: answer.received):
        if each.version > (newest[-1] if newest else -1):
            times.append(each.received)
            newest.append(each.version)
    return times, newest


def stale(answers: Sequence[Answer], times: Sequence[float], newest: Sequence[int]) -> int:
    """Good answers of a version that had been replaced for longer than allowed when asked for."""
    found = 0
    for each in answers:
        known = bisect_right(times, each.sent - STALE_SECONDS) - 1
        found += each.status == 200 and known >= 0 and each.version < newest[known]
    return found


def lag(written: dict[int, float], times: Sequence[float], newest: Sequence[int]) -> list[float]:
    """Seconds from writing each version until somebody got it or a newer one."""
    found = []
    for version, at in written.items():
        known = bisect_right(newest, version - 1)
        if known < len(times):
            found.append(max(0.0, times[known] - at))
    return found


def _criteria(found: dict[str, Any], updates: int) -> list[Criterion]:
    many = f"{updates:,} updates: "
    note = "" if updates >= 10_000 else "the full plan has 10,000"
    return [
        Criterion(many + "answers other than 200", found["not_200"], 0, note=note),
        Criterion(many + "resets", found["resets"], 0, note=note),
        Criterion(
            many + "stale answers and versions never served",
            found["stale"] + found["never_seen"],
            0,
            note=note,
        ),
        Criterion(many + "drained chains", found["drained"], 0, note=note),
        Criterion(many + "p99 / quiet p99", found["p99_during"] / found["p99_quiet"], 1.5),
    ]


def _tables(found: dict[str, dict[str, Any]]) -> list[Table]:
    counts = [
        [
            name,
            f"{each['updates']:,}",
            f"{each['requests']:,}",
            *(each[key] for key in ("not_200", "resets", "stale", "never_seen", "drained")),
            each["closed"],
        ]
        for name, each in found.items()
    ]
    times = [
        [
            name,
            f"{each['p99_during'] / each['p99_quiet']:.2f}",
            f"{each['control']:.2f}",
            f"{each['p50_during'] / each['p50_quiet']:.2f}",
            milliseconds(each["p99_quiet"]),
            milliseconds(each["p99_during"]),
            milliseconds(each["behind_p50"]),
            milliseconds(each["behind_p99"]),
        ]
        for name, each in found.items()
    ]
    return [
        Table(
            "What went wrong",
            [
                *("arm", "updates", "requests", "not 200", "resets", "stale", "never served"),
                *("drained", "connections ended by Envoy"),
            ],
            counts,
        ),
        Table(
            "Latency of the connections that stay, and how far answers are behind the folder",
            [
                *("arm", "p99 / quiet", "quiet p99, after / before (control)", "p50 / quiet"),
                *("quiet p99", "p99", "behind p50", "behind p99"),
            ],
            times,
        ),
    ]
