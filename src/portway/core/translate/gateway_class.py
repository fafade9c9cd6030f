"""GatewayClass: whether it is ours, and whether its parameters can be honoured.

Knows `controllerName` and `parametersRef`. Must not know Gateways. No kind of parameters is
defined yet, so every reference to some is invalid and said to be.
"""

from portway.core import model
from portway.core.api.gateway_class import GatewayClass
from portway.core.translate.world import World


def gateway_class(obj: GatewayClass, world: World) -> model.GatewayClass | None:
    """The class as we see it; None when another controller has it."""
    if obj.spec.controller_name != world.controller:
        return None
    key = model.ObjectKey("GatewayClass", "", obj.name)
    return model.GatewayClass(key, obj.metadata.generation, _findings(obj, key))


def _findings(obj: GatewayClass, key: model.ObjectKey) -> tuple[model.Finding, ...]:
    ref = obj.spec.parameters_ref
    if ref is None:
        return ()
    message = (
        f"{key}: spec.parametersRef names {ref.kind} {ref.name} of group {ref.group!r}, and "
        "Portway knows no kind of parameters; remove parametersRef."
    )
    return (model.Finding(key, "", "Accepted", "InvalidParameters", message),)
