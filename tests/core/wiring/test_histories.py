"""Whatever order objects come in, the end is the same, and no condition flutters on the way."""

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from portway.core import api, model
from portway.core.schema import Schema
from portway.core.wiring import Core
from tests.core import site
from tests.core.wiring import tls_site

SECURE = {"protocol": "HTTPS", "port": 8443, "tls": {"certificateRefs": [{"name": "cert"}]}}
ANYBODY = {"namespaces": {"from": "All"}}


def written(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> api.Event:
    return site.event(
        {
            "apiVersion": site.GATEWAY_API,
            "kind": kind,
            "metadata": {"name": name, **metadata},
            "spec": spec,
        }
    )


def listener(name: str, hostname: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "protocol": "HTTP", "port": 8080, "hostname": hostname, **more}


def listener_set(name: str, created: str, *listeners: dict[str, Any], **more: Any) -> api.Event:
    spec = {"parentRef": {"name": "web", "namespace": "default"}, "listeners": list(listeners)}
    return written("ListenerSet", name, spec, creationTimestamp=created, **more)


def route(name: str, namespace: str = "default", **spec: Any) -> api.Event:
    backend = {"name": "app", "namespace": "default", "port": 80}
    return written(
        "HTTPRoute", name, {"rules": [{"backendRefs": [backend]}], **spec}, namespace=namespace
    )


GATEWAY = written(
    "Gateway",
    "web",
    {
        "gatewayClassName": "portway",
        "allowedListeners": ANYBODY,
        "defaultScope": "All",
        "listeners": [
            listener("http", "*.example.com", allowedRoutes=ANYBODY),
            listener("tls", "www.example.com", **SECURE),
        ],
    },
)

SECRET = tls_site.secret("cert")

OTHERS = (
    site.gateway_class(),
    GATEWAY,
    site.service("app"),
    listener_set(
        *("old", "2026-01-01T00:00:00Z"),
        listener("http", "shared.example.com"),
        listener("tls", "shared.example.com", **SECURE),
    ),
    listener_set(
        *("new", "2026-01-02T00:00:00Z"),
        listener("http", "shared.example.com"),
        listener("own", "new.example.com", port=9090),
    ),
    listener_set(
        *("far", "2026-01-03T00:00:00Z"),
        listener("tls", "far.example.com", **SECURE),
        {"name": "db", "protocol": "TCP", "port": 5432},
        namespace="apps",
    ),
    written(
        "ReferenceGrant",
        "apps",
        {
            "from": [{"group": api.GATEWAY_GROUP, "kind": "HTTPRoute", "namespace": "apps"}],
            "to": [{"group": "", "kind": "Service"}],
        },
    ),
    route("gateway", parentRefs=[{"name": "web"}]),
    route("set", parentRefs=[{"kind": "ListenerSet", "name": "old"}]),
    route("late", parentRefs=[{"kind": "ListenerSet", "name": "new"}]),
    route("default", namespace="apps", useDefaultGateways="All"),
)


EVERYTHING = (SECRET, *OTHERS)


def place(core: Core) -> None:
    """The machine gives every Gateway an address."""
    for _, each in core.gateways.items():
        core.inputs.placements.set(each.key, model.Placement(("127.0.0.1",)))
    core.settle()


def acknowledge(core: Core) -> None:
    """The proxy takes whatever it is told."""
    for each in core.resources():
        core.inputs.acknowledge({each.key: each.version})
    core.settle()


def made(schema: Schema, events: Any) -> Core:
    core = Core(schema, strict=True)
    core.apply(events)
    core.settle()
    place(core)
    acknowledge(core)
    return core


def state(core: Core) -> Any:
    return {each.key: each.body for each in core.resources()}, core.statuses()


def conditions(core: Core) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every condition of every object, its listeners and its parents, and what it is."""
    for key, status in core.statuses().items():
        parts = [("", status)]
        parts += [(each["name"], each) for each in status.get("listeners", ())]
        parts += [(str(each["parentRef"]), each) for each in status.get("parents", ())]
        for part, document in parts:
            for each in document.get("conditions", ()):
                yield (str(key), part, each["type"]), each["status"]


@settings(max_examples=25, deadline=None)
@given(st.permutations(OTHERS))
def test_no_condition_becomes_true_twice(schema: Schema, order: list[api.Event]) -> None:
    """Seen after every step: before the proxy has answered as well as after.

    The Secret is there from the start. A listener that gets its certificate later begins to be
    served, and until the proxy has it the Gateway is not programmed, whatever it was before.
    """
    core = Core(schema, strict=True)
    told: dict[tuple[str, ...], list[str]] = {}

    def look() -> None:
        for key, value in conditions(core):
            past = told.setdefault(key, [])
            if not past or past[-1] != value:
                past.append(value)

    for each in (SECRET, *order):
        core.apply([each])
        core.settle()
        place(core)
        look()
        acknowledge(core)
        look()
    fluttered = {key: past for key, past in told.items() if past.count("True") > 1}
    assert fluttered == {}
    assert state(core) == state(made(schema, EVERYTHING))


@settings(max_examples=25, deadline=None)
@given(st.permutations(EVERYTHING), st.lists(st.sampled_from(EVERYTHING), max_size=6))
def test_what_went_leaves_nothing_behind(
    schema: Schema, order: list[api.Event], gone: list[api.Event]
) -> None:
    core = made(schema, order)
    for each in gone:
        core.apply([api.Event(each.kind, each.namespace, each.name, None)])
        core.settle()
    acknowledge(core)
    left = [each for each in EVERYTHING if each not in gone]
    fresh = made(schema, left)
    assert {each.key: each.body for each in core.resources()} == {
        each.key: each.body for each in fresh.resources()
    }
    assert core.statuses() == fresh.statuses()
