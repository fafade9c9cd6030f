"""What a parentRef names: a Gateway, or a ListenerSet of one (GEP-1713); and default Gateways.

Knows that a route gets the listeners of the object it names and no others. Must not know which of
them take it. A parent that is neither a Gateway of ours nor a ListenerSet of one is not mentioned:
its status is somebody else's.
"""

from typing import NamedTuple

from portway.core import api, model
from portway.core.translate.listener_set import parent_of
from portway.core.translate.world import World


class Parent(NamedTuple):
    """The object named (`key`), the Gateway it belongs to, and why that does not take it (empty: it
    does)."""

    key: model.ObjectKey
    gateway: model.ObjectKey
    listeners: tuple[model.Listener, ...]
    refusal: str = ""


def named(obj: api.Resource, ref: api.ParentReference, world: World) -> Parent | None:
    """What a parentRef of a route names; None when that is not ours."""
    namespace = ref.namespace or obj.namespace
    match (ref.group, ref.kind):
        case (api.GATEWAY_GROUP, "Gateway"):
            gateway = world.gateway(namespace, ref.name)
            return Parent(gateway.key, gateway.key, gateway.listeners) if gateway else None
        case (api.GATEWAY_GROUP, "ListenerSet"):
            return _listener_set(namespace, ref.name, world)
        case _:
            return None


def defaults(
    namespace: str, spec: api.CommonRouteSpec, world: World
) -> tuple[api.ParentReference, ...]:
    """References to the Gateways that a route has by default, as if it had declared them: those of
    the scope it asks for, less those it names anyway (GEP-3793)."""
    if spec.use_default_gateways != "All":
        return ()
    declared = {
        (ref.namespace or namespace, ref.name)
        for ref in spec.parent_refs
        if (ref.group, ref.kind, ref.section_name, ref.port)
        == (api.GATEWAY_GROUP, "Gateway", "", None)
    }
    return tuple(
        api.ParentReference(name=name, namespace=place)
        for place, name in sorted(set(world.default_gateways()) - declared)
    )


def _listener_set(namespace: str, name: str, world: World) -> Parent | None:
    written = world.listener_set(namespace, name)
    place = parent_of(written) if written is not None else None
    gateway = world.gateway(*place) if place is not None else None
    key = model.ObjectKey("ListenerSet", namespace, name)
    found = gateway.listener_set(key) if gateway is not None else None
    if gateway is None or found is None:
        return None
    refusal = "" if found.allowed else found.findings[0].message
    return Parent(key, gateway.key, found.listeners, refusal)
