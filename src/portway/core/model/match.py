"""What a rule asks of a request, and which of two matching rules wins.

Knows the precedence of the spec (`rules.matches` of HTTPRoute and GRPCRoute); knows nothing of how
a proxy compares strings.
"""

import msgspec

EXACT = "Exact"
REGEX = "RegularExpression"
PREFIX = "PathPrefix"

_GRPC_RANK = -1
_PATH_RANK = {EXACT: 0, REGEX: 1, PREFIX: 2}


class PathMatch(msgspec.Struct, frozen=True, gc=False):
    """`kind` is Exact, PathPrefix (by path elements, no trailing slash except "/") or
    RegularExpression (RE2, must match the whole path without the query)."""

    kind: str = PREFIX
    value: str = "/"


class HeaderMatch(msgspec.Struct, frozen=True, gc=False):
    """`name` is in lower case. `kind` is Exact or RegularExpression (whole value); `any_of` are the
    names that an expression was made of, where it was."""

    name: str
    value: str
    kind: str = EXACT
    any_of: tuple[str, ...] = ()


class QueryMatch(msgspec.Struct, frozen=True, gc=False):
    """`name` is case-sensitive, as the spec says."""

    name: str
    value: str
    kind: str = EXACT


class GRPCMethod(msgspec.Struct, frozen=True, gc=False):
    """Which names the match of a GRPCRoute asks for, and whether as they are (not as regular
    expressions). What the names are is in the path."""

    service: bool = False
    method: bool = False
    exact: bool = True


class Match(msgspec.Struct, frozen=True, gc=False):
    """All parts must hold. `method` is empty for any method. `grpc` is set on matches of
    GRPCRoutes: those are for gRPC requests and nothing else. `base` asks for nothing: it is what
    the backend is told of the base model (empty: nothing, whatever the client wrote)."""

    path: PathMatch = PathMatch()
    method: str = ""
    headers: tuple[HeaderMatch, ...] = ()
    queries: tuple[QueryMatch, ...] = ()
    grpc: GRPCMethod | None = None
    base: str | None = None

    def rank(self) -> tuple[int, int, int, int, int]:
        """Smaller wins. Exact before anything else, then the longest path, then a method, then
        most headers, then most query parameters.

        The spec leaves RegularExpression open; we put it between Exact and PathPrefix, longer
        patterns first, as users of other Envoy based gateways know it.

        For GRPCRoutes the order is: most characters in a matching service, then in a matching
        method, then most headers. Of two matches that both hold, those that ask for a service ask
        for the same characters, however it is written; so a match that asks for one goes first,
        and Exact before RegularExpression decides last. All of them come before the HTTPRoutes of
        the same host, which lose no more than the gRPC requests that a GRPCRoute asks for
        (decision 0016).
        """
        if self.grpc is not None:
            asked = self.grpc
            headers = -len(self.headers)
            return (_GRPC_RANK, not asked.service, not asked.method, headers, not asked.exact)
        path = self.path
        return (
            _PATH_RANK[path.kind],
            -len(path.value),
            0 if self.method else 1,
            -len(self.headers),
            -len(self.queries),
        )
