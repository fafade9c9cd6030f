"""The judge of the fuzz tests sees every kind of harm, and forgives only what is owned."""

from collections.abc import Callable

import msgspec
import pytest

from portway.core import api, model
from portway.core.schema import Schema
from portway.core.wiring.emit import CLUSTER, LISTENER, PREFIX, SECRET
from tests.fuzz.neighbours import Owned, Site, Snapshot, disturbed, snapshot
from tests.fuzz.running import documents, started

SITE = documents()


@pytest.fixture(scope="module")
def before(schema: Schema) -> Snapshot:
    return snapshot(started(schema, SITE).core)


def key(kind: str, name: str, namespace: str = "shop") -> model.ObjectKey:
    return model.ObjectKey(kind, namespace, name)


def owned_by(kind: str, name: str, namespace: str = "shop") -> Owned:
    return Site(SITE).owned([api.Event(kind, namespace, name, None)])


def without(snap: Snapshot, resource: tuple[str, str]) -> Snapshot:
    kept = {name: body for name, body in snap.resources.items() if name != resource}
    return Snapshot(kept, snap.needs, snap.hosts, snap.rules, snap.listeners, snap.statuses)


def with_host(snap: Snapshot, edit: Callable[[model.VirtualHost], model.VirtualHost]) -> Snapshot:
    """The shared host of shop/web, edited."""
    found = next(
        each for each in snap.hosts if (each.table.port, each.domain) == (80, "shop.example.com")
    )
    host = snap.hosts[found]
    changed = msgspec.structs.replace(host, host=edit(host.host), body=b"changed")
    hosts = {**snap.hosts, found: changed}
    return Snapshot(snap.resources, snap.needs, hosts, snap.rules, snap.listeners, snap.statuses)


def lacking(route: str) -> Callable[[model.VirtualHost], model.VirtualHost]:
    def edit(host: model.VirtualHost) -> model.VirtualHost:
        kept = tuple(each for each in host.routes if each.route.name != route)
        assert len(kept) < len(host.routes)
        return msgspec.structs.replace(host, routes=kept)

    return edit


def reordered(host: model.VirtualHost) -> model.VirtualHost:
    return msgspec.structs.replace(host, routes=tuple(reversed(host.routes)))


def test_nothing_changed_is_nothing_disturbed(before: Snapshot) -> None:
    assert disturbed(before, before, Owned()) == []


def test_a_route_may_leave_the_host_it_shares(before: Snapshot) -> None:
    after = with_host(before, lacking("same-host"))
    assert disturbed(before, after, owned_by("HTTPRoute", "same-host")) == []


def test_it_may_not_take_a_neighbour_with_it(before: Snapshot) -> None:
    after = with_host(before, lacking("cart"))
    assert disturbed(before, after, owned_by("HTTPRoute", "same-host")) != []


def test_it_may_not_reorder_its_neighbours(before: Snapshot) -> None:
    after = with_host(before, reordered)
    assert disturbed(before, after, owned_by("HTTPRoute", "same-host")) != []


def test_a_host_that_is_not_shared_keeps_its_bytes(before: Snapshot) -> None:
    after = with_host(before, lacking("cart"))
    assert disturbed(before, after, owned_by("HTTPRoute", "cors")) != []


def test_a_cluster_goes_with_its_only_user(before: Snapshot) -> None:
    after = without(before, (PREFIX + CLUSTER, "service/shop/cart/81/http"))
    assert disturbed(before, after, owned_by("HTTPRoute", "slow")) == []
    assert disturbed(before, after, owned_by("HTTPRoute", "cors")) != []


def test_a_shared_cluster_stays(before: Snapshot) -> None:
    after = without(before, (PREFIX + CLUSTER, "service/shop/cart/80/http"))
    assert disturbed(before, after, owned_by("HTTPRoute", "slow")) != []
    assert disturbed(before, after, owned_by("Service", "cart")) == []


def test_a_gateway_owns_its_listeners_and_certificates_only(before: Snapshot) -> None:
    second = owned_by("Gateway", "second", "blog")
    assert disturbed(before, without(before, (PREFIX + LISTENER, "blog/second/80")), second) == []
    assert disturbed(before, without(before, (PREFIX + LISTENER, "shop/web/80")), second) != []
    assert disturbed(before, without(before, (PREFIX + SECRET, "secret/blog/blog")), second) == []
    assert disturbed(before, without(before, (PREFIX + SECRET, "secret/shop/one")), second) != []


def test_a_status_is_its_own_objects_business(before: Snapshot) -> None:
    cart = key("HTTPRoute", "cart")
    statuses = {**before.statuses, cart: {"parents": []}}
    after = Snapshot(
        *(before.resources, before.needs, before.hosts, before.rules, before.listeners), statuses
    )
    assert disturbed(before, after, owned_by("HTTPRoute", "cors")) == [f"the status of {cart}"]
    assert disturbed(before, after, owned_by("Service", "cart")) == []
    assert disturbed(before, after, owned_by("Gateway", "web")) == []


@pytest.mark.parametrize(
    ("kind", "name", "namespace", "routes"),
    [
        ("ConfigMap", "settings", "shop", set()),
        ("Gateway", "web", "shop", set()),
        ("EndpointSlice", "sliced-1", "shop", set()),
        ("Namespace", "blog", "", {"posts", "tcp", "udp", "passing", "waiting"}),
        ("BackendTLSPolicy", "guarded", "shop", {"broken", "tls"}),
        ("ConfigMap", "ca", "shop", {"broken", "tls"}),
        ("ReferenceGrant", "data", "data", {"mirrors", "kinds", "posts"}),
        ("Backend", "store", "data", {"kinds"}),
        ("Service", "posts", "blog", {"posts", "tcp", "udp", "passing", "waiting"}),
    ],
)
def test_who_is_named_by_whom(kind: str, name: str, namespace: str, routes: set[str]) -> None:
    assert {each.name for each in owned_by(kind, name, namespace).routes} == routes


def test_authorities_belong_to_whoever_names_them(before: Snapshot) -> None:
    trust = (PREFIX + SECRET, "configmap/shop/ca")
    assert trust in before.resources
    after = without(before, trust)
    for kind, name in (("ConfigMap", "ca"), ("BackendTLSPolicy", "guarded")):
        assert disturbed(before, after, owned_by(kind, name)) == []
    for kind, name in (("ConfigMap", "settings"), ("BackendTLSPolicy", "outside")):
        assert disturbed(before, after, owned_by(kind, name)) != []


def test_a_certificate_concerns_the_listeners_that_name_it() -> None:
    assert owned_by("Secret", "wild", "certs").listeners == {("shop", "secure", "wild")}
    assert owned_by("ReferenceGrant", "certificates", "certs").listeners == {
        ("shop", "secure", "wild")
    }
