"""Kinds and fields of Gateway API that are read but not acted upon yet.

Knows one table. A row goes away with the commit that serves the feature.
"""

from collections.abc import Iterator

from portway.core import api
from portway.core.analyze.inventory import Inventory, key
from portway.core.analyze.issue import Issue, issue

KINDS: tuple[type[api.Resource], ...] = (api.GRPCRoute,)


def issues(inventory: Inventory) -> Iterator[Issue]:
    """PW070."""
    for kind in KINDS:
        for each in inventory.of(kind):
            yield issue("PW070", key(each), "", f"{each.kind} is not served yet")
    for route in inventory.of(api.HTTPRoute):
        for index, rule in enumerate(route.spec.rules):
            if rule.session_persistence is not None:
                field = f"spec.rules[{index}].sessionPersistence"
                yield issue("PW070", key(route), field, "sessionPersistence is not served yet")
