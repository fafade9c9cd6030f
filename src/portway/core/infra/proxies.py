"""Everything that is made in a cluster for the proxies of one Gateway.

Knows which objects those are. Must not know who writes them.
"""

from collections.abc import Iterable

from portway.core import api, model
from portway.core.infra.name import MANAGED_LABEL, managed_by
from portway.core.infra.parts import Document, metadata
from portway.core.infra.pod import Defaults, template
from portway.core.infra.service import service
from portway.core.infra.workload import autoscaler, disruption_budget, workload

KINDS = {
    "ServiceAccount": "/api/v1",
    "Service": "/api/v1",
    "Deployment": "/apis/apps/v1",
    "DaemonSet": "/apis/apps/v1",
    "PodDisruptionBudget": "/apis/policy/v1",
    "HorizontalPodAutoscaler": "/apis/autoscaling/v2",
}
"""The kinds of these objects, and where in the API they are."""


def proxies(
    spec: api.Gateway,
    uid: str,
    ports: Iterable[model.Port],
    config: api.ProxyConfigSpec,
    defaults: Defaults,
) -> tuple[Document, ...]:
    """The objects of a Gateway of this ``uid`` that is served at these ports, in the order in which
    they are best made; nothing for one that is served at none."""
    bound = tuple(sorted(ports, key=lambda each: each.key))
    if not bound:
        return ()
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata(spec, uid)}
    pod = template(spec, uid, bound, config, defaults)
    found = (
        {**account, "automountServiceAccountToken": False},
        service(spec, uid, bound, config),
        workload(spec, uid, pod, config, defaults),
        disruption_budget(spec, uid, config, defaults),
        autoscaler(spec, uid, config),
    )
    made = {MANAGED_LABEL: managed_by(defaults.controller)}
    return tuple(_labelled(each, made) for each in found if each is not None)


def _labelled(document: Document, more: dict[str, str]) -> Document:
    own = document["metadata"]
    return {**document, "metadata": {**own, "labels": {**own["labels"], **more}}}
