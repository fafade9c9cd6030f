"""Which routes a listener lets in, and how namespaces are selected.

Knows `allowedRoutes`: kinds and namespaces. Must not know a route's hosts. What cannot be
understood lets nobody in.
"""

from collections.abc import Iterable

from portway.core import api, model
from portway.core.translate.world import World

HTTP_ROUTE = model.RouteKind(api.GATEWAY_GROUP, "HTTPRoute")
GRPC_ROUTE = model.RouteKind(api.GATEWAY_GROUP, "GRPCRoute")
TLS_ROUTE = model.RouteKind(api.GATEWAY_GROUP, "TLSRoute")
TCP_ROUTE = model.RouteKind(api.GATEWAY_GROUP, "TCPRoute")
UDP_ROUTE = model.RouteKind(api.GATEWAY_GROUP, "UDPRoute")

SUPPORTED: dict[str, tuple[model.RouteKind, ...]] = {
    "HTTP": (HTTP_ROUTE, GRPC_ROUTE),
    "HTTPS": (HTTP_ROUTE, GRPC_ROUTE),
    "TLS": (TLS_ROUTE, TCP_ROUTE),
    "TCP": (TCP_ROUTE,),
    "UDP": (UDP_ROUTE,),
}
"""The kinds of routes that are served, by protocol of the listener."""

_NOBODY = (model.LabelRequirement("", "In", ()),)  # no value is in an empty list
_WITH_VALUES = ("In", "NotIn")
_WITHOUT_VALUES = ("Exists", "DoesNotExist")


def allowed_routes(spec: api.Listener) -> model.AllowedRoutes:
    """The kinds (those asked for that are served) and namespaces a listener takes."""
    namespaces = spec.allowed_routes.namespaces
    return model.AllowedRoutes(
        kinds=tuple(kind for kind in _kinds(spec) if kind in supported(spec)),
        namespaces=namespaces.from_,
        selector=selector_terms(namespaces.selector) if namespaces.from_ == "Selector" else (),
    )


def invalid_kinds(spec: api.Listener) -> tuple[model.RouteKind, ...]:
    """The kinds asked for that the listener cannot take."""
    served = supported(spec)
    return tuple(kind for kind in _asked(spec) if kind not in served)


def supported(spec: api.Listener) -> tuple[model.RouteKind, ...]:
    """The kinds that suit a listener. A connection that passes through encrypted has a server name
    and nothing else to go by, which is what a TLSRoute is for; one that is decrypted here is a TCP
    connection like any other, so a TCPRoute may have it (spec: ProtocolType, TLS)."""
    kinds = SUPPORTED.get(spec.protocol, ())
    passes = spec.protocol == "TLS" and spec.tls is not None and spec.tls.mode == "Passthrough"
    return tuple(kind for kind in kinds if not (passes and kind == TCP_ROUTE))


def selector_problem(spec: api.Listener) -> str:
    """What is wrong with the namespace selector and what to do; empty when nothing is."""
    namespaces = spec.allowed_routes.namespaces
    return selector_fault(namespaces.selector) if namespaces.from_ == "Selector" else ""


def selector_fault(selector: api.LabelSelector | None) -> str:
    """What is wrong with a selector that is asked for, and what to do; empty when nothing is."""
    if selector is None:
        return "from is Selector, but there is no selector; add one"
    for each in selector.match_expressions:
        if each.operator in _WITH_VALUES:
            if not each.values:
                return f"{each.operator} for {each.key} needs values; add them"
        elif each.operator not in _WITHOUT_VALUES:
            operators = ", ".join((*_WITH_VALUES, *_WITHOUT_VALUES))
            return f"the operator {each.operator!r} for {each.key} is none of {operators}"
        elif each.values:
            return f"{each.operator} for {each.key} takes no values; remove them"
    return ""


def admits_namespace(allowed: model.AllowedRoutes, own: str, namespace: str, world: World) -> bool:
    """Whether routes of a namespace may attach to a listener owned in namespace `own`."""
    if allowed.namespaces == "All":
        return True
    if allowed.namespaces == "Same":
        return namespace == own
    found = world.namespace(namespace)
    # Every namespace carries its name as a label (KEP-2161). Where no Namespace object exists,
    # on a machine without a cluster, that is the one label it has.
    labels = {"kubernetes.io/metadata.name": namespace}
    if found is not None:
        labels |= found.metadata.labels
    return all(each.admits(labels) for each in allowed.selector)


def _kinds(spec: api.Listener) -> Iterable[model.RouteKind]:
    return _asked(spec) or supported(spec)


def _asked(spec: api.Listener) -> tuple[model.RouteKind, ...]:
    asked = (model.RouteKind(each.group, each.kind) for each in spec.allowed_routes.kinds)
    return tuple(dict.fromkeys(asked))


def selector_terms(selector: api.LabelSelector | None) -> tuple[model.LabelRequirement, ...]:
    """A selector as terms that must all hold; what cannot be understood selects nobody."""
    if selector is None:
        return _NOBODY
    known = (*_WITH_VALUES, *_WITHOUT_VALUES)
    if any(each.operator not in known for each in selector.match_expressions):
        return _NOBODY
    labels = sorted(selector.match_labels.items())
    return (
        *(model.LabelRequirement(key, "In", (value,)) for key, value in labels),
        *(
            model.LabelRequirement(each.key, each.operator, each.values)
            for each in selector.match_expressions
        ),
    )
