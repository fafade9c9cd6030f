"""What the route kinds share: parents, session persistence, header changes and mirroring.

Knows shapes and CRD defaults. Must not know how a route is attached or matched.
"""

from typing import Annotated, Literal

from msgspec import Meta

from portway.core.api.fields import (
    Duration,
    HeaderName,
    HeaderValue,
    NaturalInt32,
    PositiveInt32,
)
from portway.core.api.meta import Value
from portway.core.api.reference import BackendObjectReference, ParentReference


class CommonRouteSpec(Value, frozen=True, kw_only=True):
    """The parents of a route, declared or by default (GEP-3793)."""

    parent_refs: Annotated[tuple[ParentReference, ...], Meta(max_length=32)] = ()
    use_default_gateways: Literal["All", "None"] | None = None


class HTTPHeader(Value, frozen=True, kw_only=True):
    """A header to set or add."""

    name: HeaderName
    value: HeaderValue


class HTTPHeaderFilter(Value, frozen=True, kw_only=True):
    """Changes to headers: set replaces, add appends, remove deletes by name."""

    set: Annotated[tuple[HTTPHeader, ...], Meta(max_length=16)] = ()
    add: Annotated[tuple[HTTPHeader, ...], Meta(max_length=16)] = ()
    remove: Annotated[tuple[str, ...], Meta(max_length=16)] = ()


class Fraction(Value, frozen=True, kw_only=True):
    """``numerator`` out of ``denominator``."""

    numerator: NaturalInt32
    denominator: PositiveInt32 = 100


class HTTPRequestMirrorFilter(Value, frozen=True, kw_only=True):
    """A copy of the requests; of all of them unless percent or fraction says otherwise."""

    backend_ref: BackendObjectReference
    percent: Annotated[int, Meta(ge=0, le=100)] | None = None
    fraction: Fraction | None = None


class CookieConfig(Value, frozen=True, kw_only=True):
    """The cookie of a session, in the shape of release 1.6."""

    lifetime_type: Literal["Permanent", "Session"] = "Session"


class SessionCookie(Value, frozen=True, kw_only=True):
    """The cookie of a session, in the shape after release 1.6; no name: one is generated."""

    name: HeaderName = ""
    path: Annotated[str, Meta(max_length=1024)] = "/"
    lifetime_type: Literal["Permanent", "Session"] = "Session"


class SessionHeader(Value, frozen=True, kw_only=True):
    """The header that carries a session, in the shape after release 1.6."""

    name: HeaderName


class SessionPersistence(Value, frozen=True, kw_only=True):
    """Sticky sessions (GEP-1619).

    Release 1.6 names the session by ``session_name`` and ``cookie_config``; the development
    branch after it by ``cookie`` and ``header``. Both decode; read the properties.
    """

    type: Literal["Cookie", "Header"] = "Cookie"
    absolute_timeout: Duration = ""
    idle_timeout: Duration = ""
    session_name: Annotated[str, Meta(max_length=128)] = ""
    cookie_config: CookieConfig | None = None
    cookie: SessionCookie | None = None
    header: SessionHeader | None = None

    @property
    def name(self) -> str:
        """The name of the cookie or header; ``""`` if the implementation may choose."""
        named = self.cookie if self.type == "Cookie" else self.header
        return (named.name if named else "") or self.session_name

    @property
    def path(self) -> str:
        """The cookie's path."""
        return self.cookie.path if self.cookie else "/"

    @property
    def lifetime_type(self) -> Literal["Permanent", "Session"]:
        """Whether the cookie outlives the browser's session."""
        configured = self.cookie or self.cookie_config
        return configured.lifetime_type if configured else "Session"
