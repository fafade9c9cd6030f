"""Services and the EndpointSlices they want."""

from typing import Any

import pytest

from tests.conformance.harness.slices import slice_of, steps
from tests.conformance.manifests import Document, pod, service


def endpoints(made: Document) -> list[tuple[str, bool]]:
    """(address, ready) of each."""
    return [(each["addresses"][0], each["conditions"]["ready"]) for each in made["endpoints"]]


def test_the_chosen_pods_with_an_address() -> None:
    other = pod("db-1-a")
    other["metadata"]["labels"] = {"app": "db"}
    elsewhere = pod("web-1-x")
    elsewhere["metadata"]["namespace"] = "other"
    pods = [pod(), pod("web-1-b", address="10.244.0.3", ready=False), pod("web-1-c", address="")]
    made = slice_of(service(), [*pods, other, elsewhere])
    assert endpoints(made) == [("10.244.0.2", True), ("10.244.0.3", False)]
    assert made["metadata"]["labels"]["kubernetes.io/service-name"] == "web"
    assert made["metadata"]["ownerReferences"][0]["uid"] == "12345678"


def test_a_pod_that_goes_is_not_ready() -> None:
    going = pod()
    going["metadata"]["deletionTimestamp"] = "now"
    made = slice_of(service(), [going])
    assert made["endpoints"][0]["conditions"] == {
        "ready": False,
        "serving": True,
        "terminating": True,
    }


@pytest.mark.parametrize(
    ("port", "number"),
    [({}, 3000), ({"targetPort": None}, 8080), ({"targetPort": "http"}, 3333)],
)
def test_the_number_of_a_port(port: dict[str, Any], number: int) -> None:
    named = pod()
    named["spec"]["containers"][0]["ports"] = [{"name": "http", "containerPort": 3333}]
    assert slice_of(service(**port), [named])["ports"][0]["port"] == number


def test_what_a_port_says() -> None:
    made = slice_of(service(name="web", appProtocol="kubernetes.io/h2c"), [])
    assert made["ports"][0]["appProtocol"] == "kubernetes.io/h2c"
    assert made["ports"][0]["protocol"] == "TCP"


def test_made_once_and_changed_when_the_pods_do() -> None:
    (made,) = steps([service()], [pod()], []).create
    assert steps([service()], [pod()], [made]) == ([], [], [])
    ((old, change),) = steps([service()], [pod(ready=False)], [made]).change
    assert old is made
    assert endpoints({**old, **change}) == [("10.244.0.2", False)]


def test_slices_made_by_hand_and_services_without_selector_are_left_alone() -> None:
    by_hand = {"metadata": {"name": "web-1", "namespace": "infra"}, "endpoints": []}
    assert steps([service(selector="")], [pod()], [by_hand]) == ([], [], [])


def test_a_slice_whose_service_wants_none_goes() -> None:
    (made,) = steps([service()], [], []).create
    assert steps([service(selector="")], [], [made]).delete == [made]
