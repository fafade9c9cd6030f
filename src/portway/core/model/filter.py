"""What a rule does to requests and responses.

Knows the meaning of each HTTPRoute filter; knows neither the CRD's field layout nor the proxy's.
"""

import msgspec

from portway.core.model.key import ClusterKey


class HeaderEdit(msgspec.Struct, frozen=True, gc=False):
    """Header names are in lower case. `set` replaces, `add` appends, `remove` deletes."""

    set: tuple[tuple[str, str], ...] = ()
    add: tuple[tuple[str, str], ...] = ()
    remove: tuple[str, ...] = ()


class RequestHeaders(msgspec.Struct, frozen=True, gc=False, tag=True):
    edit: HeaderEdit


class ResponseHeaders(msgspec.Struct, frozen=True, gc=False, tag=True):
    edit: HeaderEdit


class PathEdit(msgspec.Struct, frozen=True, gc=False):
    """`kind` is ReplaceFullPath or ReplacePrefixMatch; `prefix` is the matched PathPrefix the
    replacement stands for (only for ReplacePrefixMatch)."""

    kind: str
    value: str
    prefix: str = ""


class Redirect(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Empty strings and port 0 mean "as the spec defaults it" (request or listener)."""

    scheme: str = ""
    hostname: str = ""
    port: int = 0
    path: PathEdit | None = None
    status: int = 302


class Rewrite(msgspec.Struct, frozen=True, gc=False, tag=True):
    hostname: str = ""
    path: PathEdit | None = None


class Mirror(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Copies `numerator`/`denominator` of the requests to `backend` and drops the answers."""

    backend: ClusterKey
    numerator: int = 100
    denominator: int = 100


class Cors(msgspec.Struct, frozen=True, gc=False, tag=True):
    """`max_age` is in seconds. `*` entries keep their meaning of "any"."""

    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int = 5


class ExternalAuth(msgspec.Struct, frozen=True, gc=False, tag=True):
    """Asks `backend` whether a request may go on.

    Header names are in lower case. `headers` are sent to it: of gRPC none means all, of HTTP none
    means the few that are always sent. `response_headers` of its answer go on to the backend of the
    route (none: all). `path` goes in front of the request's path. `body` is how many bytes of the
    body are sent, and as many as a request may have; 0 sends none and limits none.
    """

    backend: ClusterKey
    grpc: bool
    headers: tuple[str, ...] = ()
    response_headers: tuple[str, ...] = ()
    path: str = ""
    body: int = 0


class Budget(msgspec.Struct, frozen=True, gc=False):
    """At most so many `tokens` in each stretch of so many `seconds`, which begin when the clock is
    a multiple of them. `count` is Total, Prompt or Completion. Who sends other values in `headers`
    (in lower case) has another budget."""

    tokens: int
    seconds: int
    count: str = "Total"
    headers: tuple[str, ...] = ()


class TokenLimit(msgspec.Struct, frozen=True, gc=False, tag=True):
    """What answers of models may take. `name` is the object's, with its namespace: whoever names
    the same object spends the same budgets."""

    name: str
    budgets: tuple[Budget, ...]


Filter = (
    RequestHeaders
    | ResponseHeaders
    | Redirect
    | Rewrite
    | Mirror
    | Cors
    | ExternalAuth
    | TokenLimit
)
