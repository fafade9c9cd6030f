"""Definitions read as kinds."""

from typing import Any

import pytest

from portway.adapters.apiserver.kinds.crd import broken_rules, crd_faults, established, kind_of
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


RULES = {
    "type": "object",
    "x-kubernetes-validations": [{"rule": "self.size != 7", "message": "not seven"}],
    "properties": {
        "size": {"type": "integer", "x-kubernetes-validations": [{"rule": "self >= oldSelf"}]}
    },
}


def within(spec: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {"spec": spec}}


def test_rules_are_held_once_the_structure_is_right() -> None:
    kind = kind_of(crd(schema=within(RULES)))

    def causes(size: object, before: object = None) -> list[str]:
        def document(value: object) -> dict[str, Any]:
            spec = {"size": value}
            return {"apiVersion": "example.com/v1", "metadata": {"name": "a"}, "spec": spec}

        old = None if before is None else document(before)
        return [f"{each.field}: {each.message}" for each in kind.rules(old, document(size))]

    assert causes(7) == ['spec: Invalid value: "object": not seven']
    assert causes(1) == []
    assert causes(1, 2) == ['spec.size: Invalid value: "integer": failed rule: self >= oldSelf']
    assert causes("x") == ['spec.size: Invalid value: "string": must be of type integer']


def test_rules_that_cannot_be_carried_out_are_named() -> None:
    assert broken_rules(crd(schema=within(RULES))) == []
    schema = {"type": "object", "x-kubernetes-validations": [{"rule": "semver(self.a)"}]}
    (broken,) = broken_rules(crd(schema=within(schema)))
    assert str(broken) == (
        "the rule 'semver(self.a)' at spec is not enforced: undeclared reference to 'semver' (in "
        "container '')"
    )
