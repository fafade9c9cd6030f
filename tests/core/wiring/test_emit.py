"""From rendered values to resources: versions, needs, tables, and one bad route left out alone."""

from typing import Any

import msgspec
import pytest

from portway.core import model, render
from portway.core.schema import Schema
from portway.core.wiring.emit import (
    CLUSTER,
    HOST,
    PREFIX,
    SCOPE,
    SECRET,
    Emitter,
    HostBytes,
    LeftOut,
    Refused,
    tables,
)

GATEWAY = model.ObjectKey("Gateway", "shop", "web")
TABLE = model.TableKey(GATEWAY, 80, "")


@pytest.fixture
def emitter(schema: Schema) -> Emitter:
    return Emitter(schema, render.Defaults())


def cluster_key(name: str) -> model.ClusterKey:
    return model.ClusterKey("Service", "shop", name, 80, "http")


def entry(name: str, *shares: model.Share, **rule: Any) -> model.Contribution:
    match = model.Match(model.PathMatch("PathPrefix", f"/{name}"))
    made = model.Rule(0, (match,), model.Forward(shares), **rule)
    return model.Contribution(model.ObjectKey("HTTPRoute", "shop", name), "", (made,))


def host(
    emitter: Emitter,
    *routes: model.Contribution,
    domain: str = "a.example.com",
    scoped: bool = False,
) -> HostBytes:
    key = model.HostKey(TABLE, domain)
    pieces = [emitter.piece(key, each) for each in routes]
    return emitter.host(key, model.Gateway(GATEWAY, 1, "portway", ()), pieces, scoped)


def listener(name: str, serving: bool = True, secret: str = "") -> model.Listener:
    key = model.ListenerKey(GATEWAY, GATEWAY, name)
    secrets = (model.ObjectKey("Secret", "shop", secret),) if secret else ()
    allowed = model.AllowedRoutes(())
    return model.Listener(key, 443, "HTTPS", f"{name}.example.com", allowed, True, serving, secrets)


def port(protocol: str, *listeners: model.Listener) -> model.Port:
    return model.Port(model.PortKey(GATEWAY, 443), protocol, ("127.0.0.1",), 443, listeners)


def test_a_host_needs_the_clusters_that_it_can_send_to(emitter: Emitter) -> None:
    mirror = model.Mirror(cluster_key("copy"))
    found = host(
        emitter,
        entry(
            "a",
            model.Share(1, cluster_key("used"), (model.Mirror(cluster_key("share-copy")),)),
            model.Share(0, cluster_key("weightless")),
            model.Share(1, None),
            filters=(mirror,),
        ),
        entry("b", model.Share(1, cluster_key("redirected")), redirect=model.Redirect("https")),
        entry("c", model.Share(1, cluster_key("broken")), broken="no such filter"),
    )
    names = {name.split("/")[2] for type_url, name in found.needs if type_url == PREFIX + CLUSTER}
    assert len(names) == len(found.needs)
    assert names == {"copy", "share-copy", "used"}


def test_tables_are_the_bytes_of_their_hosts(emitter: Emitter, schema: Schema) -> None:
    hosts = tuple(
        host(emitter, entry(name, model.Share(1, cluster_key(name))), domain=f"{name}.com")
        for name in ("a", "b")
    )
    resource = emitter.routes(TABLE, hosts)
    assert all(each.body in resource.body for each in hosts)
    decoded = schema.decode(resource.type_url.removeprefix(PREFIX), resource.body)
    assert [each["name"] for each in decoded["virtual_hosts"]] == ["a.com", "b.com"]
    assert resource.needs == (*hosts[0].needs, *hosts[1].needs)


def test_a_version_follows_the_content(emitter: Emitter) -> None:
    one = emitter.endpoints(model.Endpoints(cluster_key("a")))
    again = emitter.endpoints(model.Endpoints(cluster_key("a")))
    other = emitter.endpoints(
        model.Endpoints(cluster_key("a"), (model.Endpoint("127.0.0.1", 3000),))
    )
    assert one == again
    assert one.version != other.version
    assert one.name == other.name


def test_a_listed_cluster_needs_its_endpoints_and_a_named_one_does_not(emitter: Emitter) -> None:
    key = cluster_key("a")
    listed = emitter.cluster(model.Cluster(key))
    assert [name for _, name in listed.needs] == [listed.name]
    named = model.Cluster(key, model.Discovery.NAMED, (model.Endpoint("a.example.com", 80),))
    assert emitter.cluster(named).needs == ()


def test_a_listener_needs_tables_and_certificates_of_what_is_serving(emitter: Emitter) -> None:
    found = emitter.listener(
        port("HTTPS", listener("a", secret="tls"), listener("b", serving=False, secret="gone"))
    )
    secrets = [name for type_url, name in found.needs if type_url == PREFIX + SECRET]
    assert secrets == [render.names.secret(model.ObjectKey("Secret", "shop", "tls"))]
    assert len(found.needs) == 2


def test_http_has_one_table_and_https_one_for_each_serving_listener() -> None:
    both = (listener("a"), listener("b"), listener("c", serving=False))
    assert tables(port("HTTP", *both)) == (model.TableKey(GATEWAY, 443, ""),)
    assert [each.listener for each in tables(port("HTTPS", *both))] == ["a", "b"]


def test_what_breaks_a_rule_of_the_schema_is_refused_in_words(emitter: Emitter) -> None:
    with pytest.raises(Refused, match=r"^VirtualHost\.domains: "):
        emitter.encode(HOST, {"name": "a"})


def test_a_route_that_cannot_be_rendered_is_left_out_alone(
    emitter: Emitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = entry("good"), entry("bad")
    expected, whole = host(emitter, good), render.routes

    def broken(value: model.HostRoute, seen: Any) -> Any:
        if value.route.name == "bad":
            raise RuntimeError("a bug in the renderer")
        return whole(value, seen)

    monkeypatch.setattr(render, "routes", broken)
    found = host(emitter, good, bad)
    assert found.left_out == ((bad.route, LeftOut("a bug in the renderer", True)),)
    assert msgspec.structs.replace(found, left_out=()) == expected


@pytest.mark.parametrize("count", [3, 40])
def test_pieces_make_what_is_rendered_as_a_whole(
    emitter: Emitter, schema: Schema, count: int
) -> None:
    """As a list and as a tree."""
    routes = [entry(f"r{n:02}", model.Share(1, cluster_key("app"))) for n in range(count)]
    found = host(emitter, *routes)
    assert len(found.host.routes) == count
    rendered = render.virtual_host(found.host)
    assert ("matcher" in rendered) is (count > 16)
    assert schema.encode(HOST, rendered) == found.body


def test_a_scope_holds_the_host_and_says_that_it_is_known(emitter: Emitter, schema: Schema) -> None:
    found = host(emitter, entry("a"), scoped=True)
    assert found.body == b""
    assert found.scope is not None
    routes = schema.decode(SCOPE, found.scope.body)["route_configuration"]
    assert routes["name"] == "shop/web/80/a.example.com"
    (only,) = routes["virtual_hosts"]
    assert only == {**schema.decode(HOST, host(emitter, entry("a")).body), **render.known_host()}


@pytest.mark.parametrize("protocol", ["http", "h2c"])
def test_clusters_that_are_alike_differ_in_their_names_only(
    emitter: Emitter, schema: Schema, protocol: str
) -> None:
    for name in ("a", "b"):
        cluster = model.Cluster(cluster_key(name)._replace(protocol=protocol))
        assert emitter.cluster(cluster).body == schema.encode(CLUSTER, render.cluster(cluster))
