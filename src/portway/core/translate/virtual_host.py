"""From the routes of a listener to the virtual hosts of its table.

Knows isolation (which listener is in charge of a domain) and the order of the routes in a virtual
host. Must not know what the rules do.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeAlias

import msgspec

from portway.core import model
from portway.core.translate.base_model import telling
from portway.core.translate.client_certificate import filters_of, with_client
from portway.core.translate.hostname import breadth, narrowed, owner
from portway.core.translate.port import neighbours, scheme, table
from portway.core.translate.world import World

Rank: TypeAlias = tuple[tuple[int, int], tuple[int, ...], tuple[bool, str], str, int, int]
"""Smaller comes first, whatever order the routes of a host came in."""


def contributions(
    rules: model.RouteRules, attachment: model.Attachment, world: World
) -> Mapping[model.HostKey, model.Contribution]:
    """What a route brings to each virtual host of each listener that took it.

    A domain gets nothing where a more specific listener is in charge of it: requests for that
    host belong to the other listener, whether it has a route for them or not (listener isolation,
    GatewaySpec.listeners). A route none of whose rules can be matched keeps its hosts too, so that
    a route for a wildcard does not answer in its place.
    """
    brought = model.Contribution(rules.key, rules.created, rules.rules, "", rules.lists)
    found: dict[model.HostKey, model.Contribution] = {}
    for parent in attachment.parents:
        gateway = world.gateway(parent.gateway.namespace, parent.gateway.name)
        if gateway is None:
            continue
        secret = gateway.client_certificate
        own = brought if secret is None else _with_client(brought, secret)
        for host in _hosts(parent, gateway):
            from_ = narrowed(attachment.asked, host.domain)
            found[host] = msgspec.structs.replace(own, narrowed=from_) if from_ else own
    return found


def _with_client(brought: model.Contribution, secret: model.ObjectKey) -> model.Contribution:
    return msgspec.structs.replace(brought, rules=with_client(brought.rules, secret))


def ranked(brought: model.Contribution) -> list[tuple[Rank, model.HostRoute]]:
    """The routes of a contribution, one for each match of each rule, and where each belongs."""
    return [
        (
            (*_precedence(brought, rule, match), number),
            model.HostRoute(brought.route, telling(rule, match), match, brought.narrowed),
        )
        for rule in brought.rules
        for number, match in enumerate(rule.matches)
    ]


def virtual_host(
    host: model.HostKey, gateway: model.Gateway, routes: Iterable[model.HostRoute]
) -> model.VirtualHost:
    """A virtual host; the `routes` are in the order of the spec, which is that of their ranks."""
    listener = owner(neighbours(gateway, host.table.port), host.domain)
    misdirected = bool(host.table.listener) and (
        listener is not None and listener.label != host.table.listener
    )
    return model.VirtualHost(
        domain=host.domain,
        port=host.table.port,
        scheme=scheme(host.table),
        routes=() if misdirected else tuple(routes),
        misdirected=misdirected,
        filters=() if misdirected or listener is None else filters_of(listener, gateway),
    )


def _hosts(parent: model.ParentAttachment, gateway: model.Gateway) -> Iterator[model.HostKey]:
    if not gateway.served:
        return
    for key, domains in parent.hosts:
        listener = gateway.listener_of(key)
        if listener is None or not listener.serving:
            continue
        around = neighbours(gateway, listener.port)
        for domain in domains:
            if owner(around, domain) == listener:
                yield model.HostKey(table(listener), domain)


def _precedence(
    brought: model.Contribution, rule: model.Rule, match: model.Match
) -> tuple[tuple[int, int], tuple[int, ...], tuple[bool, str], str, int]:
    """Most specific host name, then match, then the oldest route, then `namespace/name` in
    alphabetical order, then the first rule. A route without a creation time (a file being tried
    out) is the newest.
    """
    route = brought.route
    age = (not brought.created, brought.created)
    wide = breadth(brought.narrowed)
    # What is nobody's rule stands behind those that say as much of the path, method or not.
    wanted = msgspec.structs.replace(match, method="") if rule.models else match
    return (wide, wanted.rank(), age, f"{route.namespace}/{route.name}", rule.index)
