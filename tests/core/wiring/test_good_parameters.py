"""What a ProxyConfig said last is there while somebody names it, and no longer."""

from typing import Any

import pytest

from portway.core import api, graph
from portway.core.wiring.inputs import Inputs
from tests.core import site

OWN = ("default", "own")
GONE = site.gone("ProxyConfig", "own")


@pytest.fixture
def inputs() -> Inputs:
    return Inputs(graph.Graph(strict=True))


def config(**spec: Any) -> api.Event:
    document = {"apiVersion": "portway.dev/v1alpha1", "kind": "ProxyConfig", "spec": spec}
    return site.event({**document, "metadata": {"name": "own", "namespace": "default"}})


def naming(kind: str) -> api.Event:
    ref = {"group": "portway.dev", "kind": "ProxyConfig", "name": "own"}
    if kind == "Gateway":
        spec: dict[str, Any] = {
            "gatewayClassName": "portway",
            "listeners": [{"name": "http", "protocol": "HTTP", "port": 80}],
            "infrastructure": {"parametersRef": ref},
        }
    else:
        spec = {"controllerName": "a/b", "parametersRef": {**ref, "namespace": "default"}}
    metadata = {"name": "web", **({"namespace": "default"} if kind == "Gateway" else {})}
    return site.event(
        {"apiVersion": site.GATEWAY_API, "kind": kind, "metadata": metadata, "spec": spec}
    )


def good(inputs: Inputs, *events: api.Event) -> int | None:
    for each in events:
        inputs.apply(each)
    found = inputs.good_parameters.source.get(OWN)
    return None if found is None else found.replicas


def test_a_fault_leaves_what_was_said_before(inputs: Inputs) -> None:
    assert good(inputs, config(replicas=2)) == 2
    assert good(inputs, config(replicas=3, envoyFlags=["--mode=x"])) == 2
    assert good(inputs, config(replicas=4)) == 4


def test_one_that_was_never_right_says_nothing(inputs: Inputs) -> None:
    assert good(inputs, naming("Gateway"), config(envoyFlags=["--mode=x"]), GONE) is None


@pytest.mark.parametrize("kind", ["Gateway", "GatewayClass"])
def test_it_outlives_its_object_while_somebody_names_it(inputs: Inputs, kind: str) -> None:
    gone = api.Event(kind, "default" if kind == "Gateway" else "", "web", None)
    assert good(inputs, config(replicas=2), naming(kind), GONE) == 2
    assert good(inputs, gone) is None
    # And nothing is remembered of it: one of that name begins anew.
    assert good(inputs, naming(kind), config(replicas=3)) == 3
    assert good(inputs, gone) == 3
    assert good(inputs, GONE) is None


def test_one_that_comes_back_is_not_forgotten(inputs: Inputs) -> None:
    assert good(inputs, naming("Gateway"), config(replicas=2), GONE, config(replicas=3)) == 3
    assert good(inputs, api.Event("Gateway", "default", "web", None)) == 3


def test_nobody_names_it(inputs: Inputs) -> None:
    assert good(inputs, config(replicas=2), GONE) is None
