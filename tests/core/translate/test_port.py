"""Ports and the virtual hosts a Gateway has without any route."""

from typing import Any

import msgspec

from portway.core import model, translate

HERE = model.Placement(("127.0.0.2",))
GATEWAY = model.ObjectKey("Gateway", "infra", "edge")


def made(*listeners: model.Listener, accepted: bool = True) -> model.Gateway:
    return model.Gateway(GATEWAY, 1, "portway", listeners, accepted=accepted)


def listener(
    name: str, port: int, hostname: str = "", protocol: str = "HTTP", **more: Any
) -> model.Listener:
    key = model.ListenerKey(GATEWAY, GATEWAY, name)
    return model.Listener(key, port, protocol, hostname, model.AllowedRoutes(()), **more)


def numbers(gateway: model.Gateway, placement: model.Placement | None) -> dict[int, int]:
    return {port.key.port: port.bound_port for port in translate.ports(gateway, placement)}


def test_listeners_of_a_port_share_it() -> None:
    gateway = made(listener("a", 80, "a.com"), listener("b", 80), listener("c", 8080))
    web, other = translate.ports(gateway, HERE)
    assert [each.name for each in web.listeners] == ["a", "b"]
    assert (web.protocol, web.addresses, web.bound_port) == ("HTTP", ("127.0.0.2",), 80)
    assert other.key == model.PortKey(GATEWAY, 8080)


def test_without_an_address_there_are_no_ports() -> None:
    gateway = made(listener("a", 80))
    assert translate.ports(gateway, None) == ()
    assert translate.ports(gateway, model.Placement(problem="pool empty")) == ()
    assert translate.ports(msgspec.structs.replace(gateway, accepted=False), HERE) == ()


def test_wrong_parameters_take_nothing_from_what_is_served() -> None:
    def refused(*reasons: str) -> model.Gateway:
        found = tuple(model.Finding(GATEWAY, "", "Accepted", each, "") for each in reasons)
        return msgspec.structs.replace(made(listener("a", 80)), accepted=False, findings=found)

    assert numbers(refused(model.PARAMETERS), HERE) == {80: 80}
    assert numbers(refused(model.PARAMETERS, "UnsupportedAddress"), HERE) == {}


def test_a_port_with_nothing_to_serve_is_not_bound() -> None:
    lost = listener("lost", 443, "a.com", "HTTPS", serving=False)
    conflicted = listener("no", 80, accepted=False, serving=False)
    assert numbers(made(lost, conflicted, listener("ok", 81)), HERE) == {81: 81}


def test_a_listener_that_cannot_be_served_keeps_its_host_name() -> None:
    lost = listener("lost", 443, "a.com", "HTTPS", serving=False)
    (port,) = translate.ports(made(lost, listener("ok", 443, "*.com", "HTTPS")), HERE)
    assert [(each.name, each.serving) for each in port.listeners] == [("lost", False), ("ok", True)]


def test_an_offset_moves_low_ports_and_never_takes_the_port_of_another() -> None:
    moved = model.Placement(("127.0.0.2",), port_offset=10000)
    gateway = made(listener("a", 80), listener("b", 443, "", "HTTPS"), listener("c", 10080))
    assert numbers(gateway, moved) == {443: 10443, 10080: 10080}


def hosts(gateway: model.Gateway) -> set[tuple[str, str]]:
    return {(each.table.listener, each.domain) for each in translate.base_hosts(gateway)}


def test_http_listeners_of_a_port_share_a_table() -> None:
    gateway = made(listener("a", 80), listener("b", 80, "*.com"), listener("c", 80, "x.com"))
    assert hosts(gateway) == {("", "*"), ("", "*.com"), ("", "x.com")}


def test_https_listeners_know_the_hosts_of_their_neighbours() -> None:
    one = listener("one", 443, "a.com", "HTTPS")
    lost = listener("lost", 443, "b.com", "HTTPS", serving=False)
    elsewhere = listener("elsewhere", 8443, "c.com", "HTTPS")
    assert hosts(made(one, lost, elsewhere)) == {
        ("one", "*"),
        ("one", "a.com"),
        ("one", "b.com"),
        ("elsewhere", "*"),
        ("elsewhere", "c.com"),
    }


def test_a_tls_listener_is_a_neighbour_without_a_table() -> None:
    web = listener("web", 443, "a.com", "HTTPS")
    tls = listener("tls", 443, "b.com", "TLS", tls_mode="Passthrough")
    assert hosts(made(web, tls)) == {("web", "*"), ("web", "a.com"), ("web", "b.com")}
    (port,) = translate.ports(made(tls, web), HERE)
    assert port.protocol == "HTTPS"
    (port,) = translate.ports(made(tls), HERE)
    assert port.protocol == "TLS"


def test_an_offset_moves_udp_whatever_tcp_has() -> None:
    moved = model.Placement(("127.0.0.2",), port_offset=10000)
    gateway = made(listener("t", 10053, "", "TCP"), listener("u", 53, "", "UDP"))
    found = {(each.key.transport, each.bound_port) for each in translate.ports(gateway, moved)}
    assert found == {("TCP", 10053), ("UDP", 10053)}
