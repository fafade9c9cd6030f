"""How much is measured: the short plan of `make bench`, and the full one.

Knows sizes and repetitions. Must not know how anything is measured. Twelve rounds are the least
from which a median of ratios of requests per second says something on a shared machine; probes are
milliseconds long and come in bursts, so fewer rounds hold as many samples.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Probe:
    """`routes`: one scenario each, those in `peers` with peer mode; in every round each arm gets
    `burst` probes."""

    routes: tuple[int, ...]
    peers: tuple[int, ...]
    rounds: int
    burst: int


@dataclass(frozen=True, slots=True)
class Churned:
    """`apps` present; in every round each rate gets `burst` probes."""

    apps: int
    rounds: int
    burst: int


@dataclass(frozen=True, slots=True)
class Lossless:
    """`updates` at `rate` a second over `routes` neighbours; `peer_updates` (0: none) for the
    other shape; `quiet_seconds` without changes before and after."""

    routes: int
    updates: int
    peer_updates: int
    rate: float
    quiet_seconds: float


@dataclass(frozen=True, slots=True)
class Footprint:
    """Seconds of each phase; `hosts` (0: not measured) of `routes_per_host` routes each."""

    apps: int
    idle_seconds: float
    churn_seconds: float
    fast_seconds: float
    hosts: int
    routes_per_host: int


@dataclass(frozen=True, slots=True)
class Restart:
    """`rounds` kills of the control plane, each of both kinds."""

    apps: int
    rounds: int


@dataclass(frozen=True, slots=True)
class Matching:
    """Paths in one host, one host for each number; `hosts` of one path each."""

    paths: tuple[int, ...]
    exact: tuple[int, ...]
    hosts: int
    rounds: int
    shot_seconds: float


@dataclass(frozen=True, slots=True)
class Api:
    """`routes` are created, changed and listed while `watchers` watch; a start has `objects`."""

    routes: int
    objects: int
    watchers: int
    connections: int


@dataclass(frozen=True, slots=True)
class Cluster:
    """A site in an API; `probes` changes of an endpoint after `idle_seconds` in which nothing
    happens, and `settle_seconds` before those."""

    gateways: int
    routes: int
    endpoints: int
    settle_seconds: float
    idle_seconds: float
    probes: int


@dataclass(frozen=True, slots=True)
class DataPath:
    """Every arm has one shot in each round; one scenario for each number of connections."""

    connections: tuple[int, ...]
    rounds: int
    shot_seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of a run. `tries`: how many times the rounds that were asked for may be tried in all
    while the machine is busy with something else."""

    name: str
    tries: float
    probe: Probe
    churned: Churned
    lossless: Lossless
    footprint: Footprint
    restart: Restart
    matching: Matching
    data_path: DataPath
    api: Api
    cluster: Cluster


SHORT = Plan(
    name="short",
    tries=1.25,
    probe=Probe(routes=(1, 3_000, 10_000), peers=(3_000,), rounds=6, burst=5),
    churned=Churned(apps=5_000, rounds=5, burst=4),
    lossless=Lossless(routes=1_000, updates=1_000, peer_updates=0, rate=50.0, quiet_seconds=6.0),
    footprint=Footprint(
        apps=5_000,
        idle_seconds=8.0,
        churn_seconds=60.0,
        fast_seconds=0.0,
        hosts=0,
        routes_per_host=16,
    ),
    restart=Restart(apps=5_000, rounds=2),
    matching=Matching(paths=(10_000,), exact=(), hosts=10_000, rounds=7, shot_seconds=1.0),
    data_path=DataPath(connections=(32,), rounds=12, shot_seconds=1.0),
    api=Api(routes=5_000, objects=10_000, watchers=10, connections=64),
    cluster=Cluster(
        gateways=100,
        routes=1_000,
        endpoints=4_000,
        settle_seconds=12.0,
        idle_seconds=20.0,
        probes=15,
    ),
)
FULL = Plan(
    name="full",
    tries=3.0,
    probe=Probe(routes=(1, 3_000, 10_000), peers=(1, 3_000, 10_000), rounds=12, burst=9),
    churned=Churned(apps=5_000, rounds=12, burst=9),
    lossless=Lossless(
        routes=1_000, updates=10_000, peer_updates=1_000, rate=50.0, quiet_seconds=30.0
    ),
    footprint=Footprint(
        apps=5_000,
        idle_seconds=30.0,
        churn_seconds=600.0,
        fast_seconds=60.0,
        hosts=2_520,
        routes_per_host=16,
    ),
    restart=Restart(apps=5_000, rounds=5),
    matching=Matching(
        paths=(1_000, 10_000), exact=(10_000,), hosts=10_000, rounds=12, shot_seconds=1.0
    ),
    data_path=DataPath(connections=(1, 32, 256), rounds=12, shot_seconds=2.0),
    api=Api(routes=5_000, objects=10_000, watchers=10, connections=64),
    cluster=Cluster(
        gateways=500,
        routes=5_000,
        endpoints=20_000,
        settle_seconds=12.0,
        idle_seconds=60.0,
        probes=40,
    ),
)
