"""An endpoint while a request is decided."""

from portway.core.pick import Candidate, Signals, Target


def test_requests_are_those_the_engine_tells_of_or_our_own() -> None:
    target = Target("a:1")
    told = Signals(waiting=2, running=3, usage=0.5)
    assert Candidate(target, own=9, signals=told).requests == 9
    assert Candidate(target, own=1, signals=told).requests == 5
    assert Candidate(target, own=4).requests == 4


def test_what_is_not_said_is_nothing() -> None:
    silent = Candidate(Target("a:1"))
    assert (silent.address, silent.queued, silent.usage) == ("a:1", 0, 0.0)
