"""Peer mode: Portway with the shape other Envoy gateways give their proxy, to compare against.

`python -m bench.peer run FOLDER ...` is the command line of Portway with two things changed from
outside: every rule has a cluster of its own, and a port has one route configuration whose hosts
have linear route lists, whatever their size. Everything else is ours, so the difference is the
shape and nothing else. Knows which names of the product to replace. Must not be imported by it.
"""

import hashlib
import sys
from collections.abc import Callable, Iterable
from importlib import import_module
from inspect import signature
from typing import Any

import msgspec

from portway.core import model

LINEAR_FROM = ("scopes_from", "tree_from")
"""Fields of the renderer's defaults that say from which size on it takes a better shape."""


def main() -> None:
    """Runs Portway's command line in peer mode."""
    install()
    import_module("portway.app.cli").main()


def install() -> None:
    """Replaces, in this process, what decides the shape."""
    # First, since whoever imports it later has to find the replacement.
    translate = import_module("portway.core.translate")
    vars(translate)["route_rules"] = a_cluster_per_rule(translate.route_rules)
    render = import_module("portway.core.render")
    standalone = import_module("portway.app.standalone")
    vars(standalone)["Core"] = with_lists(standalone.Core, render.Defaults)


def with_lists(core: Callable[..., Any], defaults: Callable[[], Any]) -> Callable[..., Any]:
    """A core that is told to make lists, however its defaults are given to it."""
    takes = signature(core)

    def made(*arguments: Any, **options: Any) -> Any:
        bound = takes.bind(*arguments, **options)
        bound.arguments["defaults"] = linear(bound.arguments.get("defaults") or defaults())
        return core(*bound.args, **bound.kwargs)

    return made


def linear(defaults: Any) -> Any:
    """Defaults under which no size is large enough for anything but lists."""
    known = {name: sys.maxsize for name in LINEAR_FROM if hasattr(defaults, name)}
    return msgspec.structs.replace(defaults, **known)


def a_cluster_per_rule(
    route_rules: Callable[..., model.RouteRules],
) -> Callable[..., model.RouteRules]:
    """The translation of a route, with the rule as a part of each of its clusters' names."""

    def per_rule(*arguments: Any, **options: Any) -> model.RouteRules:
        found = route_rules(*arguments, **options)
        rules = tuple(_own(found.key, rule) for rule in found.rules)
        clusters = tuple(sorted({key for rule in rules for key in _clusters(rule)}))
        return msgspec.structs.replace(found, rules=rules, clusters=clusters)

    return per_rule


def _own(route: model.ObjectKey, rule: model.Rule) -> model.Rule:
    text = f"{route}/{rule.index}".encode()
    # Names no policy, so that the connections stay what they are.
    mark = "/" + hashlib.sha256(text).hexdigest()[:12]
    shares = tuple(_share(mark, each) for each in rule.action.shares)
    return msgspec.structs.replace(
        rule,
        action=msgspec.structs.replace(rule.action, shares=shares),
        filters=_filters(mark, rule.filters),
    )


def _share(mark: str, share: model.Share) -> model.Share:
    backend = None if share.backend is None else share.backend._replace(policy=mark)
    filters = _filters(mark, share.filters)
    return msgspec.structs.replace(share, backend=backend, filters=filters)


def _filters(mark: str, filters: tuple[model.Filter, ...]) -> tuple[model.Filter, ...]:
    return tuple(
        msgspec.structs.replace(each, backend=each.backend._replace(policy=mark))
        if isinstance(each, model.Mirror)
        else each
        for each in filters
    )


def _clusters(rule: model.Rule) -> Iterable[model.ClusterKey]:
    shares = rule.action.shares
    for each in (*rule.filters, *(f for share in shares for f in share.filters)):
        if isinstance(each, model.Mirror):
            yield each.backend
    yield from (share.backend for share in shares if share.backend is not None)


if __name__ == "__main__":
    main()
