"""Kinds and fields of Gateway API that are read but not acted upon yet.

Knows one table. A row goes away with the commit that serves the feature.
"""

from collections.abc import Callable, Iterator

from portway.core import api
from portway.core.analyze.inventory import Inventory, key
from portway.core.analyze.issue import Issue, issue

KINDS: tuple[type[api.Resource], ...] = (api.GRPCRoute,)

_GATEWAY_FIELDS: tuple[tuple[str, Callable[[api.Gateway], bool]], ...] = (
    ("spec.defaultScope", lambda g: g.spec.default_scope == "All"),
)


def issues(inventory: Inventory) -> Iterator[Issue]:
    """PW070."""
    for kind in KINDS:
        for each in inventory.of(kind):
            yield issue("PW070", key(each), "", f"{each.kind} is not served yet")
    for gateway in inventory.of(api.Gateway):
        for field, used in _GATEWAY_FIELDS:
            if used(gateway):
                yield issue("PW070", key(gateway), field, f"{field} is not served yet")
    for route in inventory.of(api.HTTPRoute):
        if route.spec.use_default_gateways == "All":
            field = "spec.useDefaultGateways"
            yield issue("PW070", key(route), field, f"{field} is not served yet")
        for index, rule in enumerate(route.spec.rules):
            if rule.session_persistence is not None:
                field = f"spec.rules[{index}].sessionPersistence"
                yield issue("PW070", key(route), field, "sessionPersistence is not served yet")
