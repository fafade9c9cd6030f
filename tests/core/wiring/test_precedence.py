"""Which rule answers, of many that match: the spec's words against the simulator.

Random routes of one host and random requests. The oracle reads the manifests as they are written
and knows nothing of Portway; the simulator (`explain`) walks what the core made of them, which is
what Envoy is compared with elsewhere (test_against_envoy).
"""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portway.core.explain import Request, explain
from portway.core.schema import Schema
from portway.core.wiring import CoreView
from tests.core import site

HOST = "app.example.com"
PATHS = ["/", "/a", "/a/b"]
METHODS = ["GET", "POST"]
NAMES = ["x-a", "x-b"]

# Few values, so that most matches hold for most requests: it is among those that somebody wins.
PAIRS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(["1", "1", "2"]), max_size=2)
SENT = st.fixed_dictionaries({each: st.sampled_from(["1", "1", "2"]) for each in NAMES})
MATCHES = st.builds(
    lambda kind, path, method, headers, query: {
        "path": {"type": kind, "value": path},
        **({"method": method} if method else {}),
        **({"headers": _named(headers)} if headers else {}),
        **({"queryParams": _named(query)} if query else {}),
    },
    st.sampled_from(["Exact", "PathPrefix"]),
    st.sampled_from(PATHS),
    st.sampled_from(["", *METHODS]),
    PAIRS,
    PAIRS,
)


RULES = st.lists(st.lists(MATCHES, min_size=1, max_size=2), min_size=1, max_size=3)
# The same match in every rule: then age, name and place decide.
ALIKE = st.lists(st.just([{"path": {"type": "PathPrefix", "value": "/"}}]), min_size=1, max_size=2)


def routes_of(rules: Any) -> Any:
    names = st.sampled_from(["a", "b", "c"])
    return st.dictionaries(names, st.tuples(st.integers(0, 1), rules), min_size=1, max_size=3)


REQUESTS = st.lists(
    st.tuples(st.sampled_from(METHODS), st.sampled_from([*PATHS, "/a/", "/ab", "/c"]), SENT, SENT),
    min_size=1,
    max_size=8,
)
Route = tuple[int, list[list[dict[str, Any]]]]
Asked = tuple[str, str, dict[str, str], dict[str, str]]


def _named(pairs: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs.items()]


def fits(match: dict[str, Any], asked: Asked) -> bool:
    """HTTPRouteMatch: everything that is there has to hold."""
    method, path, headers, query = asked
    wanted = match["path"]["value"]
    if match["path"]["type"] == "Exact":
        on_path = path == wanted
    else:
        below = wanted.rstrip("/") + "/"
        on_path = path == wanted.rstrip("/") or path.startswith(below)
    return (
        on_path
        and match.get("method", method) == method
        and all(headers.get(each["name"]) == each["value"] for each in match.get("headers", ()))
        and all(query.get(each["name"]) == each["value"] for each in match.get("queryParams", ()))
    )


def rank(match: dict[str, Any]) -> tuple[Any, ...]:
    """HTTPRouteRule: exact path, longest prefix, method, most headers, most query parameters."""
    path = match["path"]
    return (
        path["type"] == "Exact",
        len(path["value"]),
        "method" in match,
        len(match.get("headers", ())),
        len(match.get("queryParams", ())),
    )


def oracle(routes: dict[str, Route], asked: Asked) -> tuple[str, int] | None:
    """Then the oldest route, the first by name, and the first rule."""
    found = [
        (*(-each for each in rank(match)), age, name, index)
        for name, (age, rules) in routes.items()
        for index, matches in enumerate(rules)
        for match in matches
        if fits(match, asked)
    ]
    return min(found)[-2:] if found else None


def document(name: str, age: int, rules: list[list[dict[str, Any]]]) -> dict[str, Any]:
    created = f"2026-01-0{age + 1}T00:00:00Z"
    return {
        "apiVersion": site.GATEWAY_API,
        "kind": "HTTPRoute",
        "metadata": {"name": name, "creationTimestamp": created},
        "spec": {
            "parentRefs": [{"name": "web"}],
            "hostnames": [HOST],
            "rules": [
                {"matches": each, "backendRefs": [{"name": "app", "port": 80}]} for each in rules
            ],
        },
    }


@settings(max_examples=250)
@given(routes_of(RULES), REQUESTS)
def test_the_simulator_follows_the_words_of_the_spec(
    schema: Schema, routes: dict[str, Route], requests: list[Asked]
) -> None:
    hold(schema, routes, requests)


@settings(max_examples=50)
@given(routes_of(ALIKE), REQUESTS)
def test_of_matches_that_are_alike_the_oldest_then_the_first_counts(
    schema: Schema, routes: dict[str, Route], requests: list[Asked]
) -> None:
    hold(schema, routes, requests)


def hold(schema: Schema, routes: dict[str, Route], requests: list[Asked]) -> None:
    """What wins by the words wins in what the core makes of these routes."""
    events = [site.event(document(name, *each)) for name, each in routes.items()]
    core = site.core(schema, site.gateway_class(), site.gateway(), site.service("app"), *events)
    view = CoreView(core)
    for asked in requests:
        method, path, headers, query = asked
        sent = Request(
            method=method,
            scheme="http",
            host=HOST,
            port=8080,
            path=path,
            query="&".join(f"{name}={value}" for name, value in query.items()),
            headers=tuple(headers.items()),
        )
        (trace,) = explain(view, sent).traces
        wanted = oracle(routes, asked)
        if wanted is None:
            assert trace.answer.status == 404
        else:
            (won,) = [each for each in trace.attempts if not each.reason]
            assert (won.route, won.rule) == (
                f"HTTPRoute default/{wanted[0]}",
                f"rules[{wanted[1]}]",
            )
