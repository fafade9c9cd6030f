"""The proxies of a Gateway: how many, and how they are replaced.

Knows Deployments, DaemonSets and what limits or scales them. Must not know what is in a Pod.
"""

from portway.core import api
from portway.core.infra.parts import Document, metadata, selector
from portway.core.infra.pod import Defaults


def workload(
    spec: api.Gateway,
    uid: str,
    template: Document,
    config: api.ProxyConfigSpec,
    defaults: Defaults,
) -> Document:
    """A Deployment, or a DaemonSet with one Pod for each node. One that is scaled by an autoscaler
    says nothing of how many there are: that is not ours then."""
    kind = config.kind or "Deployment"
    found: Document = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": metadata(spec, uid),
        "spec": {"selector": {"matchLabels": selector(spec)}, "template": template},
    }
    if kind == "DaemonSet":
        # Two of one node would want the same ports of it.
        found["spec"]["updateStrategy"] = _rolling(surge=0, unavailable=1)
        return found
    found["spec"]["strategy"] = _rolling(surge=1, unavailable=0)
    if config.autoscaling is None:
        found["spec"]["replicas"] = _replicas(config, defaults)
    return found


def disruption_budget(
    spec: api.Gateway, uid: str, config: api.ProxyConfigSpec, defaults: Defaults
) -> Document | None:
    """At most one of several is taken away by somebody who asks; None where there is but one,
    which a budget could only make immovable."""
    scaling = config.autoscaling
    least = _replicas(config, defaults) if scaling is None else scaling.min_replicas
    if config.kind == "DaemonSet" or least < 2:
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(spec, uid),
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector(spec)}},
    }


def autoscaler(spec: api.Gateway, uid: str, config: api.ProxyConfigSpec) -> Document | None:
    """None where nobody asked for one."""
    scaling = config.autoscaling
    if scaling is None:
        return None
    own = metadata(spec, uid)
    target = {"type": "Utilization", "averageUtilization": scaling.target_cpu_utilization}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": own,
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": own["name"]},
            "minReplicas": scaling.min_replicas,
            "maxReplicas": scaling.max_replicas,
            "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
        },
    }


def _replicas(config: api.ProxyConfigSpec, defaults: Defaults) -> int:
    return defaults.replicas if config.replicas is None else config.replicas


def _rolling(*, surge: int, unavailable: int) -> Document:
    return {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable},
    }
