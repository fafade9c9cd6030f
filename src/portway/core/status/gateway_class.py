"""The status of a GatewayClass.

Knows its conditions and where the supported features stand. Must not know Gateways.
"""

from portway.core import model
from portway.core.status.condition import Document, positive
from portway.core.status.features import SUPPORTED_FEATURES


def gateway_class(cls: model.GatewayClass) -> Document:
    """The desired status of a class of ours."""
    accepted = positive(
        "Accepted", cls.findings, cls.generation, "Accepted", f"{cls.key}: served by Portway."
    )
    return {
        "conditions": [accepted],
        "supportedFeatures": [{"name": name} for name in SUPPORTED_FEATURES],
    }
