"""Figures, by hand."""

import pytest

from bench.inference.figures import Served, figures, quantile


def test_what_was_served_in_numbers() -> None:
    served = [
        Served("a", asked=0, first=1, last=4, prompt_tokens=100, cached_tokens=0),
        Served("a", asked=1, first=2, last=5, prompt_tokens=100, cached_tokens=50),
        Served("b", asked=2, first=5, last=8, prompt_tokens=200, cached_tokens=50),
    ]
    found = figures(served, engines=2, failed=1)
    assert (found.requests, found.failed, found.throughput) == (3, 1, 3 / 8)
    assert (found.first_p50, found.first_p90) == (1, 3)
    assert found.latency == pytest.approx((4 + 4 + 6) / 3)
    assert (found.hit_rate, found.spread) == (0.25, 4 / 3)


def test_nothing_served_is_no_figure() -> None:
    with pytest.raises(ValueError, match="no request"):
        figures([], 8)


def test_quantiles_are_values_that_occurred() -> None:
    assert [quantile([1, 2, 3, 4], share) for share in (0, 0.5, 0.9, 1)] == [1, 3, 4, 4]
