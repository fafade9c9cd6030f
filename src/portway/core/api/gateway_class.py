"""GatewayClass: names the controller that serves Gateways of the class.

Knows the shape only. Must not know which controller name is ours.
"""

from typing import Annotated, ClassVar

from msgspec import Meta

from portway.core.api.fields import ControllerName
from portway.core.api.meta import Resource, Value
from portway.core.api.reference import ParametersReference


class GatewayClassSpec(Value, frozen=True, kw_only=True):
    """``controller_name`` cannot change after creation."""

    controller_name: ControllerName
    parameters_ref: ParametersReference | None = None
    description: Annotated[str, Meta(max_length=64)] = ""


class GatewayClass(Resource, frozen=True, kw_only=True):
    """A cluster-scoped class of Gateways."""

    api_version: ClassVar[str] = "gateway.networking.k8s.io/v1"
    kind: ClassVar[str] = "GatewayClass"

    spec: GatewayClassSpec
