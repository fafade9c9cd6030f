"""The schemas of status, which the core writes and never reads.

Knows the shapes the Gateway API gives to status. Must not know what a condition means.
"""

from typing import Any, Final

from portway.adapters.apiserver.kinds.typed import by_key, struct_schema
from portway.core.api.listener import RouteGroupKind
from portway.core.api.reference import GATEWAY_GROUP, ParentReference

Schema = dict[str, Any]
_TEXT: Final[Schema] = {"type": "string"}
_COUNT: Final[Schema] = {"type": "integer", "format": "int32"}


def _object(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
    }


def _list(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, "x-kubernetes-list-type": "atomic", **more}


CONDITION: Final = {
    **_object(
        ("lastTransitionTime", "message", "reason", "status", "type"),
        lastTransitionTime={"type": "string", "format": "date-time"},
        message=_TEXT,
        observedGeneration={"type": "integer", "format": "int64"},
        reason=_TEXT,
        status={"type": "string", "enum": ["True", "False", "Unknown"]},
        type=_TEXT,
    ),
    "description": "One aspect of the state of the object.",
}
CONDITIONS: Final = _list(CONDITION, **by_key("type"))


def _pending(*types: str) -> Schema:
    """What a status says before a controller has seen the object."""
    conditions = [
        {
            "lastTransitionTime": "1970-01-01T00:00:00Z",
            "message": "Waiting for controller",
            "reason": "Pending",
            "status": "Unknown",
            "type": each,
        }
        for each in types
    ]
    return {"default": {"conditions": conditions}}


_LISTENER: Final = _object(
    ("attachedRoutes", "conditions", "name"),
    attachedRoutes=_COUNT,
    conditions=CONDITIONS,
    name=_TEXT,
    supportedKinds=_list(struct_schema(RouteGroupKind)),
)
_FEATURES: Final = _list(_object(("name",), name=_TEXT), **by_key("name"))
_PARENT: Final = _object(
    ("conditions", "controllerName", "parentRef"),
    conditions=CONDITIONS,
    controllerName=_TEXT,
    parentRef=struct_schema(ParentReference),
)
_ANCESTOR: Final = _object(
    ("ancestorRef", "conditions", "controllerName"),
    ancestorRef=struct_schema(ParentReference),
    conditions=CONDITIONS,
    controllerName=_TEXT,
)
_ROUTE: Final = _object(("parents",), parents=_list(_PARENT))

STATUS: Final[dict[str, Schema]] = {
    "GatewayClass": {
        **_object(conditions=CONDITIONS, supportedFeatures=_FEATURES),
        **_pending("Accepted"),
    },
    "Gateway": {
        **_object(
            addresses=_list(
                _object(("value",), type={**_TEXT, "default": "IPAddress"}, value=_TEXT)
            ),
            attachedListenerSets=_COUNT,
            conditions=CONDITIONS,
            listeners=_list(_LISTENER, **by_key("name")),
        ),
        **_pending("Accepted", "Programmed"),
    },
    "ListenerSet": {
        **_object(conditions=CONDITIONS, listeners=_list(_LISTENER, **by_key("name"))),
        **_pending("Accepted", "Programmed"),
    },
    **dict.fromkeys(("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"), _ROUTE),
    "BackendTLSPolicy": _object(("ancestors",), ancestors=_list(_ANCESTOR)),
    "Backend": _object(conditions=CONDITIONS),
    "ProxyConfig": _object(),
    "TokenLimit": _object(),
    "XBackendTrafficPolicy": _object(("ancestors",), ancestors=_list(_ANCESTOR)),
    "XBackend": _object(("parents",), parents=_list(_PARENT)),
    "InferencePool": _object(
        parents=_list(
            _object(
                ("parentRef",),
                conditions=CONDITIONS,
                controllerName=_TEXT,
                parentRef=_object(
                    ("name",),
                    group={**_TEXT, "default": GATEWAY_GROUP},
                    kind={**_TEXT, "default": "Gateway"},
                    name=_TEXT,
                    namespace=_TEXT,
                ),
            )
        )
    ),
    "Namespace": _object(
        phase={**_TEXT, "default": "Active"},
        conditions=_list(_object(), **by_key("type")),
    )
    | {"default": {"phase": "Active"}},
    "Service": _object(
        conditions=CONDITIONS,
        loadBalancer=_object(
            ingress=_list({"type": "object", "x-kubernetes-preserve-unknown-fields": True})
        ),
    )
    | {"default": {"loadBalancer": {}}},
}
"""By kind; a kind that is not here has no status."""
