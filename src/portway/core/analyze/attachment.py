"""Routes that do not attach where they were meant to, with the cure for each reason.

Knows the parents a route declares and what translation found about them. It adds what status may
not: guesses at what was meant, and the next obstacle behind the first one (a hostname mismatch is
reported even while the namespace is still refused).
"""

import difflib
from collections.abc import Iterator
from typing import TypeAlias

from portway.core import api, model
from portway.core.analyze.inventory import Inventory, Route, key
from portway.core.analyze.issue import Issue, issue
from portway.core.explain.choice import covers, specificity
from portway.core.explain.view import View

Owner: TypeAlias = model.Gateway | model.ListenerSet
"""Whatever has listeners."""

_CODES = {
    "NoMatchingParent": "PW011",
    "NotAllowedByListeners": "PW012",
    "NoMatchingListenerHostname": "PW013",
}


def issues(view: View, inventory: Inventory) -> Iterator[Issue]:
    """PW010 to PW014."""
    ours = {each.key: each for gateway in view.gateways() for each in gateway.owners}
    for route in inventory.routes():
        attachment = view.attachment(key(route))
        findings = {each.index: each.finding for each in attachment.parents} if attachment else {}
        if route.spec.use_default_gateways == "All" and not any(
            gateway.default for gateway in view.gateways()
        ):
            message = "asks for default Gateways, and no Gateway has spec.defaultScope All"
            yield issue("PW010", key(route), "spec.useDefaultGateways", message)
        for index, ref in enumerate(route.spec.parent_refs):
            if ref.group != api.GATEWAY_GROUP or ref.kind not in ("Gateway", "ListenerSet"):
                continue
            wanted = model.ObjectKey(ref.kind, ref.namespace or route.namespace, ref.name)
            owner = ours.get(wanted)
            field = f"spec.parentRefs[{index}]"
            if owner is None:
                if wanted not in inventory:
                    yield _missing(inventory, route, wanted, field)
                continue
            yield from _refused(route, owner, ref, findings.get(index), field)


def _missing(inventory: Inventory, route: Route, wanted: model.ObjectKey, field: str) -> Issue:
    if wanted in inventory.invalid:
        message = f"names {wanted}, which is written, but has errors and so does not exist"
        return issue("PW010", key(route), field, message, f"correct {wanted} first")
    elsewhere = inventory.elsewhere(wanted)
    cure = ""
    if elsewhere:
        places = " or ".join(each.namespace for each in elsewhere)
        cure = f"there is a {wanted.kind} {wanted.name} in {places}: set {field}.namespace to it"
    elif close := inventory.similar(wanted):
        cure = f"did you mean {close}?"
    message = f"names {wanted}, which does not exist"
    return issue("PW010", key(route), field, message, cure)


def _refused(
    route: Route,
    owner: Owner,
    ref: api.ParentReference,
    finding: model.Finding | None,
    field: str,
) -> Iterator[Issue]:
    if finding is None:
        return
    about = key(route)
    candidates = tuple(
        each
        for each in owner.listeners
        if ref.section_name in ("", each.name) and ref.port in (None, each.port)
    )
    code = _CODES.get(finding.reason, "PW014")
    if code == "PW013":
        yield _hostname(route, owner, candidates)
        return
    if code == "PW012":
        closed = not any(_namespace_fits(route, owner, each) for each in candidates)
        message = _closed(route, owner.key, candidates) if closed else finding.message
        cure = _let_in(route, owner, candidates) if closed else ""
        yield issue(code, about, field, message, cure)
        if _hostnames(route) and not any(_meets(route, each) for each in candidates):
            yield _hostname(route, owner, candidates)
        return
    cure = ""
    if code == "PW011" and owner.listeners:
        names = ", ".join(f"{each.name} (port {each.port})" for each in owner.listeners)
        cure = f"the listeners of {owner.key} are {names}"
    yield issue(code, about, field, finding.message, cure)


