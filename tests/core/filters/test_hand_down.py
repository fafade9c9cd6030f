"""A backend's filters come after its rule's, though Envoy has it the other way round."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portway.core import filters, model
from tests.sim.requests import edited

Json = dict[str, Any]

names = st.sampled_from(["x-a", "x-b", "x-c"])


@st.composite
def edits(draw: st.DrawFn) -> model.HeaderEdit:
    """Each name has one action, as the spec demands."""
    found: dict[str, list[Any]] = {"set": [], "add": [], "remove": []}
    for name in draw(st.sets(names)):
        action = draw(st.sampled_from(["set", "add", "remove"]))
        value = draw(st.sampled_from(["1", "2"]))
        found[action].append(name if action == "remove" else (name, value))
    return model.HeaderEdit(*(tuple(found[action]) for action in ("set", "add", "remove")))


def carried_out(headers: list[tuple[str, str]], edit: model.HeaderEdit) -> list[tuple[str, str]]:
    """The spec's meaning of one edit."""
    replaced = {name for name, _ in edit.set}.union(edit.remove)
    return [*(each for each in headers if each[0] not in replaced), *edit.set, *edit.add]


@given(edits(), edits(), st.lists(st.tuples(names, st.just("0")), max_size=4))
def test_the_backend_s_edit_follows_the_rule_s(
    rule: model.HeaderEdit, own: model.HeaderEdit, headers: list[tuple[str, str]]
) -> None:
    cluster: Json = {"name": "a", "weight": 1}
    filters.apply((model.RequestHeaders(own),), filters.Draft(cluster, cluster, str))
    route: Json = {}
    action: Json = {"weighted_clusters": {"clusters": [cluster]}}
    filters.apply((model.RequestHeaders(rule),), filters.Draft(route, action, str))
    filters.hand_down(route, action)
    expected = carried_out(carried_out(headers, rule), own)
    assert sorted(edited(edited(headers, cluster), route)) == sorted(expected)


@given(edits(), edits(), st.lists(st.tuples(names, st.just("0")), max_size=4))
def test_two_edits_in_one_place_follow_each_other(
    first: model.HeaderEdit, second: model.HeaderEdit, headers: list[tuple[str, str]]
) -> None:
    route: Json = {}
    both = (model.RequestHeaders(first), model.RequestHeaders(second))
    filters.apply(both, filters.Draft(route, {}, str))
    expected = carried_out(carried_out(headers, first), second)
    assert sorted(edited(headers, route)) == sorted(expected)


@pytest.mark.parametrize("own", ["", "own.example"])
def test_a_rule_s_host_moves_only_where_a_backend_has_its_own(own: str) -> None:
    first: Json = {"name": "a", "host_rewrite_literal": own} if own else {"name": "a"}
    second: Json = {"name": "b"}
    action: Json = {
        "weighted_clusters": {"clusters": [first, second]},
        "host_rewrite_literal": "rule.example",
    }
    filters.hand_down({}, action)
    assert ("host_rewrite_literal" in action) is (own == "")
    assert second.get("host_rewrite_literal") == ("rule.example" if own else None)
    assert first.get("host_rewrite_literal", "") == own


def test_other_clusters_get_the_rule_s_edits_too() -> None:
    edit = {"request_headers_to_remove": ["x-gone"]}
    route: Json = {**edit, "response_headers_to_remove": ["x-kept"]}
    first: Json = {"name": "a", "request_headers_to_remove": ["x-own"]}
    second: Json = {"name": "b"}
    filters.hand_down(route, {"weighted_clusters": {"clusters": [first, second]}})
    assert route == {"response_headers_to_remove": ["x-kept"]}
    assert first["request_headers_to_remove"] == ["x-gone", "x-own"]
    assert second == {"name": "b", **edit}
