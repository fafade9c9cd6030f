"""RequestHeaderModifier: edits the headers of the request before the backend sees them.

Knows that Host is not an ordinary header: Envoy refuses it among header edits, so replacing it
becomes a host rewrite, and adding or removing it is refused in words. Must not know the response.
"""

import msgspec

from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters import header_edit
from portway.core.filters.kind import Draft, Kind, missing
from portway.core.filters.place import Place, Problem, unsupported
from portway.core.model import RequestHeaders

_HOST = "host"


def from_spec(spec: HTTPRouteFilter, place: Place) -> RequestHeaders | Problem:
    """The edit, or why it is impossible."""
    if spec.request_header_modifier is None:
        return missing(place, "requestHeaderModifier")
    field = f"{place.field}.requestHeaderModifier"
    edit = header_edit.from_spec(spec.request_header_modifier, field)
    if isinstance(edit, Problem):
        return edit
    if _HOST in edit.remove or any(name == _HOST for name, _ in edit.add):
        return unsupported(
            field,
            "a request has exactly one Host header, so it can be neither added nor removed. Use "
            "set, or a URLRewrite with a hostname.",
        )
    return RequestHeaders(edit)


def apply(filter: RequestHeaders, draft: Draft) -> None:
    """Header edits on the route (or weighted cluster), Host as a rewrite."""
    edit = filter.edit
    for name, value in edit.set:
        if name == _HOST:
            draft.action["host_rewrite_literal"] = value
            edit = msgspec.structs.replace(
                edit, set=tuple(each for each in edit.set if each[0] != _HOST)
            )
    header_edit.extend(draft.outer, "request", edit)


FILTER = Kind(
    type="RequestHeaderModifier",
    model=RequestHeaders,
    from_spec=from_spec,
    apply=apply,
    in_weight=lambda _: True,
)
