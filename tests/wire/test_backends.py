"""Where requests end up: weights, invalid and empty backends, grants, endpoints, other kinds.

Counted on the wire. Statuses are read where the spec ties them to what a client sees.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.wire import seeds
from tests.wire.harness.manifests import (
    Document,
    backend,
    gateway,
    http_route,
    listener,
    rule,
    service,
)
from tests.wire.harness.origin import Origin
from tests.wire.stage import HTTP, Stage, assert_shares, stage

pytestmark = [pytest.mark.envoy, pytest.mark.asyncio(loop_scope="module")]

TIMES = 1_000
ELSEWHERE = "elsewhere"
OPEN = [
    listener("open", HTTP, hostname="*.open.test", allowedRoutes={"namespaces": {"from": "All"}})
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with AsyncExitStack() as stack:
        site = await stack.enter_async_context(
            stage(tmp_path_factory.mktemp("backends"), "a", "b", "c")
        )
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="portway-unix-")))
        await stack.enter_async_context(unix_origin(folder))
        documents = [
            gateway("web", [listener("http", HTTP), *OPEN]),
            *site.services,
            without_annotation(service("empty")),
            *weights(),
            *broken(),
            *elsewhere(site),
            *own_kind(site, folder),
        ]
        await site.write("site", documents)
        yield site


class UnixOrigin(Origin):
    """An origin on a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("unix")
        self._path = path

    async def __aenter__(self) -> "UnixOrigin":
        self._server = await asyncio.start_unix_server(self._connected, self._path)
        return self


def unix_origin(folder: Path) -> UnixOrigin:
    return UnixOrigin(folder / "app.sock")


def shares(host: str, *backends: Document) -> Document:
    """A route whose only rule has these backends; the route is named after its host."""
    return http_route(host.partition(".")[0], "web", [rule(*backends)], hostnames=[host])


def weights() -> list[Document]:
    return [
        shares(
            "weights.test",
            backend("a", weight=70),
            backend("b", weight=30),
            backend("c", weight=0),
        ),
        shares("equal.test", backend("a"), backend("b"), backend("c")),
        shares("zero.test", backend("a", weight=0), backend("b", weight=0)),
        shares(
            "twice.test", backend("a", weight=1), backend("b", weight=1), backend("a", weight=2)
        ),
    ]


def broken() -> list[Document]:
    missing = backend("missing")
    foreign = {"group": "unknown.example.com", "kind": "Strange", "name": "a", "port": 80}
    sibling = [
        rule(missing, matches=[{"path": {"value": "/bad"}}]),
        rule(backend("a"), matches=[{"path": {"value": "/good"}}]),
    ]
    return [
        shares("missing.test", missing),
        shares("kind.test", foreign),
        shares("port.test", backend("a", 81)),
        shares("half.test", backend("a"), missing),
        shares("empty.test", backend("empty")),
        shares("thirds.test", backend("a"), missing, backend("empty")),
        http_route("none", "web", [rule()], hostnames=["none.test"]),
        http_route("listless", "web", [{"backendRefs": []}], hostnames=["listless.test"]),
        http_route("sibling", "web", sibling, hostnames=["sibling.test"]),
    ]


def grant(name: str, service: str) -> Document:
    """Lets HTTPRoutes of the default namespace refer to one Service."""
    spec = {
        "from": [
            {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "namespace": "default"}
        ],
        "to": [{"group": "", "kind": "Service", "name": service}],
    }
    metadata = {"name": name, "namespace": ELSEWHERE}
    return {
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": "ReferenceGrant",
        "metadata": metadata,
        "spec": spec,
    }


def elsewhere(site: Stage) -> list[Document]:
    """Services of another namespace: one that may be referred to, one that may not."""
    ends = site.origins["b"].endpoint
    granted = backend("granted", namespace=ELSEWHERE)
    private = backend("private", namespace=ELSEWHERE)
    return [
        service("granted", ends, namespace=ELSEWHERE),
        service("private", ends, namespace=ELSEWHERE),
        grant("only-one", "granted"),
        shares("granted.test", granted),
        shares("private.test", private),
        shares("some.test", granted, private),
    ]


def own_backend(name: str, *endpoints: Document) -> Document:
    return {
        "apiVersion": "portway.dev/v1alpha1",
        "kind": "Backend",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {"endpoints": list(endpoints)},
    }


