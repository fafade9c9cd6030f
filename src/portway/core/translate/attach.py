"""Which listeners take a route, parent by parent.

Knows parentRefs, `allowedRoutes` and host name intersection. Must not know what the rules of the
route do, apart from whether any of them can be honoured at all. What a parentRef
names is for `parent` to say.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import TypeAlias

import msgspec

from portway.core import api, model
from portway.core.translate.allowed import admits_namespace
from portway.core.translate.hostname import ANY, domain, intersection
from portway.core.translate.parent import Parent, defaults, named
from portway.core.translate.route_rules import Ruled, refusal, route_key
from portway.core.translate.world import World

Route: TypeAlias = api.HTTPRoute | api.GRPCRoute | api.TLSRoute | api.TCPRoute | api.UDPRoute


def attach(obj: Route, world: World) -> model.Attachment:
    """How each parentRef of a route fared."""
    refs = (*obj.spec.parent_refs, *defaults(obj.namespace, obj.spec, world))
    parents = [
        _parent(obj, index, ref, found, world)
        for index, ref in enumerate(refs)
        if (found := named(obj, ref, world)) is not None
    ]
    if parents and isinstance(obj, Ruled):
        refused = refusal(obj)
        if refused is not None:
            # The listeners keep their hosts: the rules fail there, since another route must not
            # answer in their place.
            parents = [_refused(each, refused) for each in parents]
    return model.Attachment(route_key(obj), tuple(parents), _asked(obj, parents))


def _asked(obj: Route, parents: Iterable[model.ParentAttachment]) -> tuple[str, ...]:
    """The host names that listeners narrow, with those beside them; mostly there are none."""
    if isinstance(obj, api.TCPRoute | api.UDPRoute):
        return ()
    asked = hostnames(obj) or (ANY,)
    taken = {domain for each in parents for _, domains in each.hosts for domain in domains}
    return () if taken <= set(asked) else asked


def hostnames(obj: Route) -> tuple[str, ...]:
    """The host names of a route, in lower case; empty for any, and for L4 routes."""
    if isinstance(obj, api.TCPRoute | api.UDPRoute):
        return ()
    return tuple(dict.fromkeys(each.lower() for each in obj.spec.hostnames))


def _refused(parent: model.ParentAttachment, finding: model.Finding) -> model.ParentAttachment:
    if parent.finding is not None:
        return parent
    return msgspec.structs.replace(
        parent, finding=msgspec.structs.replace(finding, parent=str(parent.index))
    )


def _parent(
    obj: Route, index: int, ref: api.ParentReference, parent: Parent, world: World
) -> model.ParentAttachment:
    def refuse(reason: str, message: str) -> model.ParentAttachment:
        key = route_key(obj)
        declared = index < len(obj.spec.parent_refs)
        where = f"parentRefs[{index}]" if declared else f"default {parent.key}"
        words = f"{key}, {where}: {message}"
        finding = model.Finding(key, str(index), "Accepted", reason, words)
        return model.ParentAttachment(index, parent.gateway, (), finding)

    if parent.refusal:
        return refuse("NoMatchingParent", parent.refusal)
    selected = [each for each in parent.listeners if _selected(each, ref)]
    if not selected:
        return refuse("NoMatchingParent", _no_listener(ref, parent))
    willing = [each for each in selected if _takes(each, obj, world)]
    if not willing:
        return refuse("NotAllowedByListeners", _not_allowed(obj, selected))
    wanted = hostnames(obj)
    hosts = [(each.key, _domains(each, wanted)) for each in willing]
    taken = tuple((key, domains) for key, domains in hosts if domains)
    if not taken:
        return refuse("NoMatchingListenerHostname", _no_hostname(wanted, willing))
    return model.ParentAttachment(index, parent.gateway, taken)


def _selected(listener: model.Listener, ref: api.ParentReference) -> bool:
    return ref.section_name in ("", listener.name) and ref.port in (None, listener.port)


def _takes(listener: model.Listener, obj: Route, world: World) -> bool:
    return _takes_kind(listener, obj) and _takes_namespace(listener, obj, world)


def _takes_kind(listener: model.Listener, obj: Route) -> bool:
    return model.RouteKind(*obj.group_kind) in listener.allowed.kinds


def _takes_namespace(listener: model.Listener, obj: Route, world: World) -> bool:
    own = listener.key.owner.namespace
    return admits_namespace(listener.allowed, own, obj.namespace, world)


def _domains(listener: model.Listener, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """The route's domains on a listener, sorted. Host names outside it are ignored there."""
    own = domain(listener.hostname)
    if not wanted:
        return (own,)
    found = (intersection(own, each) for each in wanted)
    return tuple(sorted({each for each in found if each is not None}))


def _no_listener(ref: api.ParentReference, parent: Parent) -> str:
    asked = [f"named {ref.section_name}"] if ref.section_name else []
    asked += [f"with port {ref.port}"] if ref.port is not None else []
    known = ", ".join(f"{each.name} (port {each.port})" for each in parent.listeners)
    return (
        f"{parent.key} has no listener {' and '.join(asked)}; it has {known}. Correct "
        "sectionName or port."
    )


def _not_allowed(obj: Route, listeners: Iterable[model.Listener]) -> str:
    """Why each listener refuses, once for all that do so for the same reason."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for each in listeners:
        by_reason[_refusal_of(each, obj)].append(each.name)
    return " ".join(f"listener {', '.join(names)} {reason}" for reason, names in by_reason.items())


def _refusal_of(listener: model.Listener, obj: Route) -> str:
    if not _takes_kind(listener, obj):
        kinds = ", ".join(each.kind for each in listener.allowed.kinds) or "no routes"
        return f"(protocol {listener.protocol}) takes {kinds}, not {obj.kind}."
    own = listener.key.owner.namespace
    rule = (
        f"takes routes of its own namespace {own} only"
        if listener.allowed.namespaces == "Same"
        else "selects namespaces by labels that this one does not have"
    )
    return (
        f"{rule}, and the route is in {obj.namespace}; set allowedRoutes.namespaces.from to "
        "Selector or All there if that is wanted."
    )


def _no_hostname(wanted: tuple[str, ...], listeners: Iterable[model.Listener]) -> str:
    offered = ", ".join(f"{each.hostname} (listener {each.name})" for each in listeners)
    return (
        f"the route's hostnames {', '.join(wanted)} have nothing in common with {offered}; make "
        "one of them fit the other."
    )
