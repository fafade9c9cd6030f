"""Definitions read as kinds."""

from typing import Any

import pytest

from portway.adapters.apiserver.kinds.crd import crd_faults, established, has_cel, kind_of
from tests.adapters.apiserver.support import crd


def test_a_definition_becomes_a_kind() -> None:
    kind = kind_of(crd())
    assert (kind.plural, kind.kind, kind.versions) == ("widgets", "Widget", ("v1",))
    assert kind.has_status
    assert [column.name for column in kind.columns["v1"]] == ["Age"]


def test_its_schema_checks_objects() -> None:
    kind = kind_of(crd())
    document = {"apiVersion": "example.com/v1", "metadata": {"name": "a"}, "spec": {"size": 0}}
    assert [cause.field for cause in kind.rules(None, document)] == ["spec.size"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"group": ""}, "spec.group"),
        ({"versions": []}, "spec.versions"),
        ({"versions": "v1"}, "spec.versions"),
        ({"scope": "Galaxy"}, "spec.scope"),
        ({"names": {"plural": "gadgets", "kind": "Gadget"}}, "metadata.name"),
        ({"names": None}, "spec.names.plural"),
    ],
)
def test_a_definition_that_cannot_be_served_says_why(change: dict[str, Any], field: str) -> None:
    document = crd()
    document["spec"] |= change
    assert field in [cause.field for cause in crd_faults(document)]


def test_a_good_definition_has_no_faults() -> None:
    assert crd_faults(crd()) == []
    assert [cause.field for cause in crd_faults({"metadata": {"name": "x"}})] == ["spec"]


def test_established_keeps_the_time_of_the_first_time() -> None:
    document = crd()
    document["status"] = established(document, "t1")
    again = established(document, "t2")
    assert again == document["status"]
    assert again["storedVersions"] == ["v1"]


def test_rules_in_cel_are_noticed() -> None:
    assert not has_cel(crd())
    assert has_cel(crd(schema={"type": "object", "x-kubernetes-validations": [{"rule": "true"}]}))
