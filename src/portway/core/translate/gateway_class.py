"""GatewayClass: whether it is ours, and whether its parameters can be honoured.

Knows `controllerName` and `parametersRef`. Must not know Gateways.
"""

from portway.core import model
from portway.core.api.gateway_class import GatewayClass
from portway.core.translate import parameters
from portway.core.translate.world import World


def gateway_class(obj: GatewayClass, world: World) -> model.GatewayClass | None:
    """The class as we see it; None when another controller has it."""
    if obj.spec.controller_name != world.controller:
        return None
    key = model.ObjectKey("GatewayClass", "", obj.name)
    return model.GatewayClass(key, obj.metadata.generation, _findings(obj, key, world))


def _findings(obj: GatewayClass, key: model.ObjectKey, world: World) -> tuple[model.Finding, ...]:
    fault = parameters.of_class(obj, world).fault
    if not fault:
        return ()
    message = f"{key}: spec.parametersRef {fault}"
    return (model.Finding(key, "", "Accepted", "InvalidParameters", message),)
