"""Fields of Gateway API that are read but not acted upon yet.

Knows which. One goes away with the commit that serves the feature.
"""

from collections.abc import Iterator

from portway.core import api
from portway.core.analyze.inventory import Inventory, key
from portway.core.analyze.issue import Issue, issue


def issues(inventory: Inventory) -> Iterator[Issue]:
    """PW070."""
    ruled: list[api.HTTPRoute | api.GRPCRoute] = [
        *inventory.of(api.HTTPRoute),
        *inventory.of(api.GRPCRoute),
    ]
    for route in ruled:
        rules: tuple[api.HTTPRouteRule | api.GRPCRouteRule, ...] = route.spec.rules
        for index, rule in enumerate(rules):
            if rule.session_persistence is not None:
                field = f"spec.rules[{index}].sessionPersistence"
                yield issue("PW070", key(route), field, "sessionPersistence is not served yet")
