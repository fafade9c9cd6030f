"""What a rule asks of a request, and which of two matching rules wins.

Knows the precedence of the spec (HTTPRoute `rules.matches`); knows nothing of how a proxy
compares strings.
"""

import msgspec

EXACT = "Exact"
REGEX = "RegularExpression"
PREFIX = "PathPrefix"

_PATH_RANK = {EXACT: 0, REGEX: 1, PREFIX: 2}


class PathMatch(msgspec.Struct, frozen=True, gc=False):
    """`kind` is Exact, PathPrefix (by path elements, no trailing slash except "/") or
    RegularExpression (RE2, must match the whole path without the query)."""

    kind: str = PREFIX
    value: str = "/"


class HeaderMatch(msgspec.Struct, frozen=True, gc=False):
    """`name` is in lower case. `kind` is Exact or RegularExpression (whole value)."""

    name: str
    value: str
    kind: str = EXACT


class QueryMatch(msgspec.Struct, frozen=True, gc=False):
    """`name` is case-sensitive, as the spec says."""

    name: str
    value: str
    kind: str = EXACT


class Match(msgspec.Struct, frozen=True, gc=False):
    """All parts must hold. `method` is empty for any method."""

    path: PathMatch = PathMatch()
    method: str = ""
    headers: tuple[HeaderMatch, ...] = ()
    queries: tuple[QueryMatch, ...] = ()

    def rank(self) -> tuple[int, int, int, int, int]:
        """Smaller wins. Exact before anything else, then the longest path, then a method, then
        most headers, then most query parameters.

        The spec leaves RegularExpression open; we put it between Exact and PathPrefix, longer
        patterns first, as users of other Envoy based gateways know it.
        """
        path = self.path
        return (
            _PATH_RANK[path.kind],
            -len(path.value),
            0 if self.method else 1,
            -len(self.headers),
            -len(self.queries),
        )
