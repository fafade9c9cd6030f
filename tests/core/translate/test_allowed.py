"""Which namespaces a listener lets in."""

from typing import Any

import pytest

from portway.core import api
from portway.core.translate.allowed import (
    admits_namespace,
    allowed_routes,
    invalid_kinds,
    selector_problem,
)


def listener(**namespaces: Any) -> api.Listener:
    spec = api.RouteNamespaces(**namespaces)
    return api.Listener(
        name="web", port=80, protocol="HTTP", allowed_routes=api.AllowedRoutes(namespaces=spec)
    )


def selector(labels: dict[str, str] | None = None, *terms: tuple[str, str, tuple[str, ...]]) -> Any:
    expressions = tuple(
        api.LabelSelectorRequirement(key=key, operator=operator, values=values)
        for key, operator, values in terms
    )
    return api.LabelSelector(match_labels=labels or {}, match_expressions=expressions)


NAMESPACES = """
apiVersion: v1
kind: Namespace
metadata: {name: red, labels: {team: red, tier: front}}
---
apiVersion: v1
kind: Namespace
metadata: {name: blue, labels: {team: blue}}
---
apiVersion: v1
kind: Namespace
metadata: {name: bare}
"""


def admitted(world: Any, spec: api.Listener) -> set[str]:
    world.add(NAMESPACES)
    allowed = allowed_routes(spec)
    names = ("red", "blue", "bare", "unknown")
    return {name for name in names if admits_namespace(allowed, "blue", name, world)}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (listener(from_="Same"), {"blue"}),
        (listener(from_="All"), {"red", "blue", "bare", "unknown"}),
        (listener(from_="Selector", selector=selector({"team": "red"})), {"red"}),
        (listener(from_="Selector", selector=selector({"team": "red", "tier": "back"})), set()),
        (
            listener(from_="Selector", selector=selector(None, ("team", "In", ("red", "blue")))),
            {"red", "blue"},
        ),
        (
            listener(from_="Selector", selector=selector(None, ("team", "NotIn", ("red",)))),
            {"blue", "bare", "unknown"},
        ),
        (listener(from_="Selector", selector=selector(None, ("tier", "Exists", ()))), {"red"}),
        (
            listener(from_="Selector", selector=selector(None, ("team", "DoesNotExist", ()))),
            {"bare", "unknown"},
        ),
        (
            listener(
                from_="Selector", selector=selector({"team": "red"}, ("tier", "DoesNotExist", ()))
            ),
            set(),
        ),
        (
            listener(
                from_="Selector", selector=selector({"kubernetes.io/metadata.name": "unknown"})
            ),
            {"unknown"},
        ),
        (listener(from_="Selector", selector=selector()), {"red", "blue", "bare", "unknown"}),
        (listener(from_="Selector"), set()),
        (listener(from_="Selector", selector=selector(None, ("team", "Near", ("red",)))), set()),
    ],
)
def test_namespaces(world: Any, spec: api.Listener, expected: set[str]) -> None:
    assert admitted(world, spec) == expected


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (listener(from_="Selector"), "there is no selector"),
        (listener(from_="Selector", selector=selector(None, ("a", "Near", ()))), "'Near' for a"),
        (listener(from_="Selector", selector=selector(None, ("a", "In", ()))), "needs values"),
        (
            listener(from_="Selector", selector=selector(None, ("a", "Exists", ("b",)))),
            "takes no values",
        ),
    ],
)
def test_a_selector_that_makes_no_sense_is_told(spec: api.Listener, words: str) -> None:
    assert words in selector_problem(spec)


def test_a_sound_selector_has_no_problem() -> None:
    assert selector_problem(listener(from_="Selector", selector=selector({"a": "b"}))) == ""
    assert selector_problem(listener(from_="Same")) == ""


@pytest.mark.parametrize(
    ("protocol", "mode", "asked", "kinds", "invalid"),
    [
        ("TLS", "Passthrough", (), ["TLSRoute"], []),
        ("TLS", "Terminate", (), ["TLSRoute", "TCPRoute"], []),
        ("TLS", "Passthrough", ("TLSRoute", "TCPRoute"), ["TLSRoute"], ["TCPRoute"]),
        ("TLS", "Terminate", ("TCPRoute", "UDPRoute"), ["TCPRoute"], ["UDPRoute"]),
        ("TCP", None, (), ["TCPRoute"], []),
        ("TCP", None, ("TLSRoute",), [], ["TLSRoute"]),
        ("UDP", None, (), ["UDPRoute"], []),
        ("SCTP", None, ("UDPRoute",), [], ["UDPRoute"]),
    ],
)
def test_kinds_of_layer_4(
    protocol: str, mode: Any, asked: tuple[str, ...], kinds: list[str], invalid: list[str]
) -> None:
    wanted = api.AllowedRoutes(kinds=tuple(api.RouteGroupKind(kind=each) for each in asked))
    tls = api.ListenerTLSConfig(mode=mode) if mode else None
    spec = api.Listener(name="l", port=1, protocol=protocol, tls=tls, allowed_routes=wanted)
    assert [each.kind for each in allowed_routes(spec).kinds] == kinds
    assert [each.kind for each in invalid_kinds(spec)] == invalid
