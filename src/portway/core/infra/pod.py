"""The Pod of a proxy: one container, which may do nothing but serve.

Knows Pods, and the command line of `portway proxy`. Must not know how many there are. It passes Pod
Security `restricted`: no privileges, no writable image, no token of the API.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from portway.core import api, model
from portway.core.infra.parts import Document, labels, metadata, selector, wanted

PROBE_PORT = 18001
_CREDENTIALS = "/etc/portway/xds"
_SNAPSHOT = "/etc/portway/snapshot"
_RUN = "/run/portway"
# An id that is nobody's; the image has no user of its own for it.
_USER = 65532
POD_SECURITY: Document = {
    "runAsNonRoot": True,
    "runAsUser": _USER,
    "runAsGroup": _USER,
    "fsGroup": _USER,
    "seccompProfile": {"type": "RuntimeDefault"},
}
CONTAINER_SECURITY: Document = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""What a Pod may do, and its container: nothing that Pod Security `restricted` forbids."""
# What Envoy needs after the last request to end.
_SPARE_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a ProxyConfig may leave out.

    Attributes:
        image: of the proxy; the controller's own.
        xds: HOST:PORT of the control plane.
        controller: our name, by which what we have made is known.
        replicas: how many proxies.
        delay_seconds: see `portway proxy --delay`.
        drain_seconds: see `portway proxy --drain-time`.
        picker_role: the ClusterRole of pickers that are made for pools; empty: none are.
    """

    image: str
    xds: str
    controller: str
    replicas: int = 2
    delay_seconds: int = 5
    drain_seconds: int = 30
    picker_role: str = ""


def template(
    spec: api.Gateway,
    uid: str,
    ports: Iterable[model.Port],
    config: api.ProxyConfigSpec,
    defaults: Defaults,
) -> Document:
    """The template of the Pods of a Gateway."""
    name = str(metadata(spec, uid)["name"])
    pod: Document = {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": sum(_times(config, defaults)) + _SPARE_SECONDS,
        "securityContext": POD_SECURITY,
        "containers": [_container(spec, ports, config, defaults)],
        "volumes": [
            # Readable by its group only, which is the one the container runs as.
            {"name": "xds", "secret": {"secretName": f"{name}-xds", "defaultMode": 0o440}},
            # There is none before the first proxy has a configuration.
            {
                "name": "snapshot",
                "secret": {
                    "secretName": f"{name}-snapshot",
                    "defaultMode": 0o440,
                    "optional": True,
                },
            },
            {"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ],
        **_placed(spec, config),
    }
    return {
        "metadata": {"labels": labels(spec), "annotations": dict(wanted(spec).annotations)},
        "spec": pod,
    }


def _times(config: api.ProxyConfigSpec, defaults: Defaults) -> tuple[int, int]:
    delay, drain = config.delay_seconds, config.drain_seconds
    return (
        defaults.delay_seconds if delay is None else delay,
        defaults.drain_seconds if drain is None else drain,
    )


def _container(
    spec: api.Gateway,
    ports: Iterable[model.Port],
    config: api.ProxyConfigSpec,
    defaults: Defaults,
) -> Document:
    delay, drain = _times(config, defaults)
    by_node = config.kind == "DaemonSet"
    arguments = [
        "proxy",
        *("--gateway", f"{spec.namespace}/{spec.name}"),
        *("--pod", "$(POD_NAME)"),
        *("--xds", defaults.xds),
        *("--credentials", _CREDENTIALS),
        *("--snapshot", _SNAPSHOT),
        *("--run-dir", f"{_RUN}/proxy"),
        *("--probe-address", f"[::]:{PROBE_PORT}"),
        *("--delay", str(delay)),
        *("--drain-time", str(drain)),
        *(("--concurrency", str(config.concurrency)) if config.concurrency else ()),
        *(word for each in config.envoy_flags for word in ("--envoy-flag", each)),
    ]
    resources = msgspec.to_builtins(config.resources) if config.resources is not None else {}
    return {
        "name": "proxy",
        "image": config.image or defaults.image,
        "command": ["portway"],
        "args": arguments,
        "env": [
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        ],
        "ports": [*_ports(ports, by_node), {"name": "probes", "containerPort": PROBE_PORT}],
        **_probes(config.probes or api.ProxyProbes()),
        "resources": resources,
        "securityContext": CONTAINER_SECURITY,
        "volumeMounts": [
            {"name": "xds", "mountPath": _CREDENTIALS, "readOnly": True},
            {"name": "snapshot", "mountPath": _SNAPSHOT, "readOnly": True},
            {"name": "run", "mountPath": _RUN},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    }


def _ports(ports: Iterable[model.Port], by_node: bool) -> list[Document]:
    """Those of its node, by which one of a DaemonSet is reached without a balancer. Others are not
    named: it would mean nothing, and a new listener would replace every proxy."""
    if not by_node:
        return []
    return [
        {
            "name": f"{each.key.transport.lower()}-{each.key.port}",
            "containerPort": each.bound_port,
            "hostPort": each.key.port,
            "protocol": each.key.transport,
        }
        for each in sorted(ports, key=lambda each: each.key)
    ]


def _probes(asked: api.ProxyProbes) -> Document:
    """What is said replaces what is here, field by field."""
    found = {
        "livenessProbe": _probe("/healthz", asked.liveness or api.ProxyProbe(), period=10),
        "readinessProbe": _probe("/readyz", asked.readiness or api.ProxyProbe(), failures=1),
    }
    if asked.startup is not None:
        found["startupProbe"] = _probe("/healthz", asked.startup, failures=30)
    return found


def _probe(path: str, asked: api.ProxyProbe, *, period: int = 2, failures: int = 3) -> Document:
    return {
        "httpGet": {"path": path, "port": PROBE_PORT},
        "periodSeconds": period,
        "failureThreshold": failures,
        "timeoutSeconds": 2,
        **_said(asked),
    }


def _said(asked: api.ProxyProbe) -> Document:
    named = {
        "initialDelaySeconds": asked.initial_delay_seconds,
        "periodSeconds": asked.period_seconds,
        "timeoutSeconds": asked.timeout_seconds,
        "failureThreshold": asked.failure_threshold,
    }
    return {name: value for name, value in named.items() if value is not None}


def _placed(spec: api.Gateway, config: api.ProxyConfigSpec) -> Document:
    """On which nodes."""
    spread = [
        {**_built(each), "labelSelector": {"matchLabels": selector(spec)}}
        for each in config.topology_spread_constraints
    ]
    found: Document = {
        "nodeSelector": dict(config.node_selector),
        "affinity": dict(config.affinity),
        "tolerations": [_built(each) for each in config.tolerations],
        "topologySpreadConstraints": spread,
    }
    return {key: value for key, value in found.items() if value}


def _built(value: api.ProxyToleration | api.ProxySpread) -> Document:
    """With what is its default too: that is ours, and not Kubernetes'."""
    if isinstance(value, api.ProxySpread):
        return {
            "maxSkew": value.max_skew,
            "topologyKey": value.topology_key,
            "whenUnsatisfiable": value.when_unsatisfiable,
        }
    built: Document = msgspec.to_builtins(value)
    return built