def own_kind(site: Stage, folder: Path) -> list[Document]:
    """Our Backend in its three forms."""

    def port(name: str) -> int:
        return int(site.origins[name].endpoint.rpartition(":")[2])

    def route(name: str) -> Document:
        return shares(f"{name}.test", {"group": "portway.dev", "kind": "Backend", "name": name})

    both = [{"ip": {"address": "127.0.0.1", "port": port(name)}} for name in ("a", "b")]
    return [
        own_backend("by-ip", *both),
        own_backend("by-name", {"hostname": {"name": "localhost", "port": port("c")}}),
        own_backend("by-socket", {"unix": {"path": str(folder / "app.sock")}}),
        *(route(name) for name in ("by-ip", "by-name", "by-socket")),
    ]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("weights.test", {"a": 0.7, "b": 0.3}),
        ("equal.test", {"a": 1 / 3, "b": 1 / 3, "c": 1 / 3}),
        ("twice.test", {"a": 0.75, "b": 0.25}),
        ("half.test", {"a": 0.5, "500": 0.5}),
        ("thirds.test", {"a": 1 / 3, "500": 1 / 3, "503": 1 / 3}),
        ("some.test", {"b": 0.5, "500": 0.5}),
    ],
)
async def test_requests_are_shared_by_weight(
    site: Stage, host: str, expected: dict[str, float]
) -> None:
    assert_shares(await site.count(TIMES, host), expected)


@pytest.mark.parametrize(
    ("host", "path", "outcome"),
    [
        ("missing.test", "/", "500"),
        ("kind.test", "/", "500"),
        ("port.test", "/", "500"),
        ("private.test", "/", "500"),
        ("none.test", "/", "500"),
        ("listless.test", "/", "500"),
        ("zero.test", "/", "500"),
        ("empty.test", "/", "503"),
        ("sibling.test", "/bad", "500"),
        ("sibling.test", "/good", "a"),
        ("granted.test", "/", "b"),
    ],
)
async def test_backends_that_cannot_be_used(
    site: Stage, host: str, path: str, outcome: str
) -> None:
    assert await site.count(5, host, path) == {outcome: 5}


@pytest.mark.parametrize(
    ("route", "resolved"),
    [
        ("weights", ("True", "ResolvedRefs")),
        ("missing", ("False", "BackendNotFound")),
        ("kind", ("False", "InvalidKind")),
        ("private", ("False", "RefNotPermitted")),
        ("some", ("False", "RefNotPermitted")),
        ("half", ("False", "BackendNotFound")),
        ("none", ("True", "ResolvedRefs")),
        ("empty", ("True", "ResolvedRefs")),
        ("by-socket", ("True", "ResolvedRefs")),
    ],
)
async def test_the_status_says_which_references_lead_nowhere(
    site: Stage, route: str, resolved: tuple[str, str]
) -> None:
    found = await seeds.route(site.portway, f"default/{route}")
    assert found["ResolvedRefs"] == resolved
    assert found["Accepted"] == ("True", "Accepted")


async def test_a_backend_by_address_balances_over_its_endpoints(site: Stage) -> None:
    found = await site.count(100, "by-ip.test")
    assert set(found) == {"a", "b"}
    assert min(found.values()) >= 20


@pytest.mark.parametrize(("host", "outcome"), [("by-name.test", "c"), ("by-socket.test", "unix")])
async def test_a_backend_by_name_and_by_socket(site: Stage, host: str, outcome: str) -> None:
    reply = await site.ask(host)
    assert reply.outcome == outcome
    assert reply.seen["host"] == host


async def test_a_grant_opens_and_its_deletion_closes_at_once(site: Stage) -> None:
    await site.write(
        "late",
        [
            service("late", site.origins["a"].endpoint, namespace=ELSEWHERE),
            shares("late.test", backend("late", namespace=ELSEWHERE)),
        ],
    )
    assert (await site.ask("late.test")).outcome == "500"
    site.portway.write("late-grant", [grant("late", "late")])
    await site.until("a", "late.test")
    await seeds.until_route(site.portway, "default/late", "ResolvedRefs", "ResolvedRefs")
    site.portway.remove("late-grant")
    await site.until("500", "late.test")
    await seeds.until_route(site.portway, "default/late", "ResolvedRefs", "RefNotPermitted")


