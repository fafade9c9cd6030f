"""Arithmetic of the measurements."""

import math

import pytest

from bench.ratios import in_bounds, median_ratio, percentile, slope


def test_percentiles_are_values_that_occurred() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert [percentile(values, share) for share in (0, 0.5, 0.99, 1)] == [1.0, 3.0, 5.0, 5.0]
    assert math.isnan(percentile([], 0.5))


def test_a_slow_round_does_not_move_the_median_ratio() -> None:
    assert median_ratio([100.0, 10.0, 100.0], [50.0, 5.0, 100.0]) == 2.0


def test_rounds_must_be_pairs() -> None:
    with pytest.raises(ValueError, match=r"longer|shorter"):
        median_ratio([1.0], [1.0, 2.0])


@pytest.mark.parametrize(("control", "fine"), [(0.91, False), (0.95, True), (1.09, False)])
def test_a_control_out_of_bounds_is_not_trusted(control: float, fine: bool) -> None:
    assert in_bounds(control) is fine


def test_a_control_without_rounds_is_not_trusted() -> None:
    assert not in_bounds(median_ratio([], []))


def test_a_slope_is_that_of_the_line_through_the_points() -> None:
    assert slope([(0.0, 5.0), (1.0, 7.0), (2.0, 9.0)]) == pytest.approx(2.0)
    assert slope([(0.0, 5.0), (10.0, 5.0)]) == 0.0
    assert math.isnan(slope([(1.0, 5.0), (1.0, 7.0)]))
    assert math.isnan(slope([(1.0, 5.0)]))
