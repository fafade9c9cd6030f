"""Which parameters count for a Gateway, and what is said of those that cannot."""

from typing import Any

import pytest

from portway.core import api, model
from portway.core.translate import parameters

CLASS = """
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: tuned}
spec:
  controllerName: portway.dev/gateway-controller
  parametersRef: {group: portway.dev, kind: ProxyConfig, name: all, namespace: infra}
"""


def add(world: Any, name: str, spec: str) -> None:
    document = f"apiVersion: portway.dev/v1alpha1\nkind: ProxyConfig\nspec: {spec}\n"
    world.add(f"{document}metadata: {{name: {name}, namespace: infra}}")


def edge(world: Any, ref: dict[str, str] | None, **more: Any) -> api.Gateway:
    infrastructure = {} if ref is None else {"infrastructure": {"parametersRef": ref}}
    world.edge({}, **infrastructure, **more)
    found: api.Gateway = world.get("Gateway", "infra", "edge")
    return found


OWN = {"group": "portway.dev", "kind": "ProxyConfig", "name": "own"}


def test_without_any_nothing_is_said(world: Any) -> None:
    found = edge(world, None)
    assert parameters.of_gateway(found, world) == parameters.Parameters()
    assert parameters.proxy_parameters(found, world) == api.ProxyConfigSpec()


def test_the_gateways_own_count_where_they_say_something(world: Any) -> None:
    world.add(CLASS)
    add(world, "all", "{replicas: 5, image: 'x:1', concurrency: 2}")
    add(world, "own", "{image: 'x:2', service: {type: NodePort}}")
    found = parameters.proxy_parameters(edge(world, OWN, gatewayClassName="tuned"), world)
    assert (found.replicas, found.image, found.concurrency) == (5, "x:2", 2)
    assert found.service == api.ProxyService(type="NodePort")
    assert world.gateway("infra", "edge").accepted


@pytest.mark.parametrize(
    ("own", "of_class"),
    [
        ("{replicas: 2}", "{autoscaling: {maxReplicas: 9}}"),
        ("{autoscaling: {maxReplicas: 9}}", "{replicas: 2}"),
        ("{kind: DaemonSet}", "{replicas: 2}"),
        ("{kind: DaemonSet}", "{autoscaling: {maxReplicas: 9}}"),
    ],
)
def test_what_contradicts_the_gateways_own_does_not_count(
    world: Any, own: str, of_class: str
) -> None:
    world.add(CLASS)
    add(world, "all", of_class)
    add(world, "own", own)
    found = parameters.proxy_parameters(edge(world, OWN, gatewayClassName="tuned"), world)
    assert found == world.get("ProxyConfig", "infra", "own").spec


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "ProxyConfig infra/own, which does not exist; create it."),
        ({"kind": "Settings"}, "Settings own of group 'portway.dev'; name a ProxyConfig"),
        ({"group": ""}, "ProxyConfig own of group ''; name a ProxyConfig"),
    ],
)
def test_what_cannot_be_read_is_said(world: Any, change: dict[str, str], words: str) -> None:
    found = edge(world, OWN | change)
    assert words in parameters.of_gateway(found, world).fault
    gateway = world.gateway("infra", "edge")
    assert not gateway.accepted
    assert words in gateway.findings[0].message


def test_a_class_has_to_say_where_its_parameters_are(world: Any) -> None:
    world.add(CLASS.replace(", namespace: infra", ""))
    found = world.gateway_class("tuned")
    assert "without a namespace; add it." in parameters.of_class(found, world).fault


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            "{envoyFlags: [--log-level=info, --base-id=3]}",
            "ProxyConfig infra/own, where spec.envoyFlags[1] --base-id is set by Portway",
        ),
        (
            "{accessLog: {requestHeaders: [A, Cookie]}}",
            "where spec.accessLog.requestHeaders[1] Cookie would write down what lets its",
        ),
        (
            "{accessLog: {requestHeaders: ['a%b']}}",
            "where spec.accessLog.requestHeaders[0] 'a%b' has more than letters",
        ),
    ],
)
def test_what_cannot_be_done_is_said(world: Any, spec: str, words: str) -> None:
    add(world, "own", spec)
    found = edge(world, OWN)
    assert words in parameters.of_gateway(found, world).fault
    assert not world.gateway("infra", "edge").accepted


def test_what_is_written_down_is_asked_for_by_whoever_is_nearer(world: Any) -> None:
    world.add(CLASS)
    add(world, "all", "{accessLog: {}}")
    found = edge(world, None, gatewayClassName="tuned")
    assert parameters.access_log(found, world) == model.AccessLog()
    add(world, "own", "{accessLog: {format: Text, fields: [time], requestHeaders: [A, a]}}")
    found = edge(world, OWN, gatewayClassName="tuned")
    assert parameters.access_log(found, world) == model.AccessLog(True, True, ("time",), ("a",))
    add(world, "own", "{accessLog: {enabled: false}}")
    assert parameters.access_log(found, world) == model.AccessLog(False)
    assert parameters.access_log(edge(world, None), world) is None
