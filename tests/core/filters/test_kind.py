"""The shape of a filter: what a draft starts with, and what a filter is unless it says so."""

import dataclasses

import pytest

from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters.kind import MILLION, Draft, Kind, missing
from portway.core.filters.place import Place, Problem
from tests.core.filters.test_filters import PLACE


def nothing(_: HTTPRouteFilter, place: Place) -> Problem:
    return missing(place, "plain")


PLAIN = Kind(type="Plain", model=str, from_spec=nothing)


@pytest.mark.parametrize("member", ["requestMirror", "urlRewrite"])
def test_a_missing_member_names_its_place_and_its_cure(member: str) -> None:
    problem = missing(PLACE, member)
    assert (problem.condition, problem.reason, problem.fatal) == (
        *("Accepted", "UnsupportedValue"),
        True,
    )
    assert problem.message.startswith(f"{PLACE.field}: ")
    assert problem.message.endswith(f"Add {member}.")


def test_a_draft_is_reached_by_every_random_number() -> None:
    assert Draft({}, {}, str).span == (0, MILLION) == (0, 1_000_000)


def test_a_draft_writes_into_the_route_it_was_given() -> None:
    outer, action = {"name": "r"}, {"cluster": "c"}
    draft = Draft(outer, action, str)
    draft.outer["a"] = "1"
    draft.action["b"] = "2"
    assert (outer, action) == ({"name": "r", "a": "1"}, {"cluster": "c", "b": "2"})


def test_a_filter_is_not_done_in_a_weight_unless_it_says_so() -> None:
    # The wrong default would apply a filter to all backends of a rule, not to one.
    assert PLAIN.in_weight("any") is False
    assert dataclasses.replace(PLAIN, in_weight=lambda _: True).in_weight("any") is True


def test_a_filter_brings_nothing_to_the_proxy_unless_it_says_so() -> None:
    assert (PLAIN.apply, PLAIN.http_filter) == (None, None)


def test_a_filter_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        PLAIN.type = "Other"  # type: ignore[misc]
