"""Rules on filters that HTTPRoute and GRPCRoute share, and on session persistence.

Knows that a filter's type names its one member. Must not know the members only HTTPRoute has.
"""

from collections.abc import Iterator, Sequence

from portway.core.api.grpc_route import GRPCRouteFilter
from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.api.listener import ListenerFilter
from portway.core.api.route import (
    Fraction,
    HTTPHeaderFilter,
    HTTPRequestMirrorFilter,
    SessionPersistence,
)
from portway.core.api.validate.reference import BACKEND_RULES
from portway.core.api.validate.rule import Report, Violation, Violations, repeated, rule

# Filter type -> (attribute, name in documents).
MEMBERS = {
    "RequestHeaderModifier": ("request_header_modifier", "requestHeaderModifier"),
    "ResponseHeaderModifier": ("response_header_modifier", "responseHeaderModifier"),
    "RequestMirror": ("request_mirror", "requestMirror"),
    "RequestRedirect": ("request_redirect", "requestRedirect"),
    "URLRewrite": ("url_rewrite", "urlRewrite"),
    "CORS": ("cors", "cors"),
    "ExternalAuth": ("external_auth", "externalAuth"),
    "ExtensionRef": ("extension_ref", "extensionRef"),
}
_REPEATABLE = frozenset({"RequestMirror", "ExternalAuth", "ExtensionRef"})

RouteFilter = HTTPRouteFilter | GRPCRouteFilter
AnyFilter = RouteFilter | ListenerFilter


@rule("filter-member-missing", "add the member that the filter's type names")
def member_missing(filter_: AnyFilter) -> Violations:
    """The union is discriminated by ``type``: its member must be there."""
    attribute, name = MEMBERS[filter_.type]
    if getattr(filter_, attribute) is None:
        return (Violation(f".{name}", f"is missing in a filter of type {filter_.type}"),)
    return ()


@rule("filter-member-unexpected", "remove it, or put it into a filter of its own type")
def member_unexpected(filter_: AnyFilter) -> Iterator[Violation]:
    """... and no other member may be."""
    for type_, (attribute, name) in MEMBERS.items():
        if type_ != filter_.type and getattr(filter_, attribute, None) is not None:
            yield Violation(f".{name}", f"does not belong into a filter of type {filter_.type}")


@rule("filter-repeated", "merge the two filters into one")
def filter_repeated(filters: Sequence[RouteFilter]) -> Iterator[Violation]:
    """A filter whose effect would depend on repetition may stand once in a list."""
    if len(filters) < 2:
        return
    seen: set[str] = set()
    for index, filter_ in enumerate(filters):
        if filter_.type in seen and filter_.type not in _REPEATABLE:
            yield Violation(f"[{index}]", f"is a second filter of type {filter_.type}")
        seen.add(filter_.type)


@rule("header-unique", "write each header once; add it twice by one entry with both values")
def headers_unique(headers: HTTPHeaderFilter) -> Iterator[Violation]:
    """The lists are keyed by name."""
    yield from repeated([each.name for each in headers.set], ".set", ".name")
    yield from repeated([each.name for each in headers.add], ".add", ".name")
    yield from repeated(headers.remove, ".remove")


@rule("mirror-one-share", "keep percent or fraction, not both")
def mirror_one_share(mirror: HTTPRequestMirrorFilter) -> Violations:
    """Two shares could contradict each other."""
    if mirror.percent is not None and mirror.fraction is not None:
        return (Violation(".fraction", "stands next to percent"),)
    return ()


@rule("fraction-at-most-one", "make the numerator at most the denominator")
def fraction_at_most_one(fraction: Fraction) -> Violations:
    """More than all requests cannot be mirrored."""
    if fraction.numerator > fraction.denominator:
        return (Violation(".numerator", f"is above the denominator {fraction.denominator}"),)
    return ()


@rule("session-lifetime-timeout", "add absoluteTimeout, or use lifetimeType Session")
def session_lifetime(session: SessionPersistence) -> Violations:
    """A permanent cookie needs an end (GEP-1619)."""
    configured = (session.cookie, session.cookie_config)
    permanent = any(each and each.lifetime_type == "Permanent" for each in configured)
    if permanent and not session.absolute_timeout:
        return (Violation(".absoluteTimeout", "is missing for a permanent cookie"),)
    return ()


@rule("session-member-unexpected", "remove it, or change the session's type")
def session_member(session: SessionPersistence) -> Iterator[Violation]:
    """Cookie settings belong to cookies, header settings to headers."""
    if session.type != "Cookie":
        for name, member in (("cookie", session.cookie), ("cookieConfig", session.cookie_config)):
            if member is not None:
                yield Violation(f".{name}", f"does not belong to a session of type {session.type}")
    elif session.header is not None:
        yield Violation(".header", "does not belong to a session of type Cookie")


FILTER_RULES = (member_missing, member_unexpected)
FILTER_LIST_RULES = (filter_repeated,)
HEADER_FILTER_RULES = (headers_unique,)
MIRROR_RULES = (mirror_one_share,)
FRACTION_RULES = (fraction_at_most_one,)
SESSION_RULES = (session_lifetime, session_member)
RULES = (
    *FILTER_RULES,
    *FILTER_LIST_RULES,
    *HEADER_FILTER_RULES,
    *MIRROR_RULES,
    *FRACTION_RULES,
    *SESSION_RULES,
)


def check_filter(filter_: RouteFilter, path: str, report: Report) -> None:
    """The rules for one filter and for the members both route kinds have."""
    report.apply(FILTER_RULES, filter_, path)
    if filter_.request_header_modifier:
        report.apply(
            HEADER_FILTER_RULES, filter_.request_header_modifier, f"{path}.requestHeaderModifier"
        )
    if filter_.response_header_modifier:
        report.apply(
            HEADER_FILTER_RULES, filter_.response_header_modifier, f"{path}.responseHeaderModifier"
        )
    if filter_.request_mirror:
        _check_mirror(filter_.request_mirror, f"{path}.requestMirror", report)


def check_session(session: SessionPersistence | None, path: str, report: Report) -> None:
    """The rules for session persistence, if a rule has any."""
    if session is not None:
        report.apply(SESSION_RULES, session, f"{path}.sessionPersistence")


def _check_mirror(mirror: HTTPRequestMirrorFilter, path: str, report: Report) -> None:
    report.apply(MIRROR_RULES, mirror, path)
    report.apply(BACKEND_RULES, mirror.backend_ref, f"{path}.backendRef")
    if mirror.fraction is not None:
        report.apply(FRACTION_RULES, mirror.fraction, f"{path}.fraction")
