"""The kinds that are served without anybody asking for them.

Knows their names, versions, columns and what the server does with each: typed kinds are those of
the core; the plain ones are kept for clients and test harnesses, nothing here acts on them. Must
not know schemas' insides.
"""

from collections.abc import Mapping
from typing import Any, Final

from portway.adapters.apiserver.kinds.kind import Column, Kind
from portway.adapters.apiserver.kinds.metadata import complete
from portway.adapters.apiserver.kinds.status import CONDITIONS, STATUS
from portway.adapters.apiserver.kinds.typed import KEEP, by_key, schema_of
from portway.core import api

Schema = dict[str, Any]
_OPEN: Final[Schema] = {"type": "object", KEEP: True}
_AGE: Final = Column("Age", ".metadata.creationTimestamp", "date")
_CONDITION: Final = '.status.conditions[?(@.type=="{}")].status'
_HOSTNAMES: Final = Column("Hostnames", ".spec.hostnames")

_COLUMNS: Final[Mapping[str, tuple[Column, ...]]] = {
    "GatewayClass": (
        Column("Controller", ".spec.controllerName"),
        Column("Accepted", _CONDITION.format("Accepted")),
        _AGE,
        Column("Description", ".spec.description", priority=1),
    ),
    "Gateway": (
        Column("Class", ".spec.gatewayClassName"),
        Column("Address", ".status.addresses[*].value"),
        Column("Programmed", _CONDITION.format("Programmed")),
        _AGE,
    ),
    "ListenerSet": (
        Column("Accepted", _CONDITION.format("Accepted")),
        Column("Programmed", _CONDITION.format("Programmed")),
        _AGE,
    ),
    "HTTPRoute": (_HOSTNAMES, _AGE),
    "GRPCRoute": (_HOSTNAMES, _AGE),
    "Namespace": (Column("Status", ".status.phase"), _AGE),
    "Service": (
        Column("Type", ".spec.type"),
        Column("Cluster-IP", ".spec.clusterIP"),
        Column("External-IP", ".status.loadBalancer.ingress[*].ip"),
        Column("Port(s)", "ports()"),
        _AGE,
        Column("Selector", ".spec.selector", priority=1),
    ),
    "EndpointSlice": (
        Column("AddressType", ".addressType"),
        Column("Ports", ".ports[*].port"),
        Column("Endpoints", ".endpoints[*].addresses[*]"),
        _AGE,
    ),
    "Secret": (Column("Type", ".type"), Column("Data", "count(.data)", "integer"), _AGE),
    "ConfigMap": (Column("Data", "count(.data,.binaryData)", "integer"), _AGE),
    "Endpoints": (Column("Endpoints", ".subsets[*].addresses[*].ip"), _AGE),
    "Pod": (
        Column("Ready", _CONDITION.format("Ready")),
        Column("Status", ".status.phase"),
        _AGE,
        Column("IP", ".status.podIP", priority=1),
    ),
    "Node": (Column("Ready", _CONDITION.format("Ready")), _AGE),
    "Deployment": (
        Column("Ready", ".status.readyReplicas", "integer"),
        Column("Up-to-date", ".status.updatedReplicas", "integer"),
        Column("Available", ".status.availableReplicas", "integer"),
        _AGE,
    ),
    "Event": (
        Column("Last Seen", ".lastTimestamp", "date"),
        Column("Type", ".type"),
        Column("Reason", ".reason"),
        Column("Object", "object()"),
        Column("Message", ".message"),
    ),
    "Lease": (Column("Holder", ".spec.holderIdentity"), _AGE),
    "CustomResourceDefinition": (Column("Created At", ".metadata.creationTimestamp"),),
}

_OURS: Final = (
    api.GATEWAY_GROUP,
    api.EXPERIMENTAL_GROUP,
    api.PORTWAY_GROUP,
    api.INFERENCE_GROUP,
)

_EVENT_FIELDS: Final = frozenset(
    {
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    }
)
_FIELD_LABELS: Final[Mapping[str, frozenset[str]]] = {
    "Event": _EVENT_FIELDS,
    "Secret": frozenset({"type"}),
    "Namespace": frozenset({"status.phase"}),
    "Service": frozenset({"spec.clusterIP", "spec.type"}),
    "Pod": frozenset(
        {
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.serviceAccountName",
            "status.phase",
            "status.podIP",
        }
    ),
}


def _merged(key: str, **properties: Schema) -> Schema:
    """A list that clients patch item by item."""
    items = {"type": "object", KEEP: True, "properties": properties}
    return {"type": "array", "items": items, **by_key(key, patch=True)}


