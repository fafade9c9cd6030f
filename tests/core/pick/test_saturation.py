"""How full a pool is."""

from hypothesis import given
from hypothesis import strategies as st

from portway.core.pick import Candidate, Signals, Target
from portway.core.pick.saturation import REQUESTS, saturation


def at(own: int = 0, **said: float) -> Candidate:
    return Candidate(Target("a:1"), own=own, signals=Signals(**said))  # type: ignore[arg-type]


def test_it_is_the_mean_of_what_is_scarcest_at_each() -> None:
    assert saturation([at(waiting=5), at(waiting=0)]) == 0.5
    assert saturation([at(usage=0.4)]) == 0.5
    assert saturation([at(own=REQUESTS)]) == 1.0
    assert saturation([]) == 1.0


def test_one_that_exaggerates_does_not_close_the_pool() -> None:
    assert saturation([at(waiting=10**9), at(), at(), at()]) == 0.25


def test_what_was_sent_to_one_that_is_behind_waits_too() -> None:
    assert saturation([at(waiting=1, running=4, own=5)]) == 0.2
    assert saturation([at(waiting=1, running=4, own=9)]) == 1.0


@given(st.lists(st.builds(at, st.integers(0, 10**6), waiting=st.integers(0, 10**9)), max_size=9))
def test_it_is_from_0_to_1(candidates: list[Candidate]) -> None:
    assert 0 <= saturation(candidates) <= 1
