"""The Service in front of the proxies of a Gateway.

Knows types of Services, and how one asks for an address. Must not know which it gets.
"""

from collections.abc import Iterable

from portway.core import api, model
from portway.core.infra.parts import Document, metadata, selector
from portway.core.infra.ports import service_ports


def service(
    spec: api.Gateway, uid: str, ports: Iterable[model.Port], config: api.ProxyConfigSpec
) -> Document:
    """A Service of the type that is asked for, a LoadBalancer if none is."""
    asked = config.service or api.ProxyService()
    kind = asked.type or "LoadBalancer"
    own = metadata(spec, uid)
    found: Document = {
        "type": kind,
        "selector": selector(spec),
        "ports": service_ports(ports),
        # Both kinds where the cluster has both; one of them where it has one.
        "ipFamilyPolicy": asked.ip_family_policy or "PreferDualStack",
        **_address(spec, kind),
    }
    if asked.ip_families:
        found["ipFamilies"] = list(asked.ip_families)
    if asked.external_traffic_policy and kind != "ClusterIP":
        found["externalTrafficPolicy"] = asked.external_traffic_policy
    if asked.load_balancer_class and kind == "LoadBalancer":
        found["loadBalancerClass"] = asked.load_balancer_class
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**own, "annotations": {**own["annotations"], **asked.annotations}},
        "spec": found,
    }


def _address(spec: api.Gateway, kind: str) -> Document:
    """Of the addresses a Gateway asks for a Service can ask for one."""
    wanted = [each.value for each in spec.spec.addresses if each.type == "IPAddress" and each.value]
    if not wanted:
        return {}
    return {"loadBalancerIP" if kind == "LoadBalancer" else "clusterIP": wanted[0]}
