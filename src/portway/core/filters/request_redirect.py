"""RequestRedirect: answers with a Location instead of forwarding.

Knows the spec's defaults for scheme, host, port and status, judged by what the client sees. Must
not know which rule it stands in.
"""

from typing import NamedTuple

from portway.core.api.http_filter import HTTPRouteFilter
from portway.core.filters import path_edit
from portway.core.filters.kind import Json, Kind, missing
from portway.core.filters.place import Place, Problem
from portway.core.model import Redirect

_WELL_KNOWN = {"http": 80, "https": 443}
# Envoy's names. Its own default is 301, the spec's 302, so the code is always written.
_CODES = {
    301: "MOVED_PERMANENTLY",
    302: "FOUND",
    303: "SEE_OTHER",
    307: "TEMPORARY_REDIRECT",
    308: "PERMANENT_REDIRECT",
}


class Seen(NamedTuple):
    """What the client sees of the place it asked: domain of the virtual host, port, scheme."""

    domain: str
    port: int
    scheme: str


def from_spec(spec: HTTPRouteFilter, place: Place) -> Redirect | Problem:
    """The redirect; what the spec leaves to the request stays empty."""
    redirect = spec.request_redirect
    if redirect is None:
        return missing(place, "requestRedirect")
    path = None
    if redirect.path is not None:
        found = path_edit.from_spec(redirect.path, place, f"{place.field}.requestRedirect.path")
        if isinstance(found, Problem):
            return found
        path = found
    return Redirect(
        scheme=redirect.scheme or "",
        hostname=redirect.hostname,
        port=redirect.port or 0,
        path=path,
        status=redirect.status_code,
    )


def port(redirect: Redirect, seen: Seen) -> int:
    """The port of the Location: given, or the scheme's own, or the listener's. 0: leave it out.

    It is left out when it is the well-known port of the scheme the Location has, whether that
    scheme was given or is the listener's. An explicit port 80 under https stays.
    """
    chosen = redirect.port or _WELL_KNOWN.get(redirect.scheme) or seen.port
    return 0 if chosen == _WELL_KNOWN.get(redirect.scheme or seen.scheme) else chosen


def actions(redirect: Redirect, seen: Seen) -> list[tuple[list[Json], Json]]:
    """RedirectActions with the header matchers under which each holds, first match wins.

    Envoy copies the Host header with its port unless it is told a host or a port. Where the port
    has to go and the host is only known from the request (a wildcard or catch-all domain), a
    request with a port in its Host is told the well-known port, and any other request nothing.
    """
    action: Json = {"response_code": _CODES[redirect.status]}
    if redirect.scheme:
        action["scheme_redirect"] = redirect.scheme
    if redirect.path is not None:
        action.update(path_edit.redirect(redirect.path))
    chosen = port(redirect, seen)
    host = redirect.hostname or ("" if chosen or "*" in seen.domain else seen.domain)
    if host:
        action["host_redirect"] = host
    if chosen:
        return [([], {**action, "port_redirect": chosen})]
    if host:
        return [([], action)]
    known = _WELL_KNOWN[redirect.scheme or seen.scheme]
    with_port = {"name": ":authority", "string_match": {"safe_regex": {"regex": r".*:[0-9]+"}}}
    return [([with_port], {**action, "port_redirect": known}), ([], action)]


FILTER = Kind(type="RequestRedirect", model=Redirect, from_spec=from_spec)
