"""What an event costs, by hand and in a small run."""

from pathlib import Path

import pytest

from bench.inference import length, site
from bench.outcome import Outcome


def test_an_event_costs_what_more_of_them_cost() -> None:
    outcome = Outcome("length", "", "")
    plan = length.Plan(requests=1, events=length.FEW + 100)
    spent = {site.SERVICE: (0.001, 0.002), site.POOL: (0.002, 0.0035)}
    length.describe(outcome, plan, spent)
    assert [row[3] for row in outcome.tables[0].rows] == ["10.0 µs", "15.0 µs"]
    (criterion,) = outcome.criteria
    assert criterion.measured == pytest.approx(5.0)
    assert not criterion.met


@pytest.mark.envoy
async def test_a_small_run(tmp_path: Path) -> None:
    outcome = await length.measure(length.Plan(16, 40), tmp_path, lambda _: None)
    for few, many in outcome.data.values():
        assert few > 0
        assert many > 0
