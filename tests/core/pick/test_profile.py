"""Filters, scorers, a picker."""

from portway.core.pick import Ask, Candidate, Decision, Profile, Refusal, Target
from portway.core.pick.filters import LabelSelector
from portway.core.pick.profile import Weighted

ALL = [Candidate(Target(name, {"zone": name}), own=n) for n, name in enumerate("abcde")]


def by_name(best: str) -> Weighted:
    return Weighted(best, lambda _, all_: [float(each.address == best) for each in all_])


def test_scores_add_up_by_weight_and_are_told() -> None:
    profile = Profile(scorers=(by_name("a"), Weighted("b", by_name("b").score, 2.0)))
    found = profile.decide(Ask(), ALL, 1)
    assert isinstance(found, Decision)
    assert found.order[:2] == ("b", "a")
    assert len(found.order) == 3
    rated = {each.address: each for each in found.rated}
    assert (rated["b"].total, rated["b"].scores) == (2.0, {"a": 0.0, "b": 1.0})
    assert rated["c"].total == 0


def test_a_filter_that_leaves_nobody_is_named() -> None:
    profile = Profile(filters=(("zone", LabelSelector({"zone": "z"})),))
    found = profile.decide(Ask(), ALL, 1)
    assert isinstance(found, Refusal)
    assert (found.status, found.words) == (503, "the filter zone leaves no endpoint")


def test_whom_a_filter_took_away_is_told() -> None:
    keep = ("zone", LabelSelector({"zone": "c"}))
    found = Profile(filters=(keep,)).decide(Ask(), ALL, 1)
    assert isinstance(found, Decision)
    assert found.left_out == tuple((each, "zone") for each in "abde")


def test_the_reason_says_what_it_was_about() -> None:
    def reason(ask: Ask, *all_: Candidate) -> str:
        found = Profile().decide(ask, all_, 1)
        assert isinstance(found, Decision)
        return found.reason

    assert reason(Ask(), ALL[0]) == "a: no prompt to look at"
    assert reason(Ask(chain=(1,)), ALL[0]) == "a: has nothing of the prompt"
    warm = Candidate(Target("w"), cached=1)
    assert reason(Ask(chain=(1, 2)), warm) == "w: has 1 of 2 blocks of the prompt"
