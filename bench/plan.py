"""How much is measured: the short plan of `make bench`, and the full one.

Knows sizes and repetitions. Must not know how anything is measured. Twelve rounds are the least
from which a median of ratios says something on a shared machine.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """Sizes of a run.

    Attributes:
        rounds: rounds of the data path; every arm has one shot in each.
        shot_seconds: length of a shot.
        connections: concurrent connections, one scenario each.
        routes: HTTPRoutes present while the control plane is measured, one scenario each.
        probes: routes added and removed in each of those.
    """

    rounds: int
    shot_seconds: float
    connections: tuple[int, ...]
    routes: tuple[int, ...]
    probes: int


SHORT = Plan(rounds=12, shot_seconds=1.0, connections=(32,), routes=(100, 1_000, 5_000), probes=20)
FULL = Plan(
    rounds=16, shot_seconds=2.0, connections=(1, 32, 256), routes=(100, 1_000, 5_000), probes=50
)
