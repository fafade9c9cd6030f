"""The status of a route."""

from typing import Any

from portway.core import api, model, status

ROUTE = model.ObjectKey("HTTPRoute", "apps", "r")
EDGE = model.ObjectKey("Gateway", "infra", "edge")
CONTROLLER = "portway.dev/gateway-controller"


def finding(condition: str, reason: str, status: bool = False) -> model.Finding:
    return model.Finding(ROUTE, "", condition, reason, f"because of {reason}", status)


def made(
    *parents: model.ParentAttachment,
    findings: tuple[model.Finding, ...] = (),
    refs: tuple[api.ParentReference, ...] = (api.ParentReference(name="edge"),),
    rejected: str = "",
) -> list[dict[str, Any]]:
    attachment = model.Attachment(ROUTE, parents or (model.ParentAttachment(0, EDGE),))
    document = status.route(attachment, findings, refs, 9, CONTROLLER, rejected)
    assert set(document) == {"parents"}
    parents_: list[dict[str, Any]] = document["parents"]
    return parents_


def conditions(entry: dict[str, Any]) -> dict[str, tuple[str, str]]:
    assert {each["observedGeneration"] for each in entry["conditions"]} == {9}
    return {each["type"]: (each["status"], each["reason"]) for each in entry["conditions"]}


FINE = {"Accepted": ("True", "Accepted"), "ResolvedRefs": ("True", "ResolvedRefs")}


def test_a_route_that_works_has_two_conditions_and_none_is_false() -> None:
    (entry,) = made()
    assert conditions(entry) == FINE
    assert entry["controllerName"] == CONTROLLER


def test_the_parent_ref_is_echoed() -> None:
    refs = (
        api.ParentReference(name="foreign"),
        api.ParentReference(name="edge", namespace="infra", section_name="web", port=80),
    )
    (entry,) = made(model.ParentAttachment(1, EDGE), refs=refs)
    assert entry["parentRef"] == {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "namespace": "infra",
        "name": "edge",
        "sectionName": "web",
        "port": 80,
    }
    (plain,) = made()
    assert plain["parentRef"] == {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "name": "edge",
    }


def test_each_parent_is_told_by_itself_and_references_for_all() -> None:
    refused = finding("Accepted", "NoMatchingParent")
    refs = (api.ParentReference(name="edge"),) * 2
    one, two = made(
        model.ParentAttachment(0, EDGE),
        model.ParentAttachment(1, EDGE, (), refused),
        refs=refs,
        findings=(finding("ResolvedRefs", "BackendNotFound"),),
    )
    assert conditions(one) == {**FINE, "ResolvedRefs": ("False", "BackendNotFound")}
    assert conditions(two) == {
        "Accepted": ("False", "NoMatchingParent"),
        "ResolvedRefs": ("False", "BackendNotFound"),
    }


def test_a_refused_parent_has_resolved_references_too() -> None:
    refused = finding("Accepted", "NotAllowedByListeners")
    (entry,) = made(model.ParentAttachment(0, EDGE, (), refused))
    assert conditions(entry) == {**FINE, "Accepted": ("False", "NotAllowedByListeners")}


def test_partially_invalid_is_only_there_with_an_accepted_route() -> None:
    note = finding("PartiallyInvalid", "UnsupportedValue", True)
    (entry,) = made(findings=(note,))
    assert conditions(entry) == {**FINE, "PartiallyInvalid": ("True", "UnsupportedValue")}
    refused = finding("Accepted", "NoMatchingParent")
    (entry,) = made(model.ParentAttachment(0, EDGE, (), refused), findings=(note,))
    assert "PartiallyInvalid" not in conditions(entry)


def test_the_same_fault_from_two_sides_is_told_once() -> None:
    fault = finding("Accepted", "UnsupportedValue")
    (entry,) = made(model.ParentAttachment(0, EDGE, (), fault), findings=(fault,))
    assert entry["conditions"][0]["message"] == "because of UnsupportedValue"


def test_the_words_of_the_proxy_are_passed_on() -> None:
    (entry,) = made(rejected="regex too large")
    assert conditions(entry)["Accepted"] == ("False", "RejectedByProxy")
    assert "regex too large" in entry["conditions"][0]["message"]


def test_a_route_without_parents_of_ours_has_no_entries() -> None:
    attachment = model.Attachment(ROUTE)
    assert status.route(attachment, (), (), 1, CONTROLLER) == {"parents": []}
