"""URLRewrite: changes the host and the path the backend sees.

Knows nothing of matching: that has happened before (the rewritten path is never matched again).
"""

from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters import path_edit
from portway.core.filters.kind import Draft, Kind, missing
from portway.core.filters.place import Place, Problem
from portway.core.model import Rewrite

_PATH_FIELDS = ("prefix_rewrite", "regex_rewrite")


def from_spec(spec: HTTPRouteFilter, place: Place) -> Rewrite | Problem:
    """The rewrite, or why it is impossible."""
    if spec.url_rewrite is None:
        return missing(place, "urlRewrite")
    path = None
    if spec.url_rewrite.path is not None:
        found = path_edit.from_spec(spec.url_rewrite.path, place, f"{place.field}.urlRewrite.path")
        if isinstance(found, Problem):
            return found
        path = found
    return Rewrite(hostname=spec.url_rewrite.hostname, path=path)


def apply(filter: Rewrite, draft: Draft) -> None:
    """Later rewrites win: the one of a backend comes after the one of its rule."""
    if filter.hostname:
        draft.action["host_rewrite_literal"] = filter.hostname
    if filter.path is not None:
        for field in _PATH_FIELDS:
            draft.action.pop(field, None)
        draft.action.update(path_edit.rewrite(filter.path))


FILTER = Kind(
    type="URLRewrite",
    model=Rewrite,
    from_spec=from_spec,
    apply=apply,
    # A ClusterWeight can rewrite the host but has no field for the path.
    in_weight=lambda filter: filter.path is None,
)
