"""A GatewayClass: a controller, perhaps parameters, no namespace."""

from typing import Any

import pytest

from portway.core import api
from tests.core.api.decoding import decoded, fault


def spec(**changes: Any) -> dict[str, Any]:
    return {"controllerName": "example.com/controller", **changes}


def test_only_the_controller_has_to_be_named() -> None:
    found = decoded(api.GatewayClass, spec=spec())
    assert found.spec == api.GatewayClassSpec(controller_name="example.com/controller")
    assert found.namespace == ""


@pytest.mark.parametrize("name", ["", "controller", "example.com/", "/x", "Example.com/x y"])
def test_a_controller_is_a_domain_and_a_path(name: str) -> None:
    assert fault(api.GatewayClass, spec=spec(controllerName=name))[1] == "spec.controllerName"


def test_a_description_is_short() -> None:
    assert decoded(api.GatewayClass, spec=spec(description="x" * 64)).spec.description
    assert fault(api.GatewayClass, spec=spec(description="x" * 65))[1] == "spec.description"


def test_parameters_may_be_cluster_scoped() -> None:
    ref = {"group": "example.com", "kind": "Parameters", "name": "p"}
    found = decoded(api.GatewayClass, spec=spec(parametersRef=ref)).spec.parameters_ref
    assert found is not None
    assert found.namespace == ""