def _closed(route: Route, owner: model.ObjectKey, candidates: tuple[model.Listener, ...]) -> str:
    """One sentence for all listeners; the finding has one for each."""
    reasons = {
        "Same": f"of the {owner.kind}'s namespace {owner.namespace} only "
        "(allowedRoutes is not set to more)",
        "Selector": "of other namespaces, by a selector",
    }
    parts = []
    for how in dict.fromkeys(each.allowed.namespaces for each in candidates):
        names = [each.name for each in candidates if each.allowed.namespaces == how]
        verb = "listener {} takes" if len(names) == 1 else "listeners {} take"
        parts.append(f"{verb.format(', '.join(names))} routes {reasons[how]}")
    return f"{'; '.join(parts)}, and the route is in {route.namespace}"


def _let_in(route: Route, owner: Owner, candidates: tuple[model.Listener, ...]) -> str:
    """The narrow and the wide way to let the route's namespace in."""
    names = ", ".join(each.name for each in _meant(route, candidates))
    return (
        f"on listener {names} of {owner.key} set allowedRoutes.namespaces to "
        f"{{from: Selector, selector: {{matchLabels: {{kubernetes.io/metadata.name: "
        f"{route.namespace}}}}}}}, or to {{from: All}}"
    )


def _meant(route: Route, candidates: tuple[model.Listener, ...]) -> tuple[model.Listener, ...]:
    """The listeners that must let the route in so that each of its hosts is served, no more: the
    most specific one for each hostname; where none fits, the one with the nearest hostname."""
    there = {each.hostname for each in candidates}
    chosen: set[str] = set()
    for mine in _hostnames(route):
        over = [each for each in there if covers(each, mine)]
        # SNI and Host choose the most specific hostname; narrower ones than the route's all count.
        chosen.update([max(over, key=specificity)] if over else ())
        chosen.update(each for each in there if covers(mine, each))
    if chosen:
        return tuple(each for each in candidates if each.hostname in chosen)
    pairs = _nearness(route, candidates)
    return (pairs[0][2],) if pairs else candidates


def _nearness(
    route: Route, candidates: tuple[model.Listener, ...]
) -> list[tuple[float, str, model.Listener]]:
    """Likeness, hostname of the route, and listener with a hostname; the nearest first."""
    pairs = [
        (difflib.SequenceMatcher(None, mine, each.hostname).ratio(), mine, each)
        for mine in _hostnames(route)
        for each in candidates
        if each.hostname
    ]
    return sorted(pairs, key=lambda pair: -pair[0])


def _namespace_fits(route: Route, owner: Owner, listener: model.Listener) -> bool:
    """Whether the namespace is let in for sure; a selector that refused is not looked into."""
    how = listener.allowed.namespaces
    return how == "All" or (how == "Same" and route.namespace == owner.key.namespace)


def _hostname(route: Route, owner: Owner, candidates: tuple[model.Listener, ...]) -> Issue:
    wanted = _hostnames(route)
    there = [each for each in candidates if each.hostname]
    message = f"hostnames {', '.join(wanted)} fit no listener of {owner.key}: " + ", ".join(
        f"{each.name} has {each.hostname}" for each in there
    )
    cure = ""
    if pairs := _nearness(route, candidates):
        _, mine, near = pairs[0]
        cure = (
            f"nearest are {mine} (route) and {near.hostname} (listener {near.name}): "
            "make them equal, or add a listener for the route's hostname"
        )
    return issue("PW013", key(route), "spec.hostnames", message, cure)


def _hostnames(route: Route) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(route.spec, "hostnames", ())
    return tuple(each.lower() for each in found)


def _meets(route: Route, listener: model.Listener) -> bool:
    """Whether some hostname of the route and the listener's intersect."""
    there = listener.hostname
    return not there or any(meets(mine, there) for mine in _hostnames(route))


def meets(one: str, other: str) -> bool:
    """Whether two hostnames have a host in common."""
    return one == other or covers(one, other) or covers(other, one)
