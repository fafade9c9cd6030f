"""The Service and the ServiceAccount of a Gateway, as documents.

Knows ports, addresses, labels and owners. A Service without a selector: there are no Pods behind it
on one machine; it says, as a Service in a cluster does, under which names and at which addresses
the Gateway's ports are to be found.
"""

from collections.abc import Iterable

from portway.core import api, model
from portway.core.infra.parts import Document, metadata
from portway.core.infra.ports import service_ports

SNAPSHOT_TYPE = "portway.dev/snapshot"


def objects(spec: api.Gateway, uid: str, ports: Iterable[model.Port]) -> tuple[Document, ...]:
    """What is made for a Gateway of this `uid` that is served at these ports; nothing for one that
    is served at none."""
    bound = sorted(ports, key=lambda each: each.key)
    if not bound:
        return ()
    own = metadata(spec, uid)
    addresses = sorted({address for each in bound for address in each.addresses})
    return (
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": own},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": own,
            "spec": {"type": "LoadBalancer", "ports": service_ports(bound)},
            "status": {"loadBalancer": {"ingress": [{"ip": each} for each in addresses]}},
        },
    )


def credentials(spec: api.Gateway, uid: str) -> Document:
    """The metadata of the Secret with what the proxies of a Gateway show to the control plane; its
    keys are those of a TLS Secret, and `ca.crt`."""
    own = metadata(spec, uid)
    return {**own, "name": f"{own['name']}-xds"}


def snapshot(spec: api.Gateway, uid: str) -> Document:
    """The metadata of the Secret with the last good configuration of a Gateway's proxies, of type
    `SNAPSHOT_TYPE`."""
    own = metadata(spec, uid)
    return {**own, "name": f"{own['name']}-snapshot"}