async def test_endpoints_come_and_go_without_a_change_of_the_route(site: Stage) -> None:
    await site.write("moving", [shares("moving.test", backend("moving"))])
    assert (await site.ask("moving.test")).outcome == "500"
    for outcome, ends in (
        ("503", []),
        ("a", [site.origins["a"].endpoint]),
        ("b", [site.origins["b"].endpoint]),
        ("503", []),
    ):
        made = service("moving", *ends)
        site.portway.write("moving-service", [made if ends else without_annotation(made)])
        await site.until(outcome, "moving.test")
    site.portway.remove("moving-service")
    await site.until("500", "moving.test")


def slices(name: str, *endpoints: tuple[str, bool], port: str = "main") -> Document:
    """A hand-made EndpointSlice; each endpoint is `address:port` and whether it is ready."""
    numbers = {end.rpartition(":")[2] for end, _ in endpoints}
    assert len(numbers) == 1
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": f"{name}-{numbers.copy().pop()}",
            "namespace": "default",
            "labels": {"kubernetes.io/service-name": name},
        },
        "addressType": "IPv4",
        "ports": [{"name": port, "protocol": "TCP", "port": int(numbers.pop())}],
        "endpoints": [
            {"addresses": [end.rpartition(":")[0]], "conditions": {"ready": ready}}
            for end, ready in endpoints
        ],
    }


def without_annotation(made: Document, **spec: Any) -> Document:
    """A Service as in a cluster: its endpoints are in EndpointSlices."""
    del made["metadata"]["annotations"]
    made["spec"].update(spec)
    return made


@pytest.mark.parametrize(
    ("name", "spec"),
    [("selectorless", {}), ("headless", {"clusterIP": "None"}), ("plain", {"type": "ClusterIP"})],
)
async def test_slices_of_every_type_of_service(
    site: Stage, name: str, spec: dict[str, Any]
) -> None:
    ends = {each: site.origins[each].endpoint for each in ("a", "b", "c")}
    await site.write(
        f"slices-{name}",
        [
            without_annotation(service(name), **spec),
            slices(name, (ends["a"], True)),
            slices(name, (ends["b"], True)),
            slices(name, (ends["c"], False)),
            shares(f"{name}.test", backend(name)),
        ],
    )
    found = await site.count(60, f"{name}.test")
    assert set(found) == {"a", "b"}


async def test_a_service_port_leads_to_its_own_slice_port(site: Stage) -> None:
    made = without_annotation(service("two"))
    made["spec"]["ports"] = [{"name": "main", "port": 80}, {"name": "side", "port": 81}]
    await site.write(
        "two-ports",
        [
            made,
            slices("two", (site.origins["a"].endpoint, True)),
            slices("two", (site.origins["b"].endpoint, True), port="side"),
            shares("main.test", backend("two", 80)),
            shares("side.test", backend("two", 81)),
        ],
    )
    assert await site.count(10, "main.test") == Counter({"a": 10})
    assert await site.count(10, "side.test") == Counter({"b": 10})


async def test_a_backend_that_refuses_connections_is_503_and_comes_back(site: Stage) -> None:
    async with Origin("gone") as origin:
        address, _, port = origin.endpoint.rpartition(":")
        await site.write(
            "gone", [service("gone", origin.endpoint), shares("gone.test", backend("gone"))]
        )
        assert (await site.ask("gone.test")).outcome == "gone"
    await site.until("503", "gone.test")
    async with Origin("again", address=address, port=int(port)):
        await site.until("again", "gone.test")


async def test_a_route_of_another_namespace_needs_a_listener_that_lets_it_in(site: Stage) -> None:
    def route(name: str, host: str, **parent: str) -> Document:
        made = http_route(name, "web", [rule(backend("far"))], hostnames=[host], namespace="far")
        made["spec"]["parentRefs"][0] |= {"namespace": "default", **parent}
        return made

    far = service("far", site.origins["c"].endpoint, namespace="far")
    out = route("out", "far.test", sectionName="http")
    await site.write("far", [far, out, route("in", "far.open.test")])
    assert (await site.ask("far.test")).outcome == "404"
    assert (await site.ask("far.open.test")).outcome == "c"
    found = await seeds.route(site.portway, "far/out")
    assert found["Accepted"] == ("False", "NotAllowedByListeners")
    assert found["ResolvedRefs"] == ("True", "ResolvedRefs")
    assert (await seeds.route(site.portway, "far/in"))["Accepted"] == ("True", "Accepted")
