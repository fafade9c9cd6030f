"""What an HTTPRoute rule matches.

Knows the shape and the CRD defaults (no path means every path). Must not know precedence.
"""

from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from portway.core.api.fields import HeaderName, HeaderValue, PathValue, QueryParamValue
from portway.core.api.meta import Value

HTTPMethod: TypeAlias = Literal[
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"
]


class HTTPPathMatch(Value, frozen=True, kw_only=True):
    """A path; PathPrefix compares whole path elements."""

    type: Literal["Exact", "PathPrefix", "RegularExpression"] = "PathPrefix"
    value: PathValue = "/"


class HTTPHeaderMatch(Value, frozen=True, kw_only=True):
    """A header; names compare without case, of equal names only the first counts."""

    type: Literal["Exact", "RegularExpression"] = "Exact"
    name: HeaderName
    value: HeaderValue


class HTTPQueryParamMatch(Value, frozen=True, kw_only=True):
    """A query parameter; names compare with case."""

    type: Literal["Exact", "RegularExpression"] = "Exact"
    name: HeaderName
    value: QueryParamValue


class HTTPRouteMatch(Value, frozen=True, kw_only=True):
    """All parts must match."""

    path: HTTPPathMatch = HTTPPathMatch()
    headers: Annotated[tuple[HTTPHeaderMatch, ...], Meta(max_length=16)] = ()
    query_params: Annotated[tuple[HTTPQueryParamMatch, ...], Meta(max_length=16)] = ()
    method: HTTPMethod | None = None
