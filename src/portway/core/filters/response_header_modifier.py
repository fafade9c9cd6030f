"""ResponseHeaderModifier: edits the headers of the response before the client sees them.

Knows nothing of the request. Also holds for redirects and for the proxy's own answers of the
rule, since Envoy edits those alike.
"""

from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters import header_edit
from portway.core.filters.kind import Draft, Kind, missing
from portway.core.filters.place import Place, Problem, unsupported
from portway.core.model import ResponseHeaders


def from_spec(spec: HTTPRouteFilter, place: Place) -> ResponseHeaders | Problem:
    """The edit, or why it is impossible."""
    if spec.response_header_modifier is None:
        return missing(place, "responseHeaderModifier")
    field = f"{place.field}.responseHeaderModifier"
    edit = header_edit.from_spec(spec.response_header_modifier, field)
    if isinstance(edit, Problem):
        return edit
    if "host" in (*(name for name, _ in (*edit.set, *edit.add)), *edit.remove):
        return unsupported(field, "Host is a header of requests only. Remove it.")
    return ResponseHeaders(edit)


def apply(filter: ResponseHeaders, draft: Draft) -> None:
    """Header edits on the route (or weighted cluster)."""
    header_edit.extend(draft.outer, "response", filter.edit)


FILTER = Kind(
    type="ResponseHeaderModifier",
    model=ResponseHeaders,
    from_spec=from_spec,
    apply=apply,
    in_weight=lambda _: True,
)
