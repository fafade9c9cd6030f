"""The order of a rule's filters and those of its backends.

Knows that Envoy carries out the edits of a weighted cluster first and those of its route last,
while the spec's filters of a backendRef come after those of its rule. Must not know which filter
an edit came from.
"""

from portway.core.filters.header_edit import followed
from portway.core.filters.kind import Json

_HOST = "host_rewrite_literal"


def hand_down(route: Json, action: Json) -> None:
    """Moves edits of a Route and its RouteAction to the weighted clusters, where one of those has
    edits of the same sort: each cluster then does the rule's edits and its own, in this order."""
    clusters: list[Json] = action.get("weighted_clusters", {}).get("clusters", [])
    if any(_HOST in each for each in clusters) and (host := action.pop(_HOST, "")):
        for each in clusters:
            each.setdefault(_HOST, host)
    for direction in ("request", "response"):
        _headers(route, clusters, direction)


def _headers(route: Json, clusters: list[Json], direction: str) -> None:
    fields = (f"{direction}_headers_to_add", f"{direction}_headers_to_remove")
    if not any(field in each for each in clusters for field in fields):
        return
    rule = {field: route.pop(field) for field in fields if field in route}
    for each in clusters:
        edits = followed(rule, direction, each)
        each.update({field: values for field, values in edits.items() if values})
