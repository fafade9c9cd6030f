"""Gateway API durations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core.api import seconds

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0s", 0.0),
        ("10s", 10.0),
        ("250ms", 0.25),
        ("1m30s", 90.0),
        ("1h1m1s1ms", 3661.001),
        ("1s1s", 2.0),
    ],
)
def test_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected


@given(
    st.lists(
        st.tuples(st.integers(0, 99999), st.sampled_from(sorted(_UNITS))), min_size=1, max_size=4
    )
)
def test_the_parts_add_up(parts: list[tuple[int, str]]) -> None:
    text = "".join(f"{number}{unit}" for number, unit in parts)
    assert seconds(text) == pytest.approx(sum(number * _UNITS[unit] for number, unit in parts))


@pytest.mark.parametrize(
    "text", ["", "10", "s", "1.5s", "-1s", "100000s", "1s1s1s1s1s", "1d", "1s\n", "１s"]
)
def test_what_is_not_a_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Gateway API duration"):
        seconds(text)
