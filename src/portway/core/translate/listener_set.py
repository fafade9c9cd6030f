"""ListenerSets: who may add listeners to a Gateway, and in which order (GEP-1713).

Knows `allowedListeners` and precedence: the Gateway's own listeners first, then those of the oldest
ListenerSet, then by `namespace/name`. Must not know what makes a listener valid (`listener`) nor
what two of them must not share (`conflict`).
"""

from collections.abc import Iterable
from typing import NamedTuple

from portway.core import api, model
from portway.core.translate.allowed import admits_namespace, selector_fault, selector_terms
from portway.core.translate.listener import Judged
from portway.core.translate.world import World


class Candidate(NamedTuple):
    """A ListenerSet that names a Gateway, and why the Gateway does not take it (empty: it does)."""

    key: model.ObjectKey
    obj: api.ListenerSet
    refusal: str = ""


def candidates(gateway: api.Gateway, world: World, working: bool) -> tuple[Candidate, ...]:
    """The ListenerSets that name a Gateway, those of higher precedence first.

    `working`: where the proxy refuses one as it is now, the version before it, if there is any.
    """
    found = world.listener_sets(gateway.namespace, gateway.name)
    if working:
        found = tuple(each for one in found if (each := _working(one, world)) is not None)
    return tuple(
        Candidate(_key(each), each, _refusal(gateway, each.namespace, world))
        for each in sorted(found, key=_precedence)
        if parent_of(each) == (gateway.namespace, gateway.name)
    )


def parent_of(obj: api.ListenerSet) -> tuple[str, str] | None:
    """Namespace and name of the Gateway that a ListenerSet names; None if that is no Gateway."""
    ref = obj.spec.parent_ref
    if (ref.group, ref.kind) != (api.GATEWAY_GROUP, "Gateway"):
        return None
    return ref.namespace or obj.namespace, ref.name


def listener_set(candidate: Candidate, judged: Iterable[Judged]) -> model.ListenerSet:
    """The set with its listeners as they were judged among all of the Gateway."""
    key, generation = candidate.key, candidate.obj.metadata.generation
    if candidate.refusal:
        message = f"{key}: {candidate.refusal}"
        refused = model.Finding(key, "", "Accepted", "NotAllowed", message)
        return model.ListenerSet(key, generation, (), (refused,), allowed=False, accepted=False)
    own = tuple(judged)
    bad = [each.listener.name for each in own if not each.listener.serving]
    findings = tuple(finding for each in own for finding in each.findings)
    accepted = len(bad) < len(own)
    if bad:
        message = f"{key}: not valid: listener {', '.join(bad)}; see their conditions."
        whole = model.Finding(key, "", "Accepted", "ListenersNotValid", message, accepted)
        findings = (whole, *findings)
    listeners = tuple(each.listener for each in own)
    return model.ListenerSet(key, generation, listeners, findings, accepted=accepted)


def allowed_listeners_fault(gateway: api.Gateway) -> str:
    """What is wrong with `allowedListeners` and what to do; empty when nothing is."""
    namespaces = gateway.spec.allowed_listeners.namespaces
    return selector_fault(namespaces.selector) if namespaces.from_ == "Selector" else ""


def _key(obj: api.ListenerSet) -> model.ObjectKey:
    return model.ObjectKey("ListenerSet", obj.namespace, obj.name)


def _precedence(obj: api.ListenerSet) -> tuple[bool, str, str]:
    """A set without a creation time (a file being tried out) is the newest."""
    created = obj.metadata.creation_timestamp
    return (not created, created, f"{obj.namespace}/{obj.name}")


def _working(obj: api.ListenerSet, world: World) -> api.ListenerSet | None:
    refused = world.refused(_key(obj))
    if refused is None:
        return obj
    return refused.instead if isinstance(refused.instead, api.ListenerSet) else None


def _refusal(gateway: api.Gateway, namespace: str, world: World) -> str:
    who = f"Gateway {gateway.namespace}/{gateway.name}"
    allowed = gateway.spec.allowed_listeners.namespaces
    if allowed.from_ == "None":
        return (
            f"{who} takes no ListenerSets; set its allowedListeners.namespaces.from to Same, All "
            "or Selector if that is wanted."
        )
    selector = selector_terms(allowed.selector) if allowed.from_ == "Selector" else ()
    rule = model.AllowedRoutes((), allowed.from_, selector)
    if admits_namespace(rule, gateway.namespace, namespace, world):
        return ""
    which = (
        "of its own namespace" if allowed.from_ == "Same" else "of namespaces with certain labels"
    )
    return (
        f"{who} takes ListenerSets {which} only, and this one is in {namespace}; change its "
        "allowedListeners.namespaces, or put the listeners elsewhere."
    )
