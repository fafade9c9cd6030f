"""The schemas of status."""

from portway.adapters.apiserver.kinds.status import STATUS


def test_conditions_are_owned_one_by_one() -> None:
    conditions = STATUS["Gateway"]["properties"]["conditions"]
    assert conditions["x-kubernetes-list-map-keys"] == ["type"]


def test_a_new_gateway_waits_for_a_controller() -> None:
    default = STATUS["Gateway"]["default"]["conditions"]
    assert [each["type"] for each in default] == ["Accepted", "Programmed"]
    assert {each["status"] for each in default} == {"Unknown"}


def test_parents_of_a_route_are_one_piece() -> None:
    parents = STATUS["HTTPRoute"]["properties"]["parents"]
    assert parents["x-kubernetes-list-type"] == "atomic"
    reference = parents["items"]["properties"]["parentRef"]["properties"]
    assert reference["kind"]["default"] == "Gateway"
