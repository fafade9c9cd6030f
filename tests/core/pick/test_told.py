"""A decision, told to people."""

import msgspec

from portway.core.pick import Decision, Refusal, Told, told
from portway.core.pick.decision import Rated


def rated(address: str, total: float, cached: int = 0) -> Rated:
    return Rated(address, total, {"least-work-scorer": total}, cached)


def test_the_best_comes_first_and_what_spoke_for_another_is_said() -> None:
    found = told(Decision(("b", "a"), (rated("a", 0.5, 9), rated("b", 1.0, 4)), "b: has 4 of 9"))
    assert [each.address for each in found.candidates] == ["b", "a"]
    assert found.reason == "has 4 of 9; a has 9, and scores less; it has the best score"


def test_equals_are_named() -> None:
    found = told(Decision(("b",), (rated("a", 1.0), rated("b", 1.0), rated("c", 0.2)), "why"))
    assert found.reason == "why; a would be as good"
    assert told(Decision(("a",), (rated("a", 1.0),), "why")).reason == "why; there is no other"


def test_a_picker_that_draws_lots_does_not_claim_the_best_score() -> None:
    assert told(Decision(("a",), (rated("a", 0.1), rated("b", 0.9)), "why")).reason == "why"


def test_a_refusal_has_its_status() -> None:
    assert told(Refusal(429, "rejected-saturated", "full")) == Told("full", status=429)


def test_it_comes_back_from_json_unchanged() -> None:
    found = told(Decision(("a",), (rated("a", 1.0), rated("b", 0.5)), "why", (("c", "zone"),)))
    assert msgspec.json.decode(msgspec.json.encode(found), type=Told) == found
