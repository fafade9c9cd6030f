"""Which classes are ours, and which parameters they may have."""

from typing import Any

from portway.core import translate

FOREIGN = """
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: other}
spec: {controllerName: example.com/other}
"""
PARAMETERS = """
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: tuned, generation: 4}
spec:
  controllerName: portway.dev/gateway-controller
  parametersRef: {group: example.com, kind: Settings, name: fast}
"""


def test_a_class_that_names_our_controller_is_ours(world: Any) -> None:
    cls = translate.gateway_class(world.gateway_class("portway"), world)
    assert cls is not None
    assert cls.accepted


def test_a_class_of_another_controller_is_ignored(world: Any) -> None:
    world.add(FOREIGN)
    assert translate.gateway_class(world.gateway_class("other"), world) is None


def test_unknown_parameters_are_refused_by_name(world: Any) -> None:
    world.add(PARAMETERS)
    cls = translate.gateway_class(world.gateway_class("tuned"), world)
    assert cls is not None
    assert not cls.accepted
    assert cls.generation == 4
    (finding,) = cls.findings
    assert finding.reason == "InvalidParameters"
    assert "Settings fast of group 'example.com'" in finding.message
