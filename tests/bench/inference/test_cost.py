"""What is said of the shots, and that every arm can be shot at."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.inference import cost, posts, site
from bench.loads import Shot
from bench.outcome import Outcome
from bench.rounds import Rounds
from bench.shot import Measured

_NAMES = [site.SERVICE, cost.AGAIN, site.POOL]


def _rounds(rate: float, p50: float) -> Rounds[Measured]:
    shot = Shot(10_000, 0, 1.0, 0.001, 0.002, 0.1)
    base = Measured(shot, 0.5)
    pool = Measured(replace(shot, requests=round(10_000 * rate), p50=p50), 0.5)
    each = {site.SERVICE: base, cost.AGAIN: base, site.POOL: pool}
    return Rounds([each, each], quiet=True, set_aside=0)


def test_ratios_and_what_a_pick_adds() -> None:
    outcome = Outcome("cost", "", "")
    found = {(1_024, 32): _rounds(0.9, 0.001), (1_024, 1): _rounds(1.0, 0.0015)}
    cost.describe(outcome, _NAMES, found)
    rate, added = outcome.criteria
    assert (rate.measured, rate.met) == (0.9, True)
    assert added.measured == pytest.approx(0.5)
    assert not added.met
    assert outcome.warnings == []
    assert [row[3] for row in outcome.tables[0].rows] == ["1.000", "1.000", "0.900"]


@pytest.mark.envoy
@pytest.mark.skipif(not posts.installed(), reason="wrk is not installed")
async def test_a_small_run(tmp_path: Path) -> None:
    plan = cost.Plan(bodies=(1_024,), rounds=1, seconds=1.0)
    outcome = await cost.measure(plan, tmp_path, lambda _: None)
    assert {row[1] for row in outcome.tables[0].rows} >= set(_NAMES)
    assert all(shots for arms in outcome.data.values() for shots in arms.values())
