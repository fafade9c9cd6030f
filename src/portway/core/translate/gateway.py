"""A Gateway: its listeners and those of its ListenerSets together, addresses, parameters.

Knows what holds for the Gateway as a whole. Must not know where its ports are really bound
(`port`, `model.Placement`) nor which routes attach.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from portway.core import api, model
from portway.core.translate import parameters
from portway.core.translate.address import canonical_ip
from portway.core.translate.client_certificate import client_certificate
from portway.core.translate.conflict import settle_conflicts
from portway.core.translate.frontend import frontend_findings
from portway.core.translate.gateway_class import gateway_class
from portway.core.translate.listener import Judged, listener
from portway.core.translate.listener_set import (
    Candidate,
    allowed_listeners_fault,
    candidates,
    listener_set,
)
from portway.core.translate.world import World


def gateway(obj: api.Gateway, world: World, working: bool = False) -> model.Gateway | None:
    """The Gateway as we see it; None when its class is not ours (or not there).

    `working`: with the earlier versions of ListenerSets that the proxy refuses as they are now.
    """
    found = world.gateway_class(obj.spec.gateway_class_name)
    cls = gateway_class(found, world) if found is not None else None
    if cls is None:
        return None
    key = model.ObjectKey("Gateway", obj.namespace, obj.name)
    named = candidates(obj, world, working)
    judged = _judged(obj, key, named, world)
    shown = client_certificate(obj, key, world)
    own = (
        *_whole(obj, key, cls, world),
        *shown.findings,
        *frontend_findings(obj, key, _https(judged)),
        *_addresses(obj, key),
        *_listeners(key, judged[key]),
    )
    return model.Gateway(
        key=key,
        generation=obj.metadata.generation,
        class_name=obj.spec.gateway_class_name,
        listeners=tuple(each.listener for each in judged[key]),
        findings=(*own, *(finding for each in judged[key] for finding in each.findings)),
        accepted=not any(f.condition == "Accepted" and not f.status for f in own),
        wanted_addresses=_wanted(obj),
        client_certificate=shown.secret,
        sets=tuple(listener_set(each, judged[each.key]) for each in named),
    )


def _judged(
    obj: api.Gateway, key: model.ObjectKey, named: Iterable[Candidate], world: World
) -> dict[model.ObjectKey, list[Judged]]:
    """All listeners, judged together, by the object they are written in."""
    written = [(key, spec) for spec in obj.spec.listeners]
    written += [
        (each.key, spec) for each in named if not each.refusal for spec in each.obj.spec.listeners
    ]
    found: dict[model.ObjectKey, list[Judged]] = defaultdict(list)
    for each in settle_conflicts(listener(obj, owner, spec, world) for owner, spec in written):
        found[each.listener.key.owner].append(each)
    return found


def _https(judged: Mapping[model.ObjectKey, list[Judged]]) -> set[int]:
    return {
        each.listener.port
        for found in judged.values()
        for each in found
        if each.listener.protocol == "HTTPS"
    }


def _whole(
    obj: api.Gateway, key: model.ObjectKey, cls: model.GatewayClass, world: World
) -> Iterator[model.Finding]:
    if not cls.accepted:
        message = f"{key}: {cls.key} is not accepted; correct the class first."
        yield model.Finding(key, "", "Accepted", model.PARAMETERS, message)
    fault = parameters.of_gateway(obj, world).fault
    if fault:
        message = f"{key}: infrastructure.parametersRef {fault}"
        yield model.Finding(key, "", "Accepted", model.PARAMETERS, message)
    yield from _notes(obj, key)


def _notes(obj: api.Gateway, key: model.ObjectKey) -> Iterator[model.Finding]:
    """What is to be known of the Gateway, and does not make it invalid."""
    fault = allowed_listeners_fault(obj)
    if fault:
        message = (
            f"{key}: allowedListeners.namespaces: {fault}. Until then no ListenerSet is taken."
        )
        yield model.Finding(key, "", "Accepted", "Accepted", message, True)
    if obj.spec.default_scope == "All":
        message = f"{key}: routes with useDefaultGateways: All get this Gateway (defaultScope)."
        yield model.Finding(key, "", "DefaultGateway", "DefaultGateway", message, True)


def _addresses(obj: api.Gateway, key: model.ObjectKey) -> Iterator[model.Finding]:
    for number, each in enumerate(obj.spec.addresses):
        where = f"{key}: addresses[{number}]"
        if each.type != "IPAddress":
            message = f"{where} is of type {each.type}; Portway takes IPAddress only."
            yield model.Finding(key, "", "Accepted", "UnsupportedAddress", message)
        elif each.routability:
            # Any other address in its place might be open to more than was asked for.
            message = (
                f"{where} asks for the routability {each.routability}; Portway takes addresses"
                " without one only, so leave it out."
            )
            yield model.Finding(key, "", "Accepted", "UnsupportedAddress", message)
        elif each.value and canonical_ip(each.value) is None:
            message = f"{where}: {each.value!r} is not an IP address; correct it."
            yield model.Finding(key, "", "Programmed", "AddressNotUsable", message)


def _wanted(obj: api.Gateway) -> tuple[str, ...]:
    """An address without a value asks for any (spec: addresses), so it adds nothing here."""
    values = (each.value for each in obj.spec.addresses if each.type == "IPAddress")
    return tuple(dict.fromkeys(value for value in values if value and canonical_ip(value)))


def _listeners(key: model.ObjectKey, judged: list[Judged]) -> Iterator[model.Finding]:
    """The Gateway stays accepted as long as one listener is (ListenersNotValid, True or False)."""
    refused = [
        each.listener.name
        for each in judged
        if any(f.condition == "Accepted" and not f.status for f in each.findings)
    ]
    if refused:
        message = f"{key}: not valid: listener {', '.join(refused)}; see their conditions."
        some = len(refused) < len(judged)
        yield model.Finding(key, "", "Accepted", "ListenersNotValid", message, some)
