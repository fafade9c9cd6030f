"""What is said of the rounds."""

from dataclasses import replace

import pytest

from bench.inference import routing, site
from bench.inference.figures import Figures

_LOAD = routing.workloads(routing.SHORT)["long"]
_SLOW = Figures(100, 10.0, 1.0, 2.0, 3.0, 0.2, 1.0)
_ROUNDS = {
    "random": [_SLOW, replace(_SLOW, throughput=20.0)],
    "least request": [_SLOW, _SLOW],
    site.POOL: [replace(_SLOW, throughput=30.0, failed=1), replace(_SLOW, throughput=60.0)],
}


def test_ratios_are_those_of_the_same_round() -> None:
    outcome = routing.describe_routing("long", _LOAD, _ROUNDS)
    cells = {row[0]: row for row in outcome.tables[0].rows}
    assert cells[site.POOL][1:3] == ["45.0", "3.00"]
    assert len(cells[site.POOL]) == len(outcome.tables[0].heads)


def test_targets_are_of_portways_arms() -> None:
    rate, failed = routing.describe_routing("long", _LOAD, _ROUNDS).criteria
    assert (rate.measured, rate.bound, rate.met) == (3.0, 2.5, True)
    assert (failed.measured, failed.met) == (1, False)
    short, _ = routing.describe_routing("short", _LOAD, _ROUNDS).criteria
    assert (short.measured, short.bound) == (4.5, 0.98)


@pytest.mark.parametrize("plan", [routing.SHORT, routing.FULL])
def test_workloads_are_as_large_as_planned(plan: routing.Plan) -> None:
    sizes = {name: len(load.requests) for name, load in routing.workloads(plan).items()}
    assert sizes == {
        "long": 256 * plan.each,
        "short": 256 * plan.each,
        "tenants": 750 * plan.turns,
    }
