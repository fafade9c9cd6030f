"""Rules, where they attach and the virtual hosts they end up in.

Knows precedence, shares and timeouts; knows nothing of CRDs or of the proxy.

    route ──► RouteRules   what its rules mean, once, whoever the parents are
          ──► Attachment   which listeners took it, parent by parent
    RouteRules × Attachment ──► Contribution per (table, domain) ──► VirtualHost
"""

import msgspec

from portway.core.model.filter import ExternalAuth, Filter, Redirect
from portway.core.model.finding import Finding
from portway.core.model.key import ClusterKey, ListenerKey, ObjectKey
from portway.core.model.match import Match


class Picker(msgspec.Struct, frozen=True, gc=False):
    """Who is asked which endpoint of a pool takes a request. `fail_open`: any of them does while
    nobody answers. `light`: it is shown what a pick needs and no more."""

    cluster: ClusterKey
    fail_open: bool = False
    light: bool = False


class Share(msgspec.Struct, frozen=True, gc=False):
    """One backendRef. `backend` None is an invalid reference: its share answers with the rule's
    `failure`. So does one that leads to a backend to which nothing may be sent; `withheld` says why
    then. `session` is kept among the backend's own endpoints, and only where the rule has none.
    `told_in`: the header of the answer in which clients that ask are told which endpoint they got
    and why; empty: they are told nothing."""

    weight: int
    backend: ClusterKey | None
    filters: tuple[Filter, ...] = ()
    withheld: str = ""
    picker: Picker | None = None
    session: "Session | None" = None
    told_in: str = ""


class Forward(msgspec.Struct, frozen=True, gc=False):
    """Send to one of the shares by weight. No share of positive weight at all is a failure."""

    shares: tuple[Share, ...] = ()


class Timeouts(msgspec.Struct, frozen=True, gc=False):
    """Seconds; 0 disables, None leaves our default."""

    request: float | None = None
    backend_request: float | None = None


class Retry(msgspec.Struct, frozen=True, gc=False):
    """`attempts` are retries after the first try; `backoff` is in seconds (0: our default)."""

    codes: tuple[int, ...] = ()
    attempts: int = 1
    backoff: float = 0.0


class Session(msgspec.Struct, frozen=True, gc=False):
    """Requests of a client go where its first one went, by a cookie or a `header` called `name`.

    A cookie holds for `path` and ends after `seconds`; 0: with the browser's session. `pool` stands
    for all backends of a rule that has several, so that a session is kept whatever their weights.
    """

    header: bool
    name: str
    path: str = "/"
    seconds: float = 0.0
    pool: ClusterKey | None = None


class SessionPool(msgspec.Struct, frozen=True, gc=False):
    """Backends that share sessions; new ones are shared by weight, 0 gets none of those."""

    key: ClusterKey
    shares: tuple[tuple[int, ClusterKey], ...]


class Rule(msgspec.Struct, frozen=True, gc=False):
    """One rule: any of `matches`, then `filters` in order, then `action`.

    `redirect` is set instead of forwarding when a rule-level RequestRedirect is present.
    `broken` is not empty when a filter could not be honoured (unresolvable extension): the rule
    fails, since skipping the filter would be worse (spec: filters must not be skipped). `models`:
    the rule is nobody's, and answers with a list of these.
    """

    index: int
    matches: tuple[Match, ...]
    action: Forward
    filters: tuple[Filter, ...] = ()
    redirect: Redirect | None = None
    timeouts: Timeouts = Timeouts()
    retry: Retry | None = None
    name: str = ""
    broken: str = ""
    session: Session | None = None
    models: tuple[str, ...] = ()

    @property
    def failure(self) -> int:
        """The status of requests that cannot be carried out, and of those for a share without a
        backend: 500, or for gRPC 503, which its clients see as UNAVAILABLE (spec: backendRefs)."""
        return 503 if any(each.grpc for each in self.matches) else 500


class RouteRules(msgspec.Struct, frozen=True, gc=False):
    """What a route's rules mean, with every reference resolved.

    `created` is the RFC 3339 creation time (sorts as text), `findings` are those that hold for
    every parent (ResolvedRefs, unsupported values). `clusters` are all backends referred to,
    mirrors included, sorted. `lists`: the models they ask for are to be listed.
    """

    key: ObjectKey
    created: str
    rules: tuple[Rule, ...]
    clusters: tuple[ClusterKey, ...] = ()
    findings: tuple[Finding, ...] = ()
    lists: bool = False


class ParentAttachment(msgspec.Struct, frozen=True, gc=False):
    """How one parentRef fared.

    `index` is its place in spec.parentRefs; those of parents that the route has by default
    (GEP-3793) come after. `hosts` pairs each listener that took the route with the domains the
    route has there (intersection of hostnames; `*` for "any").
    `finding` is None when the parent accepts the route.
    """

    index: int
    gateway: ObjectKey
    hosts: tuple[tuple[ListenerKey, tuple[str, ...]], ...] = ()
    finding: Finding | None = None


class Attachment(msgspec.Struct, frozen=True, gc=False):
    """All parents of a route that are Gateways of ours. Foreign parents do not appear.

    `asked` are the route's own host names (`*` for any), but only where a listener narrows one of
    them: everywhere else the domains say it all.
    """

    key: ObjectKey
    parents: tuple[ParentAttachment, ...] = ()
    asked: tuple[str, ...] = ()


class Contribution(msgspec.Struct, frozen=True, gc=False):
    """The rules one route brings to one virtual host. `narrowed` is the route's host name where
    the host is only a part of it, since a listener stands for no more. `lists`: the models that
    they ask for are to be listed."""

    route: ObjectKey
    created: str
    rules: tuple[Rule, ...]
    narrowed: str = ""
    lists: bool = False


class HostRoute(msgspec.Struct, frozen=True, gc=False):
    """One match of one rule of one route, in its final place in a virtual host."""

    route: ObjectKey
    rule: Rule
    match: Match
    narrowed: str = ""


class VirtualHost(msgspec.Struct, frozen=True, gc=False):
    """A domain and its routes, first match wins. No routes: every request gets 404.

    `port` and `scheme` are those the client sees; redirects need them. `misdirected` says that
    another HTTPS listener is in charge of the domain: a request that came over this one's
    connection is answered with 421 (RFC 9110 section 15.5.20), and there are no routes. `filters`
    are those of the listener: every request passes them, whether a route matches or not; None:
    every request is answered with 500.
    """

    domain: str
    port: int
    scheme: str
    routes: tuple[HostRoute, ...] = ()
    misdirected: bool = False
    filters: tuple[ExternalAuth, ...] | None = ()
