"""The GatewayClass that exists by itself where there is no cluster.

Knows its name and whose it is. Must not know who shows it or lets it count; and it is apart from
`offline`, whose judgement of files an instance that serves has no use for at its start.
"""

from portway.core import api
from portway.core.controller_name import CONTROLLER

DEFAULT_CLASS = "portway"


def default_class() -> api.Event:
    """The class, as it would come from a source."""
    made = api.decode(
        {
            "apiVersion": "gateway.networking.k8s.io/v1",
            "kind": "GatewayClass",
            "metadata": {"name": DEFAULT_CLASS, "generation": 1},
            "spec": {"controllerName": CONTROLLER},
        }
    )
    return api.Event("GatewayClass", "", DEFAULT_CLASS, made)
