"""Everything that is made in a cluster for an InferencePool that asks for a picker.

Knows these objects, and the command line of `portway picker`. Must not know which pools ask, nor
who writes them. They are called as the chart `portway-picker` calls its own, so that a pool can go
from one to the other. What the process may read is a ClusterRole that somebody else has made: who
makes roles needs all that is in them, who binds one needs leave to bind that one.
"""

import hashlib
import re

from portway.core import api
from portway.core.infra.name import MANAGED_LABEL, managed_by
from portway.core.infra.parts import Document
from portway.core.infra.pod import CONTAINER_SECURITY, POD_SECURITY, PROBE_PORT, Defaults
from portway.core.infra.proxies import KINDS

PICKER_KINDS = {**KINDS, "RoleBinding": "/apis/rbac.authorization.k8s.io/v1"}
"""The kinds of what is made where pickers are made too."""

PICKER_PORT = 9002
# Where `portway explain` asks, through `kubectl port-forward`: on loopback, for it tells much.
_QUESTIONS = 9005
_RBAC = "rbac.authorization.k8s.io"
# Whoever asks here hears a little later than the Pod that it is to go.
_HEARD_SECONDS = 5
_DRAIN_SECONDS = 30
_SPARE_SECONDS = 15

_LONGEST = 63  # of a Service's name
_SUFFIX = "-picker"
_KEPT = 47  # of a name that does not fit: with a hash and the suffix it has 63
_SERVICE = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")


def picker_name(pool: str) -> str:
    """`<pool>-picker`, or what is left of it with a hash where that is no Service's name."""
    wanted = f"{pool}{_SUFFIX}"
    if len(wanted) <= _LONGEST and _SERVICE.fullmatch(wanted):
        return wanted
    plain = pool.replace(".", "-")
    plain = plain if plain[0].isalpha() else f"p-{plain}"
    mark = hashlib.sha256(pool.encode()).hexdigest()[:8]
    return f"{plain[:_KEPT].rstrip('-')}-{mark}{_SUFFIX}"


def picker(pool: api.InferencePool, uid: str, defaults: Defaults) -> tuple[Document, ...]:
    """The objects of a pool of this ``uid``, in the order in which they are best made."""
    own = _metadata(pool, uid, defaults)
    return (
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": own,
            "automountServiceAccountToken": False,
        },
        {
            "apiVersion": f"{_RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": own,
            "roleRef": {"apiGroup": _RBAC, "kind": "ClusterRole", "name": defaults.picker_role},
            "subjects": [
                {"kind": "ServiceAccount", "name": own["name"], "namespace": pool.namespace}
            ],
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": own,
            "spec": {
                "type": "ClusterIP",
                "selector": _selector(pool),
                "ports": [{"name": "grpc", "port": PICKER_PORT, "targetPort": PICKER_PORT}],
                "ipFamilyPolicy": "PreferDualStack",
            },
        },
        _deployment(pool, own, defaults),
    )


def _metadata(pool: api.InferencePool, uid: str, defaults: Defaults) -> Document:
    owner = {
        "apiVersion": pool.api_version,
        "kind": pool.kind,
        "name": pool.name,
        "uid": uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
    return {
        "name": picker_name(pool.name),
        "namespace": pool.namespace,
        "labels": {**_selector(pool), MANAGED_LABEL: managed_by(defaults.controller)},
        "ownerReferences": [owner],
    }


def _selector(pool: api.InferencePool) -> dict[str, str]:
    """The labels of its Pods, which monitors of the chart's pickers find too."""
    return {
        "app.kubernetes.io/name": "portway",
        "app.kubernetes.io/component": "picker",
        "app.kubernetes.io/instance": picker_name(pool.name),
    }


def _deployment(pool: api.InferencePool, own: Document, defaults: Defaults) -> Document:
    """One process, since each knows only what it has sent itself. A new one picks before the old
    one goes."""
    pod: Document = {
        "serviceAccountName": own["name"],
        # It reads its pool and the Pods of it.
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": _HEARD_SECONDS + _DRAIN_SECONDS + _SPARE_SECONDS,
        "securityContext": POD_SECURITY,
        "containers": [_container(pool, defaults)],
        # The key of its certificate is there for a moment.
        "volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": own,
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": _selector(pool)},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
            },
            "template": {"metadata": {"labels": _selector(pool)}, "spec": pod},
        },
    }


def _container(pool: api.InferencePool, defaults: Defaults) -> Document:
    return {
        "name": "picker",
        "image": defaults.image,
        "command": ["portway"],
        "args": [
            "picker",
            *("--pool", f"{pool.namespace}/{pool.name}"),
            *("--address", f"[::]:{PICKER_PORT}"),
            *("--probe-address", f"[::]:{PROBE_PORT}"),
            *("--explain-address", f"127.0.0.1:{_QUESTIONS}"),
            *("--drain-time", str(_DRAIN_SECONDS)),
            *("--log-format", "json"),
        ],
        "ports": [
            {"name": "grpc", "containerPort": PICKER_PORT},
            {"name": "probes", "containerPort": PROBE_PORT},
        ],
        "startupProbe": _probe("/healthz", period=2, failures=60),
        "livenessProbe": _probe("/healthz", period=10, failures=3),
        "readinessProbe": _probe("/readyz", period=3, failures=3),
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(_HEARD_SECONDS)]}}},
        "resources": {
            "requests": {"cpu": "100m", "memory": "256Mi"},
            "limits": {"memory": "1Gi"},
        },
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }


def _probe(path: str, *, period: int, failures: int) -> Document:
    return {
        "httpGet": {"path": path, "port": PROBE_PORT},
        "periodSeconds": period,
        "failureThreshold": failures,
        "timeoutSeconds": 2,
    }
