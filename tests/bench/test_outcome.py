"""A target is met, or it is not."""

import math

import pytest

from bench.outcome import Criterion, mebibytes, milliseconds


@pytest.mark.parametrize(
    ("measured", "at_least", "met"),
    [
        (1.0, False, True),
        (0.9, False, True),
        (1.1, False, False),
        (1.0, True, True),
        (0.9, True, False),
        (math.nan, False, False),
        (math.nan, True, False),
    ],
)
def test_a_bound_is_part_of_what_is_allowed(measured: float, at_least: bool, met: bool) -> None:
    assert Criterion("text", measured, 1.0, at_least=at_least).met is met


def test_cells_have_units() -> None:
    assert milliseconds(0.0015) == "1.50 ms"
    assert mebibytes(3 * 1024 * 1024) == "3 MiB"
