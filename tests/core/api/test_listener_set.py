"""A ListenerSet: its parent is a Gateway unless it says otherwise."""

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault

LISTENER = {"name": "a", "port": 80, "protocol": "HTTP"}


def test_the_parent_is_a_gateway_of_the_same_namespace() -> None:
    found = decoded(api.ListenerSet, spec={"parentRef": {"name": "g"}, "listeners": [LISTENER]})
    assert found.spec.parent_ref == api.ParentGatewayReference(
        group="gateway.networking.k8s.io", kind="Gateway", name="g", namespace=""
    )


@pytest.mark.parametrize("number", [0, 65])
def test_it_has_between_one_and_64_listeners(number: int) -> None:
    many = [{**LISTENER, "name": f"a{each}", "port": 1000 + each} for each in range(number)]
    spec = {"parentRef": {"name": "g"}, "listeners": many}
    assert fault(api.ListenerSet, spec=spec)[1] == "spec.listeners"