_CONTAINERS: Final = _merged(
    "name",
    name={"type": "string"},
    env=_merged("name"),
    ports=_merged("containerPort"),
    volumeMounts=_merged("mountPath"),
)
_POD_SPEC: Final[Schema] = {
    **_OPEN,
    "properties": {
        "containers": _CONTAINERS,
        "initContainers": _CONTAINERS,
        "volumes": _merged("name"),
    },
}
_CONDITION_STATUS: Final[Schema] = {
    **_OPEN,
    "properties": {"conditions": {**CONDITIONS, **by_key("type", patch=True), "items": _OPEN}},
}
_WORKLOAD: Final[Schema] = {
    "spec": {
        **_OPEN,
        "properties": {
            "template": {"type": "object", KEEP: True, "properties": {"spec": _POD_SPEC}}
        },
    },
    "status": _CONDITION_STATUS,
}
_RBAC: Final = "rbac.authorization.k8s.io"
_PLAIN: Final[tuple[tuple[str, str, str, str, tuple[str, ...], bool, Schema], ...]] = (
    # group, version, kind, plural, short names, namespaced, properties beside metadata
    ("", "v1", "Pod", "pods", ("po",), True, {"spec": _POD_SPEC, "status": _CONDITION_STATUS}),
    ("", "v1", "Node", "nodes", ("no",), False, {"spec": _OPEN, "status": _CONDITION_STATUS}),
    ("", "v1", "Event", "events", ("ev",), True, {}),
    ("", "v1", "Endpoints", "endpoints", ("ep",), True, {}),
    ("", "v1", "ServiceAccount", "serviceaccounts", ("sa",), True, {}),
    ("apps", "v1", "Deployment", "deployments", ("deploy",), True, _WORKLOAD),
    ("apps", "v1", "DaemonSet", "daemonsets", ("ds",), True, _WORKLOAD),
    (
        "policy",
        "v1",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        ("pdb",),
        True,
        {"spec": _OPEN, "status": _CONDITION_STATUS},
    ),
    (
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        ("hpa",),
        True,
        {"spec": _OPEN, "status": _CONDITION_STATUS},
    ),
    ("coordination.k8s.io", "v1", "Lease", "leases", (), True, {"spec": _OPEN}),
    (
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        ("crd", "crds"),
        False,
        {"spec": _OPEN, "status": {**_OPEN, "properties": {"conditions": CONDITIONS}}},
    ),
    (
        # Written by whoever joins clusters; kept, and no route may refer to it.
        "inference.networking.x-k8s.io",
        "v1alpha1",
        "InferencePoolImport",
        "inferencepoolimports",
        ("infpimp",),
        True,
        {"status": _OPEN},
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicy",
        "validatingadmissionpolicies",
        (),
        False,
        {"spec": _OPEN, "status": _OPEN},
    ),
    (
        "admissionregistration.k8s.io",
        "v1",
        "ValidatingAdmissionPolicyBinding",
        "validatingadmissionpolicybindings",
        (),
        False,
        {"spec": _OPEN},
    ),
    # Everybody who has the instance's certificate may do everything.
    (_RBAC, "v1", "Role", "roles", (), True, {}),
    (_RBAC, "v1", "RoleBinding", "rolebindings", (), True, {}),
    (_RBAC, "v1", "ClusterRole", "clusterroles", (), False, {}),
    (_RBAC, "v1", "ClusterRoleBinding", "clusterrolebindings", (), False, {}),
)
NOT_ENFORCED: Final = frozenset(
    {
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "Role",
        "RoleBinding",
        "ClusterRole",
        "ClusterRoleBinding",
    }
)
"""Kinds that bundles contain; they are kept, and every write of one is answered with a warning."""


def builtin_kinds() -> list[Kind]:
    """All of them."""
    plain = {row[2] for row in _PLAIN}
    typed = [_typed(name) for name in api.KINDS if name not in plain]
    return [*typed, *(_plain(*row) for row in _PLAIN)]


def _typed(name: str) -> Kind:
    info = api.KINDS[name]
    status = STATUS.get(name)
    schema = complete(schema_of(info.type), status)
    ours = info.group in _OURS
    columns = _COLUMNS.get(name, (_AGE,))
    return Kind(
        group=info.group,
        versions=info.versions,
        kind=name,
        plural=info.plural,
        singular=name.lower(),
        namespaced=info.namespaced,
        schemas=dict.fromkeys(info.versions, schema),
        short_names=info.short_names,
        categories=("gateway-api",)
        if info.group == api.GATEWAY_GROUP
        else (("all",) if name == "Service" else ()),
        columns=dict.fromkeys(info.versions, columns),
        has_status=status is not None,
        has_generation=ours or name == "EndpointSlice",
        typed=True,
        strategic=not ours,
        field_labels=_FIELD_LABELS.get(name, frozenset()),
    )


def _plain(
    group: str,
    version: str,
    kind: str,
    plural: str,
    short_names: tuple[str, ...],
    namespaced: bool,
    properties: Schema,
) -> Kind:
    schema = complete({KEEP: True, "properties": properties})
    return Kind(
        group=group,
        versions=(version,),
        kind=kind,
        plural=plural,
        singular=kind.lower(),
        namespaced=namespaced,
        schemas={version: schema},
        short_names=short_names,
        categories=("all",) if kind in ("Pod", "Deployment") else (),
        columns={version: _COLUMNS.get(kind, (_AGE,))},
        has_status="status" in properties,
        has_generation="spec" in properties and kind not in ("Pod", "Node", "Lease"),
        # The core reads some of them too, and less of it than clients write.
        typed=kind in api.KINDS,
        strategic=not group.startswith("inference."),
        field_labels=_FIELD_LABELS.get(kind, frozenset()),
    )
