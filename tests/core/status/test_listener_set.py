"""A ListenerSet is not served yet, and says so on the set and on each of its listeners."""

from typing import Any

import pytest

from portway.core import api
from portway.core.status.listener_set import listener_set


def made(*names: str, generation: int = 2) -> Any:
    found = api.decode(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "ListenerSet",
            "metadata": {"name": "more", "namespace": "apps", "generation": generation},
            "spec": {
                "parentRef": {"name": "edge"},
                "listeners": [
                    {"name": each, "port": 80, "protocol": "HTTP", "hostname": f"{each}.com"}
                    for each in names
                ],
            },
        }
    )
    assert isinstance(found, api.ListenerSet)
    return listener_set(found)


def by_type(conditions: list[Any]) -> dict[str, tuple[str, str]]:
    return {each["type"]: (each["status"], each["reason"]) for each in conditions}


def test_the_set_is_neither_accepted_nor_programmed() -> None:
    document = made("a")
    assert by_type(document["conditions"]) == {
        "Accepted": ("False", "NotAllowed"),
        "Programmed": ("False", "NotAllowed"),
    }
    for each in document["conditions"]:
        assert each["message"].startswith("ListenerSet apps/more: ")
        assert "not yet served by Portway; add the listeners to the Gateway" in each["message"]


@pytest.mark.parametrize("names", [("a",), ("b", "a", "c")])
def test_each_listener_has_its_own_conditions_in_the_order_of_the_spec(
    names: tuple[str, ...],
) -> None:
    listeners = made(*names)["listeners"]
    assert tuple(each["name"] for each in listeners) == names
    for each in listeners:
        assert (each["attachedRoutes"], each["supportedKinds"]) == (0, [])
        assert by_type(each["conditions"]) == {
            "Accepted": ("False", "UnsupportedValue"),
            "Conflicted": ("False", "NoConflicts"),
            "ResolvedRefs": ("True", "ResolvedRefs"),
            "Programmed": ("False", "Invalid"),
        }
        where = f"ListenerSet apps/more, listener {each['name']}: "
        assert all(one["message"].startswith(where) for one in each["conditions"])


@pytest.mark.parametrize("generation", [1, 7])
def test_every_condition_is_of_the_objects_generation(generation: int) -> None:
    document = made("a", "b", generation=generation)
    conditions = [
        *document["conditions"],
        *(one for each in document["listeners"] for one in each["conditions"]),
    ]
    assert [each["observedGeneration"] for each in conditions] == [generation] * 10
