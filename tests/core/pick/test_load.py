"""Requests and tokens under way."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick.load import Load


def test_waiting_work_is_done_at_a_steady_rate() -> None:
    load = Load(rate=100)
    load.begin(50, 0.0)
    load.begin(100, 0.0)
    assert load.waiting(0.0) == 150
    assert load.waiting(1.0) == 50
    assert load.waiting(9.0) == 0
    load.begin(30, 9.0)
    assert (load.waiting(9.0), load.requests) == (30, 3)


def test_an_endpoint_without_requests_has_no_work() -> None:
    load = Load(rate=1)
    load.begin(1_000, 0.0)
    load.begin(1_000, 0.0)
    load.end(1.0)
    assert load.waiting(1.0) > 0
    load.end(1.0)
    assert (load.requests, load.waiting(1.0)) == (0, 0)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1e6), st.floats(0, 1e3)), max_size=30))
def test_it_is_never_below_nothing(steps: list[tuple[bool, float, float]]) -> None:
    load = Load()
    now = 0.0
    for begins, tokens, later in steps:
        # A clock that goes back does no harm.
        now = now + later - 500
        load.begin(tokens, now) if begins else load.end(now)
        assert load.requests >= 0
        assert load.waiting(now) >= 0
