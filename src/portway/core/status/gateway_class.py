"""The status of a GatewayClass.

Knows its conditions and where the supported features stand. Must not know Gateways.
"""

from collections.abc import Container

from portway.core import model
from portway.core.status.condition import Document, positive
from portway.core.status.features import KINDS_NEEDED, SUPPORTED_FEATURES


def gateway_class(cls: model.GatewayClass, unserved: Container[str] = ()) -> Document:
    """The desired status of a class of ours; what needs an `unserved` kind is not claimed."""
    lacking = {name for kind, name in KINDS_NEEDED.items() if kind in unserved}
    accepted = positive(
        "Accepted", cls.findings, cls.generation, "Accepted", f"{cls.key}: served by Portway."
    )
    return {
        "conditions": [accepted],
        "supportedFeatures": [{"name": name} for name in SUPPORTED_FEATURES if name not in lacking],
    }
