"""What Envoy would answer, worked out from rendered listeners, route tables and clusters alone.

Knows Envoy's rules as they are documented: filter chain by SNI, virtual host by domain, first
route that matches, fractions, weights, rewrites, redirects. It was written from those rules and
not from the translation, so that both can be wrong only in different ways. It knows nothing of
Gateway API, and refuses fields it has no rule for instead of passing over them.

    Simulator(listeners, tables, clusters).ask(Call(...)) -> {Answer: share of the requests}
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

from tests.sim import hosts, paths, requests, trees
from tests.sim.requests import Call

Json: TypeAlias = dict[str, Any]

WHOLE = 1_000_000


class Answer(NamedTuple):
    """`refused`: the connection is closed. Otherwise either `cluster` gets the request with
    `path` (query included), `host` and `headers`, or Envoy answers itself with `status` and, for
    redirects, `location`. `origin` is the object and rule in the route's name."""

    refused: bool = False
    cluster: str = ""
    path: str = ""
    host: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 0
    location: str = ""
    origin: str = ""


REFUSED = Answer(refused=True)
_NOT_FOUND = {"INTERNAL_SERVER_ERROR": 500, "NOT_FOUND": 404, "SERVICE_UNAVAILABLE": 503}
_CORS = "envoy.filters.http.cors"


class Simulator:
    """Answers calls from rendered resources."""

    def __init__(
        self, listeners: Iterable[Json], tables: Iterable[Json], clusters: Iterable[Json]
    ) -> None:
        self._listeners = tuple(listeners)
        self._tables = {each["name"]: each for each in tables}
        self._clusters = frozenset(each["name"] for each in clusters)

    def ask(self, call: Call) -> dict[Answer, Fraction]:
        """All possible answers with their share of the requests; the shares add up to one."""
        manager = self._manager(call)
        if manager is None:
            return {REFUSED: Fraction(1)}
        if any("_" in name for name, _ in call.headers):
            return {Answer(status=400): Fraction(1)}
        path, moved = paths.normalise(call.path)
        if moved:
            return {Answer(status=307, location=path): Fraction(1)}
        seen = call._replace(path=path, host=hosts.without_trailing_dot(call.host))
        table = self._tables[manager["rds"]["route_config_name"]]
        host = hosts.choose(table["virtual_hosts"], seen.host)
        return self._route(trees.routes(host, seen) if host else (), seen)

    def _manager(self, call: Call) -> Json | None:
        """The HTTP connection manager that gets the call, if any does."""
        listener = next((each for each in self._listeners if _bound(each, call)), None)
        if listener is None:
            return None
        chain = hosts.chain(listener["filter_chains"], call.sni)
        if chain is None or ("transport_socket" in chain) != (call.sni is not None):
            return None
        config: Json = chain["filters"][-1]["typed_config"]
        return config if config["@type"].endswith(".HttpConnectionManager") else None

    def _route(self, routes: Iterable[Json], call: Call) -> dict[Answer, Fraction]:
        """First match wins; a fraction takes the random numbers below it that still come by."""
        found: dict[Answer, Fraction] = {}
        low = 0
        for route in routes:
            match = route["match"]
            if not requests.matches(match, call):
                continue
            high = WHOLE
            if "runtime_fraction" in match:
                high = match["runtime_fraction"]["default_value"]["numerator"]
            if high > low:
                span = Fraction(high - low, WHOLE)
                for answer, share in self._act(route, call).items():
                    found[answer] = found.get(answer, Fraction(0)) + share * span
                low = high
            if low == WHOLE:
                return found
        rest = Answer(status=404)
        found[rest] = found.get(rest, Fraction(0)) + Fraction(WHOLE - low, WHOLE)
        return found

    def _act(self, route: Json, call: Call) -> dict[Answer, Fraction]:
        origin = _origin(route)
        if "redirect" in route:
            location = paths.location(route["redirect"], route["match"], call)
            status = _REDIRECTS[route["redirect"].get("response_code", "MOVED_PERMANENTLY")]
            return {Answer(status=status, location=location, origin=origin): Fraction(1)}
        if "direct_response" in route:
            status = route["direct_response"]["status"]
            return {Answer(status=status, origin=origin): Fraction(1)}
        if requests.is_preflight(call) and _CORS in route.get("typed_per_filter_config", {}):
            return {Answer(status=200, origin=origin): Fraction(1)}
        return self._forward(route, call, origin)

    def _forward(self, route: Json, call: Call, origin: str) -> dict[Answer, Fraction]:
        action = route["route"]
        if "cluster" in action:
            weighted = [{"name": action["cluster"], "weight": 1}]
        else:
            weighted = action["weighted_clusters"]["clusters"]
        total = sum(each["weight"] for each in weighted)
        found: dict[Answer, Fraction] = {}
        for each in weighted:
            answer = self._sent(route, each, call, origin)
            share = Fraction(each["weight"], total)
            found[answer] = found.get(answer, Fraction(0)) + share
        return {answer: share for answer, share in found.items() if share}

    def _sent(self, route: Json, weight: Json, call: Call, origin: str) -> Answer:
        action = route["route"]
        if requests.is_preflight(call) and _CORS in weight.get("typed_per_filter_config", {}):
            return Answer(status=200, origin=origin)
        if weight["name"] not in self._clusters:
            code = action.get("cluster_not_found_response_code", "SERVICE_UNAVAILABLE")
            return Answer(status=_NOT_FOUND[code], origin=origin)
        # The weighted cluster comes first and the route last, so the route's host wins.
        literal = action.get("host_rewrite_literal", weight.get("host_rewrite_literal"))
        headers = requests.edited(requests.edited(call.headers, weight), route)
        return Answer(
            cluster=weight["name"],
            path=paths.rewritten(action, route["match"], call.path),
            host=literal or call.host,
            headers=tuple(headers),
            origin=origin,
        )


_REDIRECTS = {
    "MOVED_PERMANENTLY": 301,
    "FOUND": 302,
    "SEE_OTHER": 303,
    "TEMPORARY_REDIRECT": 307,
    "PERMANENT_REDIRECT": 308,
}


def _origin(route: Mapping[str, Any]) -> str:
    kind, _, place = route.get("name", "").partition("/")
    name, _, rule = place.rpartition("/")
    return f"{name}#{rule}" if kind == "httproute" else ""


def _bound(listener: Json, call: Call) -> bool:
    others = (each["address"] for each in listener.get("additional_addresses", ()))
    for each in (listener["address"], *others):
        socket = each["socket_address"]
        if socket["port_value"] == call.port and (
            not call.address or socket["address"] in (call.address, "0.0.0.0", "::")
        ):
            return True
    return False
