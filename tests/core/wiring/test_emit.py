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
    SECRET,
    Emitter,
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


def entry(name: str, *shares: model.Share, **rule: Any) -> model.HostRoute:
    match = model.Match(model.PathMatch("PathPrefix", f"/{name}"))
    made = model.Rule(0, (match,), model.Forward(shares), **rule)
    return model.HostRoute(model.ObjectKey("HTTPRoute", "shop", name), made, match)


def host(*routes: model.HostRoute, domain: str = "a.example.com") -> model.VirtualHost:
    return model.VirtualHost(domain, 80, "http", routes)


def listener(name: str, serving: bool = True, secret: str = "") -> model.Listener:
    key = model.ListenerKey(GATEWAY, GATEWAY, name)
    secrets = (model.ObjectKey("Secret", "shop", secret),) if secret else ()
    allowed = model.AllowedRoutes(())
    return model.Listener(key, 443, "HTTPS", f"{name}.example.com", allowed, True, serving, secrets)


def port(protocol: str, *listeners: model.Listener) -> model.Port:
    return model.Port(model.PortKey(GATEWAY, 443), protocol, ("127.0.0.1",), 443, listeners)


def test_a_host_needs_the_clusters_that_it_can_send_to(emitter: Emitter) -> None:
    mirror = model.Mirror(cluster_key("copy"))
    found = emitter.host(
        host(
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
    )
    names = {name.split("/")[2] for type_url, name in found.needs if type_url == PREFIX + CLUSTER}
    assert len(names) == len(found.needs)
    assert names == {"copy", "share-copy", "used"}


def test_tables_are_the_bytes_of_their_hosts(emitter: Emitter, schema: Schema) -> None:
    hosts = tuple(
        emitter.host(host(entry(name, model.Share(1, cluster_key(name))), domain=f"{name}.com"))
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


def _fails_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = render.virtual_host

    def broken(value: model.VirtualHost, _: int) -> Any:
        if name == "*" or any(each.route.name == name for each in value.routes):
            raise RuntimeError("a bug in the renderer")
        return whole(value)

    monkeypatch.setattr(render, "virtual_host", broken)


def test_a_route_that_cannot_be_rendered_is_left_out_alone(
    emitter: Emitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = entry("good"), entry("bad")
    expected = emitter.host(host(good))
    _fails_for("bad", monkeypatch)
    found = emitter.host(host(good, bad))
    assert found.left_out == ((bad.route, LeftOut("a bug in the renderer", True)),)
    assert msgspec.structs.replace(found, left_out=()) == expected


def test_a_host_that_is_itself_at_fault_fails_as_a_whole(
    emitter: Emitter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The graph then keeps the bytes that worked last."""
    _fails_for("*", monkeypatch)
    with pytest.raises(RuntimeError, match="a bug in the renderer"):
        emitter.host(host())
